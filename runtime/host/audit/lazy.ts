/**
 * The ledger of a run, opened when it is first needed: a run that nothing is recorded about
 * neither loads it nor makes its directory.
 */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { EMPTY } from '../../shared/marks.js';
import type { AuditSink } from '../monitor/index.js';

export interface RunAudit extends AuditSink {
  /** Ends the run's part of the ledger. */
  close(): Promise<void>;
}

/**
 * @param root the project root
 * @param warn told once when the ledger cannot be written; the run goes on (security.md 10.1)
 */
export function openAudit(root: string, warn: (message: string) => void): RunAudit {
  let opened: Promise<{ sink: AuditSink; close(): void }> | undefined;
  const open = () =>
    (opened ??= (async () => {
      const [{ Ledger }, { ledgerSink }] = await Promise.all([import('./index.js'), import('../monitor/audit.js')]);
      const ledger = new Ledger(root, { warn });
      return { sink: ledgerSink(ledger), close: () => ledger.close() };
    })());
  const exists = () => opened !== undefined || existsSync(path.join(root, '.mlld', 'sec'));
  return {
    async decision(entry) {
      if (entry.denied) await (await open()).sink.decision(entry);
    },
    async write(entry) {
      await (await open()).sink.write(entry);
    },
    async signed(entry) {
      await (await open()).sink.signed(entry);
    },
    async record(events) {
      await (await open()).sink.record(events);
    },
    async restore(file) {
      return exists() ? (await open()).sink.restore(file) : EMPTY;
    },
    async tainted() {
      return exists() ? (await open()).sink.tainted() : [];
    },
    async close() {
      if (opened) (await opened).close();
    },
  };
}
