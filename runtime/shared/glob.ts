/**
 * Globs over absolute paths: `**` any number of directories, `*` and `?` within one, `[a-z]`,
 * `{a,b}`. Names that begin with a dot match like all others, since a pattern that protects files
 * has to see hidden ones too (security.md 5.5). Matching takes time proportional to pattern × path,
 * never exponential, so neither side can stall the monitor.
 */

/** The directories that `@base`, `@root`, `~` and relative patterns stand for. */
export interface Places {
  /** Absolute path of the project root. */
  root: string;
  /** The user's home directory. */
  home: string;
  /** True where the file system does not tell `A` from `a`. */
  ignoreCase?: boolean;
}

type CharTest = { one: (char: string) => boolean } | '*';
type Segment = '**' | readonly CharTest[];

type Compiled = readonly (readonly Segment[])[];

/** Compiled patterns, and the places they were resolved with: a run has one set of them. */
let cache: { root: string; home: string; ignoreCase: boolean | undefined; patterns: Map<string, Compiled> } | null =
  null;
const CACHE_LIMIT = 512;

/** The path last asked about: it is usually held against many patterns in a row. */
let last: { path: string; fold: boolean; segments: readonly string[] } = { path: '', fold: false, segments: [] };

/**
 * True when the path matches the pattern.
 *
 * @param pattern a glob; `@base`, `@root`, `~` and relative patterns are resolved with `places`
 * @param path an absolute path; `.` and `..` segments are resolved first
 */
export function matchPath(pattern: string, path: string, places: Places): boolean {
  const fold = places.ignoreCase === true;
  if (last.path !== path || last.fold !== fold) {
    last = { path, fold, segments: splitPath(normalizePath(fold ? path.toLowerCase() : path)) };
  }
  return compile(pattern, places).some((alternative) => matchSegments(alternative, last.segments));
}

/** True when some path below the directory may match the pattern; where it is `**` on the way, all of them. */
export function mayMatchBelow(pattern: string, directory: string, places: Places): boolean {
  const path = splitPath(normalizePath(places.ignoreCase ? directory.toLowerCase() : directory));
  return compile(pattern, places).some((segments) => {
    for (let at = 0; at < path.length; at++) {
      const test = segments[at];
      if (test === '**') return true;
      if (test === undefined || !matchChars(test, path[at]!)) return false;
    }
    return segments.length > path.length;
  });
}

/** The directory or file everything that matches lies in: the pattern up to its first wildcard. */
export function literalBase(pattern: string, places: Places): string {
  const segments = splitPath(resolvePattern(pattern, places));
  const wild = segments.findIndex((segment) => /[*?[{\\]/.test(segment));
  return `/${withoutParents(wild < 0 ? segments : segments.slice(0, wild)).join('/')}`;
}

/** True when a plain text matches a glob in which `*` and `?` stand for any characters. */
export function matchText(pattern: string, text: string): boolean {
  return matchChars(charTests(pattern), text);
}

/** `path` with `//`, `.` and `..` resolved; backslashes count as separators after a drive letter. */
export function normalizePath(path: string): string {
  const text = /^[A-Za-z]:[\\/]/.test(path) ? path.replace(/\\/g, '/') : path;
  const result: string[] = [];
  for (const segment of text.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') result.pop();
    else result.push(segment);
  }
  return /^[A-Za-z]:$/.test(result[0] ?? '') ? result.join('/') : `/${result.join('/')}`;
}

/** An absolute, normalised path; a relative one is taken from `directory`. */
export function resolvePath(path: string, directory: string): string {
  return isAbsolute(path) ? normalizePath(path) : normalizePath(`${directory}/${path}`);
}

/** Problems that make a glob mean something else than its writer thinks; null when there are none. */
export function globProblem(pattern: string): string | null {
  if (pattern === '') return 'is empty';
  if (/[@!+?*]\(/.test(pattern)) return 'uses extended glob syntax, which is not supported';
  if (pattern.startsWith('!')) return "starts with '!'; write the opposite list instead";
  let depth = 0;
  for (const char of pattern) {
    if (char === '{') depth++;
    else if (char === '}') depth--;
    if (depth < 0) break;
  }
  if (depth !== 0) return 'has braces that do not match';
  return null;
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path);
}

function resolvePattern(pattern: string, places: Places): string {
  const named = /^@(?:base|root)(?=\/|$)/.exec(pattern);
  if (named) return `${escapeGlob(places.root)}${pattern.slice(named[0].length)}`;
  if (pattern === '~' || pattern.startsWith('~/')) return `${escapeGlob(places.home)}${pattern.slice(1)}`;
  if (isAbsolute(pattern)) return pattern;
  if (pattern.startsWith('**')) return `/${pattern}`;
  return `${escapeGlob(places.root)}/${pattern.replace(/^(?:\.\/)+/, '')}`;
}

/** The directories come from the file system: characters in them are never wildcards. */
function escapeGlob(path: string): string {
  return normalizePath(path)
    .replace(/\/+$/, '')
    .replace(/[*?[\]{}\\]/g, '\\$&');
}

function compile(pattern: string, places: Places): Compiled {
  const { root, home, ignoreCase } = places;
  if (
    !cache ||
    cache.root !== root ||
    cache.home !== home ||
    cache.ignoreCase !== ignoreCase ||
    cache.patterns.size >= CACHE_LIMIT
  ) {
    cache = { root, home, ignoreCase, patterns: new Map() };
  }
  let alternatives = cache.patterns.get(pattern);
  if (!alternatives) {
    const resolved = resolvePattern(pattern, places);
    alternatives = expandBraces(ignoreCase ? resolved.toLowerCase() : resolved).map((text) =>
      withoutParents(splitPath(text)).map((segment): Segment => (segment === '**' ? '**' : charTests(segment))),
    );
    cache.patterns.set(pattern, alternatives);
  }
  return alternatives;
}

function splitPath(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '' && segment !== '.');
}

/** Paths are matched without `..`, so patterns have to do without it too. */
function withoutParents(segments: readonly string[]): string[] {
  const result: string[] = [];
  for (const segment of segments) {
    if (segment !== '..') result.push(segment);
    else if (result[result.length - 1] !== '**') result.pop();
  }
  return result;
}

/** `a{b,c}d` → `abd`, `acd`; nested braces too. Braces without a comma are kept as text. */
function expandBraces(pattern: string): string[] {
  for (let open = 0; open < pattern.length; open++) {
    if (pattern[open] === '\\') open++;
    else if (pattern[open] === '{') {
      const parts = braceParts(pattern, open);
      if (!parts) continue;
      const tails = expandBraces(pattern.slice(parts.end));
      const heads = parts.list.flatMap((part) => expandBraces(part));
      return heads.flatMap((head) => tails.map((tail) => pattern.slice(0, open) + head + tail));
    }
  }
  return [pattern];
}

function braceParts(pattern: string, open: number): { list: string[]; end: number } | null {
  const list: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let at = open; at < pattern.length; at++) {
    const char = pattern[at];
    if (char === '\\') at++;
    else if (char === '{') depth++;
    else if (char === ',' && depth === 1) {
      list.push(pattern.slice(start, at));
      start = at + 1;
    } else if (char === '}' && --depth === 0) {
      list.push(pattern.slice(start, at));
      return list.length > 1 ? { list, end: at + 1 } : null;
    }
  }
  return null;
}

function charTests(segment: string): CharTest[] {
  const tests: CharTest[] = [];
  for (let at = 0; at < segment.length; at++) {
    const char = segment[at]!;
    if (char === '*') {
      if (tests[tests.length - 1] !== '*') tests.push('*');
    } else if (char === '?') tests.push({ one: () => true });
    else if (char === '[' && segment.indexOf(']', at + 2) > 0) {
      const end = segment.indexOf(']', at + 2);
      tests.push({ one: charClass(segment.slice(at + 1, end)) });
      at = end;
    } else {
      const literal = char === '\\' && at + 1 < segment.length ? segment[++at]! : char;
      tests.push({ one: (other) => other === literal });
    }
  }
  return tests;
}

function charClass(body: string): (char: string) => boolean {
  const negated = body[0] === '!' || body[0] === '^';
  const text = negated ? body.slice(1) : body;
  const ranges: [string, string][] = [];
  for (let at = 0; at < text.length; at++) {
    const from = text[at]!;
    if (text[at + 1] === '-' && at + 2 < text.length) {
      ranges.push([from, text[at + 2]!]);
      at += 2;
    } else ranges.push([from, from]);
  }
  return (char) => ranges.some(([from, to]) => char >= from && char <= to) !== negated;
}

/** Greedy matching with one point to return to: the last `**`. */
function matchSegments(pattern: readonly Segment[], path: readonly string[]): boolean {
  return matchSequence(
    pattern,
    path.length,
    (test) => test === '**',
    (test, at) => matchChars(test as readonly CharTest[], path[at]!),
  );
}

function matchChars(tests: readonly CharTest[], text: string): boolean {
  return matchSequence(
    tests,
    text.length,
    (test) => test === '*',
    (test, at) => (test as Exclude<CharTest, '*'>).one(text[at]!),
  );
}

function matchSequence<T>(
  pattern: readonly T[],
  length: number,
  isStar: (test: T) => boolean,
  matches: (test: T, at: number) => boolean,
): boolean {
  let at = 0;
  let next = 0;
  let starAt = -1;
  let starNext = 0;
  while (at < length) {
    const test = pattern[next];
    if (test !== undefined && isStar(test)) {
      starAt = at;
      starNext = ++next;
    } else if (test !== undefined && matches(test, at)) {
      at++;
      next++;
    } else if (starAt >= 0) {
      at = ++starAt;
      next = starNext;
    } else return false;
  }
  while (next < pattern.length && isStar(pattern[next]!)) next++;
  return next === pattern.length;
}
