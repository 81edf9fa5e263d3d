/**
 * The tools of an `exe llm`. When such an executable is called with a configuration that names
 * `tools`, the functions among them are served to the program it runs, by way of MCP: `@mx.llm` says
 * where. Calls come back through the same guards and policies as any other, and the result of the
 * executable carries the marks of whatever the model was told.
 */

import { EMPTY, join, type Mark } from '../shared/marks.js';
import { type Box, box, isObject, memberOf } from './box.js';
import { grants } from './boxes.js';
import type { BoxScope, Context } from './context.js';
import { doorCall, doorPost } from './door.js';
import { MlldError } from './errors.js';
import { isExecutable, llmWith, type ToolBridge } from './executable.js';
import { provideMx } from './mx-providers.js';
import { requireAuthor } from './security/settings.js';
import { introduced, verifying, verifyTool } from './security/verifying.js';
import { answerCall, callScope, describeTool, plainTool, type ToolCall } from './tool-calls.js';
import { type Tool, termsOf, toolsOf } from './tools.js';
import { WORKSPACE_TOOLS, workspaceTool } from './workspace-tools.js';

/** The MCP servers a client sees; its names for tools are `mcp__SERVER__TOOL`. */
const FUNCTIONS = 'mlld_tools';
const WORKSPACE = 'mlld_vfs';

/** A function for the model, and whether a collection describes it. */
interface OfferedFunction {
  readonly tool: Tool;
  readonly collection: boolean;
}

/** What `config.tools` asks for. */
interface Requested {
  /** The model's own tools, by name. */
  readonly natives: string[];
  readonly functions: OfferedFunction[];
  /** What the names of the model's own tools carry. */
  mark: Mark;
}

class LlmTools implements ToolBridge {
  readonly context: Context;
  readonly bridge: number;
  readonly view: Box;
  /** Where the servers listen. */
  readonly sockets: readonly string[];
  readonly #tools: ReadonlyMap<string, Tool>;
  readonly #scoped: Context;
  readonly #pending = new Set<Promise<void>>();
  /** What the model has been told so far: its calls may depend on all of it. */
  #told: Mark = EMPTY;

  constructor(
    around: Context,
    { natives, functions, mark }: Requested,
    private readonly site: number,
  ) {
    const inBox = around.scope?.workspace != null;
    const own = inBox ? natives.map((name) => ({ tool: workspaceTool(name, site), collection: false })) : [];
    const servers = [
      { name: WORKSPACE, tools: own },
      { name: FUNCTIONS, tools: functions },
    ].filter(({ tools }) => tools.length > 0);
    const offer = servers.map(({ name, tools }) => ({
      name,
      tools: tools.map(({ tool, collection }) => describeTool(tool, collection)),
    }));
    const reply = doorCall('bridge.open', { servers: offer }, site).value as {
      bridge: number;
      config: string;
      names: string[];
      sockets: string[];
    };
    this.bridge = reply.bridge;
    this.sockets = reply.sockets;
    const native = inBox ? '' : natives.join(',');
    this.view = box(
      {
        config: reply.config,
        allowed: [...reply.names, ...(native ? [native] : [])].join(','),
        native,
        inBox,
        hasTools: true,
        sessionId: `llm-${reply.bridge}`,
      },
      mark,
    );
    const all = [...own, ...functions].map(({ tool }) => tool);
    this.#tools = new Map(all.map((tool) => [tool.name, tool]));
    const offered = { allowed: [...new Set([...natives, ...all.map(({ name }) => name)])], denied: [], mark };
    this.context = around.with({ llm: this });
    this.#scoped = around.with({
      llm: null,
      scope: callScope(around.scope, termsOf(all, around.scope?.terms), offered),
    });
    void this.#serve();
  }

  /** What its results may have made it know. */
  get told(): Mark {
    return this.#told;
  }

  /** The program was given something with this mark. */
  tell(mark: Mark): void {
    this.#told = join(this.#told, mark);
  }

  /** Calls that are under way; what they do belongs to the call of the executable. */
  settled(): Promise<unknown> | undefined {
    return this.#pending.size === 0 ? undefined : Promise.all(this.#pending);
  }

  close(): void {
    doorCall('bridge.close', { bridge: this.bridge }, this.site);
  }

  async #serve(): Promise<void> {
    const { bridge, site } = this;
    try {
      for (;;) {
        const next = await doorPost('bridge.next', { bridge }, site);
        if (next.value === null) return;
        const answer = this.#answer(next.value as ToolCall).finally(() => this.#pending.delete(answer));
        this.#pending.add(answer);
      }
    } catch (error) {
      // The run ends; so do the conversations, which the host closes.
      if (!(error instanceof MlldError)) throw error;
    }
  }

  async #answer(call: ToolCall): Promise<void> {
    const { failed, value } = await answerCall(this.#scoped, this.#tools.get(call.tool), call, this.#told);
    this.tell(value.deep);
    await doorPost('bridge.answer', { bridge: this.bridge, call: call.call, failed, value }, this.site);
  }
}

export type { LlmTools };

/** Serves functions to whatever runs in the context of the answer. */
export function serveTools(around: Context, tools: readonly Tool[], site: number): LlmTools {
  return new LlmTools(
    around,
    { natives: [], functions: tools.map((tool) => ({ tool, collection: false })), mark: EMPTY },
    site,
  );
}

llmWith((around, given, site) => {
  const context = verifying(around);
  const args = introduced(context, given);
  const bridge = toolBridge(context, args, site);
  return { context: bridge?.context ?? context, args, bridge };
});

/** The second argument is the configuration, by convention of all `exe llm`. */
function toolBridge(context: Context, args: readonly (Box | undefined)[], site: number): LlmTools | null {
  const config = args[1];
  if (config === undefined || !isObject(config.value) || !Object.hasOwn(config.value, 'tools')) return null;
  const tools = memberOf(config, config.value.tools);
  if (tools.value === null || tools.value === undefined) return null;
  const requested: Requested = { natives: [], functions: [], mark: EMPTY };
  gather(tools, requested, site);
  const offered = permitted(context, requested, site);
  const verify = verifyTool(context, site);
  if (verify && !offered.functions.some(({ tool }) => tool.name === verify.name))
    offered.functions.push({ tool: verify, collection: true });
  return new LlmTools(context, offered, site);
}

provideMx('llm', (context) => context.llm?.view ?? box(null));

function gather(entry: Box, into: Requested, site: number): void {
  const { value } = entry;
  if (value === null || value === undefined) return;
  if (Array.isArray(value)) {
    for (const member of value) gather(memberOf(entry, member), into, site);
  } else if (typeof value === 'string') {
    requireAuthor(entry, 'A name in config.tools', site);
    into.mark = join(into.mark, entry.deep);
    for (const name of value.split(',').map((part) => part.trim()))
      if (name !== '' && !into.natives.includes(name)) into.natives.push(name);
  } else if (isExecutable(value)) {
    into.functions.push({ tool: plainTool(value.name, value), collection: false });
  } else if (isObject(value)) {
    for (const tool of toolsOf(entry, site)) into.functions.push({ tool, collection: true });
  } else {
    throw new MlldError(
      'MlldInterpreter',
      'LLM_TOOLS_INVALID',
      'config.tools entries must be names, executables or tool collections',
      { site },
    );
  }
}

/** A box grants a model no more than it grants the code inside it (security.md 9.2). */
function permitted(context: Context, requested: Requested, site: number): Requested {
  const { scope } = context;
  if (scope === null) return requested;
  const natives = scope.workspace === null ? requested.natives : requested.natives.map(workspaceName);
  const unknown = scope.workspace === null ? [] : natives.filter((name) => !WORKSPACE_TOOLS.includes(name));
  if (unknown.length > 0)
    throw new MlldError('MlldInterpreter', 'LLM_TOOLS_INVALID', `Unknown tool(s) in a box: ${unknown.join(', ')}`, {
      site,
      hint: `A workspace has ${WORKSPACE_TOOLS.join(', ')}.`,
    });
  const outside = scope.collection ? requested.functions.filter(({ tool }) => !scope.terms.has(tool.target)) : [];
  const refused = [...natives.filter((name) => !grants(scope, name)), ...outside.map(({ tool }) => tool.name)];
  if (refused.length > 0)
    throw new MlldError(
      'MlldSecurity',
      'ENV_TOOL_DENIED',
      `Tool scope cannot add tools outside parent: ${refused.join(', ').toLowerCase()}`,
      { site },
    );
  return { ...requested, natives, functions: requested.functions.map((entry) => underScope(entry, scope)) };
}

/** What the box's collection says about a function holds for the model as well. */
function underScope(entry: OfferedFunction, scope: BoxScope): OfferedFunction {
  const outer = scope.terms.get(entry.tool.target);
  if (!outer) return entry;
  if (!entry.collection) return { tool: { ...outer, name: entry.tool.name }, collection: true };
  const labels = [...new Set([...outer.labels, ...entry.tool.labels])];
  return { tool: { ...entry.tool, labels }, collection: true };
}

/** Names of tools are written in any case (security.md 9.2). */
function workspaceName(name: string): string {
  return WORKSPACE_TOOLS.find((tool) => tool.toLowerCase() === name.toLowerCase()) ?? name;
}
