/** Paths in imports are known before anything runs: literals, and variables bound to literals. */

import type { Expression, Program, Template } from '../../grammar/ast.js';

/** Text of the module's top-level variables whose value is a plain literal or made of such. */
export function constantsOf(ast: Program, root: string): Map<string, string> {
  const constants = new Map<string, string>([
    ['root', root],
    ['base', root],
  ]);
  for (const node of ast.body) {
    if (node.type !== 'VarStatement') continue;
    const text = constantText(node.value, constants);
    if (text !== null) constants.set(node.name.name, text);
  }
  return constants;
}

/** The text of an expression, or null when it is only known at run time. */
export function constantText(node: Expression, constants: ReadonlyMap<string, string>): string | null {
  if (node.type === 'Literal') return node.value === null ? null : String(node.value);
  if (node.type === 'Template') return templateText(node, constants);
  if (node.type === 'Reference' && node.access.length === 0) return constants.get(node.name) ?? null;
  return null;
}

export function templateText(node: Template, constants: ReadonlyMap<string, string>): string | null {
  let text = '';
  for (const part of node.parts) {
    if (part.type === 'TemplateText') text += part.text;
    else if (
      part.type === 'TemplateReference' &&
      part.ref.access.length === 0 &&
      part.modifier.kind === 'none' &&
      constants.has(part.ref.name)
    ) {
      text += constants.get(part.ref.name);
    } else return null;
  }
  return text;
}

/** The name of a module that was written in quotes, `"@author/name"`; null for any other path. */
export function quotedModule(source: string): string | null {
  return /^(["'`])(@[\w-]+(?:\/[\w-]+)+(?:@[\w.^~<>=*+-]+)?)\1$/.exec(source)?.[2] ?? null;
}
