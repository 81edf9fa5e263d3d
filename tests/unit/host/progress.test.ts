import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { Console } from '../../../runtime/host/bindings/console/console.js';
import type { CheckedRequest } from '../../../runtime/host/monitor/index.js';
import { Activity } from '../../../runtime/host/progress/activity.js';
import { isWatched } from '../../../runtime/host/progress/index.js';
import { renderInterruption } from '../../../runtime/host/progress/interruption.js';
import { StatusLine } from '../../../runtime/host/progress/status-line.js';
import type { Bundle } from '../../../runtime/shared/bundle.js';
import { EMPTY, makeMark } from '../../../runtime/shared/marks.js';

const command = (text: string, mark = EMPTY, site = 0): CheckedRequest =>
  ({ op: 'exec.cmd', args: { command: text }, marks: {}, mark, site }) as unknown as CheckedRequest;

/** A terminal that remembers what was written; `screen` is what its last line shows. */
function terminal(columns?: number) {
  let text = '';
  return {
    columns,
    write(more: string) {
      text += more;
    },
    get screen() {
      return text.slice(text.lastIndexOf('\x1b[K') + 3);
    },
    get text() {
      return text;
    },
  };
}

/** A status line over `activity`, drawn at once. */
function drawn(activity: Activity, columns?: number): string {
  const screen = terminal(columns);
  new StatusLine(screen, activity, () => performance.now()).show();
  return screen.screen.replace(/ {2}\d+s$/, '').slice(3);
}

describe('the activity of a run', () => {
  test('has what is under way, the oldest first', () => {
    const activity = new Activity();
    const end = activity.begin(command('sleep 1\necho x'));
    activity.begin(command('sleep 2'));
    expect(activity.tasks.map(({ label }) => label)).toEqual(['sleep 1 …', 'sleep 2']);
    end();
    expect(activity.tasks.map(({ label }) => label)).toEqual(['sleep 2']);
  });

  test('leaves out what nobody waits for', () => {
    const activity = new Activity();
    activity.begin({ ...command(''), op: 'clock.now' } as unknown as CheckedRequest);
    expect(activity.tasks).toEqual([]);
  });

  test('shows nothing of a command with labels', () => {
    const activity = new Activity();
    activity.begin(command('curl -H hunter2', makeMark({ labels: ['secret'] })));
    expect(activity.tasks).toMatchObject([{ label: null, kind: 'command' }]);
    expect(drawn(activity)).toBe('command');
  });

  test('has what was reported until it ends', () => {
    const activity = new Activity();
    activity.report('a', { done: 1, total: 3 });
    activity.report('b', { done: 5, message: 'indexing' });
    activity.report('a', { done: 2, total: 3 });
    expect(drawn(activity)).toBe('2/3  5 indexing');
    activity.report('a', { done: 3, total: 3 });
    activity.report('b', null);
    expect(activity.progress).toEqual([]);
  });
});

describe('the status line', () => {
  test('names the oldest operation and counts the others', () => {
    const activity = new Activity();
    for (const text of ['sleep 1', 'sleep 2', 'sleep 3']) activity.begin(command(text));
    expect(drawn(activity)).toBe('sleep 1 (+2)');
  });

  test.each([
    ['letters', 'x'.repeat(200)],
    ['wide characters', '漢'.repeat(200)],
    ['joined characters', '👩‍👩‍👧'.repeat(200)],
  ])('leaves the last column of the terminal free: %s', async (_what, text) => {
    const { default: stringWidth } = await import('string-width');
    const activity = new Activity();
    activity.report('a', { done: 1, message: text });
    const screen = terminal(40);
    new StatusLine(screen, activity).show();
    expect(stringWidth(screen.screen)).toBeLessThanOrEqual(39);
    expect(stringWidth(screen.screen)).toBeGreaterThanOrEqual(37);
    expect(screen.screen).toMatch(/…$/);
  });

  test('makes characters visible that would act on the terminal', () => {
    const activity = new Activity();
    activity.report('a', { done: 1, message: 'a\x1b[2Jb\nc' });
    expect(drawn(activity)).toBe('1 a␛[2Jb␊c');
  });

  test('is taken away when nothing is left to wait for', () => {
    const activity = new Activity();
    const end = activity.begin(command('sleep 1'));
    const screen = terminal();
    const line = new StatusLine(screen, activity);
    line.show();
    end();
    line.show();
    expect(screen.screen).toBe('');
  });
});

describe('the console', () => {
  function open() {
    let text = '';
    const stream = Object.assign(
      new Writable({
        write(chunk, _encoding, done) {
          text += chunk;
          done();
        },
      }),
      { isTTY: true },
    );
    const console = new Console({ stdout: stream, stderr: stream });
    console.cover({ hide: () => (text += '<hide>'), show: () => (text += '<show>') });
    return { console, text: () => text };
  }

  test('prints above what covers its last line', async () => {
    const { console, text } = open();
    await console.write('stdout', 'a\n');
    expect(text()).toBe('<hide>a\n<show>');
  });

  test('covers nothing in the middle of a line', async () => {
    const { console, text } = open();
    await console.write('stdout', 'a');
    console.refresh();
    await console.write('stderr', 'b\n');
    expect(text()).toBe('<hide>a<hide>b\n<show>');
  });

  test('uncovers its last line when it is released', () => {
    const { console, text } = open();
    console.release();
    console.refresh();
    expect(text()).toBe('<hide>');
  });
});

describe('a status line is shown', () => {
  test('on a terminal', () => expect(isWatched(false, { TERM: 'xterm', CI: 'false' }, true)).toBe(true));
  test.each<[string, boolean, NodeJS.ProcessEnv, boolean | undefined]>([
    ['not in a pipe', false, {}, undefined],
    ['not with --quiet', true, {}, true],
    ['not with NO_COLOR', false, { NO_COLOR: '1' }, true],
    ['not in CI', false, { CI: 'true' }, true],
    ['not where the cursor cannot move', false, { TERM: 'dumb' }, true],
  ])('%s', (_name, quiet, env, isTerminal) => expect(isWatched(quiet, env, isTerminal)).toBe(false));
});

describe('who stops a run is told', () => {
  const bundle = {
    sites: [[0, 2, 5, 4]],
    sources: [{ id: 0, file: 'main.mld', text: 'a\nrun cmd { sleep 9 }\n' }],
  } as unknown as Bundle;

  test('what was running, and where it stands', () => {
    const activity = new Activity();
    activity.begin(command('sleep \x1b9'));
    expect(renderInterruption(bundle, 'SIGINT', activity.tasks)).toBe(
      '\nStopped by SIGINT. Still running:\n  command: sleep ␛9 (main.mld:2:5, 0.0 s)\n',
    );
  });

  test('how much more there was', () => {
    const activity = new Activity();
    for (let i = 0; i < 20; i++) activity.begin(command('true'));
    expect(renderInterruption(bundle, 'SIGTERM', activity.tasks)).toMatch(/\n {2}… and 12 more\n$/);
  });

  test('that the script was computing', () => {
    expect(renderInterruption(bundle, 'SIGINT', [])).toBe('\nStopped by SIGINT while the script was computing.\n');
  });
});
