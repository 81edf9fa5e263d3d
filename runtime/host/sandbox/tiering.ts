/**
 * When V8 compiles the engine's functions with its optimising compiler.
 *
 * Every function starts in the baseline tier and spends a budget: about the bytes of code it runs
 * through, in each call and each turn of a loop. By that measure the interpreter's loop, the engine's
 * largest function by far, is optimised after a few thousand steps of the guest, which takes longer
 * than most scripts run. So its turns are made to cost little. V8 caps what one turn may cost at a
 * share of the budget that is set at the moment it compiles the function.
 *
 * The flag is set for moments only: while any flag differs from its default, Node's own compiled
 * modules do not fit, and Node compiles what it loads from source.
 */

import { setFlagsFromString } from 'node:v8';

/** What a function may spend before it is optimised. */
const BUDGET = 1_000_000_000;
const V8_DEFAULT = 1_800_000;
/** V8 lets one turn of a loop cost a quarter of the budget. */
const V8_SHARE = 4;
/** Steps of the guest after which the interpreter's loop is optimised. */
const STEPS = 25_000_000;

function withBudget<T>(budget: number, work: () => T): T {
  setFlagsFromString(`--wasm-tiering-budget=${budget}`);
  try {
    return work();
  } finally {
    setFlagsFromString(`--wasm-tiering-budget=${V8_DEFAULT}`);
  }
}

/** Compiles the engine; the budgets of its functions are laid out then. */
export function compileEngine(bytes: Uint8Array): WebAssembly.Module {
  return withBudget(BUDGET, () => new WebAssembly.Module(bytes));
}

/**
 * Compiles the interpreter's loop so that its turns are cheap.
 *
 * @param enterInterpreter calls the guest for the first time
 */
export function compileInterpreter(enterInterpreter: () => void): void {
  withBudget((BUDGET / STEPS) * V8_SHARE, enterInterpreter);
}
