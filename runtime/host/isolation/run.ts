/** Runs a spawn plan to its end under time and output limits. */

import type { ChildProcess } from 'node:child_process';
import { signalGroup, spawnGroup } from './lifeline.js';
import type { SpawnPlan } from './types.js';

/** When neither the box nor the caller limits the output. */
const DEFAULT_OUTPUT_BYTES = 64 * 1024 * 1024;

/** How long to wait for the end of the output of a process that has ended. */
const DRAIN_MS = 1000;

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** Standard output goes nowhere: not even this process sees it. */
  readonly discardStdout?: boolean;
  /** Sees output as it arrives, e.g. for `stream`. */
  readonly onOutput?: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;
}

export interface RunResult {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** Null when a signal ended the process. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why we ended it ourselves, if we did. */
  readonly ended: null | 'time' | 'output' | 'aborted';
}

/**
 * Runs the plan and disposes of it. The process group is killed as a whole when a limit is
 * reached, when the caller aborts, and when its leader has ended.
 * @throws Error when the program cannot be started.
 */
export async function runPlan(plan: SpawnPlan, options: RunOptions = {}): Promise<RunResult> {
  try {
    options.signal?.throwIfAborted();
    return await collect(plan, options);
  } finally {
    await plan.dispose();
  }
}

function collect(plan: SpawnPlan, options: RunOptions): Promise<RunResult> {
  const maxBytes = plan.limits.outputBytes ?? DEFAULT_OUTPUT_BYTES;
  return new Promise((resolve, reject) => {
    const child = spawnGroup(plan.argv, {
      cwd: plan.cwd,
      env: plan.env,
      stdio: ['pipe', options.discardStdout ? 'ignore' : 'pipe', 'pipe'],
    });
    let ended: RunResult['ended'] = null;
    let bytes = 0;
    const end = (reason: NonNullable<RunResult['ended']>) => {
      ended ??= reason;
      signalGroup(child, 'SIGKILL');
    };
    const timer = plan.limits.timeMs === undefined ? undefined : setTimeout(() => end('time'), plan.limits.timeMs);
    const onAbort = () => end('aborted');
    options.signal?.addEventListener('abort', onAbort, { once: true });

    const take = (stream: 'stdout' | 'stderr') => {
      const chunks: Buffer[] = [];
      child[stream]?.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxBytes) return end('output');
        chunks.push(chunk);
        options.onOutput?.(stream, chunk);
      });
      return chunks;
    };
    const stdout = take('stdout');
    const stderr = take('stderr');

    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('exit', () => drain(child));
    child.once('close', (exitCode, signal) => {
      settle();
      resolve({ stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr), exitCode, signal, ended });
    });
    function settle() {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
    }

    // A program that does not read its input closes the pipe; that is not our failure.
    child.stdin!.on('error', () => {});
    child.stdin!.end(options.stdin);
  });
}

/** A process that left the group may hold the pipes open; it does not hold us up. */
function drain(child: ChildProcess): void {
  const timer = setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, DRAIN_MS);
  child.once('close', () => clearTimeout(timer));
}
