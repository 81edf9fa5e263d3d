/** The modules a path names: a file, a directory of modules, or a pattern. */

import fs from 'node:fs';
import path from 'node:path';
import picomatch from 'picomatch';

const MODULE = /\.(?:mld|mlld|mld\.md|mlld\.md|md)$/;

/** Files in order of their names; none when nothing is there. */
export function moduleFiles(given: string): string[] {
  const { base, isGlob, glob } = picomatch.scan(given);
  if (!isGlob) return directoryOrFile(given);
  const matches = picomatch(glob);
  const start = base === '' ? '.' : base;
  if (!fs.existsSync(start)) return [];
  return fs
    .readdirSync(start, { recursive: true, encoding: 'utf8' })
    .filter((file) => MODULE.test(file) && !file.includes('node_modules') && matches(file.split(path.sep).join('/')))
    .map((file) => path.join(start, file))
    .sort();
}

function directoryOrFile(given: string): string[] {
  const stats = fs.statSync(given, { throwIfNoEntry: false });
  if (!stats) return [];
  if (!stats.isDirectory()) return [given];
  return fs
    .readdirSync(given)
    .filter((file) => MODULE.test(file))
    .sort()
    .map((file) => path.join(given, file));
}
