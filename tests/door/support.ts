import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach } from 'vitest';
import { loadConfig } from '../../runtime/host/config.js';
import { createDoor, type Door, type DoorOptions } from '../../runtime/host/door.js';
import type { MarkParts } from '../../runtime/shared/marks.js';
import type { OperationName } from '../../runtime/shared/operations.js';
import type { Denial, DoorError, DoorReply } from '../../runtime/shared/protocol.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A fresh directory, removed after the test, holding the given files. */
export function project(files: Record<string, string> = {}): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'mlldc-door-')));
  cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  return dir;
}

export interface TestDoor extends Door {
  dir: string;
  /** The value of a successful reply; fails the test otherwise. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into values of every shape
  value(op: OperationName, args: Record<string, unknown>): Promise<any>;
  error(op: OperationName, args: Record<string, unknown>): Promise<DoorError>;
  denial(op: string, args: Record<string, unknown>): Promise<Denial>;
  ask(op: string, args: Record<string, unknown>, marks?: Record<string, MarkParts>): Promise<DoorReply>;
  printed: { stdout: string; stderr: string };
}

let nextId = 1;

/** A door on a fresh project, closed after the test. */
export function openDoor(options: Partial<DoorOptions> & { files?: Record<string, string> } = {}): TestDoor {
  const { files, ...rest } = options;
  const dir = rest.dir ?? project(files);
  const printed = { stdout: '', stderr: '' };
  const capture = (name: 'stdout' | 'stderr') => new PassThrough().on('data', (chunk) => (printed[name] += chunk));
  const door = createDoor({
    dir,
    config: loadConfig(dir),
    stdin: null,
    console: { stdout: capture('stdout'), stderr: capture('stderr') },
    handleSignals: false,
    ...rest,
  });
  cleanups.push(() => door.close());

  async function ask(
    op: string,
    args: Record<string, unknown>,
    marks: Record<string, MarkParts> = {},
  ): Promise<DoorReply> {
    const values = Object.fromEntries(
      Object.entries(args).map(([name, data]) => [name, { data, ...(marks[name] && { mark: marks[name] }) }]),
    );
    return door.handle({ id: nextId++, op, args: values, site: 0 });
  }
  const part = (key: 'value' | 'error' | 'denied') => async (op: string, args: Record<string, unknown>) => {
    const reply = await ask(op, args);
    if (!(key in reply)) throw new Error(`expected ${key}, got ${JSON.stringify(reply).slice(0, 2000)}`);
    return (reply as unknown as Record<string, unknown>)[key] as never;
  };
  return { ...door, dir, ask, value: part('value'), error: part('error'), denial: part('denied'), printed };
}
