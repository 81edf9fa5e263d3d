import { REALM } from './suites.mjs';

const DOOR = 'tests/door/limits.test.ts';

/** Limits of policies. @type {readonly import('./suites.mjs').Edit[]} */
export const LIMITS = [
  [
    'runtime/host/monitor/limits.ts',
    'operations end in time',
    "const limit = TIMED.has(request.op) ? strictestLimit(policies, 'timeout') : null;",
    'const limit = null as PolicyLimit | null;',
    DOOR,
  ],
  [
    'runtime/host/monitor/limits.ts',
    'no time is no permission',
    'if (time?.value === 0) return',
    'if (false) return',
    DOOR,
  ],
  [
    'runtime/host/monitor/limits.ts',
    'what a model is given is counted at the door',
    'const denied = isModel(request) ? tokenDenial(',
    'const denied = false ? tokenDenial(',
    DOOR,
  ],
  [
    'runtime/host/monitor/limits.ts',
    'what a model answers is counted at the door',
    'if (denied) throw new DeniedError(toDenial(denied, request));',
    '',
    DOOR,
  ],
  [
    'runtime/shared/policy/limits.ts',
    'the strictest limit holds',
    'value < strictest.value',
    'value > strictest.value',
    DOOR,
  ],
  [
    'runtime/shared/policy/limits.ts',
    'how long a secret is is not told',
    "const count = isSecret ? ''",
    "const count = false ? ''",
    REALM,
  ],
  [
    'runtime/guest/security/interceptor.ts',
    'what a model is given is counted before it runs',
    '    permitTokens(inner, operation, before.inputs);\n',
    '',
    REALM,
  ],
  [
    'runtime/guest/security/interceptor.ts',
    'what a model answers is counted',
    '    permitTokens(inner, operation, before.inputs, outcome);\n',
    '',
    REALM,
  ],
];
