import type { Services } from '../services.js';
import type { BindingsOf } from '../types.js';

/** `console.write`: what show, log, run and output to a stream print (language.md 10.1). */
export function consoleBindings(services: Services): BindingsOf<'console'> {
  return {
    'console.write': {
      async run({ stream, text }) {
        await services.console.write(stream, text);
        return { value: null };
      },
    },
  };
}
