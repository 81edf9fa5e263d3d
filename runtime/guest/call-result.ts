/** What becomes of a call: the marks its result owes to what went in, or the error it failed with. */

import { EMPTY, join, labelsFirst, type Mark, withoutLabel } from '../shared/marks.js';
import { type Joiner, joiner, leadingJoiner, PROPAGATION, type PropagationRow } from '../shared/propagation.js';
import { isConfidential } from '../shared/security/confidential.js';
import { Box, box, under } from './box.js';
import { capturedMark } from './captures.js';
import type { Context } from './context.js';
import { blame, MlldError } from './errors.js';
import type { Executable, Medium } from './executable.js';
import { passage } from './lineage.js';
import { callEnds, callFails } from './security/audit.js';
import { type Outcome, Signal } from './signals.js';

interface CallJoins {
  readonly argument: Joiner;
  readonly captured: Joiner;
  readonly calls: Joiner;
}

function callJoins(row: PropagationRow): CallJoins {
  return {
    argument: leadingJoiner(row, 'arguments'),
    captured: joiner(row, 'captured'),
    calls: joiner(row, 'calls'),
  };
}

/** What a call joins, by what its body is written in. */
const JOINS: Readonly<Record<Medium, CallJoins>> = {
  template: callJoins(PROPAGATION.exeTemplate),
  exe: callJoins(PROPAGATION.exeBlock),
  cmd: callJoins(PROPAGATION.exeCommand),
  sh: callJoins(PROPAGATION.exeShell),
  js: callJoins(PROPAGATION.exeJs),
  node: callJoins(PROPAGATION.exeNode),
  py: callJoins(PROPAGATION.exePython),
  mcp: callJoins(PROPAGATION.mcp),
  keychain: callJoins(PROPAGATION.keychain),
  class: callJoins(PROPAGATION.exeNode),
};
/** Puts on a result what it owes to its arguments, to inner calls and to the executable itself. */
export function finish(
  context: Context,
  inner: Context,
  target: Executable,
  args: readonly (Box | undefined)[],
  outcome: Outcome,
  own: Mark,
  call: number,
): Outcome {
  if (outcome instanceof Signal) return outcome;
  let result = outcome ?? NOTHING;
  let mark = result.mark;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg !== undefined && arg.deep !== mark) mark = JOINS[target.medium].argument(mark, arg.deep);
  }
  if (target.captures) mark = JOINS[target.medium].captured(mark, capturedMark(target));
  const { inner: calls, distrusted } = inner.activation!;
  if (calls !== EMPTY) mark = JOINS[target.medium].calls(mark, calls);
  if (distrusted) mark = withoutLabel(mark, 'trusted');
  mark = join(join(mark, own), passage(target, args));
  if (result.extra === null) {
    const { medium } = target;
    if (result.value === null && (medium === 'template' || medium === 'exe'))
      result = new Box(null, result.mark, NULL_RESULT);
    if (medium === 'template' && typeof result.value === 'string')
      result = new Box(result.value, result.mark, TEMPLATE_RESULT);
  }
  result = under(result, labelsFirst(join(result.mark, mark)));
  context.called(result.mark);
  if (call > 0) callEnds(call, result);
  return result;
}

/** A null that mlld code produced prints as the word (language.md 7.3). */
const NULL_RESULT = Object.freeze({ nullWord: true as const });

/** Text that is a JSON container reaches code as its data (language.md 5.4). */
const TEMPLATE_RESULT = Object.freeze({ origin: 'template' });

/** The value of a body without `=>`: prints nothing, interpolates as nothing (language.md 5.6). */
export const NOTHING = box(null, undefined, { text: '' });

/** Reports a failed call. */
export function failed(
  error: unknown,
  inner: Context,
  target: Executable,
  args: readonly (Box | undefined)[],
  call: number,
  site: number,
): unknown {
  callFails(
    call,
    error instanceof Error ? error.message : String(error),
    args.some((arg) => arg !== undefined && isConfidential(arg.deep)),
  );
  if (error instanceof MlldError) {
    for (const arg of args) if (arg !== undefined) blame(error, arg.deep);
    if (target.captures) blame(error, capturedMark(target));
    blame(error, inner.activation!.inner);
  }
  return framed(error, target, site);
}

/** Adds a frame of the mlld stack to an error on its way out of a call. */
export function framed(error: unknown, target: Executable, site: number): unknown {
  if (error instanceof MlldError) error.frames.push({ name: target.name, site });
  return error;
}
