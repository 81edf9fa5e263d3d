import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { type Command, ProgramNotFoundError } from './types.js';

/**
 * The file `program` means to a child with this environment and directory, or null.
 * A name with a slash is a path; anything else is looked for along PATH.
 */
export function findProgram(
  program: string,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): string | null {
  if (program === '') return null;
  if (program.includes('/') || (process.platform === 'win32' && program.includes('\\'))) {
    const file = path.resolve(cwd, program);
    return isExecutable(file) ? file : null;
  }
  const extensions = process.platform === 'win32' ? ['', ...(env.PATHEXT ?? '.EXE;.CMD;.BAT').split(';')] : [''];
  for (const folder of (env.PATH ?? env.Path ?? '').split(path.delimiter)) {
    // An empty entry means the current directory to a shell; a sandbox must not depend on it.
    if (folder === '') continue;
    for (const extension of extensions) {
      const file = path.resolve(cwd, folder, program + extension);
      if (isExecutable(file)) return file;
    }
  }
  return null;
}

/**
 * Like `findProgram`, for callers that cannot go on without it.
 * @throws ProgramNotFoundError
 */
export function requireProgram(command: Command): string {
  const file = findProgram(command.argv[0], command.env, command.cwd);
  if (file === null) throw new ProgramNotFoundError(command.argv[0]);
  return file;
}

function isExecutable(file: string): boolean {
  try {
    if (!statSync(file).isFile()) return false;
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
