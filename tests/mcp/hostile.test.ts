/** Servers that attack with what they send: the call ends in a clear error, the run lives on, memory stays. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { buildArguments } from '../../runtime/host/bindings/mcp/arguments.js';
import { type McpError, McpPool, type ServerSpec } from '../../runtime/host/bindings/mcp/client.js';
import { Session } from '../../runtime/host/bindings/mcp/session.js';
import { openDoor } from '../door/support.js';

const SERVER = path.resolve('tests/mcp/hostile-server.mjs');
const hostile = (...args: string[]): ServerSpec => ({ kind: 'command', command: 'node', args: [SERVER, ...args] });

let pool: McpPool;
const open = (limits = {}) => {
  pool = new McpPool({ cwd: process.cwd(), version: '0.0.0', limits });
  return pool;
};
afterEach(() => pool?.close());

const failure = (work: Promise<unknown>): Promise<McpError> =>
  work.then(
    () => expect.unreachable('expected an error'),
    (error) => error,
  );

describe('what is nested deeper than anybody can follow', () => {
  it.each(['nested-start', 'nested-schema', 'nested-answer', 'nested-error'])('ends the server: %s', async (mode) => {
    const error = await failure(open().callTool(hostile(mode, '100000'), 't', {}));
    expect(error.message).toBe("MCP server 'node' sent a message nested deeper than 1000 levels and was stopped");
    expect(error.code).toBe('MCP_SERVER_FAILED');
  });

  it('is nothing that is merely nested', async () => {
    expect(await open().listTools(hostile('nested-schema', '900'))).toHaveLength(1);
    const { structured } = await pool.callTool(hostile('nested-answer', '900'), 't', {});
    expect(JSON.stringify(structured)).toHaveLength(1806);
  });
});

describe('what is no text where text belongs', () => {
  it('is an error without words', async () => {
    expect((await failure(open().callTool(hostile('no-text'), 't', {}))).message).toBe(
      "MCP server 'node' tools/call failed: unknown error",
    );
  });

  it('is no token of progress and no media type', async () => {
    expect((await open().callTool(hostile('no-token'), 't', {})).text).toBe('done');
    expect((await pool.callTool(hostile('no-type'), 't', {})).images).toEqual([
      { data: 'AAAA', mimeType: 'application/octet-stream' },
    ]);
  });
});

describe('a list of tools', () => {
  it.each([
    ['twice', 'lists two tools of one name'],
    ['many', 'lists more than 10000 tools'],
    ['long', 'describes its tools with more than 1048576 characters'],
  ])('is refused: %s', async (mode, message) => {
    const limits = mode === 'long' ? { maxMessageBytes: 1024 * 1024 } : {};
    const error = await failure(open(limits).listTools(hostile(mode)));
    expect(error.message).toBe(`MCP server 'node' ${message}`);
  });

  it('may use names that mean something to JavaScript', async () => {
    const [tool] = await open().listTools(hostile('names'));
    const args = buildArguments(tool!.inputSchema, [{ value: '5' }, { value: 'x' }]);
    expect((await pool.callTool(hostile('names'), 't', args)).text).toBe('{"__proto__":5,"constructor":"x"}');
  });

  it('has no pin for a name that only JavaScript knows', async () => {
    open().pinTools({ [`node ${SERVER}`]: JSON.parse('{"constructor":{"sha256":"x"}}') });
    expect((await failure(pool.listTools(hostile()))).message).toContain('- constructor (gone)');
  });
});

describe('a server that listens', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  /** Answers calls with an event stream that this writes. */
  async function streaming(write: (send: (text: string) => Promise<void>, id: string) => Promise<void>) {
    server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const message = body === '' ? {} : JSON.parse(body);
      if (message.id === undefined) return response.writeHead(request.method === 'POST' ? 202 : 405).end();
      if (message.method === 'tools/call') {
        response.setHeader('content-type', 'text/event-stream');
        const send = (text: string) =>
          new Promise<void>((resolve) => (response.write(text) ? resolve() : response.once('drain', resolve)));
        return write(send, message.id);
      }
      const { protocolVersion } = message.params;
      const result =
        message.method === 'initialize'
          ? { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'x', version: '1' } }
          : { tools: [{ name: 't', inputSchema: { type: 'object' } }] };
      const answer = JSON.stringify({ jsonrpc: '2.0', id: message.id, result });
      response.setHeader('content-type', 'application/json').end(answer);
    });
    await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
    return { kind: 'http', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` } as const;
  }

  it('sends no event that never ends, in however many lines', async () => {
    const spec = await streaming(async (send) => {
      for (let line = 0; line < 1000; line++) await send(`data: ${'x'.repeat(10_000)}\n`);
    });
    const error = await failure(open({ maxMessageBytes: 1024 * 1024 }).callTool(spec, 't', {}));
    expect(error.message).toContain('sent a message larger than 1 MiB and was stopped');
  });

  it('may send many events, whatever ends their lines', async () => {
    const spec = await streaming(async (send, id) => {
      for (const end of ['\n', '\r\n', '\r']) {
        const log = {
          jsonrpc: '2.0',
          method: 'notifications/message',
          params: { level: 'info', data: 'x'.repeat(9_000) },
        };
        for (let event = 0; event < 30; event++) await send(`data: ${JSON.stringify(log)}${end}${end}`);
      }
      const result = { content: [{ type: 'text', text: 'done' }] };
      await send(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`);
    });
    expect((await open({ maxMessageBytes: 100_000 }).callTool(spec, 't', {})).text).toBe('done');
  });
});

describe('a server that was given a secret', () => {
  const call = (door: ReturnType<typeof openDoor>, value: string, labels: string[] = []) =>
    door.ask(
      'mcp.call',
      { server: `node ${SERVER} remembers`, tool: 't', args: [{ value }] },
      { args: { labels, taint: labels } },
    );

  it('does not tell it in what it says when a later call fails', async () => {
    const door = openDoor();
    expect(await call(door, 'sk-123456', ['secret'])).toMatchObject({ value: { text: 'kept' } });
    const reply = JSON.stringify(await call(door, 'harmless'));
    expect(reply).toContain('MCP_SERVER_FAILED');
    expect(reply).toContain('What failed was given secret data');
    expect(reply).not.toContain('sk-123456');
  });

  it('and others that fail say why', async () => {
    const door = openDoor();
    await call(door, 'harmless');
    expect(JSON.stringify(await call(door, 'x'))).toContain('harmless');
  });
});

describe('a client', () => {
  it('cannot end what it is served by with what it sends', async () => {
    const sent: object[] = [];
    const tools = () => [{ name: 't', params: [{ name: 'a' }] }];
    const options = { version: '0', tools, call: async () => ({ value: 'called' }) };
    const session = new Session(options, (message) => sent.push(message));
    await session.receive('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}');
    const nested = '['.repeat(100_000) + ']'.repeat(100_000);
    for (const rest of [`"params":{"name":"t","arguments":{"a":${nested}}}`, '"params":{"name":{"toString":null}}'])
      await session.receive(`{"jsonrpc":"2.0","id":2,"method":"tools/call",${rest}}`);
    await session.receive('{"jsonrpc":"2.0","id":3,"method":{"toString":null}}');
    expect(sent.slice(1)).toMatchObject([
      { id: null, error: { code: -32600, message: 'Invalid request: nested deeper than 1000 levels' } },
      { id: 2, error: { code: -32602 } },
      { id: 3, error: { code: -32600, message: 'Invalid request: method must be a string' } },
    ]);
  });
});
