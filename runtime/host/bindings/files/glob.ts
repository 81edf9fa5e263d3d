/** `file.glob`: all files a pattern matches, with their content (language.md 9.3). */

import { relative } from 'node:path';
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import type { Services } from '../services.js';
import { type Binding, HostError } from '../types.js';
import { matchPaths } from './match.js';
import { type LoadedFile, loadFile } from './read.js';
import { pathSubject, requireInside } from './target.js';

/** Files read before other work gets its turn. */
const SLICE = 100;

export function globBinding(services: Services): Binding<'file.glob'> {
  return {
    // What a pattern touches is known once it has matched: `run` asks about each file.
    async run(args, context) {
      const base = args.base ?? services.dir;
      const files: LoadedFile[] = [];
      let size = 0;
      for (const path of await matchPaths(services, args.pattern, args.base)) {
        const subject = pathSubject('r', path);
        requireInside(subject, args.within, 'Mlld');
        await context.permit(subject);
        const loaded = await loadFile(services, subject, base, context, relative(base, path));
        size += loaded.text.length;
        if (size > services.limits.glob) throw tooMuch(args.pattern, services.limits.glob);
        files.push(loaded);
        if (files.length % SLICE === 0) await yieldToEvents();
      }
      return { value: files };
    },
  };
}

function tooMuch(pattern: string, limit: number): HostError {
  return new HostError(
    'Mlld',
    'FILE_TOO_LARGE',
    `Failed to load content: ${pattern}\n\nThe files together are larger than ${limit} characters`,
    { limit },
  );
}
