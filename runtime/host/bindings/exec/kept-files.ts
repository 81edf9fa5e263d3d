/** Files a child may not change: kept while it runs, and put back when it has changed them. */

import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { chmod, lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { unquoted } from '../../../shared/policy/denial.js';
import { explainDenial } from '../../../shared/policy/explain.js';
import { decideIntegrity, restrictedPatterns } from '../../../shared/policy/integrity.js';
import type { Denied } from '../../../shared/policy/types.js';
import { isConfidential } from '../../../shared/security/confidential.js';
import type { Services } from '../services.js';
import { type BindingContext, DeniedError, HostError } from '../types.js';
import { watchedFiles } from './protected-files.js';

interface Kept {
  readonly status: Stats;
  readonly content: Buffer;
}

/** What all protected files together may weigh; a project keeps its prompts and settings this way, not its data. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Contents by path, from one child to the next: a protected file rarely changes. */
const known = new WeakMap<Services, Map<string, Kept>>();

export class KeptFiles {
  private constructor(
    private readonly services: Services,
    private readonly context: BindingContext,
    private readonly files: ReadonlyMap<string, Kept>,
    private readonly look: () => Promise<string[]>,
  ) {}

  /**
   * Keeps the files that the run may not change: below `places`, and where policies name others.
   * @throws HostError when they are more than can be watched or kept
   */
  static async of(services: Services, context: BindingContext, places: readonly string[]): Promise<KeptFiles> {
    const { root } = services.config;
    const around = { root, home: services.environment.HOME ?? '/' };
    const identity = await (await services.signatures()).identity();
    const patterns = restrictedPatterns(context.policies);
    const look = async (): Promise<string[]> =>
      (await watchedFiles(patterns, places, around)).filter(
        (file) => !decideIntegrity(context.policies, file, identity, around).allow,
      );
    const earlier = known.get(services) ?? new Map<string, Kept>();
    const files = new Map<string, Kept>();
    let bytes = 0;
    for (const file of await look()) {
      const status = await lstat(file);
      const before = earlier.get(file);
      bytes += status.size;
      if (bytes > MAX_BYTES) throw tooMany();
      files.set(file, before && isSame(before.status, status) ? before : { status, content: await readFile(file) });
    }
    known.set(services, files);
    return new KeptFiles(services, context, files, look);
  }

  /**
   * Undoes what happened to the files since.
   * @throws DeniedError when something did
   */
  async restore(): Promise<void> {
    let refusal: Denied | null = null;
    const undone = async (file: string): Promise<void> => {
      refusal = (await this.services.refuseChange(this.context.policies, file)) ?? refusal;
    };
    for (const [file, { status, content }] of this.files) {
      const now = await lstat(file).catch(() => null);
      if (now && isSame(now, status)) continue;
      if (now?.isFile() && content.equals(await readFile(file))) continue;
      await putBack(file, content, status.mode);
      await undone(file);
    }
    for (const file of await this.look()) {
      if (this.files.has(file)) continue;
      await rm(file, { force: true });
      await undone(file);
    }
    if (refusal) throw new DeniedError(this.#denial(refusal));
  }

  #denial(denied: Denied) {
    const shown = isConfidential(this.context.mark) ? unquoted(denied) : denied;
    return { code: denied.code, message: explainDenial(shown, { directive: '/run' }), rule: denied.rule };
  }
}

/** The change time cannot be set by programs: when it stands, the content does. */
function isSame(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.size === b.size && a.ctimeMs === b.ctimeMs;
}

async function putBack(file: string, content: Buffer, mode: number): Promise<void> {
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true });
  const temporary = path.join(folder, `.${randomUUID()}.tmp`);
  await writeFile(temporary, content, { flag: 'wx' });
  await chmod(temporary, mode & 0o7777);
  await rm(file, { force: true, recursive: true });
  await rename(temporary, file);
}

function tooMany(): HostError {
  return new HostError(
    'MlldSecurity',
    'INTEGRITY_LIMIT',
    `The files filesystem_integrity protects are more than ${MAX_BYTES} bytes: no command can run beside them`,
    {},
    'Name fewer files in filesystem_integrity.',
  );
}
