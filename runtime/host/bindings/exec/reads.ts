/**
 * Files a child reads by itself (security.md 1.4 row 50, 10.2). A child that names a file the ledger
 * knows to carry labels may hand its content on, so the file counts as an input of the operation:
 * its mark is judged before the child runs, and is part of what the child answers and writes.
 *
 * Looked at is the text the child is given: its command or code, parameters, variables and input. A
 * file is named by its path, by its name alone (the child may change directory), by a pattern that
 * matches it, by a directory above it, or through a link. What a program finds without being told,
 * such as a file whose name it computes, is not followed; that is the business of capabilities and
 * boxes.
 */

import { resolve } from 'node:path';
import { matchPath } from '../../../shared/glob.js';
import { isInside, realPath } from '../files/target.js';
import type { Services } from '../services.js';
import { expandHome } from './directory.js';

/** Longer texts are searched for names only; nobody writes patterns in data of this size. */
const MAX_WORDS_TEXT = 65_536;

/** What surrounds a path in a command or in code, and what surrounds a shell pattern, which may have a comma. */
const SEPARATORS = [/[\s;|&<>()"'`=:,@\\]+/, /[\s;|&<>()]+/];

interface ExecArgs {
  command?: string;
  code?: string;
  params?: unknown;
  values?: unknown;
  env?: unknown;
  stdin?: string;
  cwd?: string;
}

/**
 * Those of the known files that a request to run a child names.
 *
 * @param known absolute paths with every link resolved
 */
export function namedFiles(services: Services, args: object, known: readonly string[]): string[] {
  if (known.length === 0) return [];
  const { command, code, params, values, env, stdin, cwd } = args as ExecArgs;
  const texts = [command, code, stdin, ...textsIn(params), ...textsIn(values), ...textsIn(env)].filter(
    (text): text is string => typeof text === 'string' && text !== '',
  );
  const { HOME: home } = services.environment;
  const places = [...new Set([services.dir, cwd === undefined ? services.dir : expandHome(cwd, home)])];
  const named = new Set<string>();
  for (const text of texts) {
    // Quotes and backslashes in a word do not change which file it names.
    const bare = text.replace(/["'\\]/g, '');
    for (const file of known) if (mentions(text, file) || mentions(bare, file)) named.add(file);
    if (named.size === known.length || text.length > MAX_WORDS_TEXT) continue;
    for (const word of new Set(
      SEPARATORS.flatMap((separators) => [...text.split(separators), ...bare.split(separators)]),
    )) {
      if (word === '') continue;
      for (const place of places) for (const file of known) if (leadsTo(word, place, home, file)) named.add(file);
    }
  }
  return [...named];
}

/** Whether the text has the file's name as a word of its own. */
function mentions(text: string, file: string): boolean {
  const name = file.slice(file.lastIndexOf('/') + 1);
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    if (!isNamePart(text[at - 1]) && !isNamePart(text[at + name.length])) return true;
  }
  return false;
}

function isNamePart(char: string | undefined): boolean {
  return char !== undefined && /[\w-]/.test(char);
}

/** Whether the word is the file, a directory above it, a pattern for one of these, or a link to one. */
function leadsTo(word: string, place: string, home: string | undefined, file: string): boolean {
  const path = resolve(place, expandHome(word, home));
  if (/[*?[{]/.test(word)) {
    const places = { root: place, home: home ?? '/' };
    for (let above = file; above !== ''; above = above.slice(0, above.lastIndexOf('/'))) {
      if (matchPath(path, above, places)) return true;
    }
    return false;
  }
  // A bare slash is an operator or a separator far more often than the root directory.
  return path !== '/' && isInside(file, realPath(path));
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
