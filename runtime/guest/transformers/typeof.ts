/** `@typeof` (language.md 12). */

import { typeName } from '../values/kinds.js';
import { type Transformer, textTransformer } from './transform.js';

export const typeOf: Transformer = textTransformer(typeName);
