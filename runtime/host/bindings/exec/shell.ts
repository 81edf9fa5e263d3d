/** `exec.cmd` and `exec.sh`: commands and shell scripts (language.md 6). */

import { findProgram } from '../../isolation/lookup.js';
import type { Services } from '../services.js';
import { type Binding, type BindingResult, HostError } from '../types.js';
import { workingDirectory } from './directory.js';
import { childEnvironment } from './environment.js';
import { assignment, variableSubjects } from './exported.js';
import { runProcess } from './run.js';

/** Linux refuses a single argument or variable above 128 KiB, and about 2 MiB for all of them. */
const MAX_ARGUMENT = 120 * 1024;
const MAX_ENVIRONMENT = 512 * 1024;

const PLAIN_SHELL = ['/bin/sh'] as const;

/** Bash takes a socket as stdin for a remote shell and would run the user's `.bashrc` first. */
const BASH_OPTIONS = ['--norc', '--noprofile'] as const;

/** Reads the script from descriptor 3: no size limit, standard input stays free, nothing touches the disk. */
const READ_SCRIPT = 'eval "$(cat <&3)"';

/** On a terminal Ctrl-C is the business of the program that runs there: the shell around it waits on. */
const LEAVE_INTERRUPTS = 'trap : INT\n';

/** `cmd { … }`: one command line, or several lines, for `/bin/sh`. */
export function cmdBinding(services: Services): Binding<'exec.cmd'> {
  return {
    subjects: (args) => [{ kind: 'command', command: args.command }, ...variableSubjects(args.env)],
    async run(args): Promise<BindingResult> {
      const value = await runShell(services, {
        ...args,
        shell: PLAIN_SHELL,
        code: args.command,
        params: {},
        label: args.command,
      });
      return { value, mark: { sources: [`command:${programOf(args.command)}`] } };
    },
  };
}

/** `sh { … }` and `bash { … }`: both run in bash where there is one; parameters are variables. */
export function shBinding(services: Services): Binding<'exec.sh'> {
  return {
    subjects: ({ shell: language, code, params, env }) => [
      { kind: 'script', language, code },
      ...variableSubjects({ ...params, ...env }, (code) => ({ kind: 'script', language, code })),
    ],
    async run(args): Promise<BindingResult> {
      const bash = findProgram('bash', services.environment, '/');
      const value = await runShell(services, {
        ...args,
        shell: bash ? [bash, ...BASH_OPTIONS] : PLAIN_SHELL,
        params: args.params ?? {},
        label: args.shell,
      });
      return { value };
    },
  };
}

interface ShellRequest {
  shell: readonly [file: string, ...options: string[]];
  code: string;
  params: Record<string, string>;
  stdin?: string;
  stream?: boolean;
  terminal?: boolean;
  cwd?: string;
  env?: Record<string, string>;
  timeout?: number;
  label: string;
}

async function runShell(services: Services, request: ShellRequest) {
  const [file, ...options] = request.shell;
  const home = services.environment.HOME;
  const cwd = workingDirectory(request.cwd, services.dir, home);
  if (request.code.includes('\0')) throw invalidCode(request.label);
  const { small, large } = splitBySize({ ...request.params, ...request.env }, services.limits.environmentValue);
  const env = childEnvironment(services.environment, services.allowed, small);
  const code = request.terminal ? LEAVE_INTERRUPTS + request.code : request.code;
  const direct = large.length === 0 && Buffer.byteLength(code) <= MAX_ARGUMENT;
  const result = await runProcess(services, {
    file,
    args: [...options, '-c', direct ? code : READ_SCRIPT],
    cwd,
    env,
    stdin: request.stdin,
    payload: direct ? undefined : `exec 3<&-\n${large.map(checkedAssignment).join('')}${code}`,
    timeout: request.timeout,
    stream: request.stream,
    terminal: request.terminal,
    label: request.label,
  });
  return { ...result, cwd };
}

/** Which variables fit the environment, and which have to be assigned by the script itself. */
function splitBySize(values: Record<string, string>, limit: number) {
  const small: Record<string, string> = {};
  const large: [string, string][] = [];
  let total = 0;
  const bySize = Object.entries(values).map(([name, value]) => ({ name, value, size: Buffer.byteLength(value) }));
  bySize.sort((a, b) => a.size - b.size);
  for (const { name, value, size } of bySize) {
    total += size;
    if (size > limit || total > MAX_ENVIRONMENT) large.push([name, value]);
    else Object.defineProperty(small, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return { small, large };
}

function checkedAssignment([name, value]: [string, string]): string {
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    throw new HostError(
      'MlldCommandExecution',
      'EXEC_INVALID_ENV',
      `'${name}' is no shell variable name, and its value is too large for the environment`,
    );
  }
  if (value.includes('\0')) {
    throw new HostError(
      'MlldCommandExecution',
      'EXEC_INVALID_ENV',
      `The value of '${name}' contains a NUL character, which no shell variable can hold`,
    );
  }
  return `${assignment(name, value)}\n`;
}

function invalidCode(label: string): HostError {
  return new HostError(
    'MlldCommandExecution',
    'EXEC_FAILED',
    `A command cannot contain a NUL character: ${label.replaceAll('\0', '\\0')}`,
  );
}

/** The first word of a command, leading assignments skipped: what `command:…` in sources names. */
export function programOf(command: string): string {
  const words = command.trim().split(/\s+/);
  return words.find((word) => !/^[A-Za-z_]\w*=/.test(word)) ?? '';
}
