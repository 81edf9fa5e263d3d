/** Who signs: `.sig/config.json`, else git's `user.name`, else `$USER` (security.md 10.3). */

import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { readJsonObject } from '../json-file.js';
import { SignatureError } from './error.js';

/**
 * The identity of whoever runs the program, as `user:<name>`.
 * @throws SignatureError when the project says who, and it cannot be understood
 */
export function signerIdentity(root: string, environment: Readonly<Record<string, string | undefined>>): string {
  const name = configured(root) ?? gitName(root, environment) ?? environment.USER ?? accountName();
  return `user:${name}`;
}

/** Environments without `USER`, such as those of services, still belong to somebody. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

function configured(root: string): string | null {
  const file = join(root, '.sig', 'config.json');
  let config: Record<string, unknown> | null;
  try {
    config = readJsonObject(file);
  } catch (error) {
    throw new SignatureError('SIGN_CONFIG_INVALID', (error as Error).message);
  }
  if (config === null || config.identity === undefined) return null;
  if (typeof config.identity !== 'string' || config.identity.trim() === '')
    throw new SignatureError('SIGN_CONFIG_INVALID', `${file}: 'identity' must be a name`);
  return config.identity.trim().replace(/^user:/, '');
}

/** The files git reads, nearest first; what they include is not followed. */
function gitName(root: string, { HOME, XDG_CONFIG_HOME }: Readonly<Record<string, string | undefined>>): string | null {
  const files = [join(root, '.git', 'config')];
  if (HOME) files.push(join(HOME, '.gitconfig'), join(XDG_CONFIG_HOME ?? join(HOME, '.config'), 'git', 'config'));
  for (const file of files) {
    const name = userName(file);
    if (name) return name;
  }
  return null;
}

/** `name` of the section `[user]`. */
function userName(file: string): string | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return null;
  }
  let section = '';
  let name: string | null = null;
  for (const line of text.split('\n')) {
    const header = /^\s*\[\s*([\w.-]+)\s*\]/.exec(line);
    if (header) section = header[1]!.toLowerCase();
    else if (/^\s*\[/.test(line)) section = '';
    const value = section === 'user' ? /^\s*name\s*=\s*("?)(.*?)\1\s*(?:[#;].*)?$/i.exec(line) : null;
    if (value) name = value[2]!.trim();
  }
  return name;
}
