/** `file.read`, `file.exists`: one file's text and metadata (language.md 9.1, 9.2, 9.4). */

import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync } from 'node:fs';
import type { FileInfo } from '../../../shared/file-info.js';
import { type MarkParts, markToJSON } from '../../../shared/marks.js';
import type { Services } from '../services.js';
import { type Binding, type BindingContext, HostError } from '../types.js';
import { readFailure } from './failures.js';
import { fileInfo } from './info.js';
import { isGlob, matchPaths } from './match.js';
import { requireSame } from './opened.js';
import { originOf } from './origin.js';
import { absolutePath, type PathSubject, pathSubject, requireInside } from './target.js';

/** A loaded file as it crosses the door. */
export interface LoadedFile {
  file: FileInfo & { title?: string; description?: string };
  /** The file's text; of an HTML file its content as Markdown. */
  text: string;
  /** The HTML a page was converted from. */
  html?: string;
  /** The file's own mark: its place and what the audit log remembers of it. */
  mark: MarkParts;
}

export function readBinding(services: Services): Binding<'file.read'> {
  return {
    subjects: (args) => [pathSubject('r', absolutePath(services, args.path, args.base))],
    async run(args, context) {
      const subject = context.subjects[0] as PathSubject;
      requireInside(subject, args.within, 'Mlld');
      const loaded = await loadFile(services, subject, args.base ?? services.dir, context, args.path);
      return { value: loaded, mark: loaded.mark };
    },
  };
}

export function existsBinding(services: Services): Binding<'file.exists'> {
  return {
    subjects: (args) => [pathSubject('r', absolutePath(services, args.path, args.base))],
    async run(args, context) {
      if (existsSync(absolutePath(services, args.path, args.base))) return { value: true };
      if (!isGlob(args.path)) return { value: false };
      const [first] = await matchPaths(services, args.path, args.base);
      if (first !== undefined) await context.permit(pathSubject('r', first));
      return { value: first !== undefined };
    },
  };
}

/**
 * Loads the file a subject names.
 * @param written The path as the script has it, for messages.
 * @throws HostError FILE_NOT_FOUND and the other codes of failures.ts
 */
export async function loadFile(
  services: Services,
  subject: PathSubject,
  base: string,
  context: Pick<BindingContext, 'restored' | 'policies'>,
  written: string,
): Promise<LoadedFile> {
  const text = readText(subject, services.limits.file, written);
  const file = fileInfo(subject.given, base);
  const mark = markToJSON(await originOf(services, subject, text, context)) ?? {};
  if (!/\.html?$/i.test(file.filename)) return { file, text, mark };
  const { htmlToMarkdown } = await import('./html.js');
  const page = htmlToMarkdown(text, `Failed to load content: ${written}`);
  return { file: { ...file, ...page.metadata }, text: page.markdown, html: text, mark };
}

/** Memory, environment and arguments of running programs, ours among them: host secrets, not data of the project. */
const OF_A_PROCESS = /^\/proc\/\d+\//;

/** The text of a regular file. Opened without following links: `subject.path` has none left that were there when it was judged. */
export function readText(subject: PathSubject, limit: number, written: string): string {
  let handle: number | undefined;
  try {
    if (OF_A_PROCESS.test(subject.path))
      throw new HostError(
        'Mlld',
        'FILE_NOT_REGULAR',
        `Failed to load content: ${written}\n\nIt is the state of a process, such as its environment, and not a file`,
        { path: subject.given },
      );
    handle = openSync(subject.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = fstatSync(handle);
    if (stats.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    if (!stats.isFile())
      throw new HostError(
        'Mlld',
        'FILE_NOT_REGULAR',
        `Failed to load content: ${written}\n\nIt is not a regular file`,
        { path: subject.given },
      );
    requireSame(stats, subject.path);
    if (stats.size > limit) throw tooLarge(written, subject.given, limit);
    const bytes = readFileSync(handle);
    if (bytes.length > limit) throw tooLarge(written, subject.given, limit);
    return bytes.toString('utf8');
  } catch (error) {
    throw readFailure(error, written, subject.given);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

function tooLarge(written: string, path: string, limit: number): HostError {
  return new HostError(
    'Mlld',
    'FILE_TOO_LARGE',
    `Failed to load content: ${written}\n\nThe file is larger than ${limit} bytes`,
    { path, limit },
  );
}
