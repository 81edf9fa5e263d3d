/** `exec.py`: Python bodies, each in a process of its own (language.md 5.4, 5.5). */

import { findProgram } from '../../isolation/lookup.js';
import type { Services } from '../services.js';
import { type Binding, HostError } from '../types.js';
import { workingDirectory } from './directory.js';
import { childEnvironment } from './environment.js';
import { variableSubjects } from './exported.js';
import { realInterpreter } from './interpreter.js';
import { PYTHON_RUNNER } from './python-runner.js';
import { runProcess } from './run.js';

export function pyBinding(services: Services): Binding<'exec.py'> {
  return {
    subjects: (args) => [{ kind: 'script', language: 'py', code: args.code }, ...variableSubjects(args.env)],
    async run(args) {
      const cwd = workingDirectory(args.cwd, services.dir, services.environment.HOME);
      const env = childEnvironment(services.environment, services.allowed, args.env);
      const request = {
        code: args.code,
        params: args.params.filter(isPythonName),
        values: args.values,
        functions: args.functions ?? [],
      };
      const python = findPython(env, cwd);
      const { file, parts } = services.isolate ? await realInterpreter(python, env) : { file: python };
      const result = await runProcess(services, {
        file,
        ...(parts && { parts }),
        args: ['-c', PYTHON_RUNNER],
        cwd,
        env: { ...env, PYTHONIOENCODING: 'utf-8', ...(args.stream ? { PYTHONUNBUFFERED: '1' } : {}) },
        stdin: args.stdin,
        payload: JSON.stringify(request),
        timeout: args.timeout,
        stream: args.stream,
        label: 'py',
      });
      return { value: { ...result, cwd } };
    },
  };
}

/** The interpreter to use. */
export function findPython(env: Readonly<Record<string, string | undefined>>, cwd: string): string {
  const program = findProgram('python3', env, cwd) ?? findProgram('python', env, cwd);
  if (program) return program;
  throw new HostError(
    'MlldCommandExecution',
    'PYTHON_NOT_FOUND',
    'py { } needs Python 3: neither python3 nor python is on the PATH',
  );
}

/** A parameter whose name Python cannot spell is not visible to the body. */
function isPythonName(name: string): boolean {
  return /^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(name);
}
