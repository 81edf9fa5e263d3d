export { readAnchors } from './anchors.js';
export type { Anchor, ChainKey, ChainProblem } from './chain.js';
export { type AuditEvent, type AuditEventName, type AuditedValue, auditArgs } from './event.js';
export { type AuditExplanation, type AuditStep, explainAudit } from './explain.js';
export { ledgerDirectory } from './files.js';
export type { AuditFilter } from './filter.js';
export { Ledger, type LedgerOptions } from './ledger.js';
export {
  type AuditRecord,
  LedgerReader,
  type RecordedTaint,
  readAudit,
  verifyAudit,
} from './read.js';
