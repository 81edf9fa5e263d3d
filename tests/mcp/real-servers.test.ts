/** The pool against the reference servers of the protocol, over stdio and streamable HTTP. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildArguments } from '../../runtime/host/bindings/mcp/arguments.js';
import { McpPool, type ServerSpec } from '../../runtime/host/bindings/mcp/client.js';
import { ToolNames } from '../../runtime/host/bindings/mcp/names.js';
import { bubblewrap } from '../../runtime/host/isolation/bubblewrap.js';
import { SandboxProvider } from '../../runtime/host/isolation/index.js';

const server = (name: string, ...args: string[]): ServerSpec => ({
  kind: 'command',
  command: 'node',
  args: [path.resolve(`node_modules/@modelcontextprotocol/server-${name}/dist/index.js`), ...args],
  name,
});
const canSandbox = typeof (await bubblewrap()) !== 'string';

let folder: string;
let pool: McpPool;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'mcp-real-')));
  pool = new McpPool({ cwd: folder, version: '0.0.0' });
});
afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('server-everything', () => {
  const everything = server('everything', 'stdio');

  it('echoes, adds, structures and draws', async () => {
    const tools = await pool.listTools(everything);
    const names = new ToolNames(
      'everything',
      tools.map((tool) => tool.name),
    );
    expect(names.resolve('getSum')).toBe('get-sum');
    expect((await pool.callTool(everything, 'echo', { message: 'hü' })).text).toBe('Echo: hü');
    const sum = tools.find((tool) => tool.name === 'get-sum')!;
    const args = buildArguments(sum.inputSchema, [{ value: '2' }, { value: 40 }]);
    expect((await pool.callTool(everything, 'get-sum', args)).text).toContain('42');
    expect(
      (await pool.callTool(everything, 'get-structured-content', { location: 'New York' })).structured,
    ).toMatchObject({ temperature: expect.any(Number) });
    const drawn = await pool.callTool(everything, 'get-tiny-image', {});
    expect(drawn.images?.[0]?.mimeType).toBe('image/png');
  });

  it('reports progress', async () => {
    const seen: number[] = [];
    await pool.callTool(
      everything,
      'trigger-long-running-operation',
      { duration: 0.6, steps: 3 },
      { onProgress: ({ progress }) => seen.push(progress) },
    );
    expect(seen).toEqual([1, 2, 3]);
  });

  it('says what is wrong with arguments', async () => {
    const outcome = await pool.callTool(everything, 'get-sum', { a: 'x' }).then(
      (result) => result.text,
      (error: Error) => error.message,
    );
    expect(outcome).toMatch(/expected number/i);
  });
});

describe('server-filesystem', () => {
  it('reads and writes in its folder and nowhere else', async () => {
    const files = server('filesystem', folder);
    await pool.callTool(files, 'write_file', { path: path.join(folder, 'a.txt'), content: 'from mlld' });
    expect(readFileSync(path.join(folder, 'a.txt'), 'utf8')).toBe('from mlld');
    expect((await pool.callTool(files, 'read_text_file', { path: path.join(folder, 'a.txt') })).text).toBe('from mlld');
    const refused = await pool.callTool(files, 'read_text_file', { path: '/etc/hostname' });
    expect(refused.isError).toBe(true);
    expect(refused.text).toContain('Access denied');
  });

  it.skipIf(!canSandbox)('stays in the jail of an isolation provider, whatever it was told', async () => {
    writeFileSync(path.join(folder, 'inside.txt'), 'inside');
    const provider = new SandboxProvider();
    const jailed = new McpPool({
      cwd: folder,
      version: '0',
      plan: (command) =>
        provider.wrap(command, { fsRead: [folder, path.resolve('node_modules')], fsWrite: [], net: 'none' }),
    });
    try {
      const everywhere = server('filesystem', '/');
      expect(
        (await jailed.callTool(everywhere, 'read_text_file', { path: path.join(folder, 'inside.txt') })).text,
      ).toBe('inside');
      const outside = await jailed.callTool(everywhere, 'read_text_file', { path: path.resolve('package.json') });
      expect(outside).toMatchObject({ isError: true, text: expect.stringContaining('ENOENT') });
      const write = await jailed.callTool(everywhere, 'write_file', {
        path: path.join(folder, 'new.txt'),
        content: 'x',
      });
      expect(write).toMatchObject({ isError: true, text: expect.stringContaining('EROFS') });
    } finally {
      await jailed.close();
    }
  });
});

describe('server-memory', () => {
  it('keeps what it is told, structured', async () => {
    const memory: ServerSpec = {
      ...(server('memory') as Extract<ServerSpec, { kind: 'command' }>),
      env: { MEMORY_FILE_PATH: path.join(folder, 'memory.json') },
    };
    await pool.callTool(memory, 'create_entities', {
      entities: [{ name: 'mlld', entityType: 'language', observations: ['labels data'] }],
    });
    const graph = await pool.callTool(memory, 'read_graph', {});
    expect(JSON.parse(graph.text).entities[0].observations).toEqual(['labels data']);
    expect(graph.structured).toMatchObject({ entities: [{ name: 'mlld' }] });
  });
});

describe('streamable HTTP', () => {
  let listening: ChildProcess;
  let url: string;
  beforeAll(async () => {
    const probe = createTcpServer().listen(0);
    await new Promise((resolve) => probe.once('listening', resolve));
    const { port } = probe.address() as { port: number };
    await new Promise((resolve) => probe.close(resolve));
    url = `http://127.0.0.1:${port}/mcp`;
    listening = spawn(
      process.execPath,
      [path.resolve('node_modules/@modelcontextprotocol/server-everything/dist/index.js'), 'streamableHttp'],
      {
        env: { ...process.env, PORT: String(port) },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    await new Promise((resolve) =>
      listening.stderr!.on('data', (chunk) => /listening/.test(String(chunk)) && resolve(null)),
    );
  }, 20_000);
  afterAll(() => listening.kill());

  it('works like stdio', async () => {
    expect((await pool.callTool(url, 'echo', { message: 'over http' })).text).toBe('Echo: over http');
    const seen: number[] = [];
    await pool.callTool(
      url,
      'trigger-long-running-operation',
      { duration: 0.4, steps: 2 },
      { onProgress: ({ progress }) => seen.push(progress) },
    );
    expect(seen).toEqual([1, 2]);
  });

  it('starts a new session when the server has forgotten the old one', async () => {
    let session = 0;
    let forgotten = false;
    const forgetful = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      if (request.method !== 'POST') return response.writeHead(405).end();
      const { id, method } = JSON.parse(body);
      const answer = (result: object) =>
        response
          .writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': `s${session}` })
          .end(JSON.stringify({ jsonrpc: '2.0', id, result }));
      if (method === 'initialize') {
        session++;
        forgotten = false;
        return answer({ protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 'f', version: '1' } });
      }
      if (forgotten) return response.writeHead(404).end('no such session');
      if (id === undefined) return response.writeHead(202).end();
      answer(
        method === 'tools/list'
          ? { tools: [{ name: 't' }] }
          : { content: [{ type: 'text', text: `session ${session}` }] },
      );
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => forgetful.once('listening', resolve));
    const target = `http://127.0.0.1:${(forgetful.address() as { port: number }).port}/mcp`;
    const other = new McpPool({ cwd: folder, version: '0' });
    expect((await other.callTool(target, 't', {})).text).toBe('session 1');
    forgotten = true;
    await expect(other.callTool(target, 't', {})).rejects.toThrow('tools/call failed');
    expect((await other.callTool(target, 't', {})).text).toBe('session 2');
    await other.close();
    forgetful.close();
    forgetful.closeAllConnections();
  });

  it('is bounded and fails clearly', async () => {
    const hostile = createServer((request, response) => {
      if (request.method !== 'POST') return response.writeHead(405).end();
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = () => {
        if (response.destroyed) return;
        response.write('x'.repeat(1 << 20));
        setImmediate(more);
      };
      more();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => hostile.once('listening', resolve));
    const small = new McpPool({ cwd: folder, version: '0', limits: { maxMessageBytes: 2 << 20, startupMs: 5000 } });
    const { port } = hostile.address() as { port: number };
    await expect(small.listTools(`http://me:pw@127.0.0.1:${port}/mcp?key=1`)).rejects.toThrow(
      /MCP server 'http:\/\/127.0.0.1:\d+\/mcp'/,
    );
    await expect(small.listTools(`http://127.0.0.1:${port}/mcp`)).rejects.toThrow(
      `MCP server 'http://127.0.0.1:${port}/mcp' sent a message larger than 2 MiB and was stopped`,
    );
    await expect(small.listTools('http://127.0.0.1:1/mcp')).rejects.toThrow(
      "MCP server 'http://127.0.0.1:1/mcp' initialize failed: fetch failed",
    );
    await small.close();
    hostile.close();
    hostile.closeAllConnections();
  });
});
