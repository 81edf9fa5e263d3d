/** `@upper @lower @trim` (language.md 8.6). */

import { textView } from '../values/display.js';
import { isContainer } from '../values/kinds.js';
import { type Transformer, textTransformer } from './transform.js';

export const upper: Transformer = textTransformer((input) => textView(input).toUpperCase());

export const lower: Transformer = textTransformer((input) => textView(input).toLowerCase());

const trimText = textTransformer((input) => textView(input).trim());

/** The JSON text of a container has nothing to trim, so containers stay what they are. */
export const trim: Transformer = (input, args) => (isContainer(input.value) ? input : trimText(input, args));
