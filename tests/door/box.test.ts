import { describe, expect, test } from 'vitest';
import { type Command, IsolationError, type SpawnPlan } from '../../runtime/host/isolation/types.js';
import { openDoor } from './support.js';

/** A box that can be seen from inside and counts how often it was given back. */
function visibleBox(limits: SpawnPlan['limits'] = {}) {
  const box = {
    disposed: 0,
    isolate: async (command: Command): Promise<SpawnPlan> => ({
      argv: ['/usr/bin/env', 'BOXED=yes', ...command.argv],
      cwd: command.cwd,
      env: command.env,
      limits,
      dispose: async () => void box.disposed++,
    }),
  };
  return box;
}

describe('a box around children', () => {
  test('holds commands, scripts, python and node, large values and stdin included', async () => {
    const box = visibleBox();
    const door = openDoor({ isolate: box.isolate });
    expect((await door.value('exec.cmd', { command: 'echo $BOXED; cat', stdin: 'in' })).stdout).toBe('yes\nin');
    const big = 'b'.repeat(300_000);
    expect((await door.value('exec.sh', { shell: 'sh', code: 'echo $BOXED ${#big}', params: { big } })).stdout).toBe(
      'yes 300000\n',
    );
    expect(
      (await door.value('exec.py', { code: 'import os; print(os.environ["BOXED"])', params: [], values: {} })).stdout,
    ).toBe('yes\n');
    expect(box.disposed).toBe(3);
    expect(
      (await door.value('exec.node', { code: 'process.env.BOXED', params: [], values: {}, scope: 'm' })).value,
    ).toBe('yes');
    await door.close();
    expect(box.disposed).toBe(4);
  });

  test('its limits count besides those of the run', async () => {
    expect(
      await openDoor({ isolate: visibleBox({ outputBytes: 100 }).isolate }).error('exec.cmd', { command: 'yes' }),
    ).toMatchObject({ code: 'EXEC_OUTPUT_LIMIT' });
    expect(
      await openDoor({ isolate: visibleBox({ timeMs: 100 }).isolate }).error('exec.cmd', { command: 'sleep 60' }),
    ).toMatchObject({ code: 'EXEC_TIMEOUT' });
  });

  test('that cannot be had denies the command', async () => {
    const door = openDoor({
      isolate: async () => {
        throw new IsolationError('no bubblewrap here', 'ISOLATION_UNAVAILABLE');
      },
    });
    expect(await door.denial('exec.cmd', { command: 'echo x' })).toEqual({
      code: 'ISOLATION_UNAVAILABLE',
      message: 'no bubblewrap here',
    });
    expect(await door.denial('exec.node', { code: '1', params: [], values: {}, scope: 'm' })).toMatchObject({
      code: 'ISOLATION_UNAVAILABLE',
    });
    expect(await door.denial('exec.node', { code: '1', params: [], values: {}, scope: 'm' })).toMatchObject({
      code: 'ISOLATION_UNAVAILABLE',
    });
  });
});
