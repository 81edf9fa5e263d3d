/**
 * js bodies (language.md 5.5). They are computed in a cell, which holds no door, no boxes and no labels:
 * plain data goes in as text and comes out as text (protocol.ts).
 */

import { EMPTY, join, type Mark } from '../shared/marks.js';
import { addition, joiner, PROPAGATION } from '../shared/propagation.js';
import { CELL_REPLY, type CellError } from '../shared/protocol.js';
import { isConfidential, WITHHELD } from '../shared/security/confidential.js';
import type { Box } from './box.js';
import { compartment } from './compartments.js';
import type { Context } from './context.js';
import { note } from './document.js';
import { bodyCall, bodyPost } from './door.js';
import { dual, type Steps, wait } from './dual.js';
import { blame, MlldError } from './errors.js';
import { resultOf } from './executable.js';
import { operate, operationsActive } from './operate.js';
import { incoming } from './unlabeled.js';
import { codeArgument, codeResult } from './values/typing.js';

type Arguments = readonly (Box | undefined)[];

/** Runs a js body of a module's cell that does not wait. */
export function js(cell: string, body: number, args: Arguments, site: number): Box {
  const mark = argumentsMark(args);
  const place = compartment(cell, mark);
  return resultFrom(bodyCall(body, argumentsText(args), place.cell), body, join(mark, place.mark), site);
}

/** Runs a js body that may wait; several may be under way. */
export async function jsA(cell: string, body: number, args: Arguments, site: number): Promise<Box> {
  const mark = argumentsMark(args);
  const place = compartment(cell, mark);
  const reply = await bodyPost(body, argumentsText(args), place.cell);
  return resultFrom(reply, body, join(mark, place.mark), site);
}

/** A js block that is not the body of an executable: an operation of its own (security.md 3.2, leak 15). */
export const [jsBlock, jsBlockA] = dual(function* (
  context: Context,
  waits: boolean,
  cell: string,
  body: number,
  args: Arguments,
  site: number,
): Steps<Box> {
  const run = (inputs: Arguments): Box | Promise<Box> => (waits ? jsA : js)(cell, body, inputs, site);
  if (!operationsActive()) return yield* wait(run(args));
  const operation = { kind: 'run', subtype: 'js', labels: ['op:js'], inputs: args.slice(), site };
  return resultOf(
    yield* operate(context, operation, function* (_inner, inputs) {
      return yield* wait(run(inputs));
    }),
  );
});

/** The JSON of `CellArgument`s; put together by hand because it is made at every call of a js function. */
function argumentsText(args: Arguments): string {
  let list = '';
  for (let i = 0; i < args.length; i++) list += (i > 0 ? ',' : '') + argumentText(args[i]);
  return `[${list}]`;
}

function argumentText(arg: Box | undefined): string {
  if (arg === undefined) return '[]';
  const data = typeof arg.value === 'number' ? arg.value : codeArgument(arg);
  const json = JSON.stringify(data);
  if (typeof data !== 'object' || data === null) return json ?? '[]';
  if (arg.extra === null) return `[${json}]`;
  // A structured value is its text where the body takes it for a string (language.md 8.1).
  return `[${json},${JSON.stringify(arg.extra.text ?? arg.extra.raw ?? null)}]`;
}

const JS_MARK = addition(PROPAGATION.js);
const joinArgument = joiner(PROPAGATION.js, 'arguments');

function argumentsMark(args: Arguments): Mark {
  let mark = EMPTY;
  for (let i = 0; i < args.length; i++) mark = joinArgument(mark, args[i]?.deep ?? EMPTY);
  return mark;
}

/** What a cell replied, as a value. */
function resultFrom(reply: string, body: number, mark: Mark, site: number): Box {
  let outcome = reply;
  let logs: readonly string[] = [];
  if (reply[0] === CELL_REPLY.output) {
    const [logged, errors, rest, more] = reply.slice(1).split('\n');
    if (errors === undefined || rest === undefined || more !== undefined) throw malformed();
    logs = JSON.parse(logged!) as string[];
    for (const line of JSON.parse(errors) as string[]) note(line, mark, site);
    outcome = rest;
  }
  if (outcome[0] !== CELL_REPLY.error) return codeResult(outcomeValue(outcome), logs, incoming(join(mark, JS_MARK)));
  const { message, name, line, column, body: at = body } = JSON.parse(outcome.slice(1)) as CellError;
  const isSecret = isConfidential(mark);
  const error = new MlldError('MlldCommandExecution', 'COMMAND_EXECUTION_FAILED', isSecret ? WITHHELD : message, {
    site,
    details: { language: 'js', ...(isSecret ? {} : { error: name }) },
    body: line === undefined ? undefined : { index: at, line, column: column ?? 1 },
  });
  throw blame(error, mark);
}

const NUMBERS: ReadonlySet<string> = new Set(['NaN', 'Infinity', '-Infinity']);

function outcomeValue(outcome: string): unknown {
  switch (outcome[0]) {
    case CELL_REPLY.undefined:
      if (outcome.length > 1) throw malformed();
      return undefined;
    case CELL_REPLY.number:
      if (!NUMBERS.has(outcome.slice(1))) throw malformed();
      return Number(outcome.slice(1));
    default:
      try {
        return JSON.parse(outcome);
      } catch {
        throw malformed();
      }
  }
}

/** Ends the run: the cells' engine is not to be trusted any more. */
function malformed(): Error {
  const error = new Error('a cell gave a malformed reply');
  error.name = 'InternalError';
  return error;
}
