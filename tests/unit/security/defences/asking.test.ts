/** Calls whose guards just let them pass are asked about in a short way; what is more than that is not lost in it. */

import { describe, expect, test } from 'vitest';
import type { Box } from '../../../../runtime/guest/box.js';
import type { Context } from '../../../../runtime/guest/context.js';
import type { GuardDecision } from '../../../../runtime/guest/security/registry.js';
import { call, constant, type Decide, deny, doing, guard, label, operation, REASON, r } from './setup.js';

const ONCE = { mayRetry: false } as const;
const passes: Decide = () => r.state.ALLOW;
const nothing: Decide = () => null;
const replace =
  (make: (context: Context) => string): Decide =>
  (context): GuardDecision => ({ kind: 'allow', value: r.box(make(context)), options: {}, site: 0 });
const input = (context: Context): unknown => (context.guard!.input!.value as { get(i: string): Box }).get('0').value;
const echo = (): Box => r.exe('f', ['x'], (_, x) => x!, { medium: 'template' });
/** Names of the guards that were asked before the one that is asked. */
const askedBefore = (context: Context): unknown =>
  (r.rt.field(context.guard!.mx.get('guard')!, 'trace', 0).value as { guardName: string }[]).map(
    ({ guardName }) => guardName,
  );

describe.each(['before', 'after'] as const)('guards %s a call', (timing) => {
  const during = { ...ONCE, timing };

  test.each([
    ['first', [deny, passes, nothing]],
    ['in the middle', [passes, deny, passes]],
    ['last', [nothing, passes, deny]],
  ])('refuse it, wherever the one that does stands: %s', (_where, decisions) => {
    for (const decide of decisions) guard(operation('exe'), decide, during);
    expect(() => call(constant(), r.box('x'))).toThrow(REASON);
  });

  test('are each asked once', () => {
    const asked: number[] = [];
    [passes, replace(() => 'other'), passes].forEach((decide, i) => {
      guard(
        operation('exe'),
        (context) => {
          asked.push(i);
          return decide(context);
        },
        during,
      );
    });
    expect(call(echo(), r.box('x')).value).toBe('other');
    expect(asked).toEqual([0, 1, 2]);
  });

  test('go on with what one of them has put in the place of the value', () => {
    guard(operation('exe'), passes, during);
    guard(
      operation('exe'),
      replace(() => 'second'),
      during,
    );
    guard(
      operation('exe'),
      replace((context) => `${timing === 'before' ? input(context) : context.guard!.output!.value} and third`),
      during,
    );
    expect(call(echo(), r.box('x')).value).toBe('second and third');
  });

  test('read who has been asked before them', () => {
    const read: unknown[] = [];
    for (const name of ['a', 'b', 'c'])
      guard(
        operation('exe'),
        doing((context) => read.push(askedBefore(context)), r.state.ALLOW),
        { ...during, name },
      );
    call(constant(), r.box('x'));
    expect(read).toEqual([[], ['a'], ['a', 'b']]);
  });

  test('that are about labels judge what has them', () => {
    guard(label('pii'), deny, during);
    guard(operation('exe'), passes, during);
    expect(() => call(echo(), r.labelled('x', 'pii'))).toThrow(REASON);
    expect(call(echo(), r.box('x')).value).toBe('x');
  });
});

test('guards about the value have none to judge at the source of a pipeline', () => {
  const filter = { kind: 'function', value: 'f' } as const;
  const source = r.exe('f', [], () => r.box('s'));
  const target = r.exe('g', ['x'], (_, x) => x!);
  const stage = { kind: 'call' as const, name: 'g', target: () => target, args: null, inputArg: false, site: 0 };
  const run = (context: Context) => r.rt.call(context, source, 'f', [], 0);
  const pipe = () => r.rt.pipe(r.context, { run, retryable: false }, [stage], { site: 0 });
  guard(filter, deny, { ...ONCE, aboutValue: true });
  expect(pipe).not.toThrow();
  guard(filter, deny, ONCE);
  expect(pipe).toThrow(REASON);
});
