/** `policy.add`: a policy the program declared or imported holds at the door from then on (security.md 5.1). */

import type { Policy } from '../../shared/policy/types.js';
import type { PolicyMonitor } from '../monitor/policy.js';
import { type BindingsOf, HostError } from './types.js';

export function policyBindings(monitor: PolicyMonitor): BindingsOf<'policy'> {
  return {
    'policy.add': {
      run({ policy, fragment }) {
        // A policy that is none would decide nothing; the algebra refuses everything when it meets one.
        if (
          typeof policy !== 'object' ||
          policy === null ||
          typeof (policy as Policy).name !== 'string' ||
          !Array.isArray((policy as Policy).parts)
        ) {
          throw new HostError('MlldInterpreter', 'INVALID_POLICY_EXPRESSION', 'The policy cannot be understood');
        }
        if (fragment === true) return { value: monitor.addFragment(policy as Policy) };
        monitor.add(policy as Policy);
        return { value: null };
      },
    },
  };
}
