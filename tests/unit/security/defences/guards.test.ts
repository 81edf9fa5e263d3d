/** Guards, their overrides and hooks, each defence by itself. */

import { describe, expect, test } from 'vitest';
import type { Box } from '../../../../runtime/guest/box.js';
import {
  allow,
  call,
  constant,
  type Decide,
  deny,
  doing,
  guard,
  label,
  labels,
  operation,
  REASON,
  r,
} from './setup.js';

describe('guards', () => {
  test('on a label judge inputs', () => {
    guard(label('secret'), deny);
    expect(() => call(constant(), r.secret('s'))).toThrow(`Guard blocked operation: ${REASON}`);
    expect(() => call(constant(), r.box('s'))).not.toThrow();
  });
  test('on provenance judge taint (leak 13)', () => {
    guard(label('src:js'), deny);
    expect(() => call(constant(), r.rt.js('m0', 0, [], 0))).toThrow(REASON);
  });
  test('on a label judge what is inside containers', () => {
    guard(label('secret'), deny);
    expect(() => call(constant(), r.rt.makeArray([r.box('x'), r.secret('s')]))).toThrow(REASON);
  });
  test('on a label judge captured variables (leak 18)', () => {
    guard(label('secret'), deny);
    const s = r.secret('s');
    expect(() => call(r.exe('f', [], () => r.box('c'), { captures: () => [s] }))).toThrow(REASON);
  });
  test('and those read through another executable', () => {
    guard(label('secret'), deny);
    const s = r.secret('s');
    const inner = r.exe('g', [], () => r.box('c'), { captures: () => [s] });
    expect(() => call(r.exe('f', [], () => r.box('c'), { captures: () => [inner] }))).toThrow(REASON);
  });
  test('on runs judge what `run` calls, whatever its body', () => {
    guard(operation('run'), deny);
    const ran = r.context.with({ ran: true });
    const template = r.exe('f', ['x'], (_c, x) => x, { medium: 'template' });
    expect(() => r.rt.call(ran, template, 'f', [r.box('s')], 0)).toThrow('Operation: /run (runExec)');
    expect(() => r.rt.call(r.context, template, 'f', [r.box('s')], 0)).not.toThrow();
  });
  test('are asked once, whatever they answer', () => {
    let asked = 0;
    guard(operation('exe'), () => {
      asked++;
      return { kind: 'allow', value: r.box('other'), options: {}, site: 0 };
    });
    expect(
      call(
        r.exe('f', ['x'], (_, x) => x!),
        r.box('s'),
      ).value,
    ).toBe('other');
    guard(operation('exe'), deny);
    expect(() => call(constant(), r.box('s'))).toThrow(REASON);
    expect(asked).toBe(2);
  });
  test('judge effects, also where the path is labelled', () => {
    guard(label('secret'), deny);
    expect(() => r.rt.show(r.context, r.secret('s'), 0)).toThrow(REASON);
    const output = (path: Box): unknown =>
      r.rt.output(r.context, { dir: '/p', root: '/p' } as never, r.box('x'), { kind: 'file', path }, null, 0);
    expect(() => output(r.box('/p/f'))).not.toThrow();
    expect(() => output(r.secret('/p/f'))).toThrow(REASON);
  });
  test('on a label of the operation need no inputs (leak 12)', () => {
    guard(label('destructive'), deny);
    expect(() => call(r.exe('f', [], () => r.box('c'), { labels: ['destructive'] }))).toThrow(REASON);
  });
  test('on op:exe judge stages (leak 14)', () => {
    guard(operation('exe'), deny);
    const target = constant();
    const stage = { kind: 'call' as const, name: 'f', target: () => target, args: null, inputArg: false, site: 0 };
    expect(() => r.rt.pipe(r.context, { run: () => r.box('s'), retryable: false }, [stage], { site: 0 })).toThrow(
      REASON,
    );
  });
  test('on op:run judge js blocks (leak 15)', () => {
    guard(operation('run'), deny);
    expect(() => r.rt.jsBlock(r.context, false, 'm0', 0, [], 0)).toThrow(REASON);
  });
  test('match operations by prefix', () => {
    guard(operation('net'), deny);
    expect(() => call(r.exe('f', [], () => r.box('c'), { labels: ['net:w'] }))).toThrow(REASON);
  });
  test('on a function match its name', () => {
    guard({ kind: 'function', value: 'f' }, deny);
    expect(() => call(constant(), r.box('s'))).toThrow(REASON);
    expect(() => call(r.exe('g', [], () => r.box('c')))).not.toThrow();
  });
  test('judge effects', () => {
    guard(operation('show'), deny);
    expect(() => r.rt.show(r.context, r.box('s'), 0)).toThrow(REASON);
    expect(r.written('stdout')).toBe('');
  });
  test('judge the parts of a shown template', () => {
    guard(label('secret'), (c) => ({
      kind: 'allow',
      value: r.box(`<${String(c.guard!.input!.value)}>`),
      options: {},
      site: 0,
    }));
    r.rt.show(r.context, r.rt.parts(['a ', ''], [r.secret('s')]), 0);
    expect(r.written('stdout')).toBe('a <s>\n');
  });
  test('after an operation judge its result', () => {
    guard(label('secret'), deny, { timing: 'after' });
    expect(() => call(r.exe('f', [], () => r.secret('s')))).toThrow(REASON);
  });
  test('always run in both phases', () => {
    let runs = 0;
    guard(
      operation('exe'),
      doing(() => runs++, null),
      { timing: 'always' },
    );
    call(constant(), r.box('s'));
    expect(runs).toBe(2);
  });
  test('all run and a deny beats an allow, whatever the order', () => {
    guard(operation('exe'), deny);
    guard(operation('exe'), allow);
    expect(() => call(constant(), r.box('s'))).toThrow(REASON);
  });
  test('a deny beats a retry', () => {
    guard(operation('exe'), deny);
    guard(operation('exe'), () => ({ kind: 'retry', hint: 'again', site: 0 }));
    expect(() => call(constant(), r.box('s'))).toThrow(`Guard blocked operation: ${REASON}`);
  });
  test('a before guard cannot retry outside a pipeline', () => {
    guard(operation('exe'), () => ({ kind: 'retry', hint: 'again', site: 0 }));
    expect(() => call(constant(), r.box('s'))).toThrow('guard retry requires pipeline context');
  });
  test('an after guard retries three times at most', () => {
    let runs = 0;
    guard(operation('exe'), () => ({ kind: 'retry', hint: 'again', site: 0 }), { timing: 'after' });
    expect(() =>
      call(
        r.exe(
          'f',
          [],
          doing(() => runs++, r.box('c')),
        ),
      ),
    ).toThrow('Guard retry limit exceeded (3)');
    expect(runs).toBe(3);
  });
  test('a replacement is what runs, and keeps the mark', () => {
    guard(label('secret'), () => ({ kind: 'allow', value: r.box('clean'), options: {}, site: 0 }));
    const result = call(
      r.exe('f', ['x'], (_c, x) => x),
      r.secret('s'),
    );
    expect(result.value).toBe('clean');
    expect(labels(result)).toEqual(['secret']);
  });
  test('are not guarded themselves', () => {
    const helper = constant();
    guard(
      operation('exe'),
      doing((c) => r.rt.call(c, helper, 'f', [], 0), null),
    );
    expect(() => call(constant(), r.box('s'))).not.toThrow();
  });
  test('see streaming refused', () => {
    guard(operation('exe'), allow, { timing: 'after' });
    expect(() => r.rt.call(r.rt.streaming(r.context), constant(), 'f', [], 0)).toThrow(
      'Cannot run after-guards when streaming is enabled.',
    );
  });
  test('see streaming refused that a definition asks for, unless the call says otherwise', () => {
    guard(operation('exe'), allow, { timing: 'after' });
    const streams = r.exe('f', [], () => r.box('c'), { streams: true });
    expect(() => r.rt.call(r.context, streams, 'f', [], 0)).toThrow('Cannot run after-guards');
    expect(r.rt.call(r.rt.streaming(r.context, r.box(false)), streams, 'f', [], 0).value).toBe('c');
  });
  test('have unique names', () => {
    guard(operation('exe'), allow, { name: 'g' });
    expect(() => guard(operation('exe'), allow, { name: 'g' })).toThrow('Guard with name g already exists');
  });
  test('a denial is handled where the executable says so, with the guarded input', () => {
    guard(label('secret'), deny);
    const handles = r.exe('f', ['x'], (c) => r.box(c.guard?.mx.get('denied')?.value === true ? 'handled' : 'ran'), {
      handlesDenied: true,
    });
    expect(call(handles, r.secret('s')).value).toBe('handled');
    expect(r.written('stderr')).toContain(`[Guard Warning] ${REASON}`);
  });
  test('a denial inside a call that passed is handled by it', () => {
    guard(label('secret'), deny);
    const inner = constant();
    const handles = r.exe('g', [], (c) => (c.guard ? r.box('handled') : r.rt.call(c, inner, 'f', [r.secret('s')], 0)), {
      handlesDenied: true,
    });
    expect(call(handles).value).toBe('handled');
  });
  test('previews never show a secret', () => {
    guard(label('secret'), deny);
    try {
      call(constant(), r.secret('sss'));
    } catch (error) {
      expect(JSON.stringify((error as { info: { details: unknown } }).info.details)).toContain('[REDACTED]');
      expect(JSON.stringify((error as { info: { details: unknown } }).info.details)).not.toContain('sss');
    }
    expect.hasAssertions();
  });
});

describe('env actions', () => {
  const env =
    (value: unknown): Decide =>
    () => ({ kind: 'env', value: r.box(value), site: 0 });
  test('restrict the operation', () => {
    guard({ kind: 'function', value: 'f' }, env({ policy: { labels: { secret: { deny: ['op:exe'] } } } }));
    expect(() => call(constant(), r.secret('s'))).toThrow("Label 'secret' cannot flow to 'op:exe'");
    expect(() => call(constant(), r.box('s'))).not.toThrow();
  });
  test.each([[{ policy: 5 }], ['x'], [{}], [null]])('%j is refused', (value) => {
    guard({ kind: 'function', value: 'f' }, env(value));
    expect(() => call(constant(), r.box('s'))).toThrow('Guard env');
  });
});

describe('overrides', () => {
  const off = (value: unknown) => r.rt.overrideGuards(r.context, r.box(value), 0);
  test('are for the call, not for what it does', () => {
    guard({ kind: 'function', value: 'g' }, deny);
    const inner = r.exe('g', [], () => r.box('c'));
    const outer = r.exe('f', [], (c) => r.rt.call(c, inner, 'g', [], 0));
    expect(() => r.rt.call(off(false), outer, 'f', [], 0)).toThrow(REASON);
  });
  test('are not for hooks, whose code is guarded', () => {
    guard({ kind: 'function', value: 'g' }, deny);
    const inner = r.exe('g', [], () => r.box('c'));
    const seen: string[] = [];
    r.rt.registerHook({
      name: null,
      timing: 'before',
      filter: { kind: 'function', value: 'f' },
      site: 0,
      run: (c) => {
        try {
          return r.rt.call(c, inner, 'g', [], 0);
        } catch (error) {
          seen.push((error as Error).message);
          throw error;
        }
      },
    });
    r.rt.call(off(false), constant(), 'f', [r.box(1)], 0);
    call(constant(), r.box(1));
    expect(seen).toEqual([expect.stringContaining(REASON), expect.stringContaining(REASON)]);
  });
  test('false switches guards off', () => {
    guard(operation('exe'), deny);
    expect(() => r.rt.call(off(false), constant(), 'f', [], 0)).not.toThrow();
  });
  test('privileged guards stay', () => {
    guard(operation('exe'), deny, { privileged: true });
    expect(() => r.rt.call(off(false), constant(), 'f', [], 0)).toThrow(REASON);
  });
  test('only keeps the named, except drops them', () => {
    guard(operation('exe'), deny, { name: 'g' });
    expect(() => r.rt.call(off({ only: ['@g'] }), constant(), 'f', [], 0)).toThrow(REASON);
    expect(() => r.rt.call(off({ only: ['@h'] }), constant(), 'f', [], 0)).not.toThrow();
    expect(() => r.rt.call(off({ except: ['@g'] }), constant(), 'f', [], 0)).not.toThrow();
    expect(() => r.rt.call(off({ except: ['@h'] }), constant(), 'f', [], 0)).toThrow(REASON);
  });
  test('are refused where the project forbids them, guards or not', () => {
    r.state.bypass.allowed = false;
    expect(() => off(false)).toThrow('Guard bypass disabled');
    expect(() => off({ only: ['@g'] })).toThrow('Guard bypass disabled');
  });
  test.each([[true], ['x'], [{ only: ['@a'], except: ['@b'] }], [{ only: 'a' }], [{ only: ['a'] }], [{ only: ['@'] }]])(
    '%j is no override',
    (value) => {
      expect(() => off(value)).toThrow('Guard override');
    },
  );
});

describe('hooks', () => {
  const hook = (timing: 'before' | 'after', run: () => Box): void =>
    r.rt.registerHook({ name: null, timing, filter: operation('exe'), site: 0, run });
  test('what they answer keeps the marks', () => {
    hook('after', () => r.box('clean'));
    expect(labels(call(constant(), r.secret('s')))).toEqual(['secret']);
    hook('before', () => r.box('clean'));
    expect(
      labels(
        call(
          r.exe('f', ['x'], (_c, x) => x),
          r.secret('s'),
        ),
      ),
    ).toEqual(['secret']);
  });
  test('what they put in the place of an input is guarded', () => {
    hook('before', () => r.secret('s'));
    guard(label('secret'), deny);
    expect(() => call(constant(), r.box('x'))).toThrow(REASON);
  });
  test('a failing hook does not stop the operation', () => {
    hook('before', () => {
      throw new Error('boom');
    });
    expect(call(constant(), r.box('x')).value).toBe('c');
  });
});
