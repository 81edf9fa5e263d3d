import path from 'node:path';
import { PassThrough } from 'node:stream';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterEach, describe, expect, it } from 'vitest';
import { environmentTools, readMcpConfig } from '../../runtime/host/bindings/mcp/config.js';
import {
  type CallContext,
  type ServeOptions,
  serveSocket,
  serveStream,
  type ToolDefinition,
} from '../../runtime/host/bindings/mcp/server.js';
import { sourceUrl } from '../isolation/processes.js';

const TOOLS: ToolDefinition[] = [
  {
    name: 'create_issue',
    description: 'Makes one',
    params: [
      { name: 'owner', type: 'string' },
      { name: 'labels', type: 'array' },
      { name: 'note', optional: true },
      { name: 'size', type: 'tuple' },
    ],
  },
  {
    name: 'mk',
    collection: true,
    params: [
      { name: 'title', type: 'string' },
      { name: 'tags', type: 'array' },
      { name: 'draft', type: 'boolean', optional: true },
    ],
  },
  { name: 'now', params: [] },
];

const REGISTER = sourceUrl('tests/isolation/register-typescript.mjs');

function options(overrides: Partial<ServeOptions> = {}): ServeOptions {
  return {
    tools: () => TOOLS,
    version: '9.9.9',
    call: async (name, args) => ({ value: { name, args } }),
    ...overrides,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape, looked at by the tests
type Answer = any;

/** Sends lines, closes the input and gives back what came out, parsed. */
async function talk(lines: (object | string)[], overrides: Partial<ServeOptions> = {}): Promise<Answer[]> {
  const input = new PassThrough();
  const output = new PassThrough();
  const served = serveStream({ ...options(overrides), input, output });
  for (const line of lines)
    input.write(`${typeof line === 'string' ? line : JSON.stringify({ jsonrpc: '2.0', ...line })}\n`);
  input.end();
  await served;
  output.end();
  const text = Buffer.concat(await output.toArray()).toString();
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

const hello = {
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 't', version: '1' } },
};
const call = (id: number, name: string, args?: object) => ({
  id,
  method: 'tools/call',
  params: { name, arguments: args },
});
const texts = async (lines: object[], overrides: Partial<ServeOptions> = {}) =>
  (await talk([hello, ...lines], overrides))
    .slice(1)
    .map(({ result }) => [result.content[0].text, result.isError ?? false]);

describe('the protocol', () => {
  it('echoes the protocol version and introduces itself', async () => {
    expect(await talk([hello])).toEqual([
      {
        jsonrpc: '2.0',
        id: 0,
        result: {
          protocolVersion: '2025-03-26',
          capabilities: { tools: {} },
          serverInfo: { name: 'mlld', version: '9.9.9' },
        },
      },
    ]);
  });

  it('refuses tools before initialize', async () => {
    const answers = await talk([{ id: 1, method: 'tools/list' }, call(2, 'now')]);
    expect(answers.map(({ id, error }) => [id, error.code, error.message])).toEqual([
      [1, -32002, 'Server not initialized'],
      [2, -32002, 'Server not initialized'],
    ]);
  });

  it('answers unknown methods, bad JSON and bad requests with their codes, and goes on', async () => {
    const answers = await talk([
      hello,
      { id: 1, method: 'bogus' },
      '{nope',
      '[1]',
      { id: 2, method: 'tools/call', params: { name: 5 } },
      { id: 3, method: 'ping' },
    ]);
    expect(answers).toHaveLength(6);
    expect(answers.find(({ id }) => id === 1).error.message).toBe("Method 'bogus' not found");
    expect(
      answers
        .filter(({ id }) => id === null)
        .map(({ error }) => error.code)
        .sort(),
    ).toEqual([-32600, -32700]);
    expect(answers.find(({ id }) => id === 2).error.code).toBe(-32602);
    expect(answers.find(({ id }) => id === 3).result).toEqual({});
  });

  it('does not answer notifications, responses and empty lines', async () => {
    expect(
      await talk([
        { method: 'notifications/initialized' },
        { method: 'bogus' },
        { id: null, method: 'tools/list' },
        { id: 7, result: {} },
        '',
        '   ',
      ]),
    ).toEqual([]);
  });

  it('drops a line that is too long and goes on', async () => {
    const answers = await talk(['x'.repeat(1000), hello], { maxLineBytes: 500 });
    expect(answers.map(({ id }) => id)).toEqual([null, 0]);
  });
});

describe('tools/list', () => {
  it('has schemas of the visible parameters', async () => {
    const [, { result }] = await talk([hello, { id: 1, method: 'tools/list' }]);
    expect(result.tools[0]).toEqual({
      name: 'create_issue',
      description: 'Makes one',
      inputSchema: {
        type: 'object',
        properties: {
          owner: { type: 'string' },
          labels: { type: 'array' },
          note: { type: 'string' },
          size: { type: 'string' },
        },
        required: ['owner', 'labels', 'size'],
      },
    });
    expect(result.tools[2]).toEqual({
      name: 'now',
      description: '',
      inputSchema: { type: 'object', properties: {}, required: [] },
    });
  });
});

describe('tools/call', () => {
  it('keeps the JSON types of arguments', async () => {
    const args = { owner: '3', labels: [1, 'a', null, [{}]], note: null, size: 3.5 };
    const [[text]] = (await texts([call(1, 'create_issue', args)])) as [[string]];
    expect(JSON.parse(text)).toEqual({ name: 'create_issue', args });
  });

  it('gives text as it is, nothing as nothing and data as JSON', async () => {
    const values = ['plain', undefined, null, 0, false, [1]];
    const results = await texts(
      values.map((_, i) => call(i + 1, 'now')),
      { call: async () => ({ value: values.shift() }) },
    );
    expect(results.map(([text]) => text)).toEqual(['plain', '', '', '0', 'false', '[1]']);
  });

  it('strips a prefix', async () => {
    expect((await texts([call(1, 'server:now')]))[0]).toEqual(['{"name":"now","args":{}}', false]);
  });

  it('refuses what is not there or not allowed, as results', async () => {
    const results = await texts(
      [
        call(1, 'createIssue'),
        call(2, 'creat_issue'),
        call(3, 'zork'),
        call(4, 'hidden'),
        call(5, 'mk', { title: 'x' }),
        call(6, 'mk', { title: 'x', tags: [], owner: 'me' }),
        call(7, 'create_issue', { owner: 'x', size: 1 }),
      ],
      { unavailable: () => ['hidden'] },
    );
    expect(results).toEqual([
      ["Tool not found: 'createIssue'. Did you mean 'create_issue'?", true],
      ["Tool not found: 'creat_issue'. Did you mean 'create_issue'?", true],
      ["Tool not found: 'zork'", true],
      ["Tool 'hidden' not available", true],
      ["Tool 'mk' requires parameters: tags", true],
      ["Parameter 'owner' is not exposed by tool 'mk'", true],
      ["Parameter 'labels' is required", true],
    ]);
  });

  it('lets trailing parameters out, and optional ones anywhere', async () => {
    const results = await texts([
      call(1, 'create_issue', { owner: 'x' }),
      call(2, 'create_issue', { owner: 'x', labels: [], size: 1 }),
      call(3, 'now'),
    ]);
    expect(results.map(([, isError]) => isError)).toEqual([false, false, false]);
  });

  it('survives denials: a thrown error is a result', async () => {
    const results = await texts([call(1, 'now'), call(2, 'mk', { title: 'x', tags: [] })], {
      call: async (name) => {
        if (name === 'now') throw new Error('Guard blocked operation: no');
        return { value: 'still here' };
      },
    });
    expect(results).toContainEqual(['Guard blocked operation: no', true]);
    expect(results).toContainEqual(['still here', false]);
  });

  it('cancels on request and reports progress to who asked', async () => {
    const answers = await talk(
      [
        hello,
        { ...call(1, 'now'), params: { name: 'now', _meta: { progressToken: 'p' } } },
        { method: 'notifications/cancelled', params: { requestId: 1 } },
      ],
      {
        call: (_name, _args, { signal, progress }: CallContext) => {
          progress(1, 2, 'half');
          return new Promise((resolve) =>
            signal.addEventListener('abort', () => resolve({ value: 'stopped', isError: true })),
          );
        },
      },
    );
    expect(answers.find(({ method }) => method)).toMatchObject({
      params: { progressToken: 'p', progress: 1, total: 2, message: 'half' },
    });
    expect(answers.find(({ id }) => id === 1).result).toEqual({
      content: [{ type: 'text', text: 'stopped' }],
      isError: true,
    });
  });
});

describe('a served process and the official client', () => {
  const client = new Client({ name: 'test', version: '1' });
  afterEach(() => client.close());

  it('understand each other, whatever user code prints', async () => {
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: ['--import', REGISTER, path.resolve('tests/mcp/serve-fixture.ts')],
        stderr: 'ignore',
      }),
    );
    expect(client.getServerVersion()).toEqual({ name: 'mlld', version: '1.2.3' });
    expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual(['create_issue', 'types', 'denied']);
    const args = { a: { x: [1] }, b: [2], c: 3, d: true, e: null, f: '3' };
    const typed = await client.callTool({ name: 'types', arguments: args });
    expect(JSON.parse((typed.content as { text: string }[])[0]!.text)).toEqual(args);
    expect(await client.callTool({ name: 'denied', arguments: {} })).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('Guard blocked operation') }],
    });
    expect(await client.callTool({ name: 'create_issue', arguments: { title: 'x' } })).toMatchObject({
      content: [{ text: '{"title":"x"}' }],
    });
  }, 20_000);
});

describe('a unix socket', () => {
  it('refuses tools that are missing or offered twice', async () => {
    const [a, b] = readMcpConfig({ servers: [{ npm: 'a', tools: ['x'] }, { npm: 'b' }] });
    const tool = { name: 'x', description: '', inputSchema: {} };
    expect(() => environmentTools(a!, [], new Set())).toThrow("MCP server 'a' does not provide tools: x");
    const offered = new Set<string>();
    expect(environmentTools(a!, [tool, { ...tool, name: 'y' }], offered)).toEqual([tool]);
    expect(() => environmentTools(b!, [tool], offered)).toThrow("MCP tool 'x' is provided by multiple servers");
  });

  it('refuses a path no socket can have', async () => {
    await expect(serveSocket(`/tmp/${'x'.repeat(200)}`, options())).rejects.toThrow('is longer than 103 bytes');
  });
});
