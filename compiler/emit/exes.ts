/** Bodies of executables (language.md 5.2): what each form compiles to, and its medium. */

import type { ExeBody, ExeStatement, Expression } from '../../grammar/ast.js';
import type { Medium } from '../../runtime/guest/executable.js';
import { type Code, js } from './code.js';
import { type CodeParameter, codeCode } from './code-blocks.js';
import { commandCode } from './commands.js';
import type { Emitter } from './emitter.js';
import { isPureBody } from './regions.js';
import { runValue } from './runs.js';
import { template } from './templates.js';
import { whenArms } from './when.js';

/** The medium of a body, which marks its results (security.md 1.3). */
export function mediumOf(body: ExeBody): Medium {
  switch (body.type) {
    case 'Template':
    case 'TemplateFileBody':
    case 'ProseBody':
    case 'Reference':
    case 'Literal':
      return 'template';
    case 'CommandExpression':
      return 'cmd';
    case 'CodeExpression':
      return body.language === 'bash' ? 'sh' : body.language;
    case 'RunExpression':
    case 'StreamExpression':
      return mediumOf(body.value);
    default:
      return 'exe';
  }
}

/** The body as the block of a function whose parameters are declared. */
export function exeBody(node: ExeStatement, params: readonly CodeParameter[], e: Emitter): Code {
  const { body } = node;
  switch (body.type) {
    case 'TemplateFileBody':
      return templateFile(node, e);
    case 'ProseBody':
      return js`{ return ${body.body ? template(body.body.parts, e) : template(body.file!.parts, e)}; }`;
    case 'WhenExpression':
      return whenArms(body, 'value', e);
    case 'BlockExpression':
      e.fn.isPure = isPureBody(body, e);
      return js`{\n${e.statements(body.body)}}`;
    case 'CodeExpression':
      return js`{ return ${codeCode(body, e, { position: 'exe', clause: node.with }, params)}; }`;
    case 'CommandExpression':
      return js`{ return ${commandCode(body, e, { position: 'exe', clause: node.with, params })}; }`;
    case 'RunExpression':
    case 'StreamExpression':
      return js`{ return ${wrapped(body, node, params, e)}; }`;
    default:
      return js`{ return ${e.expr(body)}; }`;
  }
}

function wrapped(body: Expression, node: ExeStatement, params: readonly CodeParameter[], e: Emitter): Code {
  if (body.type === 'RunExpression' || body.type === 'StreamExpression')
    return e.under(body.type === 'StreamExpression' || body.stream ? e.streamed() : e.context, () =>
      wrapped(body.value, node, params, e),
    );
  if (body.type === 'CodeExpression') return codeCode(body, e, { position: 'exe', clause: node.with }, params);
  return runValue(body, node.with, 'exe', e, params);
}

/** A template file was parsed with its own source; its spans belong to it. */
function templateFile(node: ExeStatement, e: Emitter): Code {
  const file = e.unit.templates.get(node);
  if (!file) {
    const written = node.body.type === 'TemplateFileBody' ? e.source(node.body.path.loc) : '';
    return js`{ throw ${e.rt('templateMissing')}(${JSON.stringify(written)}, ${e.site(node.loc)}); }`;
  }
  return js`{ return ${e.inTemplateFile(file, () => template(file.ast.body, e))}; }`;
}
