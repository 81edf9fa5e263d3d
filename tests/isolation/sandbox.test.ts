/** Real jails on this machine: each test attempts something a jail must not allow. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bubblewrap } from '../../runtime/host/isolation/bubblewrap.js';
import {
  type Box,
  chooseProvider,
  IsolationError,
  minimalEnvironment,
  runPlan,
  SandboxProvider,
} from '../../runtime/host/isolation/index.js';
import { running, sourceUrl, startNode, until } from './processes.js';

const found = await bubblewrap();
const usable = typeof found !== 'string';
if (!usable) console.warn(`SKIPPED: sandbox tests need bubblewrap: ${found}`);

let base: string;
let project: string;
let outside: string;

beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'jail-test-'));
  project = path.join(base, 'project');
  outside = path.join(base, 'outside');
  mkdirSync(path.join(project, 'data'), { recursive: true });
  mkdirSync(path.join(project, 'out'));
  mkdirSync(outside);
  writeFileSync(path.join(project, 'data', 'in.txt'), 'inside\n');
  writeFileSync(path.join(outside, 'secret.txt'), 'TOPSECRET\n');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const closed: Box = { fsRead: ['data'], fsWrite: ['out'], net: 'none' };

async function jailed(script: string, box: Partial<Box> = {}, argv: [string, ...string[]] = ['sh', '-c', script]) {
  const plan = await new SandboxProvider().wrap(
    { argv, cwd: project, env: minimalEnvironment({ GIVEN: 'yes' }) },
    { ...closed, ...box },
  );
  const result = await runPlan(plan);
  return { code: result.exitCode, out: result.stdout.toString(), err: result.stderr.toString(), ended: result.ended };
}

describe.skipIf(!usable)('a jail lets through what the box lists', () => {
  it('reads fs.read, writes fs.write, keeps cwd, environment and exit code', async () => {
    const result = await jailed('cat data/in.txt; echo made > out/new.txt; pwd; echo $GIVEN; exit 7');
    expect(result).toMatchObject({ code: 7, out: `inside\n${project}\nyes\n`, err: '' });
    expect(readFileSync(path.join(project, 'out', 'new.txt'), 'utf8')).toBe('made\n');
  });

  it('passes the data on standard input', async () => {
    const plan = await new SandboxProvider().wrap({ argv: ['cat'], cwd: project, env: minimalEnvironment() }, closed);
    expect((await runPlan(plan, { stdin: 'a\0b\n' })).stdout.toString()).toBe('a\0b\n');
  });

  it('reaches listed paths through a symbolic link on the way', async () => {
    symlinkSync(project, path.join(base, 'alias'));
    expect((await jailed(`cat ${base}/alias/data/in.txt`, { fsRead: [`${base}/alias/data`] })).out).toBe('inside\n');
  });

  it('expands a pattern in fs.read to the files there are', async () => {
    writeFileSync(path.join(project, 'data', 'b.json'), '{}');
    const result = await jailed('cat data/in.txt; cat data/b.json', { fsRead: ['data/*.txt'], fsWrite: [] });
    expect(result.out).toBe('inside\n');
    expect(result.err).toMatch(/b\.json.*No such file/);
  });

  it('runs a program that lives outside the system folders', async () => {
    writeFileSync(path.join(outside, 'tool'), '#!/bin/sh\necho ran "$1"\n', { mode: 0o755 });
    expect((await jailed('', {}, [path.join(outside, 'tool'), 'x'])).out).toBe('ran x\n');
  });

  it('shows everything read-only with fs.read "/"', async () => {
    const result = await jailed('cat /etc/hostname >/dev/null && cat data/in.txt; touch data/x; touch /etc/x', {
      fsRead: ['/'],
    });
    expect(result.out).toBe('inside\n');
    expect(result.err.match(/Read-only file system/g)).toHaveLength(2);
  });

  it('restricts only the network when files are open', async () => {
    const result = await jailed(
      'echo w > data/w.txt && cat data/w.txt; ls /sys/class/net 2>/dev/null; cat /proc/net/route | wc -l',
      { fsWrite: ['/'] },
    );
    expect(result.out).toContain('w\n');
    expect(result.out.trim().endsWith('1')).toBe(true);
  });
});

describe.skipIf(!usable)('a jail keeps in what is in it', () => {
  it('does not read files outside', async () => {
    const result = await jailed(
      `cat ${outside}/secret.txt; cat ../outside/secret.txt; ls ${base}; ls $HOME; cat /etc/passwd`,
    );
    expect(result.out + result.err).not.toContain('TOPSECRET');
    expect(result.out).not.toContain('outside');
    expect(result.out).not.toContain('daemon');
  });

  it('does not write outside, neither to read-only folders nor to the root', async () => {
    const result = await jailed(
      `echo x > data/in.txt; echo x > ${outside}/new; echo x > /usr/x; echo x > /x; echo x > new.txt`,
    );
    expect(result.err.match(/Read-only file system/g)).toHaveLength(3);
    expect(existsSync(path.join(outside, 'new'))).toBe(false);
    expect(existsSync('/usr/x')).toBe(false);
    expect(existsSync('/x')).toBe(false);
    expect(existsSync(path.join(project, 'new.txt'))).toBe(false);
    expect(readFileSync(path.join(project, 'data', 'in.txt'), 'utf8')).toBe('inside\n');
  });

  it('does not follow a symbolic link out, made before or inside the jail', async () => {
    symlinkSync(path.join(outside, 'secret.txt'), path.join(project, 'data', 'link'));
    const result = await jailed(
      `cat data/link; ln -s ${outside} out/escape; cat out/escape/secret.txt; echo x > out/escape/new`,
    );
    expect(result.out + result.err).not.toContain('TOPSECRET');
    expect(existsSync(path.join(outside, 'new'))).toBe(false);
    // The link it made outlives the jail; the next jail does not trust it either.
    expect((await jailed('cat out/escape/secret.txt')).out).not.toContain('TOPSECRET');
  });

  it('does not reach a listener on the loopback of the host, by TCP or by unix socket', async () => {
    const server = createTcpServer((socket) => socket.end('REACHED')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const local = createTcpServer((socket) => socket.end('REACHED')).listen('\0mlldc-test');
    const { port } = server.address() as { port: number };
    const script = (target: string) =>
      `require('net').connect(${target}).on('data', (d) => console.log(String(d))).on('error', (e) => console.log(e.code))`;
    try {
      expect((await jailed('', {}, [process.execPath, '-e', script(`${port}, '127.0.0.1'`)])).out).toBe(
        'ECONNREFUSED\n',
      );
      expect((await jailed('', {}, [process.execPath, '-e', script(`'\\0mlldc-test'`)])).out).toBe('ECONNREFUSED\n');
      expect((await jailed('', {}, [process.execPath, '-e', script(`80, '1.1.1.1'`)])).out).toBe('ENETUNREACH\n');
    } finally {
      server.close();
      local.close();
    }
  });

  it('has no capabilities, no new privileges, no user namespaces and sees no other process', async () => {
    const result = await jailed(
      'grep -E "CapEff|CapBnd|NoNewPrivs" /proc/self/status; unshare -Ur true || echo refused; ls /proc | grep -c "^[0-9]"',
    );
    expect(result.out).toMatch(
      /CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\nrefused\n[1-9]\n/,
    );
  });

  it('puts no environment value into the arguments of a process', async () => {
    const plan = await new SandboxProvider().wrap(
      { argv: ['true'], cwd: project, env: { PATH: process.env.PATH!, TOKEN: 'hunter2' } },
      closed,
    );
    expect(plan.argv.join(' ')).not.toContain('hunter2');
    expect(plan.env.TOKEN).toBe('hunter2');
    await plan.dispose();
  });

  it('ends with the process that made it, however that dies', async () => {
    const parent = path.join(base, 'parent.mjs');
    writeFileSync(path.join(project, 'out', 'pid'), '');
    writeFileSync(
      parent,
      `import { SandboxProvider, runPlan, minimalEnvironment } from ${JSON.stringify(sourceUrl('runtime/host/isolation/index.ts'))};
       const plan = await new SandboxProvider().wrap(
         { argv: ['sh', '-c', 'trap "" TERM HUP; (setsid sleep 4242 &); echo up > out/pid; while :; do sleep 1; done'], cwd: ${JSON.stringify(project)}, env: minimalEnvironment() },
         { fsRead: [], fsWrite: ['out'], net: 'none' });
       await runPlan(plan);`,
    );
    const child = startNode(parent);
    await until(() => readFileSync(path.join(project, 'out', 'pid'), 'utf8') !== '');
    await until(() => running('sleep 4242'));
    child.kill('SIGKILL');
    await until(() => !running('sleep 4242'));
    expect(running('sleep 4242')).toBe(false);
  }, 20_000);
});

describe.skipIf(!usable)('a jail with an allow list', () => {
  let server: Server;
  let port: number;
  beforeEach(async () => {
    server = createServer((request, response) => response.end(`hello ${request.headers.host} ${request.url}`)).listen(
      0,
      '127.0.0.1',
    );
    await new Promise((resolve) => server.once('listening', resolve));
    port = (server.address() as { port: number }).port;
  });
  afterEach(() => server.close());

  const curl = `const http = require('http'); const [host, port] = process.argv.slice(1);
    const proxy = new URL(process.env.HTTP_PROXY);
    http.get({ host: proxy.hostname, port: proxy.port, path: 'http://' + host + ':' + port + '/x' }, (r) => r.on('data', (d) => process.stdout.write(r.statusCode + ' ' + d)).on('end', () => tunnel()));
    function tunnel() { http.request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: host + ':' + port }).on('connect', (r, s) => {
      process.stdout.write('|' + r.statusCode + ' '); if (r.statusCode !== 200) return s.destroy(); s.write('GET /t HTTP/1.1\\r\\nHost: t\\r\\nConnection: close\\r\\n\\r\\n'); s.on('data', (d) => process.stdout.write(String(d).split('\\r\\n\\r\\n')[1] ?? '')); }).end(); }`;

  it('reaches a listed host, plainly and tunnelled', async () => {
    const result = await jailed('', { net: { allow: [`localhost:${port}`] } }, [
      process.execPath,
      '-e',
      curl,
      'localhost',
      String(port),
    ]);
    expect(result.out).toContain(`200 hello localhost:${port} /x|200 `);
    expect(result.out).toContain('hello t /t');
  });

  it('refuses every other host and port, and tells who was refused', async () => {
    const refused: string[] = [];
    const provider = new SandboxProvider({ onRefused: (host) => refused.push(host) });
    const plan = await provider.wrap(
      { argv: [process.execPath, '-e', curl, '127.0.0.1', String(port)], cwd: project, env: minimalEnvironment() },
      { ...closed, net: { allow: ['localhost', 'example.com:443'] } },
    );
    const result = await runPlan(plan);
    expect(result.stdout.toString()).toBe(`403 Network access to '127.0.0.1:${port}' denied by policy\n|403 `);
    expect(refused).toEqual([`127.0.0.1:${port}`, `127.0.0.1:${port}`]);
  });

  it('has no way around the proxy', async () => {
    const direct = `require('net').connect(${port}, '127.0.0.1').on('data', () => console.log('REACHED')).on('error', (e) => console.log(e.code))`;
    expect((await jailed('', { net: { allow: ['localhost'] } }, [process.execPath, '-e', direct])).out).toBe(
      'ECONNREFUSED\n',
    );
  });

  it('passes on the exit code', async () => {
    expect((await jailed('exit 9', { net: { allow: ['localhost'] } })).code).toBe(9);
  });

  it('leaves nothing behind on the host', async () => {
    const before = jailFolders();
    await jailed('true', { net: { allow: ['localhost'] } });
    expect(jailFolders()).toEqual(before);
  });
});

describe('isolation that cannot be had', () => {
  it('is refused, not left out', async () => {
    const absent = {
      name: 'sandbox',
      available: async () => 'no bwrap',
      wrap: () => Promise.reject(new Error('not reached')),
    };
    await expect(chooseProvider(closed, new Map([['sandbox', absent]]))).rejects.toThrow(
      'Isolation was asked for and is not available on this machine: no bwrap',
    );
  });

  it.skipIf(!usable)('refuses entries it cannot enforce as written', async () => {
    await expect(jailed('true', { fsWrite: ['*.txt'] })).rejects.toThrow(IsolationError);
    await expect(jailed('true', { fsWrite: ['absent'] })).rejects.toThrow("fs.write entry 'absent' does not exist");
    await expect(jailed('', {}, ['no-such-program-x'])).rejects.toThrow('Command not found: no-such-program-x');
  });
});

function jailFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(`mlldc-jail-${process.pid}-`));
}
