/** `audit.flush`: a request made for the sake of the audit events it carries (security.md 10.1). */

import type { BindingsOf } from './types.js';

export const auditBindings: BindingsOf<'audit'> = { 'audit.flush': { run: () => ({ value: null }) } };
