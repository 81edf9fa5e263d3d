/**
 * How deep an AST may be. Every stage behind the parser, and the engine that reads the program, goes
 * down a tree by calling itself: a tree that fits here fits all of their stacks twice over.
 */

import type { Span } from '../../grammar/ast.js';
import { SyntaxFailure } from './failure.js';

/** About half of what the smallest of those stacks holds, in the units below. */
const MAX_UNITS = 1000;

/** What a level takes of the stack, where it is not the usual. */
const UNITS: Readonly<Record<string, number>> = {
  ForExpression: 4,
  BoxExpression: 4,
  LoopExpression: 4,
  BinaryExpression: 1,
};
const USUAL = 2;
const ACCESSOR = 1;
const CALL = 2;

interface Part {
  readonly value: unknown;
  readonly units: number;
  /** The innermost node around it. */
  readonly loc: Span;
}

/** The error about the first part of an AST that is too deep; null when there is none. */
export function findTooDeep(root: unknown): SyntaxFailure | null {
  const parts: Part[] = [{ value: root, units: 0, loc: { start: 0, end: 0 } }];
  for (let part = parts.pop(); part; part = parts.pop()) {
    if (part.units > MAX_UNITS) return new SyntaxFailure('nested-too-deeply', {}, part.loc.start, part.loc.start + 1);
    pushMembers(part, parts);
  }
  return null;
}

/** Last members first, so that the first is looked at next. */
function pushMembers({ value, units, loc: around }: Part, parts: Part[]): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (let i = value.length - 1; i >= 0; i--) parts.push({ value: value[i], units, loc: around });
    return;
  }
  const { type, loc = around } = value as { type?: string; loc?: Span };
  const inside = type === undefined ? units : units + (UNITS[type] ?? USUAL);
  const own: Part[] = [];
  for (const [key, member] of Object.entries(value)) {
    if (key === 'access') own.push(...accessors(member as readonly { kind: string; loc: Span }[], inside));
    else if (key !== 'loc') own.push({ value: member, units: inside, loc });
  }
  while (own.length > 0) parts.push(own.pop()!);
}

/** Each accessor is applied to what those before it made: a chain of them is as deep as it is long. */
function accessors(chain: readonly { kind: string; loc: Span }[], outside: number): Part[] {
  return chain.map((value, i) => {
    const units = outside + i * ACCESSOR + (value.kind === 'call' ? CALL : ACCESSOR);
    return { value, units, loc: value.loc };
  });
}
