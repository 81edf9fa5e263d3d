/** What the program realm reports to the audit ledger (security.md 10.1). */

import type { MarkParts } from '../marks.js';

/** A value as it is reported; of a confidential one the data stays in the realm. */
export interface AuditedData {
  readonly data: unknown;
  readonly mark?: MarkParts;
}

export type GuestEvent =
  /** The body of an executable or tool is about to run. `call` is unique within the run. */
  | {
      readonly event: 'toolStart';
      readonly call: number;
      readonly tool: string;
      readonly args: Readonly<Record<string, AuditedData>>;
      readonly mark: MarkParts;
      /** Milliseconds since the epoch, as in `toolCall`: reports reach the ledger later, many at once. */
      readonly at?: number;
    }
  | {
      readonly event: 'toolCall';
      readonly call: number;
      readonly ok: boolean;
      readonly result?: AuditedData;
      readonly detail?: string;
      readonly at?: number;
    }
  /** Labels were added to a value. */
  | {
      readonly event: 'label';
      /** The variable that was declared with them or returned with them, with `@`. */
      readonly var?: string;
      readonly add: readonly string[];
      readonly by: string;
      readonly labels: readonly string[];
    }
  /** A privileged guard took labels away. */
  | {
      readonly event: 'bless';
      readonly var?: string;
      readonly add: readonly string[];
      readonly remove: readonly string[];
      readonly by: string;
      readonly labels: readonly string[];
    }
  /** `trusted` met `untrusted` (security.md 2.3). */
  | { readonly event: 'conflict'; readonly var?: string; readonly by: string };
