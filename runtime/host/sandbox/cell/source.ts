/** Puts together the script that is evaluated in every new cell. */

import { makeStructuredClone } from './clone.js';
import { consoleFactory } from './console.js';
import { makeAtob, makeBtoa, makeTextDecoder, makeTextEncoder } from './encoding.js';
import { harness } from './harness.js';
import { installLocale } from './locale.js';
import { randomFrom } from './random.js';
import { timerQueue } from './timers.js';
import { makeUrl, makeUrlSearchParams } from './url.js';

/** Globals a cell makes when a body first uses them. */
const LAZY: Record<string, () => unknown> = {
  TextEncoder: makeTextEncoder,
  TextDecoder: makeTextDecoder,
  btoa: makeBtoa,
  atob: makeAtob,
  structuredClone: makeStructuredClone,
  URL: makeUrl,
  URLSearchParams: makeUrlSearchParams,
};

let script: string | undefined;

/** A script whose completion value is a cell's `CellEntry`. */
export function harnessScript(): string {
  if (script === undefined) {
    const lazy = JSON.stringify(Object.fromEntries(Object.entries(LAZY).map(([name, make]) => [name, String(make)])));
    const parts = `{ consoles: (${consoleFactory})(), timers: ${timerQueue}, random: ${randomFrom}, lazy: ${lazy} }`;
    script = `(${installLocale})();\n(${harness})(${parts})`;
  }
  return script;
}

/** Numbers for `randomFrom`. */
export function randomSeed(): string {
  return JSON.stringify(Array.from({ length: 4 }, () => Math.floor(Math.random() * 2 ** 32)));
}

/** A script that gives a realm its own random numbers. */
export function randomScript(): string {
  return `Math.random = (${randomFrom})(...${randomSeed()})`;
}
