export { readAnchors } from './anchors.js';
export type { Anchor, ChainKey, ChainProblem } from './chain.js';
export { type AuditEvent, type AuditEventName, type AuditedValue, auditArgs } from './event.js';
export { Ledger, type LedgerOptions } from './ledger.js';
export {
  type AuditFilter,
  type AuditRecord,
  LedgerReader,
  type RecordedTaint,
  readAudit,
  verifyAudit,
} from './read.js';
