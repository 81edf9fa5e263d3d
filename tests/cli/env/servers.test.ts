/** `@mcpConfig()` of an environment: its servers behind one guarded socket while the agent runs. */

import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { running, until } from '../../isolation/processes.js';
import { root } from '../harness.js';
import { World } from './world.js';

const FAKE = path.join(root, 'tests/mcp/fake-server.mjs');
const MEMORY = path.join(root, 'node_modules/@modelcontextprotocol/server-memory/dist/index.js');

/** Talks to the socket as an agent would, and prints what it learns as one JSON object. */
const AGENT = `#!/usr/bin/env node
const net = require('node:net'), fs = require('node:fs');
const socket = net.connect(process.env.MLLD_MCP_SOCKET);
const lines = [
  { id: 0, method: 'initialize', params: { protocolVersion: '2024-11-05', capabilities: {}, clientInfo: { name: 'a', version: '1' } } },
  { method: 'notifications/initialized' },
  { id: 1, method: 'tools/list' },
  { id: 2, method: 'tools/call', params: { name: 'echo', arguments: { message: 'm' } } },
  { id: 3, method: 'tools/call', params: { name: 'echo', arguments: { message: 'stop' } } },
  { id: 4, method: 'tools/call', params: { name: 'dies', arguments: {} } },
  { id: 5, method: 'tools/call', params: { name: 'fails', arguments: {} } },
  { id: 6, method: 'tools/call', params: { name: 'read_graph', arguments: {} } },
];
let text = '';
socket.on('data', (chunk) => { text += chunk; });
socket.on('end', () => {
  const answers = Object.fromEntries(text.trim().split('\\n').map(JSON.parse).map((answer) => [answer.id, answer.result]));
  const pids = fs.readdirSync('.mlld/run').sort();
  console.log(JSON.stringify({ answers, pids, servers: process.env.MLLD_MCP_SERVERS, socket: process.env.MLLD_MCP_SOCKET }));
});
socket.end(lines.map((line) => JSON.stringify({ jsonrpc: '2.0', ...line }) + '\\n').join(''));
`;

const config = (servers: object[]) => `exe @mcpConfig() = { servers: ${JSON.stringify(servers)} }\n`;
const SPAWN = 'exe @spawn(prompt) = cmd { agent "@prompt" }\n';

interface Said {
  answers: Record<
    number,
    { content?: { text: string }[]; isError?: boolean; tools?: { name: string; inputSchema: object }[] }
  >;
  pids: string[];
  servers: string;
  socket: string;
}

describe('the servers of an environment', () => {
  const ok = { name: 'fake', command: process.execPath, args: [FAKE] };

  it('are one endpoint of filtered tools, whose calls pass the guards of the module', async () => {
    const world = new World();
    world.program('agent', AGENT);
    const servers = [
      { name: 'fake', command: process.execPath, args: [FAKE], tools: ['echo', 'fails'] },
      {
        name: 'memory',
        command: process.execPath,
        args: [MEMORY],
        tools: ['read_graph'],
        env: { MEMORY_FILE_PATH: path.join(world.base, 'm.json') },
      },
    ];
    world.environment(
      'e',
      `guard @stop before op:exe = when [
  @mx.taint.includes("src:mcp") && @mx.sources.includes("mcp:echo") && @input.any.text.includes("stop") => deny "not that one"
  * => allow
]
${config(servers)}${SPAWN}`,
    );
    const { code, stdout, stderr } = await world.run(['spawn', 'e', '--', 'go']);
    expect(code, stderr).toBe(0);
    const { answers, pids, ...said } = JSON.parse(stdout) as Said;
    expect(answers[1]!.tools!.map(({ name }) => name)).toEqual(['echo', 'fails', 'read_graph']);
    expect(answers[1]!.tools![0]!.inputSchema).toMatchObject({ required: ['message'] });
    expect(answers[2]!.content![0]!.text).toBe('{"message":"m"}');
    expect(answers[3]).toMatchObject({ isError: true });
    expect(answers[3]!.content![0]!.text).toContain('not that one');
    expect(answers[4]!.content![0]!.text).toBe("Tool not found: 'dies'");
    expect(answers[5]).toEqual({ content: [{ type: 'text', text: 'disk on fire' }], isError: true });
    expect(JSON.parse(answers[6]!.content![0]!.text)).toMatchObject({ entities: [] });
    expect(JSON.parse(said.servers)).toEqual([
      { name: 'fake', tools: ['echo', 'fails'] },
      { name: 'memory', tools: ['read_graph'] },
    ]);
    expect(pids).toEqual(['mcp-fake.pid', 'mcp-memory.pid']);
    // Nothing is left of any of it.
    expect(fs.existsSync(said.socket)).toBe(false);
    expect(fs.readdirSync(path.join(world.cwd, '.mlld/run'))).toEqual([]);
  });

  it('mark what the agent answers with what their tools told it', async () => {
    const world = new World();
    world.program('agent', AGENT);
    world.environment(
      'e',
      `guard @quiet before op:show = when [
  @mx.taint.includes("src:mcp") => deny "a tool was asked"
  * => allow
]
${config([{ ...ok, tools: ['echo'] }])}exe @spawn(prompt) = [
  let @said = cmd { agent "@prompt" }
  => \`said: @said\`
]`,
    );
    const { code, stdout, stderr } = await world.run(['spawn', 'e', '--', 'go']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('a tool was asked');
  });

  it('see nothing of the environment but what their entry names', async () => {
    const world = new World();
    world.program('agent', AGENT.replace("name: 'echo', arguments: { message: 'm' }", "name: 'env', arguments: {}"));
    world.environment(
      'e',
      config([{ name: 'fake', command: process.execPath, args: [FAKE], tools: ['env'], env: { GIVEN: 'yes' } }]) +
        SPAWN,
    );
    const { stdout } = await world.run(['spawn', 'e', '--', 'go'], { env: { SECRET_KEY: 'hush', MLLD_X: 'x' } });
    const { text } = (JSON.parse(stdout) as Said).answers[2]!.content![0]!;
    expect(text).toContain('GIVEN');
    expect(text).not.toContain('hush');
  });

  it('are none when @mcpConfig returns nothing', async () => {
    const world = new World();
    world.environment('e', 'exe @mcpConfig() = [ => null ]\nexe @spawn(p) = cmd { printenv MLLD_MCP_SOCKET }');
    expect(await world.run(['spawn', 'e', '--', 'x'])).toMatchObject({ code: 1, stdout: '' });
  });

  it.each<[string, string, string]>([
    ['text that is no JSON', 'exe @mcpConfig() = `{ no`\n', 'mcpConfig output is not valid JSON'],
    ['a list', 'exe @mcpConfig() = [ => [1] ]\n', 'mcpConfig output must be an object'],
    ['servers that are no list', 'exe @mcpConfig() = { servers: "x" }\n', 'mcpConfig.servers must be an array'],
    [
      'two kinds',
      config([{ npm: 'a', module: 'b' }]),
      'MCP server config requires exactly one of module, command, or npm',
    ],
    ['tools that are no list', config([{ ...ok, tools: 'x' }]), 'MCP server tools must be an array or "*"'],
    ['no tools', config([{ ...ok, tools: [] }]), 'MCP server tools list is empty'],
    [
      'a tool that is not there',
      config([{ ...ok, tools: ['nope'] }]),
      "MCP server 'fake' does not provide tools: nope",
    ],
    [
      'a tool of two servers',
      config([ok, { ...ok, name: 'other', args: [FAKE, 'x'] }]),
      "MCP tool 'echo' is provided by multiple servers",
    ],
    ['a server that exits', config([{ ...ok, args: [FAKE, 'exits'] }]), "MCP server 'fake' exited with code 1"],
    ['a program that is not there', config([{ command: 'no-such-server x' }]), 'no-such-server'],
    [
      'a policy against its command',
      `policy @p = { deny: { cmd: ["node"] } }\n${config([ok])}`,
      "Command 'node' denied by policy",
    ],
  ])('end the run before the agent for %s', async (_title, entry, message) => {
    const world = new World();
    world.program('agent', '#!/bin/sh\necho started');
    world.environment('e', entry + SPAWN);
    const { code, stdout, stderr } = await world.run(['spawn', 'e', '--', 'x']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
    const left = path.join(world.cwd, '.mlld/run');
    expect(fs.existsSync(left) ? fs.readdirSync(left) : []).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('are gone after %s, with their files', async (signal) => {
    const world = new World();
    world.program('agent', '#!/bin/sh\necho "$MLLD_MCP_SOCKET"\nexec sleep 60\n');
    const marker = `servers-${process.pid}-${signal}`;
    world.environment('e', config([{ ...ok, args: [FAKE, 'normal', marker] }]) + SPAWN);
    const child = world.start(['spawn', 'e', '--', 'x']);
    const [socket] = (await once(child.stdout, 'data')) as [Buffer];
    const server = `${process.execPath} ${FAKE} normal ${marker}`;
    expect(running(server)).toBe(true);
    child.kill(signal);
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(signal === 'SIGINT' ? 130 : 143);
    await until(() => !running(server));
    expect(running(server)).toBe(false);
    expect(fs.existsSync(socket.toString().trim())).toBe(false);
    expect(fs.readdirSync(path.join(world.cwd, '.mlld/run'))).toEqual([]);
  });
});
