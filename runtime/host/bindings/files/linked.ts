/**
 * `file.linked`: a file or page that is part of the program already. Importing it is reading it
 * (security.md 5.5): the policies in force are asked, and its content carries the marks it would
 * carry if it were loaded now, what the audit log remembers of it included.
 */

import { join, markToJSON } from '../../../shared/marks.js';
import { addition, originMark, PROPAGATION } from '../../../shared/propagation.js';
import { parseUrl, urlSubject } from '../network/index.js';
import type { Services } from '../services.js';
import type { Binding } from '../types.js';
import { fileMark } from './info.js';
import { absolutePath, pathSubject } from './target.js';

export function linkedBinding(services: Services): Binding<'file.linked'> {
  return {
    subjects: ({ location }) => [
      location.includes('://')
        ? urlSubject(parseUrl(location))
        : pathSubject('r', absolutePath(services, location, undefined)),
    ],
    async run({ location }, { subjects: [subject], restored }) {
      const mark =
        subject?.kind === 'path'
          ? join(fileMark(subject), await restored(subject.path))
          : join(addition(PROPAGATION.network), originMark(PROPAGATION.network, location));
      return { value: null, mark: markToJSON(mark) ?? {} };
    },
  };
}
