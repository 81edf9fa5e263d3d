/** What the resolver needs of the file system; tests and bundlers may bring their own. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { sourceText } from './source-text.js';

export interface ResolveHost {
  /** @throws NotUtf8Error when the file is no text */
  read(path: string): string;
  isFile(path: string): boolean;
  isDirectory(path: string): boolean;
  /** Names in a directory, sorted. */
  list(path: string): string[];
}

export const diskHost: ResolveHost = {
  read: (path) => sourceText(readFileSync(path), path),
  isFile: (path) => existsSync(path) && statSync(path).isFile(),
  isDirectory: (path) => existsSync(path) && statSync(path).isDirectory(),
  list: (path) => readdirSync(path).sort(),
};
