/** What names an MCP server, and what it takes to start it (security.md 8.1). */

import { McpError } from './errors.js';
import { canonicalJson } from './pins.js';

export type ServerSpec = CommandSpec | ModuleSpec | NpmSpec | HttpSpec;

interface Common {
  /** How messages call the server; derived from the rest when absent. */
  readonly name?: string;
  /** The isolation of the box it is started for; absent: none. */
  readonly box?: unknown;
}

export interface CommandSpec extends Common {
  readonly kind: 'command';
  readonly command: string;
  readonly args: readonly string[];
  /** Variables added to the minimal environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** An mlld module, served by `mlldc mcp`. */
export interface ModuleSpec extends Common {
  readonly kind: 'module';
  readonly module: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface NpmSpec extends Common {
  readonly kind: 'npm';
  /** `name`, `name@version`. */
  readonly npm: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A server that listens: streamable HTTP. */
export interface HttpSpec extends Common {
  readonly kind: 'http';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The server a specification text means. A name in `known` is replaced; a URL is a listening
 * server; text with blanks is a program and its arguments, split at blanks without quoting;
 * `@author/module`, paths and mlld files are modules; anything else is an npm package.
 * @throws McpError (MCP_SPEC_INVALID)
 */
export function parseServerSpec(text: string, known: Readonly<Record<string, ServerSpec>> = {}): ServerSpec {
  const spec = text.trim();
  if (spec === '') throw new McpError('MCP tool import path resolves to an empty string', 'MCP_SPEC_INVALID');
  if (Object.hasOwn(known, spec)) return known[spec]!;
  if (/^https?:\/\//i.test(spec)) {
    if (!URL.canParse(spec)) throw new McpError(`MCP server URL '${spec}' is not a URL`, 'MCP_SPEC_INVALID');
    return { kind: 'http', url: spec };
  }
  const [command, ...args] = spec.split(/\s+/);
  if (args.length > 0) return { kind: 'command', command: command!, args };
  if (/^[@./~]|[/\\]/.test(spec) || /\.(mld|mlld|md)$/.test(spec)) return { kind: 'module', module: spec };
  return { kind: 'npm', npm: spec, args: [] };
}

/** Equal for specifications that mean the same server. */
export function specKey(spec: ServerSpec): string {
  return canonicalJson({ ...spec, name: undefined });
}

/** How messages and the lock file call a server; never with credentials in it. */
export function specLabel(spec: ServerSpec): string {
  if (spec.name !== undefined) return spec.name;
  switch (spec.kind) {
    case 'command':
      return spec.command;
    case 'module':
      return spec.module;
    case 'npm':
      return spec.npm;
    case 'http': {
      const url = new URL(spec.url);
      return url.origin + url.pathname;
    }
  }
}

/** The key of a server in the lock file: what was written down, without environment or headers. */
export function lockKey(spec: ServerSpec): string {
  switch (spec.kind) {
    case 'command':
      return [spec.command, ...spec.args].join(' ');
    case 'npm':
      return ['npm:', spec.npm, ...spec.args.map((arg) => ` ${arg}`)].join('');
    default:
      return specLabel({ ...spec, name: undefined });
  }
}
