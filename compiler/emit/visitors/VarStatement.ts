import type { Expression, VarStatement } from '../../../grammar/ast.js';
import { type Code, js, str } from '../code.js';
import type { Emitter } from '../emitter.js';
import { openNames } from '../open-templates.js';
import { pipeline } from '../pipelines.js';
import { shapeOf } from '../regions.js';
import type { Binding } from '../scope.js';
import { template } from '../templates.js';
import { written } from '../written.js';

/** `var @x = …` (language.md 4.1). Container literals that do something are evaluated on first use. */
export default function varStatement(node: VarStatement, e: Emitter): Code {
  const { name } = node;
  const guard = e.redefinitionCheck(node.name);
  e.directive = 'var';
  try {
    if (isLazy(node.value) && !node.labels.includes('tools')) {
      const key = e.waitKey(node.loc);
      const { code, async } = e.lambda({ kind: 'value', ownContext: false }, () =>
        e.defining(`lazy:${key}`, () => js`(${declared(node, e.expr(node.value), e)})`),
      );
      if (async) e.program.markWaiting(`lazy:${key}`);
      const binding = e.moduleBinding(name, { kind: 'lazy', async });
      return js`${guard}${binding.js} = ${e.rt(async ? 'lazyAsync' : 'lazy')}(${code});`;
    }
    const value = initialValue(node, e);
    const bound = declared(node, value, e, true);
    const binding = e.moduleBinding(name, { kind: 'var', ...staticAsync(node.value, e) });
    if (binding.definite && binding.definitions === 1) {
      binding.shape = shapeOf(node.value);
      binding.written = written(node.value, node.labels, e) ?? undefined;
    }
    return js`${guard}${binding.js} = ${bound};`;
  } finally {
    e.directive = null;
  }
}

function initialValue({ name, value }: VarStatement, e: Emitter): Code {
  if (value.type === 'Pipeline') return pipeline(value, e, name.name);
  const open = openNames(value, e);
  if (open === null || value.type !== 'Template') return e.expr(value);
  e.program.recordOpen(e.unit.id, name.name, open);
  return template(value.parts, e, open);
}

function declared(node: VarStatement, value: Code, e: Emitter, mayRepeat = false): Code {
  const site = e.site(node.loc);
  // A collection of tools is a definition: nothing happens that anybody could guard.
  const isTools = node.labels.includes('tools');
  if (isTools && node.value.type === 'McpExpression') return value;
  if (isTools) return js`${e.rt('toolCollection')}(${value}, ${site}, ${JSON.stringify(namedTools(node.value))})`;
  const again =
    mayRepeat && e.program.hasGuards && isCall(node.value)
      ? e.lambda({ kind: 'value' }, () => js`(${e.expr(node.value)})`)
      : null;
  if (again?.async) e.program.markWaiting('guards');
  const context = node.value.type === 'Pipeline' ? e.streamedBy(node.value.with) : e.context;
  const options = [
    ...(again || e.program.hasPolicies ? [js`, ${again?.code ?? 'null'}`] : []),
    // A policy may ask for it to be signed (security.md 10.4).
    ...(e.program.hasPolicies ? [js`, ${written(node.value, node.labels, e) ?? 'null'}`] : []),
  ];
  return e.operation(
    'declare',
    js`${context}, ${str(node.name.name)}, ${JSON.stringify(node.labels)}, ${value}, ${site}${options}`,
  );
}

/** A value an after guard may have computed again (security.md 3.5). */
function isCall(node: Expression): boolean {
  if (node.type === 'Pipeline') return isCall(node.source);
  return node.type === 'Reference' && node.access.some((access) => access.kind === 'call');
}

/** A variable bound to an executable is called like it. */
function staticAsync(node: Expression, e: Emitter): Pick<Binding, 'async' | 'waitKey'> {
  if (node.type !== 'Reference' || node.access.length > 0) return { async: null };
  const binding = e.scope.lookup(node.name);
  return binding?.kind === 'exe' ? { async: binding.async, waitKey: binding.waitKey } : { async: null };
}

function isLazy(node: Expression): boolean {
  if (node.type !== 'ArrayLiteral' && node.type !== 'ObjectLiteral') return false;
  return doesSomething(node);
}

function doesSomething(node: Expression): boolean {
  switch (node.type) {
    case 'Literal':
    case 'RegexLiteral':
      return false;
    case 'Template':
      return node.parts.some((part) => part.type !== 'TemplateText');
    case 'ArrayLiteral':
      return node.elements.some((element) => doesSomething(element.value));
    case 'ObjectLiteral':
      return node.members.some((member) => member.kind === 'spread' || doesSomething(member.value));
    default:
      return true;
  }
}

/** The names a collection gives as `mlld`, by tool, for messages about those that are no executables. */
function namedTools(value: Expression): Record<string, string> {
  if (value.type !== 'ObjectLiteral') return {};
  return Object.fromEntries(
    value.members.flatMap((entry): [string, string][] => {
      if (entry.kind !== 'pair' || entry.value.type !== 'ObjectLiteral') return [];
      const tool = entry.value.members.find((member) => member.kind === 'pair' && member.key === 'mlld')?.value;
      return tool?.type === 'Reference' && tool.access.length === 0 ? [[entry.key, tool.name]] : [];
    }),
  );
}
