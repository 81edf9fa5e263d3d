/**
 * New environments appear whole or not at all: they are built in a directory beside their place
 * and renamed into it. Whatever goes wrong, the staging directory and every directory made on the
 * way are removed again, and an environment that was there before is put back.
 */

import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { isAlive } from '../isolation/scratch.js';
import { EnvironmentError } from './report.js';

const PREFIX = '.staging-';

/**
 * Builds `target`.
 * @param replace Whether an existing target may be replaced.
 * @param build Fills the directory it is given.
 * @param commit Runs last, when the directory is complete; if it fails nothing changes. What it
 *   returns undoes it, in case the rename fails.
 * @throws EnvironmentError when the target exists; whatever `build` and `commit` throw.
 */
export async function stage(
  target: string,
  replace: boolean,
  build: (folder: string) => void,
  commit: () => Promise<() => Promise<void>>,
): Promise<void> {
  const name = path.basename(target);
  const store = path.dirname(target);
  if (existsSync(target) && !replace) throw new EnvironmentError(`Environment '${name}' already exists at ${target}`);
  const made = mkdirSync(store, { recursive: true });
  sweep(store);
  const staging = path.join(store, `${PREFIX}${process.pid}-${name}`);
  const previous = path.join(store, `${PREFIX}${process.pid}-${name}-previous`);
  try {
    mkdirSync(staging);
    build(staging);
    const undo = await commit();
    try {
      if (existsSync(target)) renameSync(target, previous);
      renameSync(staging, target);
    } catch (error) {
      if (existsSync(previous) && !existsSync(target)) renameSync(previous, target);
      await undo();
      throw error;
    }
    rmSync(previous, { recursive: true, force: true });
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    if (made !== undefined) removeEmpty(store, made);
    throw error;
  }
}

/** Removes what a process left that was killed while it was building. */
function sweep(store: string): void {
  for (const name of readdirSync(store)) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN;
    if (Number.isNaN(pid) || pid === process.pid || isAlive(pid)) continue;
    const environment = name.slice(`${PREFIX}${pid}-`.length);
    const target = path.join(store, environment.replace(/-previous$/, ''));
    // Killed between the two renames: the old one goes back to its place.
    if (environment.endsWith('-previous') && !existsSync(target)) renameSync(path.join(store, name), target);
    else rmSync(path.join(store, name), { recursive: true, force: true });
  }
}

/** Removes empty directories from `folder` up to and including `first`. */
function removeEmpty(folder: string, first: string): void {
  for (let current = folder; current.startsWith(first); current = path.dirname(current)) {
    try {
      rmdirSync(current);
    } catch {
      return;
    }
  }
}
