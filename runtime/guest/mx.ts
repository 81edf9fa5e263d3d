/** `@mx`: the ambient context as a value (language.md 12, security.md 3.3). */

import { EMPTY, join, type Mark } from '../shared/marks.js';
import { type Box, box, plain } from './box.js';
import type { Context } from './context.js';
import { MlldError } from './errors.js';
import { providedMx } from './mx-providers.js';
import { parallelErrors } from './parallel.js';
import { markList } from './values/mark-lists.js';
import { makeArray, makeObject } from './values/objects.js';

/** What the running script has touched so far, for `@mx.labels` and its kin outside guards. */
let ambient: Mark = EMPTY;

export function touch(mark: Mark): void {
  if (mark !== EMPTY) ambient = join(ambient, mark);
}

const NULL = box(null);

/** One field of `@mx`; unknown fields are null. */
export function mxField(context: Context, name: string): Box {
  const own = context.guard?.mx.get(name);
  if (own) return own;
  const stage = context.stage;
  switch (name) {
    case 'try':
      return box(stage?.try ?? 1);
    case 'stage':
      return box(stage?.stage ?? 0);
    case 'isPipeline':
      return box(stage !== null);
    case 'hint':
      return stage?.hint ?? NULL;
    case 'input':
      return context.input ?? stage?.input ?? NULL;
    case 'lastOutput':
      return stage?.lastOutput ?? NULL;
    case 'tries':
      return box(stage ? stage.tries.map((value) => plain(value.value)) : []);
    case 'for':
      return context.for ? box({ ...context.for }) : NULL;
    case 'loop':
      return context.loop ? box({ ...context.loop, active: true }) : NULL;
    case 'while':
      return context.while ? box({ ...context.while, active: true }) : NULL;
    case 'errors':
      return makeArray(parallelErrors);
    case 'labels':
    case 'taint':
    case 'sources':
      return markList(ambient, name);
    case 'denied':
      return box(false);
    case 'guard':
      throw new MlldError('FieldAccess', 'FIELD_NOT_FOUND', 'Variable "mx" has no field "guard"', {
        hint: '@mx.guard is there in guards and in denied arms.',
      });
    case 'exe':
      return context.activation
        ? box({ name: context.activation.executable.name, labels: context.activation.executable.labels.slice() })
        : NULL;
  }
  return providedMx(name, context) ?? NULL;
}

const FIELDS = [
  'try',
  'tries',
  'stage',
  'isPipeline',
  'hint',
  'lastOutput',
  'input',
  'labels',
  'sources',
  'taint',
  'policy',
  'profile',
  'operation',
  'op',
  'errors',
  'hooks',
  'tools',
  'denied',
];

/** `@mx` itself, with everything it has to say here. */
export function mxObject(context: Context): Box {
  const names = new Set(FIELDS);
  for (const name of ['for', 'loop', 'while', 'exe'] as const)
    if (name === 'exe' ? context.activation : context[name]) names.add(name);
  if (context.llm) names.add('llm');
  if (context.guard) for (const name of context.guard.mx.names) names.add(name);
  return makeObject([...names].map((name) => [name, mxField(context, name)]));
}
