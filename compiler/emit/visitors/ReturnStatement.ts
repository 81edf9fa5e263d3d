import type { ReturnStatement } from '../../../grammar/ast.js';
import { type Code, js, str } from '../code.js';
import { commandCode, echoed } from '../commands.js';
import type { Emitter } from '../emitter.js';

/** `=> value`: from an executable, an iteration, or the script (language.md 5.6, 7.9). */
export default function returnStatement(node: ReturnStatement, e: Emitter): Code {
  let value: Code = e.rt('NOTHING');
  if (node.value) {
    value = e.strictly(() =>
      node.value!.type === 'CommandExpression' ? commandCode(node.value!, e, { position: 'exe' }) : e.expr(node.value!),
    );
  }
  if (node.modifiers.length) {
    const modifiers = JSON.stringify(node.modifiers.map(({ op, label }) => ({ op, label })));
    // Messages name what is relabelled where it has a name.
    const name =
      node.value?.type === 'Reference' && node.value.access.length === 0 ? js`, ${str(node.value.name)}` : '';
    value = js`${e.rt('relabel')}(${e.context}, ${value}, ${modifiers}, ${e.site(node.loc)}${name})`;
  }
  value = e.conditioned(value);
  if (e.fn.kind === 'exe' && node.value?.type === 'CommandExpression') value = echoed(value, node.value, e);
  switch (e.fn.kind) {
    case 'module':
      return js`return finish(${value}, ${e.site(node.loc)});`;
    case 'each':
    case 'loop':
      return js`return ${e.rt('signal')}("return", ${value}, ${e.site(node.loc)});`;
    default:
      return js`return ${value};`;
  }
}
