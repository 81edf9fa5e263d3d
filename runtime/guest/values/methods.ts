/**
 * Built-in methods (language.md 2.9). A result carries the marks of the receiver and of all
 * arguments; methods that only move members around leave the members their own marks.
 */

import { EMPTY } from '../../shared/marks.js';
import { nearestName } from '../../shared/policy/suggest.js';
import { joiner, PROPAGATION } from '../../shared/propagation.js';
import { type Box, box } from '../box.js';
import { MlldError } from '../errors.js';
import { ARRAY_METHODS } from './array-methods.js';
import { textView } from './display.js';
import { isContainer, kindOf } from './kinds.js';
import { callMark } from './method-args.js';
import { STRING_METHODS } from './string-methods.js';

/** Type checks any value answers; arrays are not objects. */
const joinSized = joiner(PROPAGATION.size, 'receiver');

const CHECKS: Record<string, (b: Box) => boolean> = {
  isArray: (b) => Array.isArray(b.value),
  isObject: (b) => kindOf(b.value) === 'object',
  isString: (b) => typeof b.value === 'string',
  isNumber: (b) => typeof b.value === 'number',
  isBoolean: (b) => typeof b.value === 'boolean',
  isNull: (b) => b.value === null,
  isDefined: (b) => b.value !== null && b.value !== undefined,
};

/** JavaScript's array methods that take callbacks or mutate: mlld has none of them. */
const ABSENT = new Set([
  'map',
  'filter',
  'reduce',
  'forEach',
  'find',
  'findIndex',
  'some',
  'every',
  'flatMap',
  'push',
  'pop',
  'shift',
  'unshift',
  'splice',
]);

/** What scripts of other languages call and `.mx` holds (language.md 2.4). */
const OBJECT_VIEWS = new Set(['keys', 'values', 'entries']);

const own = (table: object, name: string): boolean => Object.hasOwn(table, name);

/** Every method name there is. */
export const BUILTIN_METHODS: ReadonlySet<string> = new Set([
  'length',
  ...Object.keys(STRING_METHODS),
  ...Object.keys(ARRAY_METHODS),
  ...Object.keys(CHECKS),
]);

/**
 * Calls the built-in method `name`.
 *
 * @param label the receiver as the source names it, for messages
 * @throws MlldError METHOD_NOT_FOUND for names that are no method, NOT_EXECUTABLE for JavaScript's
 *   array callbacks, METHOD_TYPE for a method of another type
 */
export function callMethod(receiver: Box, name: string, args: readonly (Box | undefined)[], label: string): Box {
  if (own(CHECKS, name)) return box(CHECKS[name]!(receiver), joinSized(EMPTY, receiver.mark));
  if (!BUILTIN_METHODS.has(name)) throw unknownMethod(receiver, name, label);
  const { value } = receiver;
  if (Array.isArray(value)) {
    if (name === 'length') return box(value.length, joinSized(EMPTY, receiver.mark));
    if (own(ARRAY_METHODS, name)) return ARRAY_METHODS[name]!(receiver, value, args);
  }
  if (hasTextMethods(receiver)) return textMethod(receiver, name, args);
  throw wrongType(receiver, name);
}

/** Strings, and containers that have a text of their own: loaded files and command output. */
function hasTextMethods(receiver: Box): boolean {
  if (typeof receiver.value === 'string') return true;
  return (
    isContainer(receiver.value) &&
    receiver.extra !== null &&
    (receiver.extra.joined !== undefined || 'text' in receiver.extra)
  );
}

function textMethod(receiver: Box, name: string, args: readonly (Box | undefined)[]): Box {
  const text = textView(receiver);
  if (name === 'length') return box(text.length, joinSized(EMPTY, receiver.deep));
  if (!own(STRING_METHODS, name)) throw wrongType(receiver, name);
  return box(STRING_METHODS[name]!(text, args), callMark(receiver, args));
}

function wrongType(receiver: Box, name: string): MlldError {
  return new MlldError('Mlld', 'METHOD_TYPE', `Cannot call .${name}() on ${kindOf(receiver.value)}`, {
    hint: hintFor(receiver, available),
  });
}

function unknownMethod(receiver: Box, name: string, label: string): MlldError {
  if (Array.isArray(receiver.value) && ABSENT.has(name)) {
    return new MlldError('MlldInterpreter', 'NOT_EXECUTABLE', `Variable ${name} is not executable`, {
      hint: 'Arrays have no callback methods; use for @x in @list => … or += instead.',
    });
  }
  return new MlldError('Mlld', 'METHOD_NOT_FOUND', `Method not found: ${name} on ${label}`, {
    hint: hintFor(receiver, () => meant(receiver, name)),
  });
}

/** A hint tells the type of the value, so there is none about labelled ones. */
function hintFor(receiver: Box, hint: (receiver: Box) => string): string | undefined {
  return receiver.deep.labels.length === 0 ? hint(receiver) : undefined;
}

/** What to write instead of a method there is not. */
function meant(receiver: Box, name: string): string {
  const methods = methodsOf(receiver);
  if (OBJECT_VIEWS.has(name) && !Array.isArray(receiver.value) && isContainer(receiver.value))
    return `The ${name} of an object are in .mx.${name}`;
  const near = nearestName(name, methods);
  return near ? `Did you mean .${near}()?` : available(receiver);
}

function available(receiver: Box): string {
  return `Methods of a value of type ${kindOf(receiver.value)}: ${methodsOf(receiver).join(', ')}`;
}

function methodsOf(receiver: Box): string[] {
  const own = Array.isArray(receiver.value)
    ? ['length', ...Object.keys(ARRAY_METHODS)]
    : hasTextMethods(receiver)
      ? ['length', ...Object.keys(STRING_METHODS)]
      : [];
  return [...own, ...Object.keys(CHECKS)];
}
