/** Tools as they are served: definitions, schemas, and the checks of a call's arguments. */

import type { JsonSchema } from './arguments.js';

export interface ToolParameter {
  readonly name: string;
  /** `string`, `number`, `boolean`, `array`, `object`; anything else is served as `string`. */
  readonly type?: string;
  readonly description?: string;
  readonly optional?: boolean;
}

export interface ToolDefinition {
  /** The name on the wire; `toWireName` makes it from the name of an executable. */
  readonly name: string;
  readonly description?: string;
  /** Visible parameters only: what a collection binds does not appear. */
  readonly params: readonly ToolParameter[];
  /** Labels of the tool's entry; the server only carries them to whoever decides. */
  readonly labels?: readonly string[];
  /** Entry of a tool collection: parameters that are not visible are refused, missing ones named. */
  readonly collection?: boolean;
  /** A schema to serve instead of the one made from `params` (tools passed on from another server). */
  readonly inputSchema?: JsonSchema;
}

/** What `tools/list` says about a tool. */
export interface ServedTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
}

const TYPES: readonly string[] = ['string', 'number', 'boolean', 'array', 'object'];

/** The entry of `tools/list` (security.md 8.4): every visible parameter is required unless it is optional. */
export function describeTool(tool: ToolDefinition): ServedTool {
  return {
    name: tool.name,
    description: tool.description ?? '',
    inputSchema: tool.inputSchema ?? schemaOf(tool.params),
  };
}

/**
 * The arguments a tool gets. Values keep their JSON types.
 * @throws Error with the text a client sees, when parameters are missing or must not be given.
 */
export function checkArguments(
  tool: ToolDefinition,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  if (tool.inputSchema) return { ...given };
  const visible = new Set(tool.params.map((param) => param.name));
  if (tool.collection) {
    for (const name of Object.keys(given))
      if (!visible.has(name)) throw new Error(`Parameter '${name}' is not exposed by tool '${tool.name}'`);
    const missing = tool.params.filter((param) => !param.optional && !Object.hasOwn(given, param.name));
    if (missing.length > 0)
      throw new Error(`Tool '${tool.name}' requires parameters: ${missing.map((param) => param.name).join(', ')}`);
  }
  requireNoGap(tool.params, given);
  return Object.fromEntries(
    tool.params.filter((param) => Object.hasOwn(given, param.name)).map((param) => [param.name, given[param.name]]),
  );
}

/** Trailing parameters may be left out, as in any mlld call; one before a given one may not. */
function requireNoGap(params: readonly ToolParameter[], given: Readonly<Record<string, unknown>>): void {
  const last = params.findLastIndex((param) => Object.hasOwn(given, param.name));
  const gap = params.slice(0, last + 1).find((param) => !param.optional && !Object.hasOwn(given, param.name));
  if (gap) throw new Error(`Parameter '${gap.name}' is required`);
}

function schemaOf(params: readonly ToolParameter[]): JsonSchema {
  const properties = Object.fromEntries(
    params.map((param) => {
      const type = param.type !== undefined && TYPES.includes(param.type) ? param.type : 'string';
      return [param.name, { type, ...(param.description !== undefined && { description: param.description }) }];
    }),
  );
  return { type: 'object', properties, required: params.filter((param) => !param.optional).map((param) => param.name) };
}

/**
 * The text for a tool that is not there, with the nearest name: one that is the same but for
 * spelling conventions, or that is a slip or two away.
 */
export function notFoundText(name: string, known: readonly string[]): string {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const near =
    known.find((other) => plain(other) === plain(name)) ?? known.find((other) => isNear(plain(name), plain(other)));
  return `Tool not found: '${name}'${near === undefined ? '' : `. Did you mean '${near}'?`}`;
}

/** At most two edits apart, and no more than a third of the name. */
function isNear(a: string, b: string): boolean {
  const allowed = Math.min(2, Math.floor(Math.max(a.length, b.length) / 3));
  if (Math.abs(a.length - b.length) > allowed) return false;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    previous = row;
  }
  return previous[b.length]! <= allowed;
}
