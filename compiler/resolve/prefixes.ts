/** Resolver prefixes of mlld-config.json: what stands behind `@lib/…` (language.md 11.8). */

import path from 'node:path';
import type { ProjectConfig } from '../../runtime/host/config.js';
import { ConfigError } from '../../runtime/host/json-file.js';

export type PrefixTarget =
  | { kind: 'directory'; dir: string }
  | { kind: 'url'; url: string; headers: Readonly<Record<string, string>> }
  | { kind: 'registry'; registry: string };

export interface Prefix {
  prefix: string;
  target: PrefixTarget;
}

/**
 * @throws ConfigError when a resolver is unknown or lacks a setting
 */
export function prefixesOf(config: ProjectConfig): Prefix[] {
  return config.resolverPrefixes
    .map((entry) => ({
      prefix: entry.prefix,
      target: targetOf(entry.prefix, entry.resolver.toUpperCase(), new Options(config, entry.prefix, entry.config)),
    }))
    .sort((a, b) => b.prefix.length - a.prefix.length);
}

function targetOf(prefix: string, resolver: string, options: Options): PrefixTarget {
  switch (resolver) {
    case 'LOCAL':
      return { kind: 'directory', dir: path.resolve(options.root, options.text('basePath') ?? '.') };
    case 'HTTP':
      return {
        kind: 'url',
        url: options.url('baseUrl') ?? options.missing('baseUrl'),
        headers: options.texts('headers'),
      };
    case 'GITHUB': {
      const repository = options.text('repository') ?? options.missing('repository');
      if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) options.wrong('repository', '"owner/repository"');
      const token = options.text('token');
      const base = options.url('baseUrl') ?? 'https://raw.githubusercontent.com';
      const parts = [
        base.replace(/\/+$/, ''),
        repository,
        options.text('branch') ?? 'main',
        (options.text('basePath') ?? '').replace(/^\/+|\/+$/g, ''),
      ];
      return {
        kind: 'url',
        url: parts.filter(Boolean).join('/'),
        headers: token === null ? {} : { authorization: `token ${token}` },
      };
    }
    case 'REGISTRY':
      return { kind: 'registry', registry: registryOf(options) };
    default:
      return options.fail(
        `prefix ${prefix} names an unknown resolver, ${resolver}; there are LOCAL, HTTP, GITHUB and REGISTRY`,
      );
  }
}

function registryOf(options: Options): string {
  const url = options.url('registryUrl');
  if (url !== null) return url.replace(/\/+$/, '');
  return `https://raw.githubusercontent.com/${options.text('registryRepo') ?? 'mlld-lang/registry'}/${options.text('branch') ?? 'main'}`;
}

/** The target of the longest prefix that `name` begins with, and what follows it. */
export function matchPrefix(name: string, prefixes: readonly Prefix[]): { target: PrefixTarget; rest: string } | null {
  for (const { prefix, target } of prefixes) {
    const start = prefix.endsWith('/') ? prefix : `${prefix}/`;
    if (name.startsWith(start)) return { target, rest: name.slice(start.length) };
  }
  return null;
}

/** Settings of one prefix; one of the wrong type is an error that names it. */
class Options {
  readonly root: string;

  constructor(
    private readonly config: ProjectConfig,
    private readonly prefix: string,
    private readonly data: Record<string, unknown>,
  ) {
    this.root = config.root;
  }

  text(key: string): string | null {
    const value = this.data[key] ?? null;
    if (value !== null && typeof value !== 'string') this.wrong(key, 'a string');
    return value as string | null;
  }

  url(key: string): string | null {
    const text = this.text(key);
    if (text !== null && !(URL.canParse(text) && /^https?:/i.test(text))) this.wrong(key, 'an http or https URL');
    return text;
  }

  texts(key: string): Record<string, string> {
    const value = this.data[key] ?? {};
    const isRecord =
      typeof value === 'object' && value !== null && Object.values(value).every((item) => typeof item === 'string');
    return isRecord ? (value as Record<string, string>) : this.wrong(key, 'an object of strings');
  }

  missing(key: string): never {
    return this.fail(`the "config" of resolver prefix ${this.prefix} must have "${key}"`);
  }

  wrong(key: string, expected: string): never {
    return this.fail(`"${key}" of resolver prefix ${this.prefix} must be ${expected}`);
  }

  fail(problem: string): never {
    throw new ConfigError(this.config.file ?? 'mlld-config.json', problem);
  }
}
