import type { CommandExpression, ExeStatement, Expression } from '../../../grammar/ast.js';
import { type Code, js, str } from '../code.js';
import { mayWait } from '../code-blocks.js';
import type { Emitter } from '../emitter.js';
import { exeBody, mediumOf } from '../exes.js';
import type { Binding } from '../scope.js';

/** `exe @f(p) = …`: the executable is bound before its body is compiled, so it may call itself. */
export default function exeStatement(node: ExeStatement, e: Emitter): Code {
  const key = e.waitKey(node.loc);
  const params = node.params ?? [];
  // A later executable takes the place of one of the same name, but not of a variable.
  const guard = e.scope.lookup(node.name.name)?.kind === 'exe' ? '' : e.redefinitionCheck(node.name);
  const binding = e.moduleBinding(node.name, {
    kind: 'exe',
    async: e.program.callsWait(key),
    waitKey: key,
    params: params.map((p) => p.name),
  });
  if (node.body.type === 'NewExpression') return js`${guard}${binding.js} = ${e.expr(node.body)};`;
  const names = params.map((param) => ({ name: param.name, js: e.unique(`v_${param.name.replace(/-/g, '$')}_`) }));
  const bodyIndex = e.program.bodies.length;
  let captures: ReadonlySet<Binding> = new Set();
  const { code, async } = e.lambda({ kind: 'exe', scope: 'exe', params: names.map((p) => p.js) }, () => {
    captures = e.scope.captures;
    params.forEach((param, i) => {
      e.scope.declare({
        name: param.name,
        js: names[i]!.js,
        kind: 'param',
        span: param.loc,
        moduleLevel: false,
        definite: false,
        async: null,
        parallelDepth: e.scope.parallelDepth,
      });
    });
    return e.defining(key, () => exeBody(node, names, e));
  });
  if (async) e.program.markWaiting(key);
  if (node.body.type === 'CodeExpression') {
    const { language, code: text } = node.body;
    e.codeExes.set(binding.js, {
      name: node.name.name,
      params: params.map((p) => p.name),
      code: text,
      language,
      body: language === 'js' ? bodyIndex : null,
      waits: mayWait(text),
    });
  }
  const description = node.with?.entries.find((entry) => entry.key === 'description')?.value;
  const options: Code[] = [
    js`name: ${str(node.name.name)}, params: ${JSON.stringify(params.map((p) => p.name))}, medium: ${str(mediumOf(node.body))}, site: ${e.site(node.loc)}`,
  ];
  if (params.some((p) => p.paramType)) options.push(js`, types: ${JSON.stringify(params.map((p) => p.paramType))}`);
  if (node.labels.length) options.push(js`, labels: ${JSON.stringify(node.labels)}`);
  if (node.body.type === 'Template') options.push(js`, templateText: ${str(templateText(node, e))}`);
  if (node.body.type === 'CommandExpression') options.push(js`, preview: ${str(commandText(node.body, e))}`);
  if (description?.type === 'Template')
    options.push(
      js`, description: ${str(description.parts.map((p) => (p.type === 'TemplateText' ? p.text : '')).join(''))}`,
    );
  // What the body reads from around it is an input like the arguments (security.md 1.4 row 30, leak 18).
  const read = [...captures].filter((captured) => captured !== binding);
  if (read.length > 0) options.push(js`, captures: () => [${read.map((captured) => captured.js).join(', ')}]`);
  const file = e.unit.templates.get(node);
  if (file) options.push(js`, origin: ${e.rt('linked')}(${str(file.path)}, ${e.site(node.body.loc)})`);
  const streams = streamsOf(node, e);
  if (streams) options.push(js`, streams: ${streams}`);
  if (handlesDenied(node)) options.push(', handlesDenied: true');
  const policy = node.with?.entries.find((entry) => entry.key === 'policy');
  if (policy && policy.value.type !== 'StageList')
    options.push(js`, policy: ${e.rt('definitionPolicy')}(${e.expr(policy.value)}, ${e.site(policy.loc)})`);
  const signed =
    e.program.hasPolicies && node.body.type === 'Template'
      ? js`\n${e.rt('autosign')}(${str(node.name.name)}, ${binding.js}, null, ${e.site(node.loc)});`
      : '';
  return js`${e.checkedOverride(node.with)}${guard}${binding.js} = ${e.rt('executable')}({ ${options}, body: ${code} });${signed}`;
}

/** Whether calls of it stream: what its body is written as, or what its definition says (language.md 5.9). */
function streamsOf(node: ExeStatement, e: Emitter): Code | null {
  const flag = node.with?.entries.find(({ key }) => key === 'stream')?.value;
  if (flag && flag.type !== 'StageList') return e.expr(flag);
  return node.body.type === 'StreamExpression' || (node.body.type === 'RunExpression' && node.body.stream)
    ? 'true'
    : null;
}

/** A `denied` condition in the top-level `when` of the body (security.md 3.7). */
function handlesDenied({ body }: ExeStatement): boolean {
  return (
    body.type === 'WhenExpression' &&
    body.entries.some(
      (entry) => entry.type === 'WhenArm' && entry.test.kind === 'condition' && mentionsDenied(entry.test.value),
    )
  );
}

function mentionsDenied(node: Expression): boolean {
  if (node.type === 'KeywordCondition') return node.keyword === 'denied';
  if (node.type === 'UnaryExpression') return mentionsDenied(node.operand);
  return node.type === 'BinaryExpression' && (mentionsDenied(node.left) || mentionsDenied(node.right));
}

/** The text between the quotes. */
function templateText(node: ExeStatement, e: Emitter): string {
  const source = e.source(node.body.loc);
  const width = /^(?:::|\[\[)/.test(source) ? (source.startsWith(':::') ? 3 : 2) : 1;
  return source.slice(width, -width);
}

/** A command as it is written. */
function commandText({ parts }: CommandExpression, e: Emitter): string {
  const [first] = parts;
  return first ? e.source({ start: first.loc.start, end: parts.at(-1)!.loc.end }).trim() : '';
}
