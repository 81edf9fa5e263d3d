/**
 * The program of a node child as text. It is started with `node -e`, so it needs no file of its
 * own beside a bundle. It is put together from the functions of this folder, which therefore use
 * nothing but their parameters, the globals of Node and what they `load`: what a function imports
 * or what stands beside it in its file does not exist in the child.
 */

import { createBodies } from './bodies.js';
import { createLoading } from './loading.js';
import { captureLogs } from './logs.js';
import { createPackages } from './packages.js';
import { serve } from './serve.js';

/** @param fallbackRoot directory whose dependencies bodies may use where their project lacks one */
export function nodeChildSource(fallbackRoot: string): string {
  return `
const calls = new (require('node:async_hooks').AsyncLocalStorage)();
const loading = (${createLoading})(require, ${JSON.stringify(fallbackRoot)});
const bodies = (${createBodies})(require, loading);
const packages = (${createPackages})(require, loading);
(${captureLogs})(require, () => calls.getStore());
(${serve})(require, { bodies, packages, calls });`;
}
