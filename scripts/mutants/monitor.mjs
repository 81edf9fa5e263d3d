import { HOST } from './suites.mjs';

/** The monitor. @type {readonly import('./suites.mjs').Edit[]} */
export const MONITOR = [
  [
    'runtime/host/monitor/index.ts',
    'a decider that fails refuses',
    'denied = monitorFailure(failure);\n      }\n      try',
    'denied = null;\n      }\n      try',
    `${HOST}/monitor.test.ts`,
  ],
  [
    'runtime/host/monitor/index.ts',
    'a record that fails refuses',
    'denied ??= monitorFailure(failure)',
    'void failure',
    `${HOST}/monitor.test.ts`,
  ],
  [
    'runtime/host/monitor/index.ts',
    'a denial stands',
    'if (denial !== null && denial !== undefined) return denial',
    'if (false) return denial',
    `${HOST}/monitor.test.ts`,
  ],
  [
    'runtime/host/monitor/schema.ts',
    'unknown operations are refused',
    "typeof request.op !== 'string' || !isOperation(request.op)",
    'false',
    `${HOST}/schema.test.ts`,
  ],
  [
    'runtime/host/monitor/schema.ts',
    'unknown arguments are refused',
    'return `unknown argument',
    'void `unknown argument',
    `${HOST}/schema.test.ts`,
  ],
  [
    'runtime/host/monitor/schema.ts',
    'numbers are checked',
    'Number.isSafeInteger(value) && (value as number) >= 0',
    'true',
    `${HOST}/schema.test.ts`,
  ],
  [
    'runtime/host/monitor/schema.ts',
    'malformed marks are refused',
    'if (!mark) return malformed',
    'if (false) return malformed',
    `${HOST}/schema.test.ts`,
  ],
  [
    'runtime/host/monitor/schema.ts',
    'types are checked',
    "return typeof value === 'string' ? null : wrong('a string')",
    'return null',
    `${HOST}/schema.test.ts`,
  ],
  [
    'runtime/guest/progress.ts',
    'the length of a labelled list is not shown',
    '|| mark.labels.length > 0',
    '',
    'tests/unit/guest/progress.test.ts',
  ],
  [
    'runtime/host/progress/activity.ts',
    'commands with labels are not shown',
    'mark.labels.length > 0 ? null : entry.label(args as Args)',
    'entry.label(args as Args)',
    `${HOST}/progress.test.ts`,
  ],
];
