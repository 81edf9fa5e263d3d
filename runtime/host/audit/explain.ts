/** How a file, a variable or a recorded event came by its labels, told from the ledger (security.md 10). */

import { isAbsolute, resolve } from 'node:path';
import { isSystemMark } from '../../shared/policy/labels.js';
import type { AuditRecord } from './read.js';

/** One record on the way of a value, and the records its labels came from. */
export interface AuditStep {
  record: AuditRecord;
  from: { label: string; steps: AuditStep[] }[];
}

export interface AuditExplanation {
  /** An absolute path, `@name` or the id of a record. */
  target: string;
  /** The labels it carries by what is recorded. */
  labels: string[];
  steps: AuditStep[];
}

/**
 * Follows the labels of a target back to where they entered.
 *
 * @param records the ledger in its order
 * @param target a path, a variable with `@`, or the id of a record or its beginning
 */
export function explainAudit(records: readonly AuditRecord[], target: string): AuditExplanation {
  const path = resolve(target);
  const found = target.startsWith('@')
    ? records.filter((record) => record.var === target)
    : records.filter((record) => record.event === 'write' && record.path === path);
  const byId = found.length === 0 && /^[0-9a-f-]{8,}$/.test(target);
  const ends = byId ? records.filter((record) => record.id?.startsWith(target)) : found;
  const trail = new Trail(records);
  return {
    target: byId || target.startsWith('@') ? target : path,
    labels: [...new Set(ends.flatMap(labelsOf))],
    steps: ends.map((record) => trail.step(record)),
  };
}

/** Walks back through the ledger; every record is told once. */
class Trail {
  private readonly told = new Set<AuditRecord>();
  private readonly places: ReadonlyMap<AuditRecord, number>;

  constructor(private readonly records: readonly AuditRecord[]) {
    this.places = new Map(records.map((record, place) => [record, place]));
  }

  step(record: AuditRecord): AuditStep {
    this.told.add(record);
    const from = labelsOf(record).map((label) => ({ label, steps: this.origins(record, label) }));
    return { record, from: from.filter(({ steps }) => steps.length > 0) };
  }

  /** Earlier records the label came from: files it names as sources, else what gave it in the same run. */
  private origins(record: AuditRecord, label: string): AuditStep[] {
    const earlier = this.records.slice(0, this.places.get(record));
    const sources = (record.sources ?? []).filter(isAbsolute);
    const files = earlier.filter(
      (other) => other.event === 'write' && sources.includes(other.path ?? '') && labelsOf(other).includes(label),
    );
    const givers = earlier.filter((other) => other.run === record.run && gives(other, label));
    return (files.length > 0 ? files : givers.slice(-MAX_GIVERS))
      .filter((other) => !this.told.has(other))
      .map((other) => this.step(other));
  }
}

/** The last few that could have given a label; a loop gives it a thousand times. */
const MAX_GIVERS = 3;

function gives(record: AuditRecord, label: string): boolean {
  if (record.event === 'label') return record.add?.includes(label) ?? false;
  return record.event === 'toolCall' && record.ok === true && labelsOf(record).includes(label);
}

/** What a record says the data was, not where it came from. */
function labelsOf({ labels, taint, add }: AuditRecord): string[] {
  return [...new Set([...(labels ?? []), ...(taint ?? []), ...(add ?? [])])].filter((label) => !isSystemMark(label));
}
