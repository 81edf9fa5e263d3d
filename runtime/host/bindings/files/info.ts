import { basename, dirname, relative } from 'node:path';
import type { FileInfo } from '../../../shared/file-info.js';
import { join, joinAll, type Mark } from '../../../shared/marks.js';
import { addition, ancestors, joiner, originMark, PROPAGATION } from '../../../shared/propagation.js';
import type { PathSubject } from './target.js';

export function fileInfo(absolute: string, base: string): FileInfo {
  const absoluteDir = dirname(absolute);
  return {
    filename: basename(absolute),
    relative: dotted(relative(base, absolute)),
    absolute,
    dirname: basename(absoluteDir),
    relativeDir: relative(base, absoluteDir) === '' ? '.' : dotted(relative(base, absoluteDir)),
    absoluteDir,
  };
}

function dotted(path: string): string {
  return path === '..' || path.startsWith('../') ? path : `./${path}`;
}

/**
 * The provenance of a file's content (security.md 1.3): `src:file`, `dir:` for each directory
 * above it, nearest first, and its path. A file reached through a link has both places' marks.
 */
export function fileMark(subject: PathSubject): Mark {
  return joinAll([...new Set([subject.given, subject.path])].map(placeMark));
}

const joinRecorded = joiner(PROPAGATION.file, 'recorded');

/** The same with what the ledger remembers of the file. */
export async function contentMark(
  subject: PathSubject,
  { restored }: { restored(path: string): Promise<Mark> },
): Promise<Mark> {
  return joinRecorded(fileMark(subject), await restored(subject.path));
}

function placeMark(path: string): Mark {
  return join(addition(PROPAGATION.file), originMark(PROPAGATION.file, path, ancestors(path)));
}
