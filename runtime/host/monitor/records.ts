/** The records the host keeps of a project: programs cause them, and never write them. */

import { join } from 'node:path';
import { isInside, realPath } from '../bindings/files/target.js';
import type { Decider } from './index.js';

/** Refuses to write into the audit ledger and the signatures, whatever policies say. */
export function protectRecords(root: string): Decider {
  const places = [root, realPath(root)].flatMap((place) => [join(place, '.sig'), join(place, '.mlld', 'sec')]);
  return (_operation, _request, { subjects }) => {
    const isRecord = (path: string): boolean => places.some((place) => isInside(path, place));
    const found = subjects.find(
      (subject) => subject.kind === 'path' && subject.access === 'w' && [subject.path, subject.given].some(isRecord),
    );
    return found
      ? { code: 'RECORDS_PROTECTED', message: 'Signatures and the audit ledger are written by mlldc alone' }
      : null;
  };
}
