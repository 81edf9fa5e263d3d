/**
 * What guards and hooks of a program may change of what policies judge. Both keep the marks of what
 * they replace (security.md 3.5, 11), so what is certain of a value stays so; what may change are
 * texts, members, and what else goes into a call. Only privileged guards take labels away or lift
 * refusals.
 */

import type { GuardStatement, HookStatement, SecurityFilter } from '../../../grammar/ast.js';
import { walk } from '../walk.js';

export interface Watchers {
  /** Something may be replaced somewhere. */
  any: boolean;
  /** The text of a command, or of a script. */
  commands: boolean;
  /** Values of variables that are written out. */
  variables: boolean;
  /** A privileged guard may allow what a policy refuses, or take labels away. */
  lifts: boolean;
  /** Executables whose arguments may be left out; null for any. */
  calls: Set<string> | null;
}

export const noWatchers = (): Watchers => ({
  any: false,
  commands: false,
  variables: false,
  lifts: false,
  calls: new Set(),
});

/** Operations beside calls, commands and variables. */
const ELSEWHERE = new Set(['show', 'log', 'output', 'append', 'stream', 'for', 'loop', 'import']);

/** Notes what a guard may do. */
export function addGuard(watchers: Watchers, node: GuardStatement): void {
  const actions = node.body.flatMap((entry) => (entry.type === 'GuardRule' ? [entry.action] : []));
  const allows = actions.filter(({ kind }) => kind === 'allow' || kind === 'relabel');
  if (allows.length === 0) return;
  watchers.lifts ||= node.privileged || node.with !== null;
  if (allows.some((action) => action.kind === 'relabel' || ('with' in action && (action.value || action.with))))
    addReplacement(watchers, node.filter);
}

/** Notes what a hook may do: whatever it answers stands in the place of what it was given. */
export function addHook(watchers: Watchers, node: HookStatement): void {
  if (mayAnswer(node)) addReplacement(watchers, node.filter);
}

function mayAnswer({ body }: HookStatement): boolean {
  if (body.type !== 'BlockExpression') return true;
  let answers = false;
  walk(body, ({ type }) => {
    answers ||= type === 'ReturnStatement' || type === 'WhenStatement';
    return !answers;
  });
  return answers;
}

function addReplacement(watchers: Watchers, filter: SecurityFilter): void {
  watchers.any = true;
  if (filter.kind === 'function') {
    watchers.calls?.add(filter.path.at(-1)!);
    return;
  }
  const family = filter.kind === 'operation' ? filter.operation.toLowerCase().split(':')[0]! : null;
  if (family !== null && ELSEWHERE.has(family)) return;
  watchers.variables ||= family === null || family === 'var';
  if (family === 'var') return;
  watchers.commands = true;
  watchers.calls = null;
}
