#!/usr/bin/env node
/**
 * The entry of the command line. It stays small on purpose: everything else is loaded by the
 * command that needs it, after the compile cache (Node 22 and later) has been switched on.
 */
import module from 'node:module';

(module as { enableCompileCache?: () => unknown }).enableCompileCache?.();
const { main } = await import('./main.js');
process.exitCode = await main(process.argv.slice(2));
