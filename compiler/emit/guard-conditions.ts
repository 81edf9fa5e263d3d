/** What the conditions of a guard look at (security.md 3.3), which decides how the runtime asks it. */

import type { Accessor, Expression, GuardEntry, Reference } from '../../grammar/ast.js';

/** True when a condition compares `@input` or `@output` itself, not what it says about its members. */
export function readsValue(entries: readonly GuardEntry[]): boolean {
  return entries.some((entry) => entry.type === 'GuardRule' && entry.test !== null && mentionsValue(entry.test));
}

function mentionsValue(node: Expression): boolean {
  switch (node.type) {
    case 'Reference':
      return (node.name === 'input' || node.name === 'output') && node.access.length === 0;
    case 'UnaryExpression':
      return mentionsValue(node.operand);
    case 'BinaryExpression':
      return mentionsValue(node.left) || mentionsValue(node.right);
    default:
      return false;
  }
}

/**
 * True when the guard's answer depends on nothing but the executable that is called and the marks of
 * what goes in: asked again about the same, it answers the same, and the runtime need not ask
 * (runtime/guest/security/decisions.ts). Whatever is not plainly so is no such guard.
 */
export function dependsOnMarks(entries: readonly GuardEntry[]): boolean {
  return entries.every((entry) => {
    if (entry.type !== 'GuardRule') return false;
    const { test, action } = entry;
    const isFixed = action.kind === 'deny' || (action.kind === 'allow' && !action.value && !action.with);
    return isFixed && (test === null || isOfMarks(test));
  });
}

function isOfMarks(node: Expression): boolean {
  switch (node.type) {
    case 'Literal':
      return true;
    case 'Template':
      return node.parts.every((part) => part.type === 'TemplateText');
    case 'UnaryExpression':
      return isOfMarks(node.operand);
    case 'BinaryExpression':
      return isOfMarks(node.left) && isOfMarks(node.right);
    case 'Reference':
      return readsMarks(node);
    default:
      return false;
  }
}

/** The lists of labels an operation and its inputs have. */
const LISTS = /^(?:input\.(?:(?:any|all|none)\.)?mx|mx)\.(?:labels|taint|sources)$/;
const OF_OPERATION = /^mx\.op\.(?:type|subtype|name|labels|opLabels)$/;

/** `@input.any.mx.labels`, `@mx.op.name`, asked with `includes` or as they are; the operation helpers. */
function readsMarks({ name, access }: Reference): boolean {
  const last = access.at(-1);
  if (last?.kind !== 'call') {
    const path = pathOf(name, access);
    return path !== null && OF_OPERATION.test(path);
  }
  if (!last.args.every(isOfMarks)) return false;
  if (access.length === 1) return /^op(?:Is|Has|HasAny|HasAll)$|^inputHas$/.test(name);
  const method = access.at(-2)!;
  if (method.kind !== 'field' || method.name !== 'includes') return false;
  const path = pathOf(name, access.slice(0, -2));
  return path !== null && (LISTS.test(path) || OF_OPERATION.test(path));
}

function pathOf(name: string, access: readonly Accessor[]): string | null {
  const names = access.map((accessor) => (accessor.kind === 'field' ? accessor.name : null));
  return names.includes(null) ? null : [name, ...names].join('.');
}
