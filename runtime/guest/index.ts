/**
 * Entry of the guest runtime: connects to the host's one function, takes the program, runs it and
 * reports how it ended.
 */

import type { ResumeMode } from '../shared/bundle.js';
import type { Host } from '../shared/protocol.js';
import { endCheckpoints } from './checkpoints.js';
import { document } from './document.js';
import { connect, flushReports, hostCall, settle, toWire } from './door.js';
import { type EnterOptions, enter } from './entry.js';
import { MlldError } from './errors.js';
import { setRecursionLimit } from './executable.js';
import { failures } from './failures.js';
import './llm.js';
import type { ModuleRecord } from './modules.js';
import { setDefaultParallel } from './parallel.js';
import * as runtime from './runtime.js';
import { refusal } from './security/control.js';
import { activePolicies } from './security/policies.js';
import { bypass } from './security/registry.js';
import { publishExport, type ServeOptions, serve } from './serve.js';
import { runState } from './state.js';

declare const __host: Host;

type Program = (rt: typeof runtime) => () => unknown;

interface StartOptions {
  streaming: boolean;
  payload: Record<string, unknown>;
  state: Record<string, unknown> | null;
  environment: string[];
  prefixes: Record<string, string>;
  strict: boolean;
  progress: boolean;
  root: string;
  moved: readonly [from: string, to: string] | null;
  home: string;
  allowGuardBypass: boolean;
  resume: ResumeMode | null;
  recursionDepth?: number;
  parallelLimit?: number;
  /** Stay and answer calls. */
  serve?: ServeOptions;
  /** Tell the host the value of this export. */
  publish?: string;
  /** Call an executable of the main module when it has run. */
  enter?: EnterOptions;
}

let program: Program | null = null;

connect(__host);
const realm = globalThis as Record<string, unknown>;
realm.__program = (main: Program): void => {
  program = main;
};
realm.__guest = Object.freeze({ start, settle });

function start(text: string): void {
  const options = JSON.parse(text) as StartOptions;
  document.configure({ streaming: options.streaming });
  runState.payload = options.payload;
  runState.state = options.state;
  runState.environment = options.environment;
  runState.prefixes = options.prefixes;
  runState.strict = options.strict;
  runState.progress = options.progress;
  runState.root = options.root;
  runState.moved = options.moved;
  runState.home = options.home;
  runState.resume = options.resume;
  bypass.allowed = options.allowGuardBypass;
  if (options.recursionDepth) setRecursionLimit(options.recursionDepth);
  if (options.parallelLimit) setDefaultParallel(options.parallelLimit);
  try {
    const result = program!(runtime)();
    if (result instanceof Promise || options.serve || options.enter || options.publish)
      Promise.resolve(result)
        .then((module) => stay(module as ModuleRecord, options))
        .then(finish, fail);
    else finishAfter(endCheckpoints());
  } catch (error) {
    fail(error);
  }
}

/** What is left to do when the program has run; answers the exit code. */
async function stay(module: ModuleRecord, options: StartOptions): Promise<number> {
  if (options.publish) publishExport(module, options.publish);
  if (options.serve) await serve(module, options.serve);
  const exitCode = options.enter ? await enter(module, options.enter) : 0;
  await endCheckpoints();
  return exitCode;
}

function finishAfter(waiting: Promise<unknown> | null): void {
  if (waiting) waiting.then(() => finish(0), fail);
  else finish(0);
}

function finish(exitCode: number): void {
  try {
    const refused = endRefusal(document.isPending ? ['op:exit', 'op:show'] : ['op:exit']);
    if (refused) throw refused;
    document.end(-1);
    flushReports();
    hostCall('exit', { kind: 'done', value: { failures, exitCode } });
  } catch (error) {
    fail(error);
  }
}

/** In strict flow, what ends the run instead where its end would show what policies forbid to show. */
function endRefusal(operations: readonly string[]): MlldError | null {
  return refusal(activePolicies(), operations);
}

/** Reports an error as data; the host knows the sources and draws the frame. */
function fail(error: unknown): void {
  try {
    flushReports();
  } catch {
    // The run has failed already; its error is the one to tell.
  }
  const told = endRefusal(['op:exit', 'op:log', 'op:show']) ?? error;
  hostCall('exit', toWire({ kind: 'error', error: describe(told) }));
}

function describe(error: unknown): Record<string, unknown> {
  if (error instanceof MlldError) {
    return {
      name: error.kind,
      code: error.code,
      message: error.message,
      data: {
        site: error.site,
        frames: error.frames,
        details: error.info.details,
        hint: error.info.hint,
        body: error.info.body,
      },
    };
  }
  if (error instanceof Error) return { name: error.name, code: 'INTERNAL', message: error.message, stack: error.stack };
  return { name: 'Error', code: 'INTERNAL', message: String(error) };
}
