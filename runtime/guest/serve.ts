/**
 * Serving (security.md 8.4): after the program has run, its exports answer calls that the host
 * hands over one by one. A call is an ordinary call of an executable, under the same guards and
 * policies; what arrives is untrusted, and so is a call without arguments.
 */

import { join, type Mark, makeMark } from '../shared/marks.js';
import { Box, plain } from './box.js';
import { Context } from './context.js';
import { doorCall, doorPost } from './door.js';
import { MlldError } from './errors.js';
import { callAsync, type Executable, isExecutable } from './executable.js';
import type { ModuleRecord } from './modules.js';
import { type Tool, termsOf, toolsOf } from './tools.js';
import { toText } from './values/display.js';

export interface ServeOptions {
  /** Names of executables to serve. */
  names: readonly string[];
  /** The variable of a tool collection, instead. */
  collection: string | null;
}

/** A call as the host hands it over. */
interface Call {
  call: number;
  tool: string;
  /** The name the client knows the tool by. */
  wire: string;
  args: Record<string, unknown>;
}

/** Publishes the tools and answers calls until the host has no more. */
export async function serve(module: ModuleRecord, options: ServeOptions): Promise<void> {
  const tools = new Map(servedTools(module, options).map((tool) => [tool.name, tool]));
  doorCall(
    'serve.ready',
    { tools: [...tools.values()].map((tool) => describe(tool, options.collection !== null)) },
    -1,
  );
  const terms = termsOf([...tools.values()]);
  const pending = new Set<Promise<void>>();
  for (;;) {
    const next = await doorPost('serve.next', {}, -1);
    if (next.value === null) break;
    const call = next.value as Call;
    const answer = respond(terms, tools.get(call.tool), call, next.mark).finally(() => pending.delete(answer));
    pending.add(answer);
  }
  await Promise.all(pending);
}

function servedTools(module: ModuleRecord, { names, collection }: ServeOptions): Tool[] {
  if (collection !== null) {
    const value = module.exports.get(collection);
    if (value === undefined)
      throw new MlldError('MlldInterpreter', 'TOOL_COLLECTION_NOT_FOUND', `Tool collection not found: @${collection}`);
    return toolsOf(value, -1);
  }
  return names.flatMap((name) => {
    const target = module.exports.get(name)?.value;
    return isExecutable(target) ? [plainTool(name, target)] : [];
  });
}

function plainTool(name: string, target: Executable): Tool {
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

function describe(
  { name, target, labels, description, visible, optional }: Tool,
  collection: boolean,
): Record<string, unknown> {
  const params = visible.map((param) => ({
    name: param,
    type: target.types[target.params.indexOf(param)] ?? null,
    optional: optional.includes(param),
  }));
  return { name, description, labels, collection, params };
}

/** Calls the tool; a refusal is an answer like any other. */
async function respond(
  terms: ReadonlyMap<Executable, Tool>,
  tool: Tool | undefined,
  { call, wire, args }: Call,
  conversation: Mark,
): Promise<void> {
  const arrived = join(
    makeMark({ labels: ['untrusted'], taint: ['src:mcp'], sources: sourcesOf(tool, wire) }),
    conversation,
  );
  try {
    if (!tool) throw new Error(`Tool not found: '${wire}'`);
    // The entry that was called decides about its executable, all entries about what that calls.
    const scope = {
      parent: null,
      tools: null,
      terms: new Map(terms).set(tool.target, tool),
      mcps: null,
      profile: null,
      workspace: null,
      isolation: null,
    };
    const context = Context.root(false).with({ scope });
    const given = tool.target.params.map(
      (param) => tool.bind.get(param) ?? (Object.hasOwn(args, param) ? new Box(args[param], arrived) : undefined),
    );
    while (given.length > 0 && given[given.length - 1] === undefined) given.pop();
    // Nothing that was sent says less than an argument: the call itself came from outside.
    if (!given.some((arg) => arg?.deep === arrived)) given[tool.target.params.length] = new Box(null, arrived);
    const result = await callAsync(context, tool.target, given, tool.target.site);
    await doorPost('serve.answer', { call, failed: false, value: new Box(answerOf(result), result.deep) }, -1);
  } catch (error) {
    await doorPost(
      'serve.answer',
      { call, failed: true, value: new Box(error instanceof Error ? error.message : String(error), arrived) },
      -1,
    );
  }
}

function sourcesOf(tool: Tool | undefined, wire: string): string[] {
  return [...new Set([`mcp:${wire}`, `mcp:${tool?.target.name ?? wire}`])];
}

/** Containers as data, everything else as its text. */
function answerOf(result: Box): unknown {
  const isContainer = typeof result.value === 'object' && result.value !== null;
  if (!isContainer || result.extra?.text !== undefined) return toText(result);
  return plain(result.value);
}
