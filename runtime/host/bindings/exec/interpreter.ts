/**
 * The Python behind a name on the PATH. What stands there may be a script of a version manager that
 * looks for the real interpreter; a jail has to show that one, and what it is made of.
 */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { HostError } from '../types.js';

export interface Interpreter {
  readonly file: string;
  /** Directories of its library and, in a virtual environment, of that. */
  readonly parts: readonly string[];
}

const ASK = 'import sys; print("\\n".join([sys.executable, sys.base_prefix, sys.prefix]))';
const ASK_MS = 10_000;

const known = new Map<string, Promise<Interpreter>>();

/**
 * Asks the program on the PATH, once.
 * @throws HostError PYTHON_NOT_FOUND when it does not answer
 */
export function realInterpreter(program: string, env: Readonly<Record<string, string>>): Promise<Interpreter> {
  let found = known.get(program);
  if (!found) {
    found = ask(program, env);
    known.set(program, found);
  }
  return found;
}

async function ask(program: string, env: Readonly<Record<string, string>>): Promise<Interpreter> {
  try {
    // Isolated mode: nothing of the current directory or the user's own modules is loaded.
    const { stdout } = await promisify(execFile)(program, ['-I', '-c', ASK], { cwd: '/', env, timeout: ASK_MS });
    const [file = '', ...parts] = stdout.split(/\r?\n/).filter(Boolean);
    return { file: file || program, parts: [...new Set(parts)] };
  } catch (error) {
    throw new HostError(
      'MlldCommandExecution',
      'PYTHON_NOT_FOUND',
      `py { } needs Python 3: ${program} does not run: ${(error as Error).message.split('\n')[0]}`,
    );
  }
}
