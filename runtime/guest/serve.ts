/**
 * Serving (security.md 8.4): after the program has run, its exports answer calls that the host
 * hands over one by one.
 */

import { EMPTY, type Mark } from '../shared/marks.js';
import { Context } from './context.js';
import { doorCall, doorPost } from './door.js';
import { MlldError } from './errors.js';
import { isExecutable } from './executable.js';
import type { ModuleRecord } from './modules.js';
import { answerCall, callScope, describeTool, plainTool, type ToolCall } from './tool-calls.js';
import { type Tool, termsOf, toolsOf } from './tools.js';

export interface ServeOptions {
  /** Names of executables to serve. */
  names: readonly string[];
  /** The variable of a tool collection, instead. */
  collection: string | null;
  /** Names of the tools a client may call, in any spelling; null: all. */
  only: readonly string[] | null;
}

/** Publishes the tools and answers calls until the host has no more. */
export async function serve(module: ModuleRecord, options: ServeOptions): Promise<void> {
  const tools = new Map(servedTools(module, options).map((tool) => [tool.name, tool]));
  const collection = options.collection !== null;
  doorCall('serve.ready', { tools: [...tools.values()].map((tool) => describeTool(tool, collection)) }, -1);
  const isOffered = (name: string): boolean => options.only?.some((other) => spelled(other) === spelled(name)) ?? true;
  const names = [...tools.keys()];
  const offered = { allowed: names.filter(isOffered), denied: names.filter((name) => !isOffered(name)), mark: EMPTY };
  const context = Context.root(false).with({ scope: callScope(null, termsOf([...tools.values()]), offered) });
  const pending = new Set<Promise<void>>();
  for (;;) {
    const next = await doorPost('serve.next', {}, -1);
    if (next.value === null) break;
    const call = next.value as ToolCall;
    const answer = respond(context, tools.get(call.tool), call, next.mark).finally(() => pending.delete(answer));
    pending.add(answer);
  }
  await Promise.all(pending);
}

/** Tells the host the value of an export, with its marks. */
export function publishExport(module: ModuleRecord, name: string): void {
  doorCall('serve.publish', { value: module.exports.get(name) }, -1);
}

/** A name without what the spellings of tools differ in: `@getTime`, `get_time`. */
function spelled(name: string): string {
  return name.replace(/^@/, '').replaceAll('_', '').toLowerCase();
}

async function respond(context: Context, tool: Tool | undefined, call: ToolCall, conversation: Mark): Promise<void> {
  const { failed, value } = await answerCall(context, tool, call, conversation);
  await doorPost('serve.answer', { call: call.call, failed, value }, -1);
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
