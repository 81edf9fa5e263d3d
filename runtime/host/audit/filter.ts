/** Which records of the ledger somebody wants to see. */

import { resolve } from 'node:path';
import type { AuditRecord } from './read.js';

/** All given conditions have to hold; of a list one member has to. */
export interface AuditFilter {
  event?: string | readonly string[];
  /** Relative paths are taken from the working directory. A directory stands for everything in it. */
  path?: string;
  tool?: string;
  /** An operation at the door that was denied (`exec.cmd`), or what wrote a file (`command:cp`, `directive:output`). */
  operation?: string;
  /** With or without `@`. */
  var?: string;
  /** In `labels`, `taint`, `add` or `remove`. */
  label?: string | readonly string[];
  decision?: 'allowed' | 'denied';
  /** The run's id or its beginning. */
  run?: string;
  /** ISO times, inclusive. */
  since?: string;
  until?: string;
}

/** Whether the filter lets a record through. */
export function passes(record: AuditRecord, filter: AuditFilter): boolean {
  const variable = filter.var === undefined ? undefined : `@${filter.var.replace(/^@/, '')}`;
  return (
    oneOf(filter.event, [record.event]) &&
    oneOf(filter.label, marksOf(record)) &&
    oneOf(filter.tool, [record.tool]) &&
    oneOf(variable, [record.var]) &&
    oneOf(filter.operation, operationsOf(record)) &&
    (filter.path === undefined || isAt(record.path, resolve(filter.path))) &&
    (filter.decision === undefined || (filter.decision === 'denied') === (record.event === 'denied')) &&
    (filter.run === undefined || record.run?.startsWith(filter.run)) &&
    (filter.since === undefined || record.ts >= filter.since) &&
    (filter.until === undefined || record.ts <= filter.until)
  );
}

/** Every label and provenance mark a record speaks of. */
export function marksOf(record: AuditRecord): string[] {
  return [...(record.labels ?? []), ...(record.taint ?? []), ...(record.add ?? []), ...(record.remove ?? [])];
}

function oneOf(wanted: string | readonly string[] | undefined, actual: readonly (string | undefined)[]): boolean {
  if (wanted === undefined) return true;
  const list = typeof wanted === 'string' ? [wanted] : wanted;
  return actual.some((value) => value !== undefined && list.includes(value));
}

function isAt(path: string | undefined, wanted: string): boolean {
  return path !== undefined && (path === wanted || path.startsWith(wanted.endsWith('/') ? wanted : `${wanted}/`));
}

function operationsOf(record: AuditRecord): (string | undefined)[] {
  return [record.writer, record.event === 'denied' ? record.detail?.split(':')[0] : undefined];
}
