/** What `--resume` names: the answers that are to be made again (security.md 12). */

import { type CacheRecord, CheckpointError, type CheckpointManifest } from './types.js';

export type ResumeTarget =
  /** Everything kept is used. */
  | { kind: 'all' }
  | { kind: 'function'; fn: string; index: number | null; prefix: string | null }
  | { kind: 'checkpoint'; name: string };

/** Reads `@fn`, `@fn:2`, `@fn("prefix")`, `"name"` or `name`; null when it is none of these. */
export function parseResumeTarget(text: string): ResumeTarget | null {
  const match = /^@([A-Za-z_][\w.-]*)(?::(\d+)|\(\s*(["'])(.*)\3\s*\))?$/s.exec(text.trim());
  if (match) {
    const [, fn, index, , prefix] = match;
    return { kind: 'function', fn: fn!, index: index === undefined ? null : Number(index), prefix: prefix ?? null };
  }
  const name = /^(["']?)(.+)\1$/s.exec(text.trim())?.[2];
  return name === undefined || name.startsWith('@') ? null : { kind: 'checkpoint', name };
}

/**
 * The records a target makes invalid.
 *
 * @param known names of the script's checkpoints, as far as its source tells
 * @throws CheckpointError for a checkpoint nobody ever wrote
 */
export function invalidated(
  target: ResumeTarget,
  records: readonly CacheRecord[],
  manifest: CheckpointManifest,
  known: readonly string[],
): CacheRecord[] {
  switch (target.kind) {
    case 'all':
      return [];
    case 'function':
      return records.filter(
        ({ fn, invocationIndex, argsPreview }) =>
          fn === target.fn &&
          (target.index === null || invocationIndex === target.index) &&
          (target.prefix === null || argsPreview.startsWith(target.prefix)),
      );
    case 'checkpoint': {
      const reached = Object.hasOwn(manifest.namedCheckpoints, target.name)
        ? manifest.namedCheckpoints[target.name]!
        : null;
      // A run that failed before it got there kept nothing that came after.
      if (reached === null && known.includes(target.name)) return [];
      if (reached !== null) return records.filter(({ executionOrder }) => executionOrder >= reached);
      const names = [...new Set([...known, ...Object.keys(manifest.namedCheckpoints)])];
      throw new CheckpointError(
        `There is no checkpoint "${target.name}"${names.length > 0 ? `; there are: ${names.join(', ')}` : ' in this script'}`,
      );
    }
  }
}
