/** The errors of file operations as a program sees them (language.md 9.1, 10.5). */

import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { suggestions } from '../../../../compiler/diagnostics/suggest.js';
import { HostError } from '../types.js';

const HINT =
  'Paths are relative to the directory of the file they are written in; start with @root/ for the project root.';

/** `File not found`, with the names in that directory that come close. */
export function fileNotFound(written: string, absolute: string): HostError {
  const directory = written.includes('/') ? written.slice(0, written.lastIndexOf('/') + 1) : '';
  const similar = suggestions(basename(absolute), namesIn(dirname(absolute))).map((name) => directory + name);
  const list = similar.length > 0 ? `\n\nDid you mean:\n${similar.map((path) => `  - ${path}`).join('\n')}` : '';
  return new HostError('Mlld', 'FILE_NOT_FOUND', `File not found: ${written}${list}`, { path: absolute }, HINT);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

const READ_REASONS: Record<string, [code: string, reason: string]> = {
  EISDIR: ['FILE_IS_DIRECTORY', 'it is a directory'],
  EACCES: ['FILE_ACCESS_DENIED', 'permission denied'],
  EPERM: ['FILE_ACCESS_DENIED', 'permission denied'],
  ENOTDIR: ['FILE_NOT_FOUND', 'a part of the path is not a directory'],
  ELOOP: ['FILE_LINK_REFUSED', 'it is a symbolic link that changed or leads nowhere'],
  EROFS: ['FILE_ACCESS_DENIED', 'the file system is read-only'],
  ENOSPC: ['FILE_WRITE_FAILED', 'no space left'],
  ENXIO: ['FILE_WRITE_FAILED', 'nobody reads from it'],
  ENAMETOOLONG: ['FILE_NAME_INVALID', 'the name is too long'],
};

/** The program's error for a failed read of `written`. */
export function readFailure(error: unknown, written: string, absolute: string): HostError {
  if (error instanceof HostError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return fileNotFound(written, absolute);
  const [name, reason] = READ_REASONS[code] ?? ['FILE_READ_FAILED', message];
  return new HostError('Mlld', name, `Failed to load content: ${written}\n\nCannot read the file: ${reason}`, {
    path: absolute,
  });
}

/** The program's error for a failed write to `absolute`. */
export function writeFailure(error: unknown, absolute: string): HostError {
  if (error instanceof HostError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const [name, reason] = READ_REASONS[code] ?? ['FILE_WRITE_FAILED', message];
  return new HostError('MlldOutput', name, `Output error (${absolute}): cannot write the file: ${reason}`, {
    path: absolute,
  });
}
