/** Decisions of guards that look at nothing but marks are kept: never more than what was decided. */

import { describe, expect, test } from 'vitest';
import { allow, call, constant, type Decide, guard, label, operation, policy, REASON, r } from './setup.js';

/** Allows, until told otherwise, and counts how often it is asked. */
function counting(filter = operation('exe'), byMarks = true) {
  const asked = { times: 0, decide: (): ReturnType<Decide> => null };
  guard(
    filter,
    () => {
      asked.times++;
      return asked.decide();
    },
    { byMarks },
  );
  return asked;
}

const refuse: Decide = () => ({ kind: 'deny', reason: REASON, site: 0 });

describe('a decision about marks', () => {
  test.each([operation('exe'), label('secret')])('is asked for once', (filter) => {
    const asked = counting(filter);
    const f = constant();
    for (const text of ['a', 'b', 'c']) call(f, r.secret(text));
    expect(asked.times).toBe(1);
  });
  test.each([operation('exe'), label('secret')])('is asked for each time where the guard looks at data', (filter) => {
    const asked = counting(filter, false);
    const f = constant();
    call(f, r.secret('a'));
    call(f, r.secret('b'));
    expect(asked.times).toBe(2);
  });
  test.each([operation('exe'), label('secret')])('is about the executable', (filter) => {
    const asked = counting(filter);
    const f = constant();
    call(f, r.labelled('a', 'secret', 'pii'));
    call(constant(), r.secret('a'));
    asked.decide = refuse as () => ReturnType<Decide>;
    expect(() => call(f, r.secret('a'))).toThrow(REASON);
  });
  test.each([operation('exe'), label('secret')])('is about the marks', (filter) => {
    const asked = counting(filter);
    const f = constant();
    call(f, r.secret('a'));
    asked.decide = refuse as () => ReturnType<Decide>;
    expect(() => call(f, r.labelled('a', 'secret', 'pii'))).toThrow(REASON);
  });
  test('is about the marks of each input', () => {
    const asked = counting();
    const f = r.exe('f', ['x', 'y'], () => r.box('c'));
    call(f, r.box('a'), r.secret('b'));
    asked.decide = refuse as () => ReturnType<Decide>;
    expect(() => call(f, r.secret('b'), r.box('a'))).toThrow(REASON);
    expect(() => call(f, r.box('a'))).toThrow(REASON);
    expect(() => call(f)).toThrow(REASON);
  });
  test('is not kept when it was a refusal', () => {
    const asked = counting();
    const f = constant();
    asked.decide = refuse as () => ReturnType<Decide>;
    for (let i = 0; i < 2; i++) expect(() => call(f, r.secret('a'))).toThrow(REASON);
    expect(asked.times).toBe(2);
  });
  test('is asked of all guards, the later ones too', () => {
    counting();
    const f = constant();
    call(f, r.secret('a'));
    guard(operation('exe'), refuse);
    expect(() => call(f, r.secret('a'))).toThrow(REASON);
  });
  test('is asked for again when more are kept than there is room for', () => {
    const asked = counting();
    const f = constant();
    const last = 10_001;
    for (let i = 0; i <= last; i++) call(f, r.labelled('a', `l${i}`));
    call(f, r.labelled('a', `l${last}`));
    expect(asked.times).toBe(last + 1);
    call(f, r.labelled('a', 'l0'));
    expect(asked.times).toBe(last + 2);
  });
});

describe('what policies permit', () => {
  const sink = (...names: string[]) => r.exe('f', ['x', 'y'], () => r.box('c'), { labels: ['exfil', ...names] });
  const NO_EXFIL = { defaults: { rules: ['no-secret-exfil'] } };
  const REFUSED = "cannot flow to 'exfil'";

  test('is permitted to the executable, for the marks', () => {
    policy(NO_EXFIL);
    const [pure, f] = [constant(), sink()];
    call(pure, r.secret('a'));
    call(f, r.box('a'));
    expect(() => call(f, r.secret('a'))).toThrow(REFUSED);
    expect(() => call(f, r.box('a'), r.secret('a'))).toThrow(REFUSED);
  });
  test('is permitted to the effect, for the marks', () => {
    policy({ labels: { secret: { deny: ['op:show'] } } });
    for (let i = 0; i < 2; i++) {
      r.rt.show(r.context, r.box('a'), 0);
      r.rt.log(r.context, r.secret('a'), 0);
      expect(() => r.rt.show(r.context, r.secret('a'), 0)).toThrow("Label 'secret' cannot flow to 'op:show'");
    }
  });
  test('is refused when a later policy refuses it', () => {
    policy({ defaults: { rules: ['no-untrusted-destructive'] } });
    const f = sink();
    call(f, r.secret('a'));
    policy(NO_EXFIL);
    expect(() => call(f, r.secret('a'))).toThrow(REFUSED);
  });
  test('is not what a privileged guard has lifted', () => {
    policy(NO_EXFIL);
    let lifts = true;
    guard(operation('exe'), () => (lifts ? (allow as () => ReturnType<Decide>)() : null), { privileged: true });
    const f = sink();
    call(f, r.secret('a'));
    lifts = false;
    expect(() => call(f, r.secret('b'))).toThrow(REFUSED);
  });
  test('is asked each time where authorizations are about values', () => {
    policy({ authorizations: { allow: { f: { args: { x: 'a' } } } } });
    const f = sink('tool:w');
    call(f, r.box('a'));
    expect(() => call(f, r.box('b'))).toThrow('authoriz');
  });
  test('gets the label of the unlabelled each time', () => {
    policy({ defaults: { unlabeled: 'untrusted' } });
    const f = constant();
    for (let i = 0; i < 2; i++) expect(call(f, r.box('a')).deep.labels).toEqual(['untrusted']);
  });
  test('is under the influence of what goes into a model each time', () => {
    policy({ defaults: { rules: ['untrusted-llms-get-influenced'] } });
    const f = r.exe('f', ['x'], () => r.box('c'), { labels: ['llm:small'] });
    for (let i = 0; i < 2; i++) expect(call(f, r.labelled('a', 'untrusted')).deep.labels).toContain('influenced');
  });
});

describe('guards after a call', () => {
  const afterwards = (decide: Decide, filter = operation('exe'), more = {}) =>
    guard(filter, decide, { timing: 'after', mayRetry: false, ...more });
  test('judge the result of a call nothing else is about', () => {
    afterwards(refuse as Decide);
    expect(() => call(constant(), r.box('a'))).toThrow(REASON);
  });
  test('judge the labels of the result, or else those of what went in', () => {
    afterwards(refuse as Decide, label('secret'));
    expect(() =>
      call(
        r.exe('f', ['x'], () => r.secret('c')),
        r.box('a'),
      ),
    ).toThrow(REASON);
    expect(() => call(constant(), r.secret('a'))).toThrow(REASON);
    expect(() => call(constant(), r.box('a'))).not.toThrow();
  });
  test('judge effects', () => {
    afterwards(refuse as Decide, label('secret'));
    r.rt.show(r.context, r.box('a'), 0);
    expect(() => r.rt.show(r.context, r.secret('a'), 0)).toThrow(REASON);
    afterwards(refuse as Decide, operation('show'));
    expect(() => r.rt.show(r.context, r.box('a'), 0)).toThrow(REASON);
  });
  test('put something else in its place, one after the other', () => {
    const appended: Decide = (c) => ({
      kind: 'allow',
      value: r.box(`${c.guard!.output!.value as string}+`),
      options: {},
      site: 0,
    });
    afterwards(appended);
    afterwards(appended);
    expect(call(constant(), r.box('a')).value).toBe('c++');
  });
  test('may ask for another attempt', () => {
    let answers = 0;
    const decide: Decide = (c) => (c.guard!.output!.value === 2 ? null : { kind: 'retry', hint: 'again', site: 0 });
    afterwards(decide, operation('exe'), { mayRetry: true });
    expect(
      call(
        r.exe('f', ['x'], () => r.box(++answers)),
        r.box('a'),
      ).value,
    ).toBe(2);
  });
});
