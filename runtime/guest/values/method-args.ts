/** Arguments of built-in methods, converted as JavaScript would. */

import { EMPTY, type Mark } from '../../shared/marks.js';
import { joiner, PROPAGATION } from '../../shared/propagation.js';
import type { Box } from '../box.js';
import { toText } from './display.js';
import { toNumber } from './numbers.js';

export type Args = readonly (Box | undefined)[];

const joinReceiver = joiner(PROPAGATION.method, 'receiver');

/** Takes the mark of an argument into that of a method's result. */
export const joinArgument = joiner(PROPAGATION.method, 'arguments');

/** The marks of everything that went into a call. */
export function callMark(receiver: Box, args: Args): Mark {
  let mark = joinReceiver(EMPTY, receiver.deep);
  for (const arg of args) if (arg) mark = joinArgument(mark, arg.deep);
  return mark;
}

/** True when the argument is written and not undefined. */
export function given(arg: Box | undefined): arg is Box {
  return arg !== undefined && arg.value !== undefined;
}

/** An argument as text; absent ones are `absent`. */
export function textArg(arg: Box | undefined, absent = ''): string {
  return given(arg) ? toText(arg) : absent;
}

/** An argument as a number, or undefined when it is absent. */
export function numberArg(arg: Box | undefined): number | undefined {
  return given(arg) ? toNumber(arg.value) : undefined;
}
