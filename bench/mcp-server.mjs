/**
 * The MCP server of bench/mcp.mjs, without a library, so that as little as possible of what is
 * measured is its own. It keeps the time between the first call and the last answer.
 */
import { createInterface } from 'node:readline';

const inputSchema = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] };
const tools = [
  { name: 'echo', inputSchema },
  { name: 'span', inputSchema: { type: 'object', properties: {} } },
];
let first = null;
let last = 0;

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const reply = (result) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`);
  const say = (text) => reply({ content: [{ type: 'text', text }] });
  switch (method) {
    case 'initialize':
      return reply({
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'bench', version: '1' },
      });
    case 'tools/list':
      return reply({ tools });
    case 'tools/call':
      if (params.name === 'span') {
        const span = last - first;
        first = null;
        return say(String(span));
      }
      first ??= performance.now();
      say(params.arguments.text);
      last = performance.now();
      return undefined;
  }
});
