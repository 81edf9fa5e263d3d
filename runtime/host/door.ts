/**
 * The door: the one way from a program to the host. Every request takes the same path (schema,
 * capability, label flow, authorization, audit, binding, mark of the result) and whatever goes
 * wrong before the binding denies it.
 */

import { setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import type { Readable } from 'node:stream';
import { EMPTY, join, joinAll, type Mark, makeMark, markToJSON } from '../shared/marks.js';
import { OPERATIONS } from '../shared/operations.js';
import type { Denial, DoorReply, DoorRequest } from '../shared/protocol.js';
import { auditBindings } from './bindings/audit.js';
import { Bridges } from './bindings/bridges/index.js';
import { clockBindings } from './bindings/clock/index.js';
import { Console, type ConsoleOptions } from './bindings/console/console.js';
import { consoleBindings } from './bindings/console/index.js';
import { Children } from './bindings/exec/children.js';
import { Exported } from './bindings/exec/exported.js';
import { execBindings, nodeImportBindings } from './bindings/exec/index.js';
import { filesBindings } from './bindings/files/index.js';
import { keychainBindings } from './bindings/keychain/bindings.js';
import type { KeychainBackend } from './bindings/keychain/types.js';
import { mcpBindings } from './bindings/mcp/bindings.js';
import { networkBindings } from './bindings/network/index.js';
import { policyBindings } from './bindings/policies.js';
import { progressBindings } from './bindings/progress.js';
import { projectBindings, type StateWrite } from './bindings/project/index.js';
import { DEFAULT_LIMITS, type Limits, type Services } from './bindings/services.js';
import { signatureBindings } from './bindings/signatures.js';
import {
  type Binding,
  type BindingContext,
  type Bindings,
  type BindingsOf,
  DeniedError,
  HostError,
} from './bindings/types.js';
import { Workspaces, workspaceBindings } from './bindings/workspaces.js';
import { openProject, type ProjectConfig } from './config.js';
import {
  type AuditSink,
  type CheckedRequest,
  createMonitor,
  DECISION_PHASES,
  type Deciders,
  type Monitor,
  monitorFailure,
  type Subject,
} from './monitor/index.js';
import { withinLimits } from './monitor/limits.js';
import { PolicyMonitor } from './monitor/policy.js';
import { recordedMark } from './monitor/recorded.js';
import { protectRecords } from './monitor/records.js';
import { checkRequest } from './monitor/schema.js';
import { Activity } from './progress/activity.js';
import { closeOnExit } from './shutdown.js';
import type { Signatures } from './signatures/index.js';

export interface DoorOptions {
  /** Absolute directory of the main script. */
  dir: string;
  /** Found from `dir` when absent. */
  config?: ProjectConfig;
  /** Asked after the program's policies, phase by phase. */
  deciders?: Deciders;
  /** Closed with the door. */
  audit?: AuditSink & { close?(): Promise<void> };
  /** Bindings that live elsewhere. They win over the built-in ones. */
  bindings?: Partial<Bindings>;
  console?: ConsoleOptions;
  /** Standard input: text, a stream, or null; by default the process's own unless it is a terminal. */
  stdin?: string | Readable | null;
  environment?: NodeJS.ProcessEnv;
  limits?: Partial<Limits>;
  now?: () => Date;
  isolate?: Services['isolate'];
  terminal?: Services['terminal'];
  pidFolder?: Services['pidFolder'];
  mcpServers?: Services['mcpServers'];
  /** Instead of the machine's own. */
  keychain?: KeychainBackend;
  onStateWrite?: (write: StateWrite) => void;
  /** Close on SIGINT, SIGTERM, SIGHUP and exit of the host; true by default. */
  handleSignals?: boolean;
  /** Told of such a signal before the door closes. */
  onSignal?: (signal: NodeJS.Signals) => void;
}

export interface Door {
  /** Carries out a request, or says why not. Never rejects. */
  handle(request: DoorRequest): Promise<DoorReply>;
  /** Refuses further requests and ends every child process. Safe to call more than once. */
  close(): Promise<void>;
  /** What the bindings share, for bindings that live elsewhere. */
  readonly services: Services;
}

/**
 * Opens the door of one run.
 * @throws ConfigError when the project's configuration cannot be understood
 */
export function createDoor(options: DoorOptions): Door {
  const config = options.config ?? openProject(options.dir);
  const closing = new AbortController();
  // Every call under way listens; there is no leak in many of them.
  setMaxListeners(0, closing.signal);
  const environment = { ...(options.environment ?? process.env) };
  const bridges = new Bridges();
  const workspaces = new Workspaces();
  const signatures = lazySignatures(config.root, { ...environment }, (message) =>
    services.console.write('stderr', `${message}\n`),
  );
  const services: Services = {
    config,
    dir: options.dir,
    environment,
    allowed: new Set(config.allowedEnvVars),
    exported: new Exported(),
    refuseChange: (holding, path) => policies.refuseChange(holding, path),
    permitsRemark: (mark) => policies.permitsRemark(mark),
    children: new Children(),
    keychain: lazyKeychain(options.keychain, environment),
    signatures: signatures.open,
    hasSignatures: signatures.exist,
    isTransient: (path) => workspaces.holds(path),
    console: new Console(options.console),
    activity: new Activity(),
    limits: { ...DEFAULT_LIMITS, ...limitsFrom(environment), ...options.limits },
    now: options.now ?? (() => new Date()),
    closing: closing.signal,
    bridgeFolder: (bridge) => bridges.folder(bridge),
    ...(options.mcpServers && { mcpServers: options.mcpServers }),
    ...(options.isolate ? { isolate: options.isolate } : {}),
    ...(options.terminal ? { terminal: options.terminal } : {}),
    ...(options.pidFolder ? { pidFolder: options.pidFolder } : {}),
  };
  const policies = new PolicyMonitor(
    { root: config.root, home: environment.HOME ?? '/' },
    {
      identity: async () => (await signatures.open()).identity(),
      refused: async (path) => (await signatures.open()).files.refused(path),
    },
  );
  const mcp = mcpBindings(services);
  const bindings: Partial<Bindings> = {
    ...builtInBindings(services, options),
    ...policyBindings(policies),
    ...auditBindings,
    ...workspaceBindings(workspaces),
    ...progressBindings(services),
    ...signatureBindings(services),
    ...mcp.bindings,
    ...bridges.bindings,
    ...options.bindings,
  };
  const own = bothDeciders({ capability: [protectRecords(config.root)] }, policies.deciders);
  const deciders = bothDeciders(own, options.deciders);
  const monitor = createMonitor({ root: config.root, deciders, ...(options.audit && { audit: options.audit }) });

  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= (async () => {
      closing.abort(new HostError('Mlld', 'RUN_CLOSED', 'The run has ended'));
      await mcp.close();
      await services.children.close();
      await bridges.close();
      await signatures.close();
      await workspaces.close();
      await options.audit?.close?.();
      services.console.release();
      stopListening?.();
    })();
    return closed;
  };
  const stopListening =
    options.handleSignals === false
      ? undefined
      : closeOnExit({
          close,
          abandon() {
            services.children.killNow();
            workspaces.closeNow();
          },
          onSignal: options.onSignal,
        });

  return {
    services,
    close,
    async handle(message) {
      const id = message?.id;
      try {
        if (closed)
          return { id, denied: { code: 'DOOR_CLOSED', message: 'The run has ended; nothing more is carried out' } };
        // On record before anything is decided: what led to the request is told even where it is refused.
        if (message.events) await options.audit?.record(message.events);
        const checked = checkRequest(message);
        if ('denied' in checked) return { id, denied: checked.denied };
        const ended = services.activity.begin(checked.request);
        try {
          return await perform(id, checked.request, bindings, monitor, services, options.audit, policies);
        } finally {
          ended();
        }
      } catch (failure) {
        return { id, denied: monitorFailure(failure) };
      }
    },
  };
}

function bothDeciders(first: Deciders, second: Deciders = {}): Deciders {
  return Object.fromEntries(
    DECISION_PHASES.map((phase) => [phase, [...(first[phase] ?? []), ...(second[phase] ?? [])]]),
  );
}

/** The operations that need nothing but the services. */
type BuiltIn = BindingsOf<
  'console' | 'file' | 'exec' | 'node' | 'net' | 'keychain' | 'clock' | 'input' | 'env' | 'state' | 'project'
>;

function builtInBindings(services: Services, options: DoorOptions): BuiltIn {
  return {
    ...consoleBindings(services),
    ...filesBindings(services),
    ...execBindings(services),
    ...nodeImportBindings(services),
    ...networkBindings(services),
    ...keychainBindings(services),
    ...clockBindings(services),
    ...projectBindings(services, {
      stdin: options.stdin === undefined ? (process.stdin.isTTY ? null : process.stdin) : options.stdin,
      onStateWrite: options.onStateWrite ?? (() => {}),
    }),
  };
}

/** From the decision to the reply. */
async function perform(
  id: number,
  request: CheckedRequest,
  bindings: Partial<Bindings>,
  monitor: Monitor,
  services: Services,
  audit: AuditSink | undefined,
  policies: PolicyMonitor,
): Promise<DoorReply> {
  const operation = OPERATIONS[request.op];
  const binding = bindings[request.op] as Binding<never> | undefined;
  if (!binding)
    return {
      id,
      denied: { code: 'OPERATION_UNAVAILABLE', message: `Operation '${request.op}' is not available in this run` },
    };
  let subjects: Subject[];
  try {
    subjects = (await binding.subjects?.(request.args as never)) ?? [];
    request = await withReads(request, binding, services, audit);
  } catch (failure) {
    return failureReply(id, failure);
  }
  const denied = await monitor.decide(operation, request, subjects);
  if (denied) return { id, denied };

  try {
    const context = bindingContext(request, subjects, monitor, audit, policies);
    const own = request.op === 'net.fetch' ? services.limits.network : services.limits.exec;
    const result = await withinLimits(request, context.policies, own, services.closing, ({ args }, signal, timeout) =>
      binding.run(args as never, { ...context, signal, timeout }),
    );
    const mark = joinAll([request.mark, makeMark({ taint: operation.taint }), makeMark(result.mark ?? {})]);
    const parts = markToJSON(mark);
    return parts ? { id, value: result.value, mark: parts } : { id, value: result.value };
  } catch (failure) {
    return failureReply(id, failure);
  }
}

/** The request with the marks of labelled variables and files the operation reads by itself. */
async function withReads(
  request: CheckedRequest,
  binding: Binding<never>,
  services: Services,
  audit: AuditSink | undefined,
): Promise<CheckedRequest> {
  const inherited = binding.inherits ? services.exported.mark() : EMPTY;
  const files = binding.reads && audit ? binding.reads(request.args as never, await audit.tainted()) : [];
  if (files.length === 0 && inherited === EMPTY) return request;
  const marks = await Promise.all(files.map((file) => audit!.restore(file)));
  const read = joinAll([inherited, ...marks, makeMark({ sources: files })]);
  return { ...request, read, mark: join(request.mark, read) };
}

function bindingContext(
  request: CheckedRequest,
  subjects: readonly Subject[],
  monitor: Monitor,
  audit: AuditSink | undefined,
  policies: PolicyMonitor,
): Omit<BindingContext, 'signal' | 'timeout'> {
  return {
    mark: request.mark,
    policies: policies.holding(request),
    subjects,
    async permit(subject) {
      const denied = await monitor.decide(OPERATIONS[request.op], request, [subject]);
      if (denied) throw new DeniedError(denied);
    },
    async wrote(entry) {
      await audit?.write({ ...entry, mark: recordedMark(request) });
    },
    async signed(entry) {
      await audit?.signed(entry);
    },
    async restored(path): Promise<Mark> {
      return (await audit?.restore(path)) ?? makeMark({});
    },
  };
}

function failureReply(id: number, failure: unknown): DoorReply {
  if (failure instanceof DeniedError) return { id, denied: failure.denial satisfies Denial };
  if (failure instanceof HostError) return { id, error: failure.toDoorError() };
  const message = failure instanceof Error ? failure.message : String(failure);
  return { id, error: { name: 'Mlld', code: 'HOST_FAILURE', message: `The operation failed: ${message}` } };
}

/** Most programs never ask for it. */
function lazyKeychain(given: KeychainBackend | undefined, env: NodeJS.ProcessEnv): Services['keychain'] {
  let opened: Promise<KeychainBackend> | undefined = given && Promise.resolve(given);
  return () => (opened ??= import('./bindings/keychain/open.js').then(({ openKeychain }) => openKeychain({ env })));
}

/** Most programs sign nothing, and load no file that was signed. */
function lazySignatures(root: string, environment: NodeJS.ProcessEnv, warn: (message: string) => Promise<void>) {
  let opened: Promise<Signatures> | undefined;
  return {
    open: (): Promise<Signatures> =>
      (opened ??= import('./signatures/index.js').then(
        ({ Signatures }) => new Signatures(root, { environment, warn: (message) => void warn(message) }),
      )),
    exist: (): boolean => opened !== undefined || existsSync(joinPath(root, '.sig')),
    async close(): Promise<void> {
      (await opened)?.files.flush();
    },
  };
}

/** The limit a user can set by environment variable (language.md 6.6). */
function limitsFrom(environment: NodeJS.ProcessEnv): Partial<Limits> {
  const value = Number(environment.MLLD_MAX_BASH_ENV_VAR_SIZE);
  return Number.isSafeInteger(value) && value > 0 ? { environmentValue: value } : {};
}
