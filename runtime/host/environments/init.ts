/** `module init --type environment NAME`: a new environment to fill in (seed.md D17). */

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AGENTS, newEntrySource } from './agents.js';
import { checkEnvironmentName } from './names.js';
import { createdLines, EnvironmentError, type Report } from './report.js';
import { stage } from './staging.js';
import { DEFAULT_ENTRY, MANIFEST, type Places, storeFolder, writeManifest } from './store.js';

export interface InitOptions {
  readonly places: Places;
  /** Into the home directory's store instead of the project's. */
  readonly global?: boolean;
  readonly agent?: keyof typeof AGENTS;
}

/** The agent's own settings, in the language it reads them in: none. */
const NO_SETTINGS = { claude: ['settings.json', '{}\n'], codex: ['config.toml', ''] } as const;

/**
 * Makes an environment that runs an agent with a configuration of its own: whole, or nothing is written.
 * @throws EnvironmentError
 */
export async function initEnvironment(name: string | undefined, options: InitOptions): Promise<Report> {
  const checked = checkEnvironmentName(name);
  const kind = options.agent ?? 'claude';
  const agent = AGENTS[kind];
  const [settings, empty] = NO_SETTINGS[kind];
  const target = path.join(storeFolder(options.places, options.global ? 'global' : 'local'), checked);
  const build = (folder: string) => {
    mkdirSync(path.join(folder, agent.folder));
    writeFileSync(path.join(folder, agent.folder, settings), empty);
    writeManifest(folder, checked, `${agent.title} with a configuration of its own`);
    writeFileSync(path.join(folder, DEFAULT_ENTRY), newEntrySource(checked, agent));
  };
  try {
    await stage(target, false, build, async () => async () => {});
  } catch (error) {
    throw error instanceof EnvironmentError
      ? error
      : new EnvironmentError((error as Error).message, [`Environment '${checked}' was not created.`]);
  }
  const made = [MANIFEST, DEFAULT_ENTRY, `${agent.folder}/${settings}`];
  return { exitCode: 0, out: [...made.map((file) => `✓ Created ${file}`), ...createdLines(checked)], err: [] };
}
