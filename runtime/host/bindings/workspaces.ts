/** `workspace.open`: a directory of the run's own, gone when the run ends (security.md 9.1). */

import { rmSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isInside } from './files/target.js';
import type { BindingsOf } from './types.js';

export class Workspaces {
  readonly #directories: string[] = [];

  async open(): Promise<string> {
    const directory = await realpath(await mkdtemp(join(tmpdir(), 'mlldc-workspace-')));
    this.#directories.push(directory);
    return directory;
  }

  /** True for a file in one of them. */
  holds(path: string): boolean {
    return this.#directories.some((directory) => isInside(path, directory));
  }

  /** Removes everything at once, for the host's `exit` event. */
  closeNow(): void {
    for (const directory of this.#directories.splice(0)) rmSync(directory, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    await Promise.all(this.#directories.splice(0).map((directory) => rm(directory, { recursive: true, force: true })));
  }
}

export function workspaceBindings(workspaces: Workspaces): BindingsOf<'workspace'> {
  return { 'workspace.open': { run: async () => ({ value: await workspaces.open() }) } };
}
