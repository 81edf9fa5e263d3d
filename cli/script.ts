/** The script a command works on: a file, standard input or text given with `-e`. */

import fs from 'node:fs/promises';
import path from 'node:path';
import { NotUtf8Error, sourceText } from '../compiler/resolve/source-text.js';
import { CommandLineError } from './errors.js';

/** Names a mistyped first argument may have meant. */
const COMMANDS = ['run', 'build', 'check', 'install', 'needs', 'mcp', 'audit', 'checkpoint', 'keychain', 'env', 'vars'];

export interface Script {
  source: string;
  /** The path as the user wrote it, or `<stdin>`, `<eval>`. */
  file: string;
  /** Set when it does not follow from the file name. */
  mode?: 'strict' | 'markdown';
}

export interface ScriptSelection {
  /** The script's path, or `-` for standard input. */
  file?: string;
  /** Source text given on the command line. */
  code?: string;
  /** Read the source in markdown mode whatever its name (language.md 1.1). */
  markdown: boolean;
}

/**
 * Reads the script a command line names.
 * @throws {CommandLineError} when there is none, or it cannot be read
 */
export async function readScript({ file, code, markdown }: ScriptSelection): Promise<Script> {
  if (code !== undefined) return { source: code, file: '<eval>', mode: markdown ? 'markdown' : 'strict' };
  if (file === undefined)
    throw new CommandLineError('No script given', 'Name a file, - for standard input, or -e CODE.');
  if (file === '-')
    return { source: await readStandardInput(), file: '<stdin>', mode: markdown ? 'markdown' : 'strict' };
  const source = await readSource(file);
  return markdown ? { source, file, mode: 'markdown' } : { source, file };
}

/** True for files that hold compiled programs rather than mlld. */
export function isBundle(file: string): boolean {
  return /\.[cm]?js$/.test(file);
}

/**
 * @throws {CommandLineError} that says why the file cannot be read, with the names it may be a slip of
 */
export async function readSource(file: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await fs.readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EISDIR') throw new CommandLineError(`${file} is a directory`, 'Name the script inside it.');
    if (code === 'ENOENT' || code === 'ENOTDIR') throw await notFound(file);
    throw new CommandLineError(`Cannot read ${file}: ${code ?? (error as Error).message}`);
  }
  return textOf(bytes, file);
}

/** @throws {CommandLineError} that says where the bytes are no text */
async function textOf(bytes: Buffer, file: string): Promise<string> {
  try {
    return sourceText(bytes, file).replace(/^\uFEFF/, '');
  } catch (error) {
    throw error instanceof NotUtf8Error ? await notUtf8(error) : error;
  }
}

async function notUtf8({ file, text, offset }: NotUtf8Error): Promise<CommandLineError> {
  const { LineIndex } = await import('../compiler/diagnostics/location.js');
  const { message } = await import('../compiler/diagnostics/messages.js');
  const { line, column } = new LineIndex(text).position(offset);
  const { text: what, hint } = message('not_utf8', {});
  return new CommandLineError(`${file}:${line}:${column}: ${what}`, hint);
}

async function notFound(file: string): Promise<CommandLineError> {
  const { suggestions } = await import('../compiler/diagnostics/suggest.js');
  const directory = path.dirname(file);
  const names = await fs.readdir(directory).catch((): string[] => []);
  const near = suggestions(path.basename(file), names).map((name) =>
    directory === '.' && !file.startsWith('.') ? name : path.join(directory, name),
  );
  if (names.includes(`${path.basename(file)}.mld`)) near.unshift(`${file}.mld`);
  near.push(...suggestions(file, COMMANDS).map((command) => `'mlldc ${command}'`));
  const hint = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Relative paths start at ${process.cwd()}.`;
  return new CommandLineError(`File not found: ${file}`, hint);
}

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return textOf(Buffer.concat(chunks), '<stdin>');
}
