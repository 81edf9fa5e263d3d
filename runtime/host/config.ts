/**
 * The project around a script: its root directory and its configuration (language.md 11.8, 12).
 * A configuration file that cannot be understood stops the run: guessing would weaken its limits.
 */

import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isRecord } from '../shared/record.js';
import { ConfigError, readJsonObject } from './json-file.js';

/** Files that mark a project root, strongest first; the second group counts only without the first. */
const CONFIG_MARKERS = ['mlld-config.json', 'mlld-lock.json', 'mlld.lock.json'];
const FALLBACK_MARKERS = ['package.json', '.git', 'pyproject.toml', 'Cargo.toml'];

const CONFIG_FILE = 'mlld-config.json';

export interface ResolverPrefix {
  prefix: string;
  resolver: string;
  config: Record<string, unknown>;
}

export interface ProjectConfig {
  /** Absolute directory. */
  root: string;
  /** The file the settings came from, or null. */
  file: string | null;
  projectname: string | null;
  resolverPrefixes: ResolverPrefix[];
  /** Environment variables that the program and its children may see besides the default ones. */
  allowedEnvVars: string[];
  /** Whether `with { guards: … }` may switch guards off; anything but `true` or absence forbids it. */
  allowGuardBypass: boolean;
  requireDeclarations: boolean;
  /** Policy modules that hold for every run. */
  policyImports: string[];
  scriptDir: string | null;
  suppressWarnings: string[];
  /** The whole file, for parts of the program with settings of their own. */
  raw: Record<string, unknown>;
}

/** The nearest directory at or above `start` that holds a marker; `start` itself when there is none. */
export function findProjectRoot(start: string): string {
  const from = resolve(start);
  return nearestWith(from, CONFIG_MARKERS) ?? nearestWith(from, FALLBACK_MARKERS) ?? from;
}

function nearestWith(start: string, markers: readonly string[]): string | null {
  for (let directory = start; ; directory = dirname(directory)) {
    if (markers.some((marker) => existsSync(join(directory, marker)))) return directory;
    if (dirname(directory) === directory) return null;
  }
}

/**
 * Reads `mlld-config.json` of a project.
 * @throws ConfigError when it is not JSON, not an object, or a setting has the wrong type
 */
export function loadConfig(root: string): ProjectConfig {
  const file = join(root, CONFIG_FILE);
  const raw = readJsonObject(file);
  const settings = new Settings(file, raw ?? {});
  const resolvers = settings.object('resolvers');
  const security = settings.object('security');
  const prefixes = resolvers.list('prefixes');
  return {
    root,
    file: raw ? file : null,
    projectname: settings.text('projectname'),
    resolverPrefixes: readPrefixes(file, prefixes.length > 0 ? prefixes : settings.list('resolverPrefixes')),
    allowedEnvVars: security.strings('allowedEnvVars'),
    allowGuardBypass: security.value('allowGuardBypass') === undefined || security.value('allowGuardBypass') === true,
    requireDeclarations: security.flag('requireDeclarations'),
    policyImports: settings.object('policy').strings('import'),
    scriptDir: settings.text('scriptDir'),
    suppressWarnings: settings.object('validate').strings('suppressWarnings'),
    raw: raw ?? {},
  };
}

/** Root and configuration of the project that `start` (a directory) belongs to. */
export function openProject(start: string): ProjectConfig {
  return loadConfig(findProjectRoot(start));
}

/** Typed access to one object of the file; a setting of the wrong type is an error that names it. */
class Settings {
  constructor(
    private readonly file: string,
    private readonly data: Record<string, unknown>,
    private readonly path = '',
  ) {}

  value(key: string): unknown {
    return Object.hasOwn(this.data, key) ? this.data[key] : undefined;
  }

  object(key: string): Settings {
    const value = this.value(key) ?? {};
    if (!isRecord(value)) this.wrong(key, 'an object');
    return new Settings(this.file, value as Record<string, unknown>, `${this.path}${key}.`);
  }

  list(key: string): unknown[] {
    const value = this.value(key) ?? [];
    return Array.isArray(value) ? value : this.wrong(key, 'a list');
  }

  strings(key: string): string[] {
    const value = this.list(key);
    return value.every((item) => typeof item === 'string') ? value : this.wrong(key, 'a list of strings');
  }

  text(key: string): string | null {
    const value = this.value(key) ?? null;
    return value === null || typeof value === 'string' ? value : this.wrong(key, 'a string');
  }

  flag(key: string): boolean {
    const value = this.value(key) ?? false;
    return typeof value === 'boolean' ? value : this.wrong(key, 'true or false');
  }

  private wrong(key: string, expected: string): never {
    throw new ConfigError(this.file, `'${this.path}${key}' must be ${expected}`);
  }
}

function readPrefixes(file: string, entries: unknown[]): ResolverPrefix[] {
  return entries.map((entry) => {
    if (!isRecord(entry) || typeof entry.prefix !== 'string' || typeof entry.resolver !== 'string') {
      throw new ConfigError(file, 'a resolver prefix must have a "prefix" and a "resolver"');
    }
    const config = entry.config ?? {};
    if (!isRecord(config))
      throw new ConfigError(file, `the "config" of resolver prefix ${entry.prefix} must be an object`);
    return { prefix: entry.prefix, resolver: entry.resolver, config };
  });
}
