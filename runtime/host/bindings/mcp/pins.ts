/**
 * Tool pins: a server's tools are accepted once and recognised by hash from then on. A tool
 * description is text a model will obey, so a server that changes it after it was accepted is
 * refused like one that was replaced.
 */

import { createHash } from 'node:crypto';
import { McpError, quoteServer } from './errors.js';
import type { ToolInfo } from './results.js';

/** One accepted tool: hash over all of it, and over its parts, to say what changed. */
export interface ToolPin {
  readonly sha256: string;
  readonly description: string;
  readonly inputSchema: string;
}

/** Accepted tools of each server: the key is the server's specification, then the wire name. */
export type ToolLock = Readonly<Record<string, Readonly<Record<string, ToolPin>>>>;

export interface ToolDifference {
  readonly kind: 'added' | 'removed' | 'changed';
  readonly tool: string;
  /** For `changed`: which parts. */
  readonly parts: readonly ('description' | 'inputSchema')[];
}

/** JSON with sorted keys and no blanks: equal data has equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    const sorted = Object.entries(part).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    // A null prototype keeps a key named __proto__ a key.
    return Object.assign(Object.create(null), Object.fromEntries(sorted)) as unknown;
  });
}

/** The pin of a tool: sha-256 over the canonical JSON of its name, description and schema. */
export function pinTool(tool: ToolInfo): ToolPin {
  const { name, description, inputSchema } = tool;
  return {
    sha256: sha256({ name, description, inputSchema }),
    description: sha256(description),
    inputSchema: sha256(inputSchema),
  };
}

export function pinAll(tools: readonly ToolInfo[]): Record<string, ToolPin> {
  return Object.fromEntries(tools.map((tool) => [tool.name, pinTool(tool)]));
}

/** How a server's tools differ from its pins, sorted by name; empty when they do not. */
export function compareTools(pins: Readonly<Record<string, ToolPin>>, tools: readonly ToolInfo[]): ToolDifference[] {
  const now = pinAll(tools);
  const names = [...new Set([...Object.keys(pins), ...Object.keys(now)])].sort();
  return names.flatMap((tool): ToolDifference[] => {
    const before = Object.hasOwn(pins, tool) ? pins[tool] : undefined;
    const after = Object.hasOwn(now, tool) ? now[tool] : undefined;
    if (!before) return [{ kind: 'added', tool, parts: [] }];
    if (!after) return [{ kind: 'removed', tool, parts: [] }];
    if (before.sha256 === after.sha256) return [];
    const parts = (['description', 'inputSchema'] as const).filter((part) => before[part] !== after[part]);
    return [{ kind: 'changed', tool, parts }];
  });
}

/**
 * Refuses tools that are not the pinned ones.
 * @param kinds Which differences count; all of them unless said otherwise.
 * @throws McpError (MCP_TOOLS_CHANGED) with one line for each difference.
 */
export function requirePinned(
  server: string,
  pins: Readonly<Record<string, ToolPin>>,
  tools: readonly ToolInfo[],
  kinds: readonly ToolDifference['kind'][] = ['added', 'removed', 'changed'],
): void {
  const differences = compareTools(pins, tools).filter(({ kind }) => kinds.includes(kind));
  if (differences.length === 0) return;
  const lines = differences.map(({ kind, tool, parts }) => {
    const name = quoteServer(tool);
    if (kind === 'added') return `  + ${name} (new)`;
    if (kind === 'removed') return `  - ${name} (gone)`;
    return `  ~ ${name} (${parts.map((part) => (part === 'inputSchema' ? 'input schema' : part)).join(' and ') || 'pin'} changed)`;
  });
  throw new McpError(
    `MCP server '${server}' changed its tools since they were accepted:\n${lines.join('\n')}\nReview the server and accept its tools again to use it.`,
    'MCP_TOOLS_CHANGED',
  );
}

function sha256(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
