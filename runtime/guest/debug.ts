/** `@debug`: the variables in sight, as Markdown (language.md 12). */

import { MarkSet } from '../shared/marks.js';
import { Box } from './box.js';
import { Lazy, LazyAsync } from './modules.js';
import type { Variable } from './refs.js';
import { runState } from './state.js';
import { compactJson, toText } from './values/display.js';
import { isContainer, typeInfo } from './values/kinds.js';

/** A variable in sight: its name, what it holds, and where it was defined. */
export type InSight = readonly [name: string, value: Variable | LazyAsync, origin: string];

/** More of a value than this says nothing at a glance. */
const SHOWN = 80;

/** Names every script has, in the order they are listed. */
const GLOBAL = ['@base', '@input', '@mx', '@now', '@payload', '@root', '@state'];

/**
 * What `@debug` says. Values with labels are named, never shown, so it carries the marks of what it shows. Nothing is
 * evaluated for it.
 */
export function debugText(variables: readonly InSight[]): Box {
  const marks = new MarkSet();
  const lines = ['### Environment variables', '', ...listed(runState.environment.slice().sort())];
  lines.push('', '### Global variables', '', ...listed(GLOBAL), '', '### User variables', '');
  lines.push(...listed(variables.flatMap(([name, value, origin]) => described(name, value, origin, marks))));
  return new Box(lines.join('\n'), marks.join());
}

function listed(items: readonly string[]): string[] {
  return items.length > 0 ? items.map((item) => `- ${item}`) : ['_none_'];
}

function described(name: string, variable: InSight[1], origin: string, marks: MarkSet): string[] {
  if (variable === undefined) return [];
  const start = `@${name} (${origin}): `;
  const value = variable instanceof Lazy ? variable.known : variable;
  if (value === null || value instanceof LazyAsync) return [`${start}not evaluated yet`];
  const { labels } = value.deep;
  if (labels.length > 0) return [`${start}not shown [${labels.join(', ')}]`];
  marks.add(value.deep);
  const kind = typeInfo(value);
  if (kind.startsWith('executable')) return [`${start}executable`];
  const text = shown(value);
  return [`${start}${kind} ${text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text}`];
}

function shown(value: Box): string {
  if (isContainer(value.value)) return compactJson(value.value);
  return typeof value.value === 'string' ? JSON.stringify(value.value) : toText(value);
}
