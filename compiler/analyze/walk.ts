/** Going over an AST without knowing its node types: what has a `type` is a node. */

import type { Span } from '../../grammar/ast.js';

/** Any node of the AST, as a pass that looks for a few types sees it. */
export interface AnyNode {
  readonly type: string;
  readonly loc: Span;
  readonly [member: string]: unknown;
}

/**
 * Visits every node below and including `root`, parents first and in source order of their members.
 *
 * @param visit answers false to leave out what is inside the node
 */
export function walk(root: unknown, visit: (node: AnyNode) => boolean | undefined): void {
  if (typeof root !== 'object' || root === null) return;
  if (Array.isArray(root)) {
    for (const member of root) walk(member, visit);
    return;
  }
  const node = root as AnyNode;
  if (typeof node.type === 'string' && visit(node) === false) return;
  for (const key in node) if (key !== 'loc') walk(node[key], visit);
}
