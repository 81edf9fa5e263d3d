import fs from 'node:fs/promises';
import path from 'node:path';
import { CommandLineError } from './errors.js';
import { EXIT } from './exit-codes.js';

/** A file to be written: where, and what. */
export interface OutputFile {
  path: string;
  text: string;
}

/**
 * Writes all files or none: each goes to a temporary file beside its target first, and the targets
 * are replaced only when every one of those is complete.
 *
 * @throws {CommandLineError} when a file cannot be written
 */
export async function writeFiles(files: readonly OutputFile[]): Promise<void> {
  const staged = files.map((file) => ({ ...file, temporary: temporaryName(file.path) }));
  try {
    for (const { path: target, text, temporary } of staged) {
      await fs.mkdir(path.dirname(target), { recursive: true });
      await fs.writeFile(temporary, text, { flag: 'wx' });
    }
    for (const { path: target, temporary } of staged) await fs.rename(temporary, target);
  } catch (error) {
    // What cannot be removed was never made: its directory is missing or is a file.
    await Promise.allSettled(staged.map(({ temporary }) => fs.rm(temporary, { force: true })));
    const { code, path: where } = error as NodeJS.ErrnoException;
    throw new CommandLineError(
      `Cannot write ${where ?? 'the output'}: ${code ?? (error as Error).message}`,
      undefined,
      EXIT.failed,
    );
  }
}

function temporaryName(target: string): string {
  return path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.tmp`);
}
