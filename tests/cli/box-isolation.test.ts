/** Boxes that ask for isolation (security.md 9.1), enforced on real children. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { findProgram } from '../../runtime/host/isolation/index.js';
import { running, until } from '../isolation/processes.js';
import { cli, directory, mlldc } from './harness.js';

const noBubblewrap = findProgram('bwrap', process.env, '/') === null;

async function run(script: string, env: Record<string, string> = {}) {
  const cwd = directory({ 'main.mld': script, 'secret.txt': 'hidden' });
  return { cwd, ...(await mlldc(['run', 'main.mld'], { cwd, env })) };
}

/** An MCP server whose tool says what it can read, write and how many network interfaces it sees. */
const LOOKING_SERVER = `import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
const [outside] = process.argv.slice(2);
const attempt = (work) => { try { return String(work()); } catch (error) { return error.code; } };
const look = () => [
  attempt(() => readFileSync(outside + '/secret.txt', 'utf8')),
  attempt(() => writeFileSync(outside + '/made.txt', 'x') ?? 'written'),
  readFileSync('/proc/net/dev', 'utf8').trim().split('\\n').length - 2,
].join(' ');
const answers = {
  initialize: () => ({ protocolVersion: '2024-11-05', capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } }),
  'tools/list': () => ({ tools: [{ name: 'look', inputSchema: { type: 'object', properties: {} } }] }),
  'tools/call': () => ({ content: [{ type: 'text', text: look() }] }),
};
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line);
  if (id !== undefined) process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result: answers[method]() }) + '\\n');
});
`;

describe.skipIf(noBubblewrap)('an isolated box', () => {
  it('keeps commands and code away from files it does not list', async () => {
    const cwd = directory({ 'secret.txt': 'hidden' });
    const { stdout, stderr } = await run(`box { fs: { read: ["/usr", "/bin", "/lib", "/lib64"] } } [
  let @a = sh { cat ${cwd}/secret.txt || echo refused }
  show @a
  let @b = sh { echo x > ${cwd}/made.txt || echo refused }
  show @b
  let @c = sh { echo own > here.txt; cat here.txt }
  show @c
]`);
    expect(stdout, stderr).toBe('refused\nrefused\nown\n');
    expect(fs.existsSync(`${cwd}/made.txt`)).toBe(false);
  });

  it('has no network when it says so', async () => {
    const { stdout, stderr } = await run(`box { net: "none" } [
  let @a = sh { cat /proc/net/dev | grep -c -v lo: }
  show @a
]`);
    expect(stdout, stderr).toBe('2\n');
  });

  it.each([
    [
      'node',
      `const { existsSync, readFileSync, writeFileSync } = require('fs');
  const attempt = (work) => { try { return String(work()); } catch (error) { return error.code; } };
  const outside = attempt(() => readFileSync('OUTSIDE/secret.txt', 'utf8'));
  const written = attempt(() => writeFileSync('OUTSIDE/made.txt', 'x'));
  const reached = await new Promise((resolve) => require('net').connect(PORT, '127.0.0.1').on('data', () => resolve('reached')).on('error', (error) => resolve(error.code)));
  return [outside, written, reached, attempt(() => readFileSync('given.txt', 'utf8'))].join(' ');`,
      'ENOENT ENOENT ECONNREFUSED given\n',
    ],
    [
      'py',
      `import socket
def attempt(work):
    try:
        return str(work())
    except OSError as error:
        return type(error).__name__
print(attempt(lambda: open('OUTSIDE/secret.txt').read()), attempt(lambda: open('OUTSIDE/made.txt', 'w')), attempt(lambda: socket.create_connection(('127.0.0.1', PORT))), open('given.txt').read())`,
      'FileNotFoundError FileNotFoundError ConnectionRefusedError given\n',
    ],
    [
      'sh',
      `a=$(cat OUTSIDE/secret.txt 2>/dev/null || echo unread); b=$( (echo x > OUTSIDE/made.txt) 2>/dev/null || echo unwritten)
  c=$( (exec 3<>/dev/tcp/127.0.0.1/PORT) 2>/dev/null && echo reached || echo unreached); echo $a $b $c $(cat given.txt)`,
      'unread unwritten unreached given\n',
    ],
  ])(
    'holds %s code like any child',
    async (language, code, expected) => {
      const outside = directory({ 'secret.txt': 'hidden' });
      const server = createServer((socket) => socket.end('reached')).listen(0, '127.0.0.1');
      await once(server, 'listening');
      try {
        const body = code
          .replaceAll('OUTSIDE', outside)
          .replaceAll('PORT', String((server.address() as AddressInfo).port));
        const { stdout, stderr } = await run(`exe @look() = ${language} {
${body}
}
box { fs: { read: [] }, net: "none" } [
  file "given.txt" = "given"
  show @look()
]`);
        expect(stdout, stderr).toBe(expected);
        expect(fs.existsSync(`${outside}/made.txt`)).toBe(false);
      } finally {
        server.close();
      }
    },
    15_000,
  );

  it('does not outlive the run, however that dies, with what it left in the background', async () => {
    const cwd = directory({
      'main.mld': `box { fs: { read: [] }, net: "none" } [
  run sh { trap "" TERM HUP INT; (setsid sleep 4343 &); echo up; while :; do sleep 1; done }
]`,
    });
    const child = spawn(process.execPath, [cli, 'run', 'main.mld'], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    await until(() => running('sleep 4343'));
    expect(running('sleep 4343')).toBe(true);
    child.kill('SIGKILL');
    await until(() => !running('sleep 4343'));
    expect(running('sleep 4343')).toBe(false);
  }, 20_000);

  it('holds the servers it brings, each box its own', async () => {
    const outside = directory({ 'secret.txt': 'hidden', 'server.mjs': LOOKING_SERVER });
    const servers = `exe @mcpConfig() = { servers: [{ command: "node ${outside}/server.mjs ${outside}", tools: "*" }] }`;
    const held = await run(`${servers}
box { fs: { read: ["${outside}/server.mjs"] }, net: "none" } [
  show @look()
]`);
    // What it writes is gone with its jail.
    expect(held.stdout, held.stderr).toMatch(/^ENOENT (?:written|E[A-Z]+) 1\n$/);
    expect(fs.existsSync(`${outside}/made.txt`)).toBe(false);
    const { stdout, stderr } = await run(`${servers}
box { net: "none" } [
  show @look()
]
box { } [
  show @look()
]`);
    expect(stdout, stderr).toMatch(/^hidden written 1\nhidden written [2-9]\n$/);
  });

  it('serves a module in its jail', async () => {
    const outside = directory({ 'tools.mld': 'exe @greet(name) = `hi @name`', 'secret.txt': 'hidden' });
    const { stdout, stderr } =
      await run(`exe @mcpConfig() = { servers: [{ module: "${outside}/tools.mld", tools: "*" }] }
box { fs: { read: ["${outside}/tools.mld"] }, net: "none" } [
  show @greet("you")
]`);
    expect(stdout, stderr).toBe('hi you\n');
  });

  it('cannot be left through a box inside', async () => {
    const { stderr, code } = await run('box { net: "none" } [ box { net: "*" } [ run cmd { true } ] ]');
    expect(code).toBe(1);
    expect(stderr).toContain('cannot change its isolation');
  });
});

describe('isolation that cannot be had', () => {
  it.each([
    ['{ net: "none" }', 'Isolation was asked for and is not available on this machine'],
    ['{ provider: "nowhere" }', "Unknown isolation provider 'nowhere'"],
    ['{ net: "none", provider: "local" }', "The 'local' provider cannot restrict"],
    ['{ fs: { reed: ["/"] } }', 'box fs has unknown entries: reed'],
    ['{ limits: { timeMs: "soon" } }', 'box limits.timeMs must be a positive number'],
  ])('refuses %s', async (config, message) => {
    const env: Record<string, string> = message.includes('not available') ? { PATH: '/nonexistent' } : {};
    const { stdout, stderr, code } = await run(`box ${config} [ run cmd { echo ran } ]`, env);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });

  it('refuses to start a server outside of it', async () => {
    const { cwd, stdout, stderr, code } = await run(
      `exe @mcpConfig() = { servers: [{ command: "${process.execPath} made.mjs", tools: "*" }] }
box { net: "none" } [ show "inside" ]`,
      { PATH: '/nonexistent' },
    );
    expect(stderr).toContain('MlldSecurity: Isolation was asked for and is not available on this machine');
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
    expect(fs.readdirSync(cwd)).not.toContain('made.txt');
  });

  it('ends a child at the time limit', async () => {
    const { stderr, code } = await run('box { limits: { timeMs: 300 } } [ run cmd { sleep 20 } ]');
    expect(stderr).toContain('timed out after 300 ms');
    expect(code).toBe(1);
  });
});
