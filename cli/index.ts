#!/usr/bin/env node
/** The entry of the command line. It stays small on purpose: everything else is loaded by the command that needs it. */
import process from 'node:process';
import { boot } from '../runtime/host/boot.js';

const { start } = boot(import.meta.dirname)('./start.js') as typeof import('./start.js');
start(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
