/** The checkpoints of a run: opened as the command line asks, closed with the run (security.md 12). */

import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Bundle } from '../../shared/bundle.js';
import type { BindingsOf } from '../bindings/types.js';
import { checkpointBindings, quietly } from './bindings.js';
import { CheckpointStore, scriptDirectory, scriptName, scriptsWithCheckpoints } from './store.js';
import { invalidated, parseResumeTarget } from './target.js';
import { CheckpointError } from './types.js';

export { callKey } from './key.js';
export { CheckpointStore, checkpointsDirectory, scriptDirectory, scriptName, scriptsWithCheckpoints } from './store.js';
export { parseResumeTarget } from './target.js';
export { CheckpointError } from './types.js';

/** What the command line says about checkpoints. */
export interface CheckpointRequest {
  /** `--resume`, with what is to be made again: `@fn`, `@fn:2`, `@fn("prefix")`, a checkpoint's name. */
  resume?: true | string;
  /** `--fresh`: forget what is kept. */
  fresh?: boolean;
  /** `--fork`: a script whose answers are used as well. */
  fork?: string;
}

export interface RunCheckpoints {
  bindings: BindingsOf<'checkpoint'>;
  close(): void | Promise<void>;
}

/**
 * Opens the checkpoints of a script.
 *
 * @throws CheckpointError when the user asks for answers that cannot be had
 */
export function openCheckpoints(
  bundle: Bundle,
  root: string,
  request: CheckpointRequest,
  warn: (message: string) => void,
): RunCheckpoints {
  const scriptPath = path.relative(root, path.join(bundle.dir, bundle.manifest.name));
  const store = openStore(root, scriptPath, request, warn);
  const fork = request.fork === undefined ? null : openFork(root, request.fork);
  if (fork) store.manifest.forkedFrom = fork.manifest.scriptName;
  const target = request.resume === true || request.resume === undefined ? null : parseResumeTarget(request.resume);
  if (typeof request.resume === 'string') {
    if (!target)
      throw new CheckpointError(
        `--resume takes @name, @name:2, @name("prefix") or a checkpoint, not '${request.resume}'`,
      );
    const records = [...store.records.values()];
    const again = invalidated(target, records, store.manifest, bundle.manifest.checkpoints ?? []);
    if (again.length === 0 && target.kind === 'function') warn(`No kept answer matches '${request.resume}'`);
    store.drop(again.map(({ key }) => key));
  }
  const bindings = checkpointBindings({
    store,
    fork,
    resume: request.resume !== undefined,
    siteName: (site) => siteName(bundle, site),
    warn,
  });
  return { bindings, close: () => quietly(warn, () => store.close()) };
}

/** The script's own answers. Damage is told: to who asked for them as an error, else as a warning. */
function openStore(
  root: string,
  scriptPath: string,
  { fresh, resume }: CheckpointRequest,
  warn: (message: string) => void,
): CheckpointStore {
  const plain = path.join(root, '.mlld', 'checkpoints', scriptName(scriptPath));
  try {
    const directory = scriptDirectory(root, scriptPath);
    if (fresh) rmSync(directory, { recursive: true, force: true });
    return new CheckpointStore(directory, scriptPath);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    const advice = `Remove it with: mlldc checkpoint clean ${scriptPath}`;
    if (resume !== undefined) throw new CheckpointError(`The checkpoint cache is damaged. ${error.message}. ${advice}`);
    warn(`The checkpoint cache is damaged and was set aside. ${error.message}`);
    rmSync(`${plain}.damaged`, { recursive: true, force: true });
    renameSync(plain, `${plain}.damaged`);
    return new CheckpointStore(plain, scriptPath);
  }
}

function openFork(root: string, script: string): CheckpointStore {
  const directory = scriptDirectory(root, path.relative(root, path.resolve(script)));
  const named = path.join(root, '.mlld', 'checkpoints', scriptName(script));
  const found = [directory, named].find((candidate) => existsSync(candidate));
  if (found) return new CheckpointStore(found, script);
  const names = scriptsWithCheckpoints(root);
  throw new CheckpointError(
    `There are no checkpoints of '${script}'${names.length > 0 ? `; there are some of: ${names.join(', ')}` : ''}`,
  );
}

function siteName(bundle: Bundle, site: number | undefined): string {
  const [id, line, column] = (site === undefined ? undefined : bundle.sites[site]) ?? [-1, 0, 0];
  const source = bundle.sources.find((each) => each.id === id);
  return source ? `${source.file}#${line}:${column}` : '';
}
