import { REALM } from './suites.mjs';

/** The ledger. @type {readonly import('./suites.mjs').Edit[]} */
export const LEDGER = [
  [
    'runtime/guest/door.ts',
    'reports go out before the next request',
    '  flushReports();\n  const values',
    '  const values',
    REALM,
  ],
  [
    'runtime/guest/security/audit.ts',
    'reports hold no secrets',
    'isConfidential(deep) ? null : cut',
    'false ? null : cut',
    REALM,
  ],
];
