/** A real host process with a door, told to stop in the ways hosts are told to stop. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from 'vite';
import { beforeAll, describe, expect, test } from 'vitest';
import { project } from './support.js';

const ROOT = join(import.meta.dirname, '../..');
let door: string;

/** The door as it ships: bundled and minified. */
beforeAll(async () => {
  const built = await build({
    root: ROOT,
    logLevel: 'silent',
    configFile: false,
    ssr: { external: true },
    build: {
      write: false,
      ssr: join(ROOT, 'runtime/host/door.ts'),
      minify: true,
      target: 'node20',
      rollupOptions: { output: { codeSplitting: false } },
    },
  });
  door = (built as { output: { code: string }[] }).output[0]!.code;
}, 60_000);

/** Starts a host that runs `program`: JavaScript that can `ask(op, args)` a door. */
async function startHost(program: string) {
  const dir = project({ 'mlld-config.json': '{}', 'door.mjs': door });
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  const file = join(dir, 'host.mjs');
  writeFileSync(
    file,
    `import { createDoor } from './door.mjs';
    const door = createDoor({ dir: ${JSON.stringify(dir)}, stdin: null });
    const ask = (op, args) => door.handle({ id: 1, op, site: 0, args: Object.fromEntries(Object.entries(args).map(([k, data]) => [k, { data }])) });
    process.on('SIGUSR2', () => process.exit(7));
    ${program}`,
  );
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let printed = '';
  child.stdout.on('data', (chunk) => (printed += chunk));
  child.stderr.on('data', (chunk) => (printed += chunk));
  return {
    child,
    pids: (...names: string[]) => Promise.all(names.map((name) => readPid(join(dir, name), () => printed))),
  };
}

async function readPid(file: string, report: () => string): Promise<number> {
  for (let i = 0; i < 400; i++) {
    if (existsSync(file) && readFileSync(file, 'utf8').endsWith('\n')) return Number(readFileSync(file, 'utf8'));
    await delay(25);
  }
  throw new Error(`no ${file}: ${report()}`);
}

function alive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function goneWithin(pids: readonly number[], ms: number): Promise<boolean> {
  const deadline = Date.now() + ms;
  while (pids.some(alive) && Date.now() < deadline) await delay(25);
  return !pids.some(alive);
}

const BUSY = `
  ask('exec.sh', { shell: 'sh', code: 'sleep 300 & echo $! > background; echo $$ > shell; wait' });
  ask('exec.node', { code: 'require("fs").writeFileSync("node", process.pid + "\\\\n"); await new Promise(() => setInterval(() => {}, 1000))', params: [], values: {}, scope: 'm' });`;

describe('a host that is told to stop', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s leaves no process behind and exits as shells count', async (signal, exitCode) => {
    const host = await startHost(BUSY);
    const pids = await host.pids('background', 'shell', 'node');
    expect(pids.every(alive)).toBe(true);
    host.child.kill(signal);
    const [code] = await once(host.child, 'exit');
    expect(code).toBe(exitCode);
    expect(pids.filter(alive)).toEqual([]);
  });

  test('leaves the ending to whoever else listens', async () => {
    const host = await startHost(`process.on('SIGINT', () => setTimeout(() => process.exit(9), 1500));${BUSY}`);
    const pids = await host.pids('background', 'shell', 'node');
    host.child.kill('SIGINT');
    expect((await once(host.child, 'exit'))[0]).toBe(9);
    expect(pids.filter(alive)).toEqual([]);
  });

  test('by process.exit in the middle leaves no process behind', async () => {
    const host = await startHost(BUSY);
    const pids = await host.pids('background', 'shell', 'node');
    host.child.kill('SIGUSR2');
    expect((await once(host.child, 'exit'))[0]).toBe(7);
    expect(await goneWithin(pids, 500)).toBe(true);
  });

  test('by SIGKILL leaves no process behind', async () => {
    const host = await startHost(BUSY);
    const pids = await host.pids('background', 'shell', 'node');
    host.child.kill('SIGKILL');
    await once(host.child, 'exit');
    expect(await goneWithin(pids, 4_000)).toBe(true);
  });

  test('lives until it has closed, with nothing else to wait for', async () => {
    const host = await startHost(
      `await ask('exec.node', { code: '1', params: [], values: {}, scope: 'm' }); await door.close(); process.exitCode = 5;`,
    );
    expect((await once(host.child, 'exit'))[0]).toBe(5);
  });

  test('ends by itself when the program is done, though a node child is idle', async () => {
    const host = await startHost(
      `await ask('exec.node', { code: '1', params: [], values: {}, scope: 'm' }); await ask('exec.cmd', { command: 'true' });`,
    );
    expect((await once(host.child, 'exit'))[0]).toBe(0);
  });
});
