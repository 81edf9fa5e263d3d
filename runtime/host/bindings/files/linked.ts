/**
 * `file.linked`: a file or page that is part of the program already. Importing it is reading it
 * (security.md 5.5): the policies in force are asked, and its content carries the marks it would
 * carry if it were loaded now, what the audit log remembers of it included. The answer says where it is.
 */

import { existsSync } from 'node:fs';
import { join, type Mark, markToJSON } from '../../../shared/marks.js';
import { addition, originMark, PROPAGATION } from '../../../shared/propagation.js';
import { parseUrl, urlSubject } from '../network/index.js';
import type { Services } from '../services.js';
import type { Binding, BindingContext } from '../types.js';
import { contentMark } from './info.js';
import { originOf } from './origin.js';
import { readText } from './read.js';
import { absolutePath, type PathSubject, pathSubject } from './target.js';

export function linkedBinding(services: Services): Binding<'file.linked'> {
  return {
    subjects: ({ location }) => [
      location.includes('://')
        ? urlSubject(parseUrl(location))
        : pathSubject('r', absolutePath(services, location, undefined)),
    ],
    async run({ location }, context) {
      const [subject] = context.subjects;
      const mark =
        subject?.kind === 'path'
          ? await linkedMark(services, subject, context)
          : join(addition(PROPAGATION.network), originMark(PROPAGATION.network, location));
      const places = subject?.kind === 'path' ? [...new Set([subject.given, subject.path])] : [location];
      return { value: places, mark: markToJSON(mark) ?? {} };
    },
  };
}

/** A signature vouches for the file as it is now; what was linked may be older and gains nothing by it. */
async function linkedMark(services: Services, subject: PathSubject, context: BindingContext): Promise<Mark> {
  const text = services.hasSignatures() && existsSync(subject.path) ? textOf(services, subject) : null;
  if (text === null) return contentMark(subject, context);
  return originOf(services, subject, text, { restored: context.restored, policies: [] });
}

function textOf(services: Services, subject: PathSubject): string | null {
  try {
    return readText(subject, services.limits.file, subject.given);
  } catch {
    return null;
  }
}
