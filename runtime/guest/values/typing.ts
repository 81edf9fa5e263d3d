/** What values become on their way into code and out of it (language.md 5.4, 5.5, 6.4, 8.1). */

import { EMPTY, type Mark } from '../../shared/marks.js';
import { Box, type Extra, memberOf } from '../box.js';
import { compactJson, jsonData, toText } from './display.js';
import { parseContainer, parseJson, parsePrintedContainer } from './json-text.js';
import { isContainer } from './kinds.js';
import { wrapper } from './metadata.js';
import { withoutTrailingNewlines } from './text.js';

/**
 * Where a command stands: the right-hand side of a variable, the body of an executable, a `run`
 * directive, a stage of a pipeline.
 */
export type Position = 'value' | 'exe' | 'run' | 'stage';

/** What runs commands: the shells differ from `cmd`, python's numbers print in their shortest form. */
export type Medium = 'cmd' | 'sh' | 'bash' | 'py';

/** A JSON number without exponent; `007` and `1e3` stay text. */
const PLAIN_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

const WORDS = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/**
 * The value of what a command printed (language.md 6.4). Trailing newlines are removed.
 *
 * - `cmd` on a right-hand side or after `run`: JSON containers, numbers, booleans and null are
 *   typed; the text view keeps what was printed.
 * - `sh` and `bash` there: text.
 * - any of them as an executable's body or a stage: JSON containers are typed, scalars stay text.
 *   An executable's container is printed again from its data.
 * - `py` anywhere: typed, and printed again as its value.
 */
export function typedCommandOutput(
  stdout: string,
  medium: Medium,
  position: Position = 'value',
  mark: Mark = EMPTY,
): Box {
  const text = withoutTrailingNewlines(stdout);
  const origin: Extra = { origin: medium };
  const direct = position === 'value' || position === 'run';
  if (direct && (medium === 'sh' || medium === 'bash')) return new Box(text, mark, origin);
  const container = parsePrintedContainer(text);
  if (container !== undefined) return new Box(container, mark, position === 'exe' ? origin : { text, origin: medium });
  if (medium !== 'py' && !direct) return new Box(text, mark, origin);
  const scalar = scalarOf(text.trim());
  if (scalar === undefined) return new Box(text, mark, origin);
  return new Box(scalar, mark, medium === 'py' ? origin : { text, origin: medium });
}

function scalarOf(text: string): number | boolean | null | undefined {
  if (!PLAIN_NUMBER.test(text)) return WORDS.get(text);
  const value = Number(text);
  // Digits a double cannot hold would change what the value prints as.
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : value;
}

const FROM_CODE: Extra = Object.freeze({ origin: 'code' });

/** Unlike a null literal, no result interpolates as nothing (language.md 2.3). */
const NO_RESULT: Extra = Object.freeze({ origin: 'code', text: '' });

/**
 * The value of what `js` or `node` code returned: strings that are JSON become the value they
 * stand for (language.md 5.5).
 */
export function typedCodeResult(value: unknown, mark: Mark = EMPTY): Box {
  const parsed = typeof value === 'string' ? parseJson(value) : undefined;
  const data = parsed === undefined ? value : parsed;
  if (typeof data === 'object' && data !== null && typeof value === 'string')
    return new Box(data, mark, { origin: 'code', raw: value });
  return new Box(data, mark, data === null || data === undefined ? NO_RESULT : FROM_CODE);
}

/** language.md 5.5: the value, or what was logged when there is none. */
export function codeResult(value: unknown, logs: readonly string[], mark: Mark): Box {
  if (value === undefined && logs.length > 0) {
    const text = logs.join('\n');
    const typed = typedCodeResult(text, mark);
    return typed.extra?.raw === undefined ? typed : new Box(typed.value, mark, { ...typed.extra, text });
  }
  return typedCodeResult(value, mark);
}

/**
 * What a code stage of a pipeline receives: native data, and the value of text that is JSON
 * (language.md 8.1). The very same object as `b.value` when nothing had to change.
 */
export function stageInput(b: Box): unknown {
  if (b.extra?.keep) return wrapper(b);
  if (typeof b.value === 'string') {
    const parsed = parseJson(b.value);
    return parsed === undefined ? b.value : parsed;
  }
  return codeArgument(b);
}

/**
 * What a parameter of `js`, `node` or `py` code is bound to (language.md 5.4): native data, the
 * wrapper of a kept value, and the data of a template's result that is a JSON container. Sending it
 * on, send `b.deep` with it.
 */
export function codeArgument(b: Box): unknown {
  const { value, extra } = b;
  if (extra?.keep) return wrapper(b);
  if (typeof value === 'string') return extra?.origin === 'template' ? (parseContainer(value) ?? value) : value;
  return jsonData(value);
}

/** What a parameter of `sh` or `bash` code finds in its environment: text, one array element a line (language.md 5.4). */
export function shellArgument(b: Box): string {
  const { value } = b;
  if (value === null || value === undefined) return '';
  if (Array.isArray(value) && !b.extra?.joined)
    return value.map((member) => elementText(memberOf(b, member))).join('\n');
  return isContainer(value) && !b.extra?.joined ? compactJson(value) : toText(b);
}

function elementText(member: Box): string {
  if (member.value === null || member.value === undefined) return '';
  return isContainer(member.value) ? compactJson(member.value) : toText(member);
}
