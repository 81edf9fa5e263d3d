/** `box … [ … ]`: what is inside is certain to run, under the terms of the tools it is given (security.md 8.5, 9.2). */

import type { BoxExpression } from '../../../grammar/ast.js';
import { distinct } from '../../../runtime/shared/record.js';
import type { PathStep } from '../../diagnostics/diagnostic.js';
import { dataOf } from './data.js';
import { answerOf, evaluate } from './follow.js';
import type { Frame } from './frame.js';
import { underClause } from './policies.js';
import { type Exe, joined, Scope, SOMEWHERE, UNKNOWN, type Value } from './values.js';

/** What a collection says of an executable. */
export interface ToolTerms {
  name: string;
  params: readonly string[];
  labels: readonly string[];
  controlArgs: readonly string[] | null;
  /** The box that gives these terms. */
  at: Omit<PathStep, 'text'>;
}

/** What is known of the box around. */
export interface BoxFacts {
  /** By executable; null where only a run knows. */
  terms: ReadonlyMap<Exe, ToolTerms> | null;
}

export function boxValue(node: BoxExpression, frame: Frame): Value {
  const config = node.config ? evaluate(node.config, frame) : null;
  let clause: Value | null = null;
  for (const { key, value } of node.with?.entries ?? [])
    if (key === 'tools') clause = value.type === 'StageList' ? UNKNOWN : evaluate(value, frame);
  const inner: Frame = {
    ...underClause(node.with, frame),
    scope: new Scope(frame.scope),
    box: { terms: termsOf(clause ?? toolsIn(config), frame, node) },
  };
  return { ...joined([answerOf(node.body.body, inner).value ?? UNKNOWN]), exact: false };
}

/** The tools of a configuration; null when it has none. */
function toolsIn(config: Value | null): Value | null {
  if (config === null) return null;
  if (config.shape !== 'object' || config.members === null || !config.exact || config.members.has(SOMEWHERE))
    return UNKNOWN;
  return config.members.get('tools') ?? null;
}

function termsOf(tools: Value | null, frame: Frame, { loc: span }: BoxExpression): BoxFacts['terms'] {
  const outer = frame.box ? frame.box.terms : NO_TERMS;
  if (outer === null || tools === null) return outer;
  if (frame.all.watchers.any) return null;
  // Names grant tools, and say nothing of them.
  if (dataOf(tools) !== undefined && tools.shape !== 'object') return outer;
  const { members, shape, exact } = tools;
  if (shape !== 'object' || members === null || !exact || members.has(SOMEWHERE)) return null;
  const terms = new Map(outer);
  const at = { file: frame.unit.file, span };
  for (const [name, entry] of members) {
    const exe = entry.members?.get('mlld')?.exe;
    const labels = listIn(entry, 'labels');
    const controlArgs = listIn(entry, 'controlArgs');
    if (!exe || !entry.exact || labels === undefined || controlArgs === undefined) return null;
    const known = terms.get(exe)?.labels ?? [];
    const params = (exe.node.params ?? []).map((param) => param.name);
    terms.set(exe, { name, params, labels: distinct([...known, ...(labels ?? [])]), controlArgs, at });
  }
  return terms;
}

const NO_TERMS: ReadonlyMap<Exe, ToolTerms> = new Map();

/** Names an entry lists; null where it has no such key, undefined where only a run knows. */
function listIn(entry: Value, key: string): string[] | null | undefined {
  const member = entry.members?.get(key);
  if (member === undefined) return null;
  const data = dataOf(member);
  if (data === null) return null;
  return Array.isArray(data) && data.every((name): name is string => typeof name === 'string') ? data : undefined;
}
