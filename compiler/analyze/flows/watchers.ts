/**
 * What guards and hooks of a program may change of what policies judge. Both keep the marks of what
 * they replace (security.md 3.5, 11), so what is certain of a value stays so; what may change are
 * texts, members, and what else goes into a call. Only privileged guards take labels away or lift
 * refusals.
 */

import type { GuardAction, GuardStatement, HookStatement, SecurityFilter } from '../../../grammar/ast.js';
import { makeMark } from '../../../runtime/shared/marks.js';
import { literalData } from '../literal-data.js';
import { walk } from '../walk.js';
import type { Value } from './values.js';

export interface Watchers {
  /** Something may be replaced somewhere. */
  any: boolean;
  /** The text of a command, or of a script. */
  commands: boolean;
  /** Values of variables that are written out. */
  variables: boolean;
  /** What privileged guards are about that may allow what a policy refuses. */
  lifters: SecurityFilter[];
  /** Labels that privileged guards may take away; null for any but provenance. */
  removed: Set<string> | null;
  /** Executables whose arguments may be left out; null for any. */
  calls: Set<string> | null;
  /** A guard may bring a policy of its own, with authorizations in it. */
  authorize: boolean;
}

export const noWatchers = (): Watchers => ({
  any: false,
  commands: false,
  variables: false,
  lifters: [],
  removed: new Set(),
  calls: new Set(),
  authorize: false,
});

/** Operations beside calls, commands and variables. */
const ELSEWHERE = new Set(['show', 'log', 'output', 'append', 'stream', 'for', 'loop', 'import']);

/** Notes what a guard may do. */
export function addGuard(watchers: Watchers, node: GuardStatement): void {
  const actions = node.body.flatMap((entry) => (entry.type === 'GuardRule' ? [entry.action] : []));
  watchers.authorize ||= actions.some(({ kind }) => kind === 'env');
  const allows = actions.filter(({ kind }) => kind === 'allow' || kind === 'relabel');
  if (allows.length === 0) return;
  if (node.privileged || node.with !== null) {
    watchers.lifters.push(node.filter);
    for (const action of allows) addRemovals(watchers, action);
  }
  if (allows.some((action) => action.kind === 'relabel' || ('with' in action && (action.value || action.with))))
    addReplacement(watchers, node.filter);
}

/** Notes the labels an action takes away. */
function addRemovals(watchers: Watchers, action: GuardAction): void {
  const modifiers = action.kind === 'relabel' ? action.modifiers : [];
  for (const { op, label } of modifiers) {
    if (op === 'clear') watchers.removed = null;
    else if (op !== 'add') watchers.removed?.add(op === 'bless' ? 'untrusted' : label);
  }
  const entries = action.kind === 'allow' ? (action.with?.entries ?? []) : [];
  for (const { key, value } of entries) {
    if (key !== 'removeLabels' && key !== 'addLabels') continue;
    const data = value.type === 'StageList' ? undefined : literalData(value);
    const labels = Array.isArray(data) ? data.map(String) : null;
    if (labels === null) watchers.removed = null;
    else if (key === 'removeLabels') for (const label of labels) watchers.removed?.add(label);
    // What is trusted is no longer untrusted.
    else if (labels.includes('trusted')) watchers.removed?.add('untrusted');
  }
}

/** What is left on a value of which privileged guards may take labels away. */
export function remaining(value: Value, { removed }: Watchers): Value {
  if (removed?.size === 0) return value;
  const stays = (label: string): boolean => (removed === null ? label.startsWith('src:') : !removed.has(label));
  const { labels, taint } = value.mark;
  const mark = makeMark({ labels: labels.filter(stays), taint: taint.filter(stays) });
  return { ...value, mark, exact: false };
}

/**
 * Whether a privileged guard may be asked about an operation, and so lift what policies say of it.
 * Filters by operation are taken widely: `op:exe` is about commands too, and `op:run` about calls.
 */
export function mayLift(
  lifters: readonly SecurityFilter[],
  callee: string | undefined,
  inputs: readonly Value[],
  { labels, opLabels }: { labels: readonly string[]; opLabels: readonly string[] },
): boolean {
  const own = opLabels.some((label) => EFFECTS.has(label));
  return lifters.some((filter) => {
    switch (filter.kind) {
      case 'function':
        return !own && (callee === undefined || callee === filter.path.at(-1));
      case 'operation': {
        const effect = `op:${filter.operation.toLowerCase().split(':')[0]}`;
        return EFFECTS.has(effect) ? opLabels.includes(effect) : !own && !NO_FLOWS.has(effect);
      }
      default: {
        const carries = (label: string): boolean => label === filter.label || label.startsWith(`${filter.label}:`);
        return (
          labels.some(carries) ||
          opLabels.some(carries) ||
          inputs.some(({ mark, exact }) => !exact || mark.taint.some(carries))
        );
      }
    }
  });
}

const EFFECTS = new Set(['op:show', 'op:log', 'op:output', 'op:append']);

/** Operations whose flows no policy is asked about. */
const NO_FLOWS = new Set(['op:var', 'op:for', 'op:loop', 'op:import']);

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
