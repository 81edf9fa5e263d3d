/** Runs a bundle: sandbox, door and console put together, and the outcome told to a person. */

import path from 'node:path';
import type { Bundle } from '../shared/bundle.js';
import type { CommandFailure } from '../shared/protocol.js';
import { openAudit, type RunAudit } from './audit/lazy.js';
import type { Bindings } from './bindings/types.js';
import { openProject, type ProjectConfig } from './config.js';
import { createDoor, type Door } from './door.js';
import { ConfigError } from './json-file.js';
import { type PreparedSandbox, prepareSandbox, runInSandbox } from './sandbox/index.js';
import type { SandboxOutcome } from './sandbox/options.js';

export interface RunOptions {
  /** Fields of `@payload`. */
  payload?: Record<string, unknown>;
  /** `@state`, or absent when the script has none. */
  state?: Record<string, unknown>;
  /** Limit of the whole run, milliseconds of wall clock. */
  timeoutMs?: number;
  /** Limit of computing without talking to the host, milliseconds. */
  cpuTimeoutMs?: number;
  /** Memory of the sandbox, bytes. */
  memoryBytes?: number;
  /** Print as the script goes (the default) instead of the document at its end. */
  stream?: boolean;
  /** A command that fails ends the run; otherwise the script goes on and its end tells of it. */
  strict?: boolean;
  /** Ends the run. */
  signal?: AbortSignal;
  /** Operations of this run beyond the built-in ones. */
  bindings?: Partial<Bindings>;
  /** The program stays when it has run, and answers calls of these (see serve.ts). */
  serve?: { names: readonly string[]; collection: string | null };
  /** A sandbox started earlier, while the script was compiled. */
  sandbox?: PreparedSandbox;
}

/** Starts what every run needs before the program is known. */
export function prepareRun(options: Pick<RunOptions, 'timeoutMs' | 'cpuTimeoutMs' | 'memoryBytes'>): PreparedSandbox {
  return prepareSandbox({ guest: { image: new URL('./guest.image', import.meta.url) }, limits: limitsOf(options) });
}

/**
 * Runs a bundle to its end.
 *
 * @returns the exit code: 0 when the script ended by itself, 1 when it failed or was stopped
 */
export async function runBundle(bundle: Bundle, options: RunOptions = {}): Promise<number> {
  let door: Door;
  let audit: RunAudit;
  try {
    const config = openProject(bundle.dir);
    audit = openAudit(config.root, (message) => process.stderr.write(`${message}\n`));
    door = createDoor({
      dir: bundle.dir,
      config,
      audit,
      bindings: options.bindings ?? {},
      ...(options.serve && { stdin: null }),
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    await options.sandbox?.discard();
    return 1;
  }
  try {
    const unmet = await unmetNeeds(bundle, door.services);
    if (unmet !== null) {
      process.stderr.write(unmet);
      await options.sandbox?.discard();
      return 1;
    }
    const sandbox = options.sandbox ?? prepareRun(options);
    const outcome = await runInSandbox({
      sandbox,
      program: bundle.program,
      programName: `${bundle.manifest.name}.js`,
      start: startOptions(bundle, options, door.services.config),
      bodies: bundle.bodies,
      door: (request) => door.handle(request),
      signal: options.signal,
    });
    return await report(bundle, outcome);
  } finally {
    await door.close();
    await audit.close();
  }
}

/** Most programs declare nothing and load nothing for it. */
async function unmetNeeds(bundle: Bundle, services: Door['services']): Promise<string | null> {
  const { requireDeclarations } = services.config;
  const says = bundle.manifest.needs.modules.some(
    ({ needs, missing }) => needs.length > 0 || (requireDeclarations && missing.length > 0),
  );
  if (!says) return null;
  return (await import('./needs/index.js')).refuseUnmetNeeds(bundle, services);
}

function startOptions(
  bundle: Bundle,
  options: RunOptions,
  { resolverPrefixes, allowGuardBypass }: ProjectConfig,
): unknown {
  return {
    streaming: options.stream ?? true,
    strict: options.strict ?? false,
    payload: options.payload ?? {},
    state: options.state ?? null,
    prefixes: Object.fromEntries(
      resolverPrefixes
        .filter(({ resolver }) => resolver.toUpperCase() === 'LOCAL')
        .map(({ prefix, config }) => [prefix, path.resolve(bundle.root, String(config.basePath ?? '.'))]),
    ),
    root: bundle.root,
    home: process.env.HOME ?? '/',
    allowGuardBypass,
    serve: options.serve,
    recursionDepth: positive(process.env.MLLD_RECURSION_DEPTH),
    parallelLimit: positive(process.env.MLLD_PARALLEL_LIMIT),
  };
}

function positive(text: string | undefined): number | undefined {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : undefined;
}

function limitsOf(options: RunOptions): Record<string, number> {
  const limits: Record<string, number> = {};
  if (options.timeoutMs !== undefined) limits.timeoutMs = options.timeoutMs;
  if (options.cpuTimeoutMs !== undefined) limits.cpuMs = options.cpuTimeoutMs;
  if (options.memoryBytes !== undefined) limits.memoryMb = Math.ceil(options.memoryBytes / 1024 / 1024);
  return limits;
}

async function report(bundle: Bundle, outcome: SandboxOutcome): Promise<number> {
  if (outcome.kind === 'done') {
    const { failures = [] } = (outcome.value ?? {}) as { failures?: CommandFailure[] };
    if (failures.length > 0) process.stderr.write((await import('./report.js')).renderFailures(bundle, failures));
    return 0;
  }
  const { renderOutcome } = await import('./report.js');
  process.stderr.write(renderOutcome(bundle, outcome));
  return 1;
}
