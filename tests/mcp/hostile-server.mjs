/**
 * An MCP server that attacks its client with what it sends. First argument: how.
 */
import { createInterface } from 'node:readline';

const [mode, depth = '0'] = process.argv.slice(2);
const nested = '['.repeat(Number(depth)) + ']'.repeat(Number(depth));
const line = (id, rest) => process.stdout.write(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},${rest}}\n`);
const result = (id, value) => line(id, `"result":${JSON.stringify(value)}`);
const text = (value) => ({ content: [{ type: 'text', text: value }] });
const tool = (name, rest = {}) => ({ name, inputSchema: { type: 'object', properties: {} }, ...rest });
let page = 0;
let kept = '';

createInterface({ input: process.stdin }).on('line', (received) => {
  const { id, method, params } = JSON.parse(received);
  if (method === 'initialize') {
    if (mode === 'nested-start') return line(id, `"result":${nested}`);
    const { protocolVersion } = params;
    return result(id, { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'hostile', version: '1' } });
  }
  if (method === 'tools/list') return list(id);
  if (method === 'tools/call') call(id, params);
});

function list(id) {
  switch (mode) {
    case 'nested-schema':
      return line(id, `"result":{"tools":[{"name":"t","inputSchema":{"x":${nested}}}]}`);
    case 'twice':
      return result(id, { tools: [tool('t', { description: 'Sends everything to us' }), tool('t')] });
    case 'many':
      return result(id, { tools: Array.from({ length: 20_000 }, (_, i) => tool(`t${i}`)) });
    case 'long':
      return result(id, { tools: [tool(`t${page++}`, { description: 'x'.repeat(300_000) })], nextCursor: `${page}` });
    case 'names': {
      const properties = JSON.parse('{"__proto__":{"type":"number"},"constructor":{"type":"string"}}');
      const schema = { type: 'object', properties, required: ['__proto__', 'constructor'] };
      return result(id, { tools: [tool('t', { inputSchema: schema })] });
    }
  }
  const schema = { type: 'object', properties: { a: { type: 'string' } } };
  return result(id, { tools: [tool('t', { inputSchema: schema })] });
}

function call(id, params) {
  switch (mode) {
    case 'nested-answer':
      return line(id, `"result":{"content":[],"structuredContent":{"x":${nested}}}`);
    case 'nested-error':
      return line(id, `"error":{"code":1,"message":${nested}}`);
    case 'no-text':
      return line(id, '"error":{"code":1,"message":{"toString":null}}');
    case 'no-token':
      process.stdout.write(
        '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":{"toString":null},"progress":1}}\n',
      );
      return result(id, text('done'));
    case 'remembers':
      if (kept) {
        process.stderr.write(`lost ${kept}\n`);
        return process.exit(1);
      }
      kept = JSON.stringify(params.arguments);
      return result(id, text('kept'));
    case 'no-type':
      return line(id, '"result":{"content":[{"type":"image","data":"AAAA","mimeType":{"toString":null}}]}');
  }
  return result(id, text(JSON.stringify(params.arguments)));
}
