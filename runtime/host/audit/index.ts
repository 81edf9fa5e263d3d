export { auditArgs, type AuditedValue, type AuditEvent, type AuditEventName } from './event.js';
export { Ledger, type LedgerOptions } from './ledger.js';
export { LedgerReader, readAudit, verifyAudit, type AuditFilter, type AuditRecord, type RecordedTaint } from './read.js';
export { readAnchors } from './anchors.js';
export type { Anchor, ChainKey, ChainProblem } from './chain.js';
