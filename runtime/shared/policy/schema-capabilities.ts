import { globProblem } from '../glob.js';
import { distinct, isRecord } from '../record.js';
import { join, type Reader } from './reader.js';
import { nearestName } from './suggest.js';
import { CAPABILITIES, type Capability, type CapabilitySet } from './types.js';

/** Spellings of capability names, besides the names themselves. */
const ALIASES: Readonly<Record<string, string>> = {
  bash: 'sh',
  shell: 'sh',
  javascript: 'js',
  nodejs: 'node',
  python: 'py',
  net: 'network',
  filesystem: 'fs',
  '@keychain': 'keychain',
};

const NAMES: readonly string[] = ['cmd', 'fs', 'network', ...CAPABILITIES];
const SPELLINGS: readonly string[] = [...NAMES, ...Object.keys(ALIASES)];

/** A grant of writing includes reading; a denial of writing does not deny reading. */
export type Sense = 'grant' | 'deny';

/** A set that mentions nothing: as `allow` it refuses everything. */
export function emptySet(): CapabilitySet {
  return { all: false, cmd: null, fs: null, network: null, names: [] };
}

/** The set that `true` stands for. */
export function fullSet(): CapabilitySet {
  return { ...emptySet(), all: true };
}

/**
 * Reads one `allow`, `deny` or `danger` value: `true`, a list of entries, or a map
 * (security.md 5.5). Anything else is reported.
 */
export function readCapabilities(reader: Reader, path: string, value: unknown, sense: Sense): CapabilitySet {
  if (typeof value === 'boolean') return value ? fullSet() : emptySet();
  const set = emptySet();
  if (isRecord(value)) {
    for (const key of Object.keys(value)) readMapEntry(reader, join(path, key), key, value[key], set, sense);
  } else {
    const entries = reader.texts(path, value);
    const at = (index: number) => (Array.isArray(value) ? `${path}[${index}]` : path);
    for (const [index, entry] of entries.entries()) readListEntry(reader, at(index), entry, set, sense);
  }
  return set;
}

function readMapEntry(
  reader: Reader,
  path: string,
  key: string,
  value: unknown,
  set: CapabilitySet,
  sense: Sense,
): void {
  const name = ALIASES[key] ?? key;
  if (name === 'cmd') addCommands(set, commandPatterns(reader, path, value));
  else if (name === 'network') addNetwork(set, domains(reader, path, value));
  else if (name === 'fs') readFiles(reader, path, value, set, sense);
  else if ((CAPABILITIES as readonly string[]).includes(name)) {
    if (isGranted(reader, path, value)) addName(set, name as Capability);
  } else reader.unknown(path, 'capability', key, SPELLINGS);
}

function readListEntry(reader: Reader, path: string, entry: string, set: CapabilitySet, sense: Sense): void {
  const text = entry.trim().replace(/^op:/, '');
  if (text === '*') {
    set.all = true;
    return;
  }
  const [head, ...rest] = text.split(':');
  const detail = rest.join(':');
  const name = ALIASES[head!] ?? head!;
  if (name === 'cmd') addCommands(set, rest.length === 0 ? ['*'] : named(reader, path, [detail]));
  else if (name === 'fs') readFileEntry(reader, path, rest, set, sense);
  else if (detail === '' && name === 'network') addNetwork(set, ['*']);
  else if (detail === '' && (CAPABILITIES as readonly string[]).includes(name)) addName(set, name as Capability);
  else {
    // `git` and `git:push` are the usual slip for `cmd:git` and `cmd:git:push`.
    const suggestion = nearestName(head!, SPELLINGS) ?? `cmd:${text}`;
    reader.unknown(path, 'capability', entry, SPELLINGS, suggestion);
  }
}

/** `fs`, `fs:r`, `fs:w:GLOB`, `fs:rw:GLOB`. */
function readFileEntry(reader: Reader, path: string, parts: string[], set: CapabilitySet, sense: Sense): void {
  const [mode = 'rw', ...rest] = parts;
  const glob = rest.length ? rest.join(':') : '**';
  if (mode === 'r') addFiles(reader, path, set, [glob], []);
  else if (mode === 'w') addFiles(reader, path, set, sense === 'grant' ? [glob] : [], [glob]);
  else if (mode === 'rw') addFiles(reader, path, set, [glob], [glob]);
  else
    reader.problem(
      path,
      `Expected 'fs:r:GLOB', 'fs:w:GLOB' or 'fs:rw:GLOB', found 'fs:${parts.join(':')}'`,
      `fs:rw:${parts.join(':')}`,
    );
}

/** `true`, `[globs]` or `{ read, write }`. */
function readFiles(reader: Reader, path: string, value: unknown, set: CapabilitySet, sense: Sense): void {
  if (!isRecord(value)) {
    const list = globs(reader, path, value);
    addFiles(reader, path, set, list, list);
    return;
  }
  reader.fields(path, 'filesystem key', value, ['read', 'write']);
  const write = value.write === undefined ? [] : globs(reader, join(path, 'write'), value.write);
  const read = value.read === undefined ? [] : globs(reader, join(path, 'read'), value.read);
  addFiles(reader, path, set, sense === 'grant' ? [...read, ...write] : read, write);
}

function globs(reader: Reader, path: string, value: unknown): string[] {
  if (typeof value === 'boolean') return value ? ['**'] : [];
  return reader.texts(path, value).map((glob) => (glob === '*' ? '**' : glob));
}

function commandPatterns(reader: Reader, path: string, value: unknown): string[] {
  if (typeof value === 'boolean') return value ? ['*'] : [];
  return named(
    reader,
    path,
    reader.texts(path, value).map((pattern) => pattern.trim().replace(/^(?:op:)?cmd:/, '')),
  );
}

/** Patterns of commands; one without a word would be about all of them, or none. */
function named(reader: Reader, path: string, patterns: string[]): string[] {
  if (patterns.some((pattern) => !/[^:\s]/.test(pattern)))
    reader.problem(path, "A pattern of commands names a program, as 'cmd:git' does; 'cmd:*' is all of them");
  return patterns;
}

function domains(reader: Reader, path: string, value: unknown): string[] {
  if (typeof value === 'boolean') return value ? ['*'] : [];
  if (!isRecord(value)) return reader.texts(path, value);
  reader.fields(path, 'network key', value, ['domains']);
  return reader.texts(join(path, 'domains'), value.domains);
}

function isGranted(reader: Reader, path: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (value === '*' || (Array.isArray(value) && value.length === 1 && value[0] === '*')) return true;
  if (Array.isArray(value) && value.length === 0) return false;
  reader.wrongType(path, 'true or false', value);
  return false;
}

function addCommands(set: CapabilitySet, patterns: string[]): void {
  set.cmd = distinct([...(set.cmd ?? []), ...patterns]);
}

function addNetwork(set: CapabilitySet, list: string[]): void {
  set.network = distinct([...(set.network ?? []), ...list.map((domain) => domain.toLowerCase())]);
}

function addName(set: CapabilitySet, name: Capability): void {
  if (!set.names.includes(name)) set.names.push(name);
}

function addFiles(reader: Reader, path: string, set: CapabilitySet, read: string[], write: string[]): void {
  for (const glob of distinct([...read, ...write])) {
    const problem = globProblem(glob);
    if (problem) reader.problem(path, `The pattern '${glob}' ${problem}`);
  }
  const fs = set.fs ?? { read: [], write: [] };
  set.fs = { read: distinct([...fs.read, ...read]), write: distinct([...fs.write, ...write]) };
}

/** What either set mentions: how denials add up. */
export function addSets(a: CapabilitySet, b: CapabilitySet): CapabilitySet {
  const both = <T>(x: T[] | null, y: T[] | null): T[] | null => (x && y ? distinct([...x, ...y]) : (x ?? y));
  return {
    all: a.all || b.all,
    cmd: both(a.cmd, b.cmd),
    fs: a.fs && b.fs ? { read: both(a.fs.read, b.fs.read)!, write: both(a.fs.write, b.fs.write)! } : (a.fs ?? b.fs),
    network: both(a.network, b.network),
    names: distinct([...a.names, ...b.names]),
  };
}
