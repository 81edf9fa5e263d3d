import { PassThrough, Readable, Writable } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { Console } from '../../runtime/host/bindings/console/console.js';
import { openDoor } from './support.js';

describe('console.write', () => {
  test('writes to both streams in order', async () => {
    const door = openDoor();
    await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        door.value('console.write', { stream: i % 2 ? 'stderr' : 'stdout', text: `${i}\n` }),
      ),
    );
    expect(door.printed.stdout).toBe(Array.from({ length: 50 }, (_, i) => `${2 * i}\n`).join(''));
    expect(door.printed.stderr).toBe(Array.from({ length: 50 }, (_, i) => `${2 * i + 1}\n`).join(''));
  });

  test('waits for a slow reader', async () => {
    const slow = new PassThrough({ highWaterMark: 10 });
    const out = new Console({ stdout: slow, stderr: new PassThrough() });
    let written = false;
    const write = out.write('stdout', 'x'.repeat(100)).then(() => (written = true));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(written).toBe(false);
    slow.resume();
    await write;
    expect(written).toBe(true);
    out.release();
  });

  test('stays quiet when the reader has gone, and says so once', async () => {
    const broken = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('broken'), { code: 'EPIPE' })),
      highWaterMark: 1,
    });
    const onPipeClosed = vi.fn();
    const out = new Console({ stdout: broken, stderr: new PassThrough(), onPipeClosed });
    await out.write('stdout', 'first');
    await out.write('stdout', 'second');
    expect(onPipeClosed).toHaveBeenCalledTimes(1);
    out.release();
  });
});

describe('inputs', () => {
  test('clock.now answers the mocked time, clock.sleep waits', async () => {
    const door = openDoor({ now: () => new Date(0) });
    expect(await door.value('clock.now', {})).toBe('1970-01-01T00:00:00.000Z');
    const started = performance.now();
    await door.value('clock.sleep', { ms: 60 });
    expect(performance.now() - started).toBeGreaterThan(50);
  });

  test('a sleep longer than timers can count does not end at once', async () => {
    const door = openDoor();
    const sleep = door.ask('clock.sleep', { ms: 2 ** 40 });
    expect(await Promise.race([sleep, new Promise((resolve) => setTimeout(resolve, 60, 'still asleep'))])).toBe(
      'still asleep',
    );
  });

  test('a sleep ends with the run', async () => {
    const door = openDoor();
    const sleep = door.ask('clock.sleep', { ms: 100_000 });
    await door.close();
    expect(await sleep).toHaveProperty('error');
  });

  test('input.read answers standard input, however often it is asked', async () => {
    const door = openDoor({ stdin: Readable.from([Buffer.from('{"a":'), Buffer.from('1}')]) });
    expect([await door.value('input.read', {}), await door.value('input.read', {})]).toEqual(['{"a":1}', '{"a":1}']);
    expect(await openDoor().value('input.read', {})).toBeNull();
    expect(
      await openDoor({ stdin: Readable.from([Buffer.alloc(100)]), limits: { file: 10 } }).error('input.read', {}),
    ).toMatchObject({ code: 'INPUT_TOO_LARGE' });
    expect(await door.ask('input.read', {})).toMatchObject({ mark: { taint: ['src:user'], sources: ['input'] } });
  });

  test('env.get answers what is allowed and names what is not', async () => {
    const files = { 'mlld-config.json': '{"security":{"allowedEnvVars":["MINE"]}}' };
    const door = openDoor({ files, environment: { HOME: '/h', MINE: 'm', SECRET: 's' } });
    const value = await door.value('env.get', {
      names: ['HOME', 'MINE', 'SECRET', 'NONE', '__proto__', 'constructor'],
    });
    expect(JSON.parse(JSON.stringify(value))).toEqual(
      JSON.parse(
        '{"values":{"HOME":"/h","MINE":"m","SECRET":null,"NONE":null,"__proto__":null,"constructor":null},"hidden":["SECRET"]}',
      ),
    );
  });

  test('env.set does not touch the host', async () => {
    const door = openDoor();
    await door.value('env.set', { name: 'MLLDC_TEST_SET', text: 'v' });
    expect((await door.value('env.get', { names: ['MLLDC_TEST_SET'] })).values).toEqual({ MLLDC_TEST_SET: 'v' });
    expect(process.env.MLLDC_TEST_SET).toBeUndefined();
    expect(await door.error('env.set', { name: 'a b', text: '' })).toMatchObject({ code: 'EXEC_INVALID_ENV' });
  });

  test('state.write hands the value to the caller', async () => {
    const writes: unknown[] = [];
    const door = openDoor({ onStateWrite: (write) => writes.push(write) });
    await door.value('state.write', { path: 'k', value: { a: [1] } });
    expect(writes).toEqual([{ path: 'k', value: { a: [1] } }]);
  });

  test('project.root is where the project is', async () => {
    const door = openDoor({ files: {} });
    expect(await door.value('project.root', {})).toBe(door.dir);
  });
});
