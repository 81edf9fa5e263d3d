import type { McpExpression } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';

/** `mcp @spec`: the tools of a server as a collection (security.md 8.1). */
export default function mcpExpression(node: McpExpression, e: Emitter): Code {
  e.program.sawMcp = true;
  return e.await(js`${e.rt('mcpTools')}(${e.context}, M, ${e.expr(node.spec)}, ${e.site(node.loc)})`);
}
