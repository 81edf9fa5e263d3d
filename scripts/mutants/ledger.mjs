import { REALM } from './suites.mjs';

/** The ledger. @type {readonly import('./suites.mjs').Edit[]} */
export const LEDGER = [
  ['runtime/guest/door.ts', 'reports go out with the next request', '"events":[${events}]', '"events":[]', REALM],
  [
    'runtime/guest/security/audit.ts',
    'reports hold no secrets',
    "isConfidential(deep) ? 'null' : cut",
    "false ? 'null' : cut",
    REALM,
  ],
];
