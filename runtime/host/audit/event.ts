import { resolve } from 'node:path';
import type { Mark } from '../../shared/marks.js';
import { isConfidential, REDACTED } from '../../shared/security/confidential.js';

/** The keys of an audit record after `id` and `ts` in the order in which they are written (security.md 10.1). */
const KEY_ORDER = [
  'event',
  'var',
  'add',
  'remove',
  'by',
  'hash',
  'result',
  'caller',
  'path',
  'changeType',
  'taint',
  'writer',
  'labels',
  'sources',
  'resolved',
  'detail',
  'tool',
  'args',
  'resultLength',
  'duration',
  'ok',
] as const;

/**
 * What happened. `toolStart` is written before the body of a tool runs and `toolCall` after it, so
 * that a run that is killed in between leaves a trace of the attempt.
 */
export type AuditEventName =
  | 'toolStart'
  | 'toolCall'
  | 'write'
  | 'label'
  | 'bless'
  | 'conflict'
  | 'denied'
  | 'sign'
  | 'verify';

/** The content of a record; `id` and `ts` are filled in when it is written. */
export interface AuditEvent {
  event: AuditEventName;
  /** With `@`. */
  var?: string;
  add?: readonly string[];
  remove?: readonly string[];
  by?: string;
  hash?: string;
  result?: string;
  caller?: string;
  /** Absolute. */
  path?: string;
  changeType?: 'created' | 'modified' | 'deleted';
  taint?: readonly string[];
  /** `directive:output`, `directive:append`, `command:<prog>`. */
  writer?: string;
  labels?: readonly string[];
  sources?: readonly string[];
  resolved?: string;
  detail?: string;
  tool?: string;
  args?: Record<string, unknown>;
  resultLength?: number;
  duration?: number;
  ok?: boolean;
}

/** A value on its way into the ledger. */
export interface AuditedValue {
  value: unknown;
  mark: Mark;
}

/**
 * A record as JSON without the brace at its end; what ties it to the other records follows.
 *
 * @param redact blanks secrets in texts that may quote them
 */
export function recordText(id: string, ts: string, event: AuditEvent, redact: (text: string) => string): string {
  let text = `{"id":${JSON.stringify(id)},"ts":${JSON.stringify(ts)}`;
  for (const key of KEY_ORDER) {
    let value: unknown = event[key];
    if (value === undefined) continue;
    if (key === 'detail') value = redact(value as string);
    else if (key === 'path') value = resolve(value as string);
    text += `,"${key}":${JSON.stringify(value)}`;
  }
  return text;
}

/** Arguments as the ledger may hold them: confidential values are blanked. */
export function auditArgs(
  args: Record<string, AuditedValue>,
  redact: (text: string) => string,
): Record<string, unknown> {
  const result: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const name of Object.keys(args)) {
    const { value, mark } = args[name]!;
    result[name] = isConfidential(mark) ? REDACTED : redactDeep(value, redact);
  }
  return result;
}

/** The length of a result's text; of a confidential one not even that is told. */
export function auditLength(result: AuditedValue | undefined): number | undefined {
  if (!result || isConfidential(result.mark)) return undefined;
  const text = typeof result.value === 'string' ? result.value : JSON.stringify(result.value);
  return text?.length ?? 0;
}

/** The marks of a record. */
export function auditMark(mark: Mark): Pick<AuditEvent, 'taint' | 'labels' | 'sources'> {
  return { taint: mark.taint, labels: mark.labels, sources: mark.sources };
}

function redactDeep(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((member) => redactDeep(member, redact));
  if (typeof value !== 'object' || value === null) return value;
  const result: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, member] of Object.entries(value)) result[redact(key)] = redactDeep(member, redact);
  return result;
}
