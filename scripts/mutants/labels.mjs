import { REALM } from './suites.mjs';

/** Labels. @type {readonly import('./suites.mjs').Edit[]} */
export const LABELS = [
  [
    'runtime/shared/security/labels.ts',
    'removing needs privilege',
    'if (!mayRemove) requirePrivilege',
    'if (false) requirePrivilege',
    REALM,
  ],
  [
    'runtime/shared/security/labels.ts',
    'executables have no privilege',
    "privileged && who.kind === 'guard'",
    'true',
    REALM,
  ],
  [
    'runtime/shared/security/labels.ts',
    'secret, untrusted and src: are protected',
    "label === 'secret' || label === 'untrusted'",
    'false',
    'tests/unit/security/labels.test.ts',
  ],
  [
    'runtime/shared/security/labels.ts',
    'untrusted replaces trusted',
    "if (label === 'untrusted') remove(state, 'trusted');",
    '',
    'tests/unit/security/labels.test.ts',
  ],
  [
    'runtime/shared/security/labels.ts',
    'trust conflicts are errors where asked for',
    "if (conflict && mode === 'error')",
    'if (false)',
    'tests/unit/security/labels.test.ts',
  ],
  [
    'runtime/guest/security/policies.ts',
    'what executables answer gets the label of the unlabelled',
    'const mark = incoming(output.mark);',
    'const mark = output.mark;',
    REALM,
  ],
  [
    'runtime/guest/cells.ts',
    'what code computes gets the label of the unlabelled',
    'incoming(join(mark, JS_MARK))',
    'join(mark, JS_MARK)',
    REALM,
  ],
  [
    'runtime/shared/policy/labels.ts',
    'a default that was given does not keep another from counting',
    '(label) => isSystemMark(label) || defaults.includes(label)',
    '(label) => isSystemMark(label)',
    REALM,
  ],
];
