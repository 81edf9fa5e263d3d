/** `env capture NAME`: an environment from an agent's configuration (seed.md D22 to D32). */

import { statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { KeychainBackend } from '../bindings/keychain/types.js';
import { AGENTS, entrySource } from './agents.js';
import { Copier } from './copier.js';
import { checkEnvironmentName } from './names.js';
import { createdLines, EnvironmentError, type Report } from './report.js';
import { stage } from './staging.js';
import { DEFAULT_ENTRY, ENVIRONMENT_SERVICE, MANIFEST, type Places, storeFolder, writeManifest } from './store.js';
import { findToken } from './token.js';

export interface CaptureOptions {
  readonly places: Places;
  readonly keychain: KeychainBackend;
  /** Into the home directory's store instead of the project's. */
  readonly global?: boolean;
  /** From the project's own configuration (`./.claude`) instead of the user's. */
  readonly local?: boolean;
  readonly agent?: keyof typeof AGENTS;
  /** Replaces an environment of that name. */
  readonly force?: boolean;
}

/**
 * Captures an environment: whole, or nothing changes, neither on disk nor in the keychain.
 * @throws EnvironmentError
 */
export async function captureEnvironment(name: string | undefined, options: CaptureOptions): Promise<Report> {
  const checked = checkEnvironmentName(name);
  const { places, keychain } = options;
  const agent = AGENTS[options.agent ?? 'claude'];
  const source = path.join(options.local ? places.cwd : places.home, agent.folder);
  if (!statSync(source, { throwIfNoEntry: false })?.isDirectory()) {
    throw new EnvironmentError(`${agent.title} config not found at ${options.local ? '.' : '~'}/${agent.folder}/`);
  }
  const target = path.join(storeFolder(places, options.global ? 'global' : 'local'), checked);
  const out: string[] = [];
  const { token, warnings } = findToken(source, agent);
  const err = [...warnings];
  const copier = new Copier(source, agent, token, err);

  const build = (folder: string) => {
    copier.copyAll(path.join(folder, agent.folder));
    writeManifest(folder, checked, `Environment captured from ~/${agent.folder}`);
    writeFileSync(path.join(folder, DEFAULT_ENTRY), entrySource(checked, agent, ENVIRONMENT_SERVICE));
  };
  const commit = async () => {
    if (token === null) return async () => {};
    const before = await keychain.get(ENVIRONMENT_SERVICE, checked);
    await keychain.set(ENVIRONMENT_SERVICE, checked, token);
    return () =>
      before === null
        ? keychain.delete(ENVIRONMENT_SERVICE, checked)
        : keychain.set(ENVIRONMENT_SERVICE, checked, before);
  };
  try {
    await stage(target, options.force ?? false, build, commit);
  } catch (error) {
    throw error instanceof EnvironmentError
      ? error
      : new EnvironmentError((error as Error).message, [`Environment '${checked}' was not created.`]);
  }
  if (token !== null) out.push('✓ Token stored in keychain');
  out.push(
    ...copier.copied.map((file) => `✓ Copied ${file}`),
    `✓ Created ${MANIFEST}`,
    `✓ Created ${DEFAULT_ENTRY}`,
    ...createdLines(checked),
  );
  return { exitCode: 0, out, err };
}
