import { statSync } from 'node:fs';
import { HostError } from '../types.js';

/**
 * The working directory of a command (language.md 6.1): absolute, or `~` for the home directory.
 * @throws HostError INVALID_WORKING_DIRECTORY when it is relative, missing or no directory
 */
export function workingDirectory(given: string | undefined, fallback: string, home: string | undefined): string {
  const path = given === undefined ? fallback : expandHome(given, home);
  if (!path.startsWith('/')) throw invalid('Working directory must start with "/".', path);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw invalid(`Working directory does not exist: ${path}`, path);
  if (!stats.isDirectory()) throw invalid(`Working directory is not a directory: ${path}`, path);
  return path;
}

/** `~` and `~/rest` with the home directory put in; anything else as it is. */
export function expandHome(path: string, home: string | undefined): string {
  return home !== undefined && (path === '~' || path.startsWith('~/')) ? home + path.slice(1) : path;
}

function invalid(message: string, workingDirectory: string): HostError {
  return new HostError('Mlld', 'INVALID_WORKING_DIRECTORY', message, { workingDirectory });
}
