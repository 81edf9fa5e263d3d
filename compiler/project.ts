/** The project around a script: its root, and where its modules are (language.md 11.8, 12). */

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openProject } from '../runtime/host/config.js';
import type { ModuleConfig } from './resolve/locate.js';
import { prefixesOf } from './resolve/prefixes.js';

export interface Project {
  /** Absolute directory. */
  root: string;
  modules: ModuleConfig;
  /** Whether modules have to declare what they need to be imported (seed.md 5 item 4). */
  requireDeclarations?: boolean;
  /** Absolute paths of the modules whose policies hold for every run (security.md 5.1). */
  policies?: readonly string[];
}

/**
 * The project a script belongs to.
 * @throws ConfigError when mlld-config.json cannot be understood
 */
export function projectOf(file: string): Project {
  const config = openProject(path.dirname(path.resolve(file)));
  return {
    root: config.root,
    requireDeclarations: config.requireDeclarations,
    policies: config.policyImports.map((file) => path.resolve(config.root, file)),
    modules: { prefixes: prefixesOf(config), stdlib: fileURLToPath(new URL('../stdlib', import.meta.url)) },
  };
}
