/** Functions only guards and hooks can call (security.md 3.3). */

import { joinAll } from '../../shared/marks.js';
import { type Box, box, plain } from '../box.js';
import type { Context } from '../context.js';
import { MlldError } from '../errors.js';
import { field } from '../values/access.js';
import { toText } from '../values/display.js';
import { matchesOperation } from './operations.js';

const NAMES = new Set(['opIs', 'opHas', 'opHasAny', 'opHasAll', 'inputHas', 'prefixWith', 'tagValue']);

export function guardHelper(context: Context, name: string, args: readonly Box[], site: number): Box {
  const mark = joinAll(args.map((arg) => arg.deep));
  if (name === 'prefixWith') return box(`${toText(args[0]!)}:${toText(args[1]!)}`, mark);
  if (name === 'tagValue') return box(`${toText(args[0]!)}:${toText(args[1] ?? args[2] ?? box(''))}`, mark);
  const { guard } = context;
  if (!guard || !NAMES.has(name))
    throw new MlldError(
      'MlldInterpreter',
      'COMMAND_NOT_FOUND',
      `Interpreter error (undefined): Command not found: ${name}`,
      { site },
    );
  const op = guard.mx.get('op')!;
  const labels = plain(field(op, 'labels').value) as string[];
  const wanted = args[0] ? plain(args[0].value) : null;
  const list = Array.isArray(wanted) ? wanted.map(String) : [String(wanted)];
  switch (name) {
    case 'opIs':
      return box(list.some((key) => matchesOperation(guard.keys, key.replace(/^op:/, ''))));
    case 'opHas':
    case 'opHasAny':
      return box(list.some((label) => labels.includes(label)));
    case 'opHasAll':
      return box(list.every((label) => labels.includes(label)));
    default:
      return box((plain(guard.mx.get('labels')!.value) as string[]).includes(list[0]!));
  }
}
