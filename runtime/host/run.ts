/** Runs a bundle: sandbox, door and console put together, and the outcome told to a person. */

import path from 'node:path';
import type { Bundle } from '../shared/bundle.js';
import type { CommandFailure } from '../shared/protocol.js';
import { openAudit } from './audit/lazy.js';
import type { TerminalMode } from './bindings/exec/terminal.js';
import type { McpServers } from './bindings/mcp/injected.js';
import type { Bindings } from './bindings/types.js';
import type { CheckpointRequest, RunCheckpoints } from './checkpoints/index.js';
import { hasCheckpoints, prepareCheckpoints } from './checkpoints/lazy.js';
import { openProject, type ProjectConfig } from './config.js';
import { createDoor, type Door } from './door.js';
import { ConfigError } from './json-file.js';
import { type Place, placeOf } from './place.js';
import { isWatched, showProgress } from './progress/index.js';
import { renderInterruption } from './progress/interruption.js';
import { type PreparedSandbox, prepareSandbox, runInSandbox } from './sandbox/index.js';
import type { SandboxOutcome } from './sandbox/options.js';
import { signalExitCode } from './shutdown.js';
import { withSignal } from './signals.js';

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
  /** No status line, also on a terminal. */
  quiet?: boolean;
  /** MCP servers the program may name: a name in an `import tools` stands for the server here. */
  mcpServers?: McpServers;
  /** Ends the run. */
  signal?: AbortSignal;
  /** Operations of this run beyond the built-in ones. */
  bindings?: Partial<Bindings>;
  /** Keep the answers of llm calls, and take up those of earlier runs as asked; absent: neither. */
  checkpoints?: CheckpointRequest;
  /** The program stays when it has run, and answers calls of these (see serve.ts). */
  serve?: { names: readonly string[]; collection: string | null; only: readonly string[] | null };
  /** The value of this export is told to the binding `serve.publish` when the program has run. */
  publish?: string;
  /** One of its executables is called when the program has run (see runtime/guest/entry.ts). */
  enter?: { environment: string; name: string; args: readonly string[] };
  /** What commands may have of the user's terminal. */
  terminal?: TerminalMode;
  /** Where commands run; the script's directory when absent. */
  cwd?: string;
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
 * @returns the exit code: 0 when the script ended by itself, that of the executable that was entered,
 *   1 when it failed or was stopped, and what shells say of a program a signal ended when one ended
 *   the run (130 for Ctrl-C)
 */
export async function runBundle(bundle: Bundle, options: RunOptions = {}): Promise<number> {
  let door: Door | undefined;
  let checkpoints: RunCheckpoints | null = null;
  let interruption: NodeJS.Signals | undefined;
  const place = placeOf(bundle);
  const stop = new AbortController();
  const say = async (text: string) => {
    if (door) await door.services.console.write('stderr', text);
    // What is found before there is a door is about the command line and the files of the project.
    else process.stderr.write(text);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    interruption = signal;
    // A server that is told to end has nothing to explain.
    if (!options.serve) void say(renderInterruption(bundle, signal, door?.services.activity.tasks ?? []));
    stop.abort();
  };
  try {
    const dir = options.cwd ?? place.dir;
    const config = openProject(dir);
    const warn = (message: string) => void say(`${message}\n`);
    if (options.checkpoints && hasCheckpoints(bundle))
      checkpoints = await prepareCheckpoints(bundle, config.root, options.checkpoints, warn);
    door = createDoor({
      dir,
      config,
      audit: openAudit(config.root, warn),
      bindings: { ...checkpoints?.bindings, ...options.bindings },
      onSignal,
      ...(options.mcpServers && { mcpServers: options.mcpServers }),
      ...((options.serve || options.publish) && { stdin: null }),
      ...(options.terminal && { terminal: options.terminal }),
      ...(options.enter && { pidFolder: path.join(config.root, '.mlld/run') }),
    });
  } catch (error) {
    if (!(error instanceof ConfigError) && (error as Error).name !== 'CheckpointError') throw error;
    process.stderr.write(`${(error as Error).message}\n`);
    await options.sandbox?.discard();
    return 1;
  }
  const { activity, config, console } = door.services;
  const isShown =
    isWatched(options.quiet ?? false, process.env, process.stderr.isTTY) && !options.serve && !options.terminal;
  const endProgress = isShown ? showProgress(activity, console) : () => {};
  try {
    const refusal = (await missingPolicies(bundle, config)) ?? (await unmetNeeds(bundle, door.services));
    if (refusal !== null) {
      await say(refusal);
      await options.sandbox?.discard();
      return 1;
    }
    const sandbox = options.sandbox ?? prepareRun(options);
    const outcome = await withSignal([stop.signal, options.signal], (signal) =>
      runInSandbox({
        sandbox,
        program: bundle.program,
        programName: `${bundle.manifest.name}.js`,
        start: {
          ...startOptions(place, options, config),
          resume: checkpoints ? (bundle.manifest.resume ?? 'manual') : null,
          progress: isShown,
        },
        bodies: bundle.bodies,
        door: (request) => door.handle(request),
        signal,
      }),
    );
    endProgress();
    if (interruption) return signalExitCode(interruption);
    const said = await told(bundle, outcome);
    await say(said);
    return outcome.kind === 'done' ? (outcome.value as RunValue).exitCode : 1;
  } finally {
    await door.close();
    await checkpoints?.close();
  }
}

/** Most projects import no policies. */
async function missingPolicies(bundle: Bundle, config: ProjectConfig): Promise<string | null> {
  if (config.policyImports.length === 0) return null;
  return (await import('./configured-policies.js')).refuseMissingPolicies(bundle, config);
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
  { root, moved }: Place,
  options: RunOptions,
  { resolverPrefixes, allowGuardBypass, allowedEnvVars }: ProjectConfig,
): Record<string, unknown> {
  return {
    streaming: options.stream ?? true,
    strict: options.strict ?? false,
    payload: options.payload ?? {},
    state: options.state ?? null,
    environment: allowedEnvVars,
    prefixes: Object.fromEntries(
      resolverPrefixes
        .filter(({ resolver }) => resolver.toUpperCase() === 'LOCAL')
        .map(({ prefix, config }) => [prefix, path.resolve(root, String(config.basePath ?? '.'))]),
    ),
    root,
    moved,
    home: process.env.HOME ?? '/',
    allowGuardBypass,
    serve: options.serve,
    publish: options.publish,
    enter: options.enter,
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

/** What the guest reports at the end of a program. */
interface RunValue {
  failures: CommandFailure[];
  exitCode: number;
}

/** What a person has to know about how the run ended. */
async function told(bundle: Bundle, outcome: SandboxOutcome): Promise<string> {
  if (outcome.kind !== 'done') return (await import('./report.js')).renderOutcome(bundle, outcome);
  const { failures } = outcome.value as RunValue;
  return failures.length > 0 ? (await import('./report.js')).renderFailures(bundle, failures) : '';
}
