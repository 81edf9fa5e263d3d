/** `mlldc mcp`: executables served as MCP tools (security.md 8.4, 8.5). */

import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterEach, describe, expect, it } from 'vitest';
import { cli, directory, mlldc, root } from './harness.js';

const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

async function connect(
  script: string,
  args: readonly string[] = [],
  files: Record<string, string> = {},
): Promise<Client> {
  const cwd = directory({ 'main.mld': script, ...files });
  const client = new Client({ name: 'test', version: '1' });
  clients.push(client);
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [cli, 'mcp', 'main.mld', ...args],
      cwd,
      stderr: 'ignore',
    }),
  );
  return client;
}

async function call(client: Client, name: string, args: Record<string, unknown> = {}): Promise<string> {
  const result = await client.callTool({ name, arguments: args });
  const [part] = result.content as { text: string }[];
  return `${result.isError ? 'error: ' : ''}${part!.text}`;
}

describe('mlldc mcp', () => {
  it('serves exported executables with types, and keeps the types of arguments', async () => {
    const client =
      await connect(`exe @dump(s: string, n: number, b: boolean, l: array, o: object) = js { return [typeof s, typeof n, typeof b, Array.isArray(l), o.k].join() } with { description: "Says types" }
exe @hidden() = \`no\`
show "not on the wire"
export { @dump }`);
    const { tools } = await client.listTools();
    expect(tools).toHaveLength(1);
    expect(tools[0]).toMatchObject({
      name: 'dump',
      description: 'Says types',
      inputSchema: { properties: { n: { type: 'number' }, l: { type: 'array' } }, required: ['s', 'n', 'b', 'l', 'o'] },
    });
    expect(await call(client, 'dump', { s: '3', n: 3, b: true, l: [1], o: { k: 'v' } })).toBe(
      'string,number,boolean,true,v',
    );
    expect(await call(client, 'hidden')).toContain("error: Tool not found: 'hidden'");
  });

  it('marks every call as untrusted, without arguments too, and outlives a denial', async () => {
    const client = await connect(`exe @getTime() = \`12:00\`
exe @echo(x) = \`@x\`
exe @marks(x) = \`@x.mx.labels @x.mx.sources\`
guard before @getTime = when [ @mx.taint.includes("src:mcp") && @mx.sources.includes("mcp:get_time") && @mx.labels.includes("untrusted") => deny "not over mcp" ]`);
    expect(await call(client, 'get_time')).toBe(
      'error: Guard blocked operation: not over mcp\n  Guard: function:getTime\n  Operation: /exe',
    );
    expect(await call(client, 'marks', { x: 'a' })).toBe('["untrusted"] ["mcp:marks"]');
    expect(await call(client, 'echo', { x: 'still here' })).toBe('still here');
  });

  it('marks each argument, not the call alone', async () => {
    const client = await connect(`exe @first(a, b) = [ => @a ]
exe @marks(a, b) = [ => \`@a.mx.labels @b.mx.labels @mx.args.b.mx.taint.includes("src:mcp")\` ]
guard before untrusted = when [ @input == "stop" => deny "one of them" ]`);
    expect(await call(client, 'marks', { a: '1', b: '2' })).toMatch(/^\["untrusted"\] \["untrusted"\]/);
    expect(await call(client, 'first', { a: 'go', b: 'stop' })).toContain(
      'error: Guard blocked operation: one of them',
    );
    expect(await call(client, 'first', { a: 'go', b: 'go' })).toBe('go');
  });

  it('keeps policies, with the labels of a collection', async () => {
    const client = await connect(
      `policy @p = { labels: { "src:mcp": { deny: ["destructive"] } } }
exe @remove(owner, id) = \`removed @id of @owner\`
exe @read(id) = \`read @id\`
var tools @t = {
  remove_item: { mlld: @remove, labels: ["destructive"], bind: { owner: "me" } },
  read_item: { mlld: @read, description: "Reads" },
  drop: { mlld: @remove, bind: { owner: "me" }, expose: ["id"], optional: ["id"] }
}`,
      ['--tools-collection', '@t'],
    );
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['remove_item', 'read_item', 'drop']);
    expect(await call(client, 'read_item', { id: '1' })).toBe('read 1');
    expect(await call(client, 'remove_item', { id: '1' })).toContain("Label 'src:mcp' cannot flow to 'destructive'");
    expect(await call(client, 'drop', { id: '2' })).toBe('removed 2 of me');
    expect(await call(client, 'remove_item', { id: '1', owner: 'you' })).toBe(
      "error: Parameter 'owner' is not exposed by tool 'remove_item'",
    );
    expect(await call(client, 'remove_item')).toBe("error: Tool 'remove_item' requires parameters: id");
  });

  it('remembers what the conversation has seen', async () => {
    const client = await connect(`var secret @key = "k"
exe @sec() = \`@key\`
exe destructive @wipe(x) = \`wiped @x\`
guard before op:destructive = when [ @mx.taint.includes("secret") => deny "after a secret" ]`);
    expect(await call(client, 'wipe', { x: 'a' })).toBe('wiped a');
    expect(await call(client, 'sec')).toBe('k');
    expect(await call(client, 'wipe', { x: 'a' })).toContain('error: Guard blocked operation: after a secret');
  });

  it('tells tools what else is served, and what is not', async () => {
    const client = await connect(
      `exe @getAll() = \`@mx.tools.allowed @mx.tools.denied\`
exe @other() = \`x\`
exe @third() = \`y\``,
      ['--tools', 'get_all,@third'],
    );
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['get_all', 'third']);
    expect(await call(client, 'get_all')).toBe('["getAll","third"] ["other"]');
    expect(await call(client, 'other')).toContain("Tool not found: 'other'");
  });

  it('serves what a config module says, under its variables, unless --tools says otherwise', async () => {
    const script = `import { @MLLD_WHO } from @input
exe @greet(name) = \`@name, says @MLLD_WHO\`
exe @other() = \`o\``;
    const files = {
      'config.mld': `import { @MLLD_WHO } from @input
show "not on the wire"
var @config = { tools: ["greet"], env: { MLLD_WHO: \`@MLLD_WHO and config\` } }
export { @config }`,
    };
    const args = ['--config', 'config.mld', '--env', 'MLLD_WHO=cli'];
    const client = await connect(script, args, files);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['greet']);
    expect(await call(client, 'greet', { name: 'Ada' })).toBe('Ada, says cli and config');
    const narrowed = await connect(script, [...args, '--tools', 'other'], files);
    expect((await narrowed.listTools()).tools.map(({ name }) => name)).toEqual(['other']);
  });

  it('counts calls of a conversation that has seen untrusted data as influenced, where policies say so', async () => {
    const client = await connect(`policy @p = { defaults: { rules: ["untrusted-llms-get-influenced"] } }
exe @page() = \`text\`
exe @labels(x) = \`@x.mx.labels\``);
    expect(await call(client, 'labels', { x: 'a' })).toBe('["untrusted"]');
    expect(await call(client, 'page')).toBe('text');
    expect(await call(client, 'labels', { x: 'a' })).toContain('influenced');
  });

  it.each([
    [['nope.mld'], {}, 'No modules found at nope.mld'],
    [[], {}, 'No module given, and llm/mcp has none'],
    [
      ['a.mld', '--tools', 'zork'],
      { 'a.mld': 'exe @f() = `x`' },
      'No tools available to serve after applying filters.',
    ],
    [['a.mld', '--tools-collection', '@t'], { 'a.mld': 'exe @f() = `x`' }, 'Tool collection not found: @t'],
    [['.'], { 'a.mld': 'exe @f() = `x`', 'b.mld': 'exe @f() = `y`' }, "Duplicate function name 'f'"],
    [['a.mld'], { 'a.mld': 'exe @f( = `x`' }, 'MlldParse'],
    [['a.mld', '--config', 'no.mld'], { 'a.mld': 'exe @f() = `x`' }, 'No module found at no.mld'],
    ...(
      [
        ['var @other = 1\nexport { @other }', 'c.mld: the module does not export @config'],
        ['var @config = [1]', 'c.mld: @config must be an object'],
        ['var @config = { tool: ["f"] }', "c.mld: @config has no key 'tool'"],
        ['var @config = { tools: "f" }', 'c.mld: @config.tools must be an array of names'],
        ['var @config = { env: { MLLD_N: 1 } }', 'c.mld: @config.env must be an object of texts'],
        ['var secret @k = "k"\nvar @config = { env: { MLLD_K: @k } }', '@config.env is labelled secret'],
        ['var @config = { tools: ["zork"] }', 'Ignoring unknown tool(s) from --config: zork'],
        ['var @config = {', 'MlldParse'],
        ['bail "no config today"', 'no config today'],
      ] as const
    ).map(([config, message]) => [
      ['a.mld', '--config', 'c.mld'],
      { 'a.mld': 'exe @f() = `x`', 'c.mld': config },
      message,
    ]),
  ] as [string[], Record<string, string>, string][])('mcp %j explains itself', async (args, files, message) => {
    const { stdout, stderr, code } = await mlldc(['mcp', ...args], { cwd: directory(files) });
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(code).not.toBe(0);
  });

  it('is a server that scripts import', async () => {
    const cwd = directory({
      'tool.mld': 'exe @shout(text) = `@text!`',
      'main.mld': 'import tools { @shout } from mcp "./tool.mld"\nvar @r = @shout("hey")\nshow @r\nshow @r.mx.sources',
    });
    const { stdout, stderr } = await mlldc(['run', 'main.mld'], { cwd });
    expect(stdout, stderr).toBe('hey!\n["mcp:shout"]\n');
  });

  it('accepts the tools of a server, and refuses them once they change', async () => {
    const server = `env FAKE_EXTRA=more node ${path.join(root, 'tests/mcp/fake-server.mjs')}`;
    const cwd = directory({
      'mlld-lock.json': '{"other":1}',
      'main.mld': `import tools { @echo } from mcp "${server}"\nshow @echo("x").message`,
    });
    const accepted = await mlldc(['mcp', 'accept', server], { cwd });
    expect(accepted.stdout, accepted.stderr).toContain('Accepted');
    expect((await mlldc(['run', 'main.mld'], { cwd })).stdout).toBe('x\n');
  });
});
