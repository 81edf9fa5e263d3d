/** Runs one child process to its end and collects what it prints. */

import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { type FamilyLimit, watchFamily } from '../../isolation/resources.js';
import type { Limits, SpawnPlan } from '../../isolation/types.js';
import { MAX_TIMER, type Services } from '../services.js';
import { HostError } from '../types.js';
import { planFor } from './boxed.js';
import { groupExists } from './children.js';

export interface ProcessRequest {
  file: string;
  args: readonly string[];
  cwd: string;
  env: Record<string, string>;
  /** What the program is made of besides its file, for a jail to show. */
  parts?: readonly string[] | undefined;
  stdin?: string | undefined;
  /** Text the child can read from file descriptor 3. */
  payload?: string | undefined;
  /** Milliseconds; overrides the run's default. */
  timeout?: number | undefined;
  /** Print stdout while it arrives, besides collecting it. */
  stream?: boolean | undefined;
  /** The user's terminal instead of pipes: nothing is fed or collected, and no limit applies. */
  terminal?: boolean | undefined;
  /** The command as users know it, for error messages. */
  label: string;
}

export interface ProcessResult {
  /** 128 plus the signal's number when a signal ended the process, as a shell would say. */
  exitCode: number;
  signal: string | null;
  stdout: string;
  stderr: string;
  /** Milliseconds. */
  duration: number;
}

/** A background process may hold the output open after its shell ended; this long without output is enough. */
const QUIET_AFTER_EXIT_MS = 500;

/**
 * Runs a process (language.md 6.4 to 6.6). A failing exit code is a result, not an error.
 * @throws HostError EXEC_FAILED (cannot be started), EXEC_TIMEOUT, EXEC_OUTPUT_LIMIT
 */
export async function runProcess(services: Services, request: ProcessRequest): Promise<ProcessResult> {
  const { file, args, cwd, env, parts } = request;
  const plan = await planFor(services, { argv: [file, ...args], cwd, env, ...(parts && { parts }) });
  try {
    return await (request.terminal ? runAttached : runPlan)(services, request, plan);
  } finally {
    await plan.dispose();
  }
}

async function runPlan(services: Services, request: ProcessRequest, plan: SpawnPlan): Promise<ProcessResult> {
  const begun = performance.now();
  const stdio = ['pipe', 'pipe', 'pipe', ...(request.payload === undefined ? [] : ['pipe' as const])] as const;
  const { argv, cwd, env } = plan;
  const child = started(request.label, () =>
    services.children.spawn(argv[0], argv.slice(1), { cwd, env, stdio: [...stdio] }),
  );
  feed(child.stdin, request.stdin ?? '');
  if (request.payload !== undefined) feed(child.stdio[3] as Writable, request.payload);

  let failure: HostError | undefined;
  const fail = (error: HostError) => {
    failure ??= error;
    void services.children.end(child);
  };
  const timeout = shortest(request.timeout ?? services.limits.exec, plan.limits.timeMs);
  const timer =
    timeout > 0 ? setTimeout(() => fail(timedOut(request.label, timeout)), Math.min(timeout, MAX_TIMER)) : undefined;
  const unwatch = watchFamily(child.pid, plan.limits, (name) => {
    services.children.kill(child);
    fail(resourceLimit(request.label, name, plan.limits));
  });
  const decoder = request.stream ? new StringDecoder('utf8') : undefined;
  const limit = Math.min(services.limits.output, plan.limits.outputBytes ?? Number.POSITIVE_INFINITY);
  const tooMuch = () => fail(outputLimit(request.label, limit));
  const stdout = collect(child.stdout!, limit, tooMuch, (chunk) => {
    if (decoder) void services.console.write('stdout', decoder.write(chunk));
  });
  const stderr = collect(child.stderr!, limit, tooMuch);

  try {
    const end = await ended(child, request.label);
    if (failure) throw failure;
    return { ...end, stdout: stdout(), stderr: stderr(), duration: Math.round(performance.now() - begun) };
  } finally {
    clearTimeout(timer);
    unwatch();
  }
}

/** The shorter of two time limits; 0 and undefined are none. */
function shortest(a: number, b: number | undefined): number {
  return a > 0 && b ? Math.min(a, b) : b || a;
}

async function runAttached(services: Services, request: ProcessRequest, plan: SpawnPlan): Promise<ProcessResult> {
  const { startOnTerminal } = await import('./terminal.js');
  const begun = performance.now();
  const child = started(request.label, () => startOnTerminal(services, plan, request.payload));
  const end = await ended(child, request.label);
  return { ...end, stdout: '', stderr: '', duration: Math.round(performance.now() - begun) };
}

function started(label: string, start: () => ChildProcess): ChildProcess {
  try {
    return start();
  } catch (error) {
    throw error instanceof HostError ? error : spawnFailure(label, error as NodeJS.ErrnoException);
  }
}

function feed(pipe: Writable | null, text: string): void {
  // A child that does not read its input closes the pipe; that is its own business.
  pipe?.on('error', () => {});
  pipe?.end(text);
}

/** Collects a stream's bytes in one list, so that the cost stays linear in their number. */
function collect(stream: Readable, limit: number, tooMuch: () => void, seen?: (chunk: Buffer) => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('error', () => {});
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit) {
      chunks.length = 0;
      return tooMuch();
    }
    chunks.push(chunk);
    seen?.(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/** Settles when the process has ended and its output is complete. */
function ended(child: ChildProcess, label: string): Promise<{ exitCode: number; signal: string | null }> {
  return new Promise((resolve, reject) => {
    let quiet: NodeJS.Timeout | undefined;
    child.once('error', (error: NodeJS.ErrnoException) => reject(spawnFailure(label, error)));
    child.once('exit', (code, signal) => {
      const result = { exitCode: code ?? 128 + (constants.signals[signal!] ?? 0), signal };
      child.once('close', () => {
        clearTimeout(quiet);
        resolve(result);
      });
      if (!groupExists(child.pid!)) return;
      const give = () => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        resolve(result);
      };
      quiet = setTimeout(give, QUIET_AFTER_EXIT_MS);
      const more = () => quiet?.refresh();
      child.stdout?.on('data', more);
      child.stderr?.on('data', more);
    });
  });
}

function spawnFailure(label: string, error: NodeJS.ErrnoException): HostError {
  const message = error.code === 'ENOENT' ? `Program not found: ${label}` : `Cannot start ${label}: ${error.message}`;
  return new HostError('MlldCommandExecution', 'EXEC_FAILED', message, error.code ? { cause: error.code } : {});
}

function timedOut(label: string, ms: number): HostError {
  return new HostError('MlldCommandExecution', 'EXEC_TIMEOUT', `Command timed out after ${ms} ms: ${label}`, {
    timeout: ms,
  });
}

/** The error of a child that took, with all it started, more of the machine than its box or a policy permits. */
export function resourceLimit(label: string, name: FamilyLimit, limits: Limits): HostError {
  const what = name === 'processes' ? 'more processes and threads' : 'more bytes of memory';
  const message = `Command took ${what} than limits.${name} permits (${limits[name]}): ${label}`;
  return new HostError('MlldCommandExecution', 'EXEC_RESOURCE_LIMIT', message, { limit: limits[name], name });
}

/** The error of a child that printed, or answered, too much. */
export function outputLimit(label: string, limit: number): HostError {
  return new HostError(
    'MlldCommandExecution',
    'EXEC_OUTPUT_LIMIT',
    `Command printed more than ${limit} bytes: ${label}`,
    { limit },
  );
}
