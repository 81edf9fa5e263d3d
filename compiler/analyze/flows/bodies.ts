/**
 * What guards and hooks do themselves: their bodies are followed after everything else, when all
 * names and policies are known. Whether and how often they are asked only a run knows, and what is
 * refused in a hook does not end it, so everything here is told as what may be reached.
 */

import type { GuardEntry, GuardStatement, HookStatement, SecurityFilter } from '../../../grammar/ast.js';
import { EMPTY, withLabels } from '../../../runtime/shared/marks.js';
import { walk } from '../walk.js';
import { answerOf, evaluate, runStatement } from './follow.js';
import { type Frame, here, maybe } from './frame.js';
import { marked, Scope, UNKNOWN, type Value } from './values.js';

export type Watcher = GuardStatement | HookStatement;

export function followWatcher(node: Watcher, around: Frame): void {
  const scope = new Scope(around.scope);
  const frame: Frame = { ...maybe(around, scope), tells: true, watcher: node };
  scope.set('input', inputOf(node, frame));
  scope.set('output', UNKNOWN);
  if (node.type === 'HookStatement') {
    if (node.body.type === 'BlockExpression') answerOf(node.body.body, frame);
    else evaluate(node.body, frame);
    return;
  }
  for (const entry of node.body) followEntry(entry, frame);
}

function followEntry(entry: GuardEntry, frame: Frame): void {
  if (entry.type !== 'GuardRule') {
    runStatement(entry, frame);
    return;
  }
  if (entry.test) evaluate(entry.test, frame);
  const { action } = entry;
  if ('value' in action && action.value) evaluate(action.value, frame);
}

/** What a guard about data is asked about carries its label. */
function inputOf({ type, timing, filter }: Watcher, frame: Frame): Value {
  if (type !== 'GuardStatement' || timing !== 'before' || filter.kind !== 'label') return UNKNOWN;
  if (isOfOperations(filter.label, frame)) return UNKNOWN;
  return marked(UNKNOWN, withLabels(EMPTY, [filter.label]), here(frame, filter.loc, `enters: ${filter.label} @input`));
}

/** Whether executables of the program carry the label: the guard is asked about their calls as well. */
function isOfOperations(label: string, { all }: Frame): boolean {
  let found = false;
  for (const { ast } of all.world.units)
    walk(ast.body, (node) => {
      found ||= node.type === 'ExeStatement' && (node.labels as string[]).some((own) => own.startsWith(label));
      return !found;
    });
  return found;
}

/** What a watcher is called in reports. */
export function titleOf({ type, name, timing, filter }: Watcher): string {
  const kind = type === 'HookStatement' ? 'hook' : 'guard';
  return `${kind}${name ? ` @${name.name}` : ''} ${timing} ${filterText(filter)}`;
}

function filterText(filter: SecurityFilter): string {
  switch (filter.kind) {
    case 'label':
      return filter.label;
    case 'operation':
      return `op:${filter.operation}`;
    case 'function':
      return `@${filter.path.join('.')}`;
  }
}
