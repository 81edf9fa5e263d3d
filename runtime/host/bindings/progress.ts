import type { Services } from './services.js';
import type { BindingsOf } from './types.js';

/** `progress.report`: how many iterations of a parallel loop are done, for the status line. */
export function progressBindings({ activity }: Services): BindingsOf<'progress'> {
  return {
    'progress.report': {
      run({ loop, done, total }) {
        activity.report(loop, { done, total });
        return { value: null };
      },
    },
  };
}
