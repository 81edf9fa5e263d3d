/** The files of a script's checkpoints, `.mlld/checkpoints/<script>/` (security.md 12). */

import type { MarkParts } from '../../shared/marks.js';

/** One kept answer: a line of `llm-cache.jsonl`. */
export interface CacheRecord {
  /** `sha256:` and the hash of the executable's name and the arguments. */
  key: string;
  fn: string;
  argsHash: string;
  /** The beginning of the arguments, for people; at most 160 characters. */
  argsPreview: string;
  resultSize: number;
  ts: string;
  durationMs: number;
  /** `path#line:column` of the call. */
  invocationSite: string;
  /** Which call of the executable it was in its run, from 0. */
  invocationIndex: number;
  /** How often exactly this call had been made in its run, from 1. */
  invocationOrdinal: number;
  /** Which call of any executable it was in its run, from 0. */
  executionOrder: number;
  /** Guards there were when it was made; an answer that a new guard has not seen is not used. */
  guards: string[];
}

/** What an answer is kept as, `results/sha256-<hex>.json`. */
export interface KeptResult {
  value: unknown;
  extra: unknown;
  mark: MarkParts;
}

/** `manifest.json`. */
export interface CheckpointManifest {
  version: 1;
  scriptName: string;
  /** Relative to the project. */
  scriptPath: string;
  created: string;
  lastUpdated: string;
  totalCached: number;
  totalSizeBytes: number;
  /** For each checkpoint the number of calls before it. */
  namedCheckpoints: Record<string, number>;
  checkpointStates: Record<string, { complete: boolean; ts: string }>;
  forkedFrom: string | null;
}

/** A cache that cannot be used as it is. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}
