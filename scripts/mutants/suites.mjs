/**
 * How a defence is switched off. The text occurs exactly once in the file; `tests` names the tests
 * that must notice.
 * @typedef {readonly [file: string, defence: string, text: string, replacement: string, tests: string]} Edit
 */

/** The comparison of the table with its examples; it runs in the mutation run's own process. */
export const TABLE = 'tests/unit/security/table.ts';
export const REALM = 'tests/unit/security/defences';
/** One program for each way a label could get lost. */
export const LEAKS = 'tests/unit/security/leaks.test.ts';
export const TERMINAL = 'tests/unit/security/terminal.test.ts';
export const TOOLS = 'tests/unit/security/tools.test.ts';
/** Guards as programs have them, before a host that writes down what it is asked. */
export const GUARD_CODE = 'tests/unit/flow/guards.test.ts';
export const VARIABLES = 'tests/door/variables.test.ts';
export const POLICY = 'tests/unit/policy';
export const HOST = 'tests/unit/host';
/** Whole programs, compiled and run before a host that writes down what it is asked. */
export const FLOW = 'tests/unit/flow/strict.test.ts';
/** Whole programs, compiled only. */
export const COMPILER = 'tests/unit/compiler';
/** Passes that refuse programs. */
export const ANALYZE = 'tests/unit/analyze';
