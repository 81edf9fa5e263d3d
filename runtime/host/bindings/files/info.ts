import { basename, dirname, relative } from 'node:path';
import type { FileInfo } from '../../../shared/file-info.js';
import { joinAll, type Mark, makeMark } from '../../../shared/marks.js';
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

function placeMark(path: string): Mark {
  const directories: string[] = [];
  for (let directory = dirname(path); dirname(directory) !== directory; directory = dirname(directory))
    directories.push(`dir:${directory}`);
  return makeMark({ taint: ['src:file', ...directories], sources: [path] });
}
