/** Reading the data of `/needs`, `/wants` and `/profiles` (security.md 6, seed.md C7, D2). */

import { distinct, isRecord, record } from '../record.js';
import { RuleError } from './error.js';
import type { CommandNeed, Ecosystem, Needs, PackageNeed, Profile, Tier } from './needs-types.js';

const FLAGS: Readonly<Record<string, 'sh' | 'network' | 'filesystem' | 'keychain'>> = {
  sh: 'sh',
  bash: 'sh',
  network: 'network',
  net: 'network',
  filesystem: 'filesystem',
  fs: 'filesystem',
  keychain: 'keychain',
};

const PACKAGES: Readonly<Record<string, Ecosystem>> = {
  node: 'node',
  js: 'node',
  python: 'python',
  py: 'python',
  ruby: 'ruby',
  rb: 'ruby',
  go: 'go',
  rust: 'rust',
};

/** Needs of nothing. */
export function noNeeds(): Needs {
  return {
    sh: false,
    network: false,
    filesystem: false,
    keychain: false,
    anyCommand: false,
    commands: record(),
    runtimes: [],
    packages: { node: [], python: [], ruby: [], go: [], rust: [] },
  };
}

/**
 * Reads the object of a `/needs` directive; bare words have the value `true`, `*` is the text `*`.
 *
 * @throws RuleError INVALID_NEEDS_DECLARATION, INVALID_NEEDS_KEY, INVALID_NEEDS_CMD or
 *   INVALID_NEEDS_PACKAGES
 */
export function parseNeeds(data: unknown): Needs {
  if (!isRecord(data)) throw invalid('INVALID_NEEDS_DECLARATION', '/needs expects an object');
  const needs = noNeeds();
  for (const key of Object.keys(data)) {
    if (!readNeed(needs, key, data[key]))
      throw invalid('INVALID_NEEDS_KEY', `/needs contains unsupported key '${key}'`);
  }
  return needs;
}

/**
 * Reads the list of a `/wants` directive.
 *
 * @throws RuleError INVALID_WANTS_DECLARATION, INVALID_WANTS_TIER or INVALID_WANTS_KEY
 */
export function parseWants(data: unknown): Tier[] {
  if (!Array.isArray(data)) throw invalid('INVALID_WANTS_DECLARATION', '/wants expects an array of tier objects');
  return data.map((entry: unknown, index): Tier => {
    if (!isRecord(entry)) throw invalid('INVALID_WANTS_TIER', `/wants tier at index ${index} is not an object`);
    const { tier, why, ...rest } = entry;
    if (typeof tier !== 'string' || tier === '')
      throw invalid('INVALID_WANTS_TIER', `/wants tier at index ${index} is missing required 'tier'`);
    const needs = noNeeds();
    for (const key of Object.keys(rest)) {
      if (!readNeed(needs, key, rest[key]))
        throw invalid('INVALID_WANTS_KEY', `/wants tier '${tier}' contains unsupported key '${key}'`);
    }
    return { tier, why: typeof why === 'string' ? why : null, needs };
  });
}

/**
 * Reads the object of a `/profiles` directive, or the `profiles` of a box configuration.
 *
 * @throws RuleError INVALID_PROFILES_DECLARATION or INVALID_PROFILE_ENTRY / _KEY / _DESCRIPTION
 */
export function parseProfiles(data: unknown): Profile[] {
  if (!isRecord(data)) throw invalid('INVALID_PROFILES_DECLARATION', '/profiles expects an object of profiles');
  return Object.keys(data).map((name): Profile => {
    const entry = data[name];
    if (!isRecord(entry)) throw invalid('INVALID_PROFILE_ENTRY', `/profiles entry '${name}' is not an object`);
    for (const key of Object.keys(entry)) {
      if (key !== 'requires' && key !== 'description') {
        throw invalid('INVALID_PROFILE_KEY', `/profiles entry '${name}' contains unsupported key '${key}'`);
      }
    }
    const { description, requires } = entry;
    if (description !== undefined && typeof description !== 'string') {
      throw invalid('INVALID_PROFILE_DESCRIPTION', `/profiles entry '${name}' description must be a string`);
    }
    if (requires !== undefined && !isRecord(requires)) {
      throw invalid('INVALID_PROFILE_ENTRY', `/profiles entry '${name}' requires must be an object`);
    }
    return { name, description: description ?? null, needs: requires === undefined ? noNeeds() : parseNeeds(requires) };
  });
}

/** Repeated declarations add up. */
export function mergeNeeds(a: Needs, b: Needs): Needs {
  const merged = noNeeds();
  for (const needs of [a, b]) {
    merged.sh ||= needs.sh;
    merged.network ||= needs.network;
    merged.filesystem ||= needs.filesystem;
    merged.keychain ||= needs.keychain;
    merged.anyCommand ||= needs.anyCommand;
    for (const name of Object.keys(needs.commands)) addCommand(merged, name, needs.commands[name]!);
    for (const ecosystem of needs.runtimes) addPackages(merged, ecosystem, needs.packages[ecosystem]);
  }
  return merged;
}

/** Reads one key; false when it is none a declaration may have. */
function readNeed(needs: Needs, key: string, value: unknown): boolean {
  const flag = Object.hasOwn(FLAGS, key) ? FLAGS[key] : undefined;
  const ecosystem = Object.hasOwn(PACKAGES, key) ? PACKAGES[key] : undefined;
  if (flag !== undefined) {
    if (typeof value !== 'boolean') return false;
    needs[flag] ||= value;
  } else if (key === 'cmd') readCommands(needs, value);
  else if (ecosystem !== undefined && value !== true) addPackages(needs, ecosystem, readPackages(key, value));
  else if (value === true) addCommand(needs, key, anyUse());
  else return false;
  return true;
}

function readCommands(needs: Needs, value: unknown): void {
  const failure = () => invalid('INVALID_NEEDS_CMD', 'Invalid /needs cmd declaration');
  if (value === '*' || value === true) needs.anyCommand = true;
  else if (typeof value === 'string' && value !== '') addCommand(needs, value, anyUse());
  else if (Array.isArray(value)) {
    for (const name of value as unknown[]) {
      if (typeof name !== 'string' || name === '') throw failure();
      if (name === '*') needs.anyCommand = true;
      else addCommand(needs, name, anyUse());
    }
  } else if (isRecord(value)) {
    for (const name of Object.keys(value)) addCommand(needs, name, readCommand(value[name], failure));
  } else throw failure();
}

/** `*`, a list of subcommands, or `{ subcommands, methods, flags }`. */
function readCommand(value: unknown, failure: () => RuleError): CommandNeed {
  if (value === '*' || value === true) return anyUse();
  if (Array.isArray(value)) return { ...anyUse(), subcommands: textList(value, failure) };
  if (!isRecord(value)) throw failure();
  const use = anyUse();
  for (const key of Object.keys(value)) {
    if (key !== 'subcommands' && key !== 'methods' && key !== 'flags') throw failure();
    use[key] = value[key] === '*' ? [] : textList(value[key], failure);
  }
  return use;
}

function readPackages(key: string, value: unknown): PackageNeed[] {
  const failure = () => invalid('INVALID_NEEDS_PACKAGES', `/needs ${key} expects an array of packages`);
  return textList(value, failure).map((text) => {
    // A scope begins with `@` too, so the version is what follows a later one.
    const at = text.indexOf('@', 1);
    return at < 0 ? { name: text, range: null } : { name: text.slice(0, at), range: text.slice(at + 1) };
  });
}

function textList(value: unknown, failure: () => RuleError): string[] {
  if (!Array.isArray(value) || !value.every((member) => typeof member === 'string' && member !== '')) throw failure();
  return value as string[];
}

/** Adds a command and how it is used to `needs`. */
export function addCommand(needs: Needs, name: string, use: CommandNeed): void {
  const known = needs.commands[name] ?? anyUse();
  needs.commands[name] = {
    subcommands: distinct([...known.subcommands, ...use.subcommands]),
    methods: distinct([...known.methods, ...use.methods]),
    flags: distinct([...known.flags, ...use.flags]),
  };
}

/** Adds packages of a language to `needs`, and with them the language's own program. */
export function addPackages(needs: Needs, ecosystem: Ecosystem, list: readonly PackageNeed[]): void {
  if (!needs.runtimes.includes(ecosystem)) needs.runtimes.push(ecosystem);
  const present = needs.packages[ecosystem];
  for (const item of list) {
    if (!present.some((other) => other.name === item.name && other.range === item.range)) present.push(item);
  }
}

/** A need of a command whatever its arguments are. */
export function anyUse(): CommandNeed {
  return { subcommands: [], methods: [], flags: [] };
}

function invalid(code: string, message: string): RuleError {
  return new RuleError('MlldInterpreter', code, message);
}
