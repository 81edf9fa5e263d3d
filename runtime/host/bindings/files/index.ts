import type { Services } from '../services.js';
import type { BindingsOf } from '../types.js';
import { globBinding } from './glob.js';
import { linkedBinding } from './linked.js';
import { existsBinding, readBinding } from './read.js';
import { selectBinding } from './select/index.js';
import { appendBinding, writeBinding } from './write.js';

/** The operations on files (language.md 9, 10.5). */
export function filesBindings(services: Services): BindingsOf<'file'> {
  return {
    'file.read': readBinding(services),
    'file.glob': globBinding(services),
    'file.exists': existsBinding(services),
    'file.select': selectBinding(services),
    'file.linked': linkedBinding(services),
    'file.write': writeBinding(services),
    'file.append': appendBinding(services),
  };
}
