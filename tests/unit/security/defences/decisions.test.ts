/** Decisions of guards that look at nothing but marks are kept: never more than what was decided. */

import { describe, expect, test } from 'vitest';
import { call, constant, type Decide, guard, label, operation, REASON, r } from './setup.js';

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
    call(constant(), r.secret('a'));
    asked.decide = refuse as () => ReturnType<Decide>;
    expect(() => call(constant(), r.secret('a'))).toThrow(REASON);
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
