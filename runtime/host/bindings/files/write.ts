/** `file.write` and `file.append` (language.md 10.5). */

import { randomUUID } from 'node:crypto';
import { constants, fstatSync, openSync, type Stats } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Signatures } from '../../signatures/index.js';
import type { Services } from '../services.js';
import type { Binding, BindingContext } from '../types.js';
import { writeFailure } from './failures.js';
import { requireSame } from './opened.js';
import { streamOf } from './streams.js';
import { absolutePath, type PathSubject, pathSubject, requireInside } from './target.js';

export function writeBinding(services: Services): Binding<'file.write'> {
  return {
    subjects: (args) => [target(absolutePath(services, args.path, args.base))],
    run: (args, context) =>
      change(services, context, args.text, args.within, 'directive:output', (path) => {
        const write = () => replaceFile(path, args.text);
        return signing(services, path, write, (files) => files.replaced(path, args.text, write));
      }),
  };
}

export function appendBinding(services: Services): Binding<'file.append'> {
  return {
    subjects: (args) => [target(absolutePath(services, args.path, args.base))],
    run: (args, context) =>
      change(services, context, args.text, args.within, 'directive:append', (path) => {
        const write = () => appendToFile(path, args.text);
        return signing(services, path, write, (files) => files.appended(path, args.text, write));
      }),
  };
}

/** A stream of the run is judged by its name: where it leads is for whoever started the run to say. */
function target(path: string): PathSubject {
  return streamOf(path) === null ? pathSubject('w', path) : { kind: 'path', access: 'w', path, given: path };
}

async function change(
  services: Services,
  context: BindingContext,
  text: string,
  within: string | undefined,
  writer: string,
  apply: (path: string) => Promise<void>,
) {
  const subject = context.subjects[0] as PathSubject;
  const { path, given } = subject;
  requireInside(subject, within, 'MlldOutput');
  const stream = streamOf(given);
  try {
    const changeType = stream || (await statusOf(path)) ? 'modified' : 'created';
    // Recorded first: a run that is killed in between leaves a record too many, never one too few.
    await context.wrote({ path, changeType, writer });
    if (stream) await services.console.write(stream, text);
    else {
      await mkdir(dirname(path), { recursive: true });
      await apply(path);
    }
    return { value: { path: given, changeType } };
  } catch (error) {
    throw writeFailure(error, given);
  }
}

/** Files of the project are signed as they are written; workspaces and devices have nothing to sign. */
async function signing(
  services: Services,
  path: string,
  write: () => Promise<void>,
  signed: (files: Signatures['files']) => Promise<void>,
): Promise<void> {
  const status = await statusOf(path);
  if (services.isTransient(path) || (status && !status.isFile())) return write();
  return signed((await services.signatures()).files);
}

/**
 * Replaces a file's content as a whole: it is written beside the file and moved into place, so
 * that a reader, a crash or a full disk never meets half of it. A device or pipe is written to.
 */
async function replaceFile(path: string, text: string): Promise<void> {
  const status = await statusOf(path);
  if (status?.isDirectory()) throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
  if (status?.isFIFO()) return writeToPipe(path, text);
  if (status && !status.isFile() && !status.isSymbolicLink())
    return writeTo(path, await open(path, constants.O_WRONLY | constants.O_NOFOLLOW), text);
  const temporary = join(dirname(path), `.${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, 'wx', status?.isFile() ? status.mode & 0o777 : 0o666);
    await writeTo(temporary, handle, text, status?.isFile() ? status.mode & 0o7777 : undefined);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Appends in one write to a file opened for appending: lines of parallel branches do not mix. */
async function appendToFile(path: string, text: string): Promise<void> {
  if ((await statusOf(path))?.isFIFO()) return writeToPipe(path, text);
  const handle = await open(
    path,
    constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW,
    0o666,
  );
  try {
    requireSame(await handle.stat(), path);
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
  } finally {
    await handle.close();
  }
}

async function writeTo(path: string, handle: FileHandle, text: string, mode?: number): Promise<void> {
  try {
    requireSame(await handle.stat(), path);
    await handle.writeFile(text);
    if (mode !== undefined) await handle.chmod(mode);
  } finally {
    await handle.close();
  }
}

/**
 * Writes to a named pipe as its reader takes it. Opening one that nobody reads would wait in the
 * system, where no signal and no limit reaches; it is an error instead.
 */
async function writeToPipe(path: string, text: string): Promise<void> {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const { Socket } = await import('node:net');
  const pipe = new Socket({ fd, readable: false, writable: true });
  requireSame(fstatSync(fd), path);
  await new Promise<void>((resolve, reject) => pipe.once('error', reject).end(text, resolve));
}

/** The file's status without following a link; null when there is nothing. */
async function statusOf(path: string): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
