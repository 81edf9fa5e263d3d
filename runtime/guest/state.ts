/** What one run is given and what it collects. */

import type { ResumeMode } from '../shared/bundle.js';
import type { Box } from './box.js';

export interface RunState {
  /** Command-line fields, `@payload`. */
  payload: Record<string, unknown>;
  /** `--state`, or null when there is none. */
  state: Record<string, unknown> | null;
  /** Parsed standard input, once somebody asked. */
  input: Box | null;
  checkpoints: Set<string>;
  /** The script's `resume:` header; null when answers of llm calls are not kept (security.md 12). */
  resume: ResumeMode | null;
  /** The tier `wants` and the profile `profiles` selected. */
  tier: string | null;
  profile: string | null;
  /** Names `profiles` directives declare. */
  profiles: string[];
  /** Absolute project root and home directory, for path patterns of policies. */
  root: string;
  /** The root the program was linked in and the one that stands for it, where that is another. */
  moved: readonly [from: string, to: string] | null;
  home: string;
  /** Names of environment variables the project allows. */
  environment: string[];
  /** Resolver prefixes and the directories they stand for. */
  prefixes: Record<string, string>;
  /** Failed commands end the run. */
  strict: boolean;
  /** Somebody watches how far loops are. */
  progress: boolean;
}

export const runState: RunState = {
  payload: {},
  state: null,
  input: null,
  checkpoints: new Set(),
  resume: null,
  tier: null,
  profile: null,
  profiles: [],
  root: '/',
  moved: null,
  home: '/',
  environment: [],
  prefixes: {},
  strict: false,
  progress: false,
};
