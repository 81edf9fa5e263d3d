/** `audit.record`: what the program realm reports to the ledger (security.md 10.1). */

import type { GuestEvent } from '../../shared/security/events.js';
import type { AuditSink } from '../monitor/index.js';
import type { BindingsOf } from './types.js';

export function auditBindings(audit: AuditSink | undefined): BindingsOf<'audit'> {
  return {
    'audit.record': {
      async run({ events }) {
        await audit?.record(events as GuestEvent[]);
        return { value: null };
      },
    },
  };
}
