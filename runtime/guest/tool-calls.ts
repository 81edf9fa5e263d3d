/**
 * Calls that come from outside over MCP, to served tools and to tools bridged to a model
 * (security.md 8.4). Such a call is an ordinary call of an executable, under the same guards and
 * policies; what arrives is untrusted, and so is a call without arguments.
 */

import { join, type Mark, makeMark } from '../shared/marks.js';
import { influencedLabels } from '../shared/policy/flow.js';
import { Box, plain } from './box.js';
import { type BoxScope, type Context, OPEN_SCOPE } from './context.js';
import { callAsync, type Executable } from './executable.js';
import { activePolicies } from './security/policies.js';
import type { Tool } from './tools.js';
import { toText } from './values/display.js';

/** A call as the host hands it over. */
export interface ToolCall {
  call: number;
  tool: string;
  /** The name the client knows the tool by. */
  wire: string;
  args: Record<string, unknown>;
}

export interface ToolAnswer {
  readonly failed: boolean;
  readonly value: Box;
}

/** A tool without an entry in a collection: the executable as it is. */
export function plainTool(name: string, target: Executable): Tool {
  return {
    name,
    target,
    labels: [],
    description: target.description ?? '',
    bind: new Map(),
    visible: target.params,
    optional: [],
    controlArgs: null,
  };
}

/** What the host needs to know to offer the tool. */
export function describeTool(tool: Tool, collection: boolean): Record<string, unknown> {
  const { name, target, labels, description, visible, optional } = tool;
  const params = visible.map((param) => ({
    name: param,
    type: target.types[target.params.indexOf(param)] ?? null,
    optional: optional.includes(param),
  }));
  const wire = name === target.name ? target.wire : undefined;
  return { name, wire, description, labels, collection, params, schema: tool.schema };
}

/**
 * What every call from outside carries, with or without arguments. Where policies say that models are
 * influenced by what is untrusted, so are the calls of a conversation that has seen such (security.md 8.4).
 */
export function arrivalMark(tool: Tool | undefined, wire: string, conversation: Mark): Mark {
  const sources = [...new Set([`mcp:${wire}`, `mcp:${tool?.target.name ?? wire}`])];
  const influenced = influencedLabels(activePolicies(), ['llm'], [conversation]);
  const arrived = makeMark({ labels: ['untrusted', ...influenced], taint: ['src:mcp'], sources });
  return join(arrived, conversation);
}

/** The scope of calls from outside: what the tools' entries say about executables, inside `around`. */
export function callScope(
  around: BoxScope | null,
  terms: ReadonlyMap<Executable, Tool>,
  offered: BoxScope['offered'],
): BoxScope {
  return { ...(around ?? OPEN_SCOPE), terms, offered };
}

/** Calls the tool in `context`; a refusal is an answer like any other. */
export async function answerCall(
  context: Context,
  tool: Tool | undefined,
  { wire, args }: ToolCall,
  conversation: Mark,
): Promise<ToolAnswer> {
  const arrived = arrivalMark(tool, wire, conversation);
  try {
    if (!tool) throw new Error(`Tool not found: '${wire}'`);
    // The entry that was called decides about its executable, all entries about what that calls.
    const scope = context.scope && { ...context.scope, terms: new Map(context.scope.terms).set(tool.target, tool) };
    const given = tool.target.params.map(
      (param) => tool.bind.get(param) ?? (Object.hasOwn(args, param) ? new Box(args[param], arrived) : undefined),
    );
    while (given.length > 0 && given[given.length - 1] === undefined) given.pop();
    // Nothing that was sent says less than an argument: the call itself came from outside.
    if (!given.some((arg) => arg?.deep === arrived)) given[tool.target.params.length] = new Box(null, arrived);
    const result = await callAsync(context.with({ scope }), tool.target, given, tool.target.site);
    return { failed: false, value: new Box(answerOf(result), result.deep) };
  } catch (error) {
    return { failed: true, value: new Box(error instanceof Error ? error.message : String(error), arrived) };
  }
}

/** Containers as data, everything else as its text. */
function answerOf(result: Box): unknown {
  const isContainer = typeof result.value === 'object' && result.value !== null;
  if (!isContainer || result.extra?.text !== undefined) return toText(result);
  return plain(result.value);
}
