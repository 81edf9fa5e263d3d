/**
 * The reference monitor: everything that decides about a request before its binding runs. The
 * order is fixed (schema, capability, label flow, authorization, audit) and it fails closed:
 * whatever goes wrong inside a decider denies the request.
 */

import type { Mark } from '../../shared/marks.js';
import type { ArgsOf, Operation, OperationName } from '../../shared/operations.js';
import type { Denial } from '../../shared/protocol.js';
import type { GuestEvent } from '../../shared/security/events.js';

/**
 * What an operation touches, in the form a policy can judge: paths are absolute with every
 * symbolic link resolved, so a link cannot lead around a file pattern.
 */
export type Subject =
  | { kind: 'path'; access: 'r' | 'w'; path: string /** Absolute, links not resolved. */; given: string }
  | { kind: 'command'; command: string }
  | { kind: 'script'; language: 'sh' | 'bash' | 'node' | 'py'; code: string }
  | { kind: 'package'; name: string }
  | { kind: 'url'; url: string; host: string }
  /** An MCP server, by the name `mcps` of boxes and policies has for it. */
  | { kind: 'server'; name: string }
  /** `standalone`: asked for by an `auth` directive, which the danger list does not concern. */
  | { kind: 'keychain'; service: string; account: string; project: string; standalone: boolean };

/** A request whose operation is known and whose arguments match the catalogue's schema. */
export interface CheckedRequest<Name extends OperationName = OperationName> {
  readonly op: Name;
  readonly args: ArgsOf<Name>;
  /** The mark each argument carries; an argument without one has the empty mark. */
  readonly marks: Readonly<Record<string, Mark>>;
  /** The join of all arguments' marks and of `read`. */
  readonly mark: Mark;
  /** The marks of labelled variables and files that the operation reads by itself; the program realm knows nothing of them. */
  readonly read: Mark;
  readonly site: number;
  /** Policies of `with { policy: … }` that hold for this request. */
  readonly under: readonly number[];
}

export interface DecisionContext {
  readonly phase: DecisionPhase;
  readonly subjects: readonly Subject[];
  /** Absolute project root: what `@root` and relative patterns in a policy mean. */
  readonly root: string;
}

/** Says why a request is refused, or nothing. Throwing refuses it too. */
export type Decider = (
  operation: Operation,
  request: CheckedRequest,
  context: DecisionContext,
) => Denial | null | undefined | Promise<Denial | null | undefined>;

export const DECISION_PHASES = ['capability', 'flow', 'authorization'] as const;
export type DecisionPhase = (typeof DECISION_PHASES)[number];

/** Deciders by phase; within a phase they are asked in order and the first denial stands. */
export type Deciders = { readonly [Phase in DecisionPhase]?: readonly Decider[] };

/** What happened at the door, for the audit log (security.md 10.1). */
export interface AuditDecision {
  readonly op: OperationName;
  readonly site: number;
  readonly mark: Mark;
  readonly subjects: readonly Subject[];
  /** Absent when the request was allowed. */
  readonly denied?: Denial;
}

/** A file the run wrote, with the taint of what was written. */
export interface AuditWrite {
  readonly path: string;
  readonly changeType: 'created' | 'modified' | 'deleted';
  readonly writer: string;
  readonly mark: Mark;
}

/** Something that was signed or verified. */
export interface AuditSignature {
  readonly event: 'sign' | 'verify';
  /** With `@`. */
  readonly var: string;
  readonly hash?: string;
  readonly by?: string;
  readonly caller?: string;
  readonly ok: boolean;
  /** Why not. */
  readonly detail?: string;
}

export interface AuditSink {
  /** Called before the binding of an allowed request, and for every denial; throwing denies. */
  decision(entry: AuditDecision): void | Promise<void>;
  /** Called before a file is written. */
  write(entry: AuditWrite): void | Promise<void>;
  /** Called when something is signed or verified. */
  signed(entry: AuditSignature): void | Promise<void>;
  /** What the program realm reports: calls, label changes, trust conflicts. */
  record(events: readonly GuestEvent[]): void | Promise<void>;
  /** The mark restored from the write records of a path (security.md 10.2). */
  restore(path: string): Mark | Promise<Mark>;
  /** Absolute paths of the files that carry taint by those records. */
  tainted(): readonly string[] | Promise<readonly string[]>;
}

export interface MonitorOptions {
  deciders?: Deciders;
  audit?: AuditSink;
  root: string;
}

export interface Monitor {
  /** Runs all phases and the audit record. Never throws: every failure is a denial. */
  decide(operation: Operation, request: CheckedRequest, subjects: readonly Subject[]): Promise<Denial | null>;
}

/** The monitor over the given deciders. Without deciders it allows what the schema allows. */
export function createMonitor(options: MonitorOptions): Monitor {
  const deciders = options.deciders ?? {};

  async function firstDenial(
    operation: Operation,
    request: CheckedRequest,
    subjects: readonly Subject[],
  ): Promise<Denial | null> {
    for (const phase of DECISION_PHASES) {
      const context: DecisionContext = Object.freeze({ phase, subjects, root: options.root });
      for (const decider of deciders[phase] ?? []) {
        const denial = await decider(operation, request, context);
        if (denial !== null && denial !== undefined) return denial;
      }
    }
    return null;
  }

  return {
    async decide(operation, request, subjects) {
      let denied: Denial | null;
      try {
        denied = await firstDenial(operation, request, subjects);
      } catch (failure) {
        denied = monitorFailure(failure);
      }
      try {
        const entry = { op: request.op, site: request.site, mark: request.mark, subjects };
        await options.audit?.decision(denied ? { ...entry, denied } : entry);
      } catch (failure) {
        denied ??= monitorFailure(failure);
      }
      return denied;
    },
  };
}

/** The denial for a fault inside the monitor: there is no path from an internal error to "allowed". */
export function monitorFailure(failure: unknown): Denial {
  const cause = failure instanceof Error ? failure.message : String(failure);
  return { code: 'MONITOR_FAILURE', message: `The operation was refused because its check failed: ${cause}` };
}
