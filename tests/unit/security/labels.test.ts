/** Label modification (security.md 2). */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMPTY, type Mark, makeMark } from '../../../runtime/shared/marks.js';
import { isConfidential, redactor } from '../../../runtime/shared/security/confidential.js';
import { RuleError } from '../../../runtime/shared/security/error.js';
import {
  applyModifiers,
  isProtected,
  type Modifier,
  type Requester,
  relabel,
} from '../../../runtime/shared/security/labels.js';

const exe: Requester = { kind: 'exe', variable: 'x' };
const guard: Requester = { kind: 'guard', name: 'g', variable: 'x' };

/** `trusted!`, `!secret`, `clear!`, `pii`. */
function modifiers(text: string): Modifier[] {
  return text.split(',').map((token): Modifier => {
    if (token === 'clear!') return { op: 'clear', label: '' };
    if (token === 'trusted!') return { op: 'bless', label: 'trusted' };
    return token.startsWith('!') ? { op: 'remove', label: token.slice(1) } : { op: 'add', label: token };
  });
}

const show = (mark: Mark) => `${mark.labels.join(' ')} | ${mark.taint.join(' ')}`;
const mark = (labels: string, taint = '') =>
  makeMark({ labels: labels.split(' ').filter(Boolean), taint: taint.split(' ').filter(Boolean), sources: ['s'] });

describe('without privilege', () => {
  test.each<[string, Mark, string]>([
    ['pii,internal', EMPTY, 'pii internal | pii internal'],
    ['pii', mark('secret', 'src:js'), 'secret pii | secret pii src:js'],
    ['untrusted', mark('trusted'), 'untrusted | untrusted'],
    ['untrusted', mark('untrusted'), 'untrusted | untrusted'],
    ['trusted', mark('untrusted'), 'untrusted trusted | untrusted trusted'],
    ['trusted', EMPTY, 'trusted | trusted'],
    ['trusted,untrusted', EMPTY, 'untrusted | untrusted'],
  ])('=> %s', (text, before, after) => expect(show(applyModifiers(before, modifiers(text), false, exe))).toBe(after));

  test.each<[string, Mark, string, string, object | undefined]>([
    [
      'trusted!',
      EMPTY,
      'PROTECTED_LABEL_REMOVAL',
      "Cannot remove protected label 'untrusted' without privilege",
      { operation: 'trusted!', label: 'untrusted' },
    ],
    [
      '!secret',
      mark('secret'),
      'PROTECTED_LABEL_REMOVAL',
      "Cannot remove protected label 'secret' without privilege",
      { operation: '!secret', label: 'secret' },
    ],
    [
      '!secret',
      EMPTY,
      'PROTECTED_LABEL_REMOVAL',
      "Cannot remove protected label 'secret' without privilege",
      undefined,
    ],
    [
      '!src:mcp',
      EMPTY,
      'PROTECTED_LABEL_REMOVAL',
      "Cannot remove protected label 'src:mcp' without privilege",
      undefined,
    ],
    [
      '!untrusted',
      EMPTY,
      'PROTECTED_LABEL_REMOVAL',
      "Cannot remove protected label 'untrusted' without privilege",
      undefined,
    ],
    ['!pii', mark('pii'), 'LABEL_PRIVILEGE_REQUIRED', "Label modification 'remove' requires privilege", undefined],
    ['!dir:/tmp', EMPTY, 'LABEL_PRIVILEGE_REQUIRED', "Label modification 'remove' requires privilege", undefined],
    ['clear!', mark('pii'), 'LABEL_PRIVILEGE_REQUIRED', "Label modification 'clear' requires privilege", undefined],
    [
      'clear!',
      mark('pii secret'),
      'PROTECTED_LABEL_REMOVAL',
      "Label modification 'clear' requires privilege: Cannot remove protected label 'secret' without privilege",
      undefined,
    ],
    [
      'clear!',
      mark('', 'src:mcp'),
      'LABEL_PRIVILEGE_REQUIRED',
      "Label modification 'clear' requires privilege",
      undefined,
    ],
    [
      'secret,clear!',
      EMPTY,
      'PROTECTED_LABEL_REMOVAL',
      "Label modification 'clear' requires privilege: Cannot remove protected label 'secret' without privilege",
      undefined,
    ],
  ])('an executable: => %s', (text, before, code, message, details) => {
    for (const privileged of [false, true]) {
      const error = failure(() => applyModifiers(before, modifiers(text), privileged, exe));
      expect(error).toMatchObject({ kind: 'MlldSecurity', code, message });
      if (details) expect(error.info.details).toMatchObject(details);
    }
  });

  test.each<[string, string, string]>([
    ['!secret', 'PROTECTED_LABEL_REMOVAL', "Guard g cannot remove protected label 'secret'"],
    ['trusted!', 'PROTECTED_LABEL_REMOVAL', "Guard g cannot remove protected label 'untrusted'"],
    ['!pii', 'LABEL_PRIVILEGE_REQUIRED', 'Guard g cannot remove labels without privilege'],
    ['clear!', 'LABEL_PRIVILEGE_REQUIRED', 'Guard g cannot clear labels without privilege'],
  ])('a guard: => %s', (text, code, message) => {
    expect(failure(() => applyModifiers(mark('secret'), modifiers(text), false, guard))).toMatchObject({
      kind: 'MlldSecurity',
      code,
      message,
    });
  });
});

describe('with privilege', () => {
  test.each<[string, Mark, string]>([
    ['trusted!', mark('untrusted', 'src:cmd'), 'trusted | trusted src:cmd'],
    ['trusted!,!secret', mark('untrusted secret', 'src:cmd'), 'trusted | trusted src:cmd'],
    ['!pii', mark('pii secret'), 'secret | secret'],
    ['!src:mcp', mark('pii', 'src:mcp'), 'pii | pii'],
    ['!dir:/a', mark('', 'src:file dir:/a'), ' | src:file'],
    ['clear!', mark('pii secret', 'src:file dir:/a untrusted'), ' | src:file'],
    ['clear!', mark('src:dynamic pii', 'src:file'), 'src:dynamic | src:dynamic src:file'],
    ['clear!,known', mark('secret'), 'known | known'],
  ])('=> %s', (text, before, after) => {
    const result = applyModifiers(before, modifiers(text), true, guard);
    expect(show(result)).toBe(after);
    expect(result.sources).toEqual(before.sources);
  });
});

describe('trust conflicts (security.md 2.3)', () => {
  test('warn keeps both, warns and reports', () => {
    const change = relabel(mark('untrusted'), modifiers('trusted'), false, exe, 'warn');
    expect(change).toMatchObject({
      conflict: true,
      warning: 'Trust conflict on @x: both trusted and untrusted',
      added: ['trusted'],
      removed: [],
    });
    expect(change.mark.labels).toEqual(['untrusted', 'trusted']);
  });
  test('silent keeps both and reports', () => {
    expect(relabel(mark('untrusted'), modifiers('trusted'), false, exe, 'silent')).toMatchObject({
      conflict: true,
      warning: null,
    });
  });
  test('error throws', () => {
    expect(failure(() => relabel(mark('untrusted'), modifiers('trusted'), false, exe, 'error'))).toMatchObject({
      kind: 'MlldSecurity',
      code: 'TRUST_CONFLICT',
      message: "Trust conflict: Cannot add 'trusted' to already untrusted @x",
    });
  });
  test('untrusted in the taint alone is a conflict too', () => {
    expect(relabel(makeMark({ taint: ['untrusted'] }), modifiers('trusted'), false, exe).conflict).toBe(true);
  });
  test('no conflict where there is none', () =>
    expect(relabel(mark('pii'), modifiers('trusted'), false, exe)).toMatchObject({ conflict: false, warning: null }));
});

test('what changed is reported for the audit log', () => {
  expect(relabel(mark('untrusted pii'), modifiers('trusted!,known'), true, guard)).toMatchObject({
    added: ['trusted', 'known'],
    removed: ['untrusted'],
  });
});

test('protected labels', () => {
  expect(['secret', 'untrusted', 'src:mcp', 'src:x', 'src:exec'].every(isProtected)).toBe(true);
  expect(['pii', 'trusted', 'dir:/x', 'known', 'secret:x', 'srcx'].some(isProtected)).toBe(false);
});

test('without privilege no label but trusted ever goes', () => {
  const label = fc.constantFrom('secret', 'untrusted', 'trusted', 'pii', 'src:mcp', 'dir:/x', 'known');
  const modifier = fc.oneof(
    label.map((each): Modifier => ({ op: 'add', label: each })),
    label.map((each): Modifier => ({ op: 'remove', label: each })),
    fc.constantFrom<Modifier>({ op: 'bless', label: 'trusted' }, { op: 'clear', label: '' }),
  );
  fc.assert(
    fc.property(fc.array(label), fc.array(label), fc.array(modifier), fc.boolean(), (labels, taint, list, asGuard) => {
      const before = makeMark({ labels, taint });
      let after: Mark;
      try {
        after = applyModifiers(before, list, false, asGuard ? guard : exe);
      } catch (error) {
        expect(error).toBeInstanceOf(RuleError);
        return;
      }
      for (const each of before.taint) if (each !== 'trusted') expect(after.taint).toContain(each);
      for (const each of before.labels) if (each !== 'trusted') expect(after.labels).toContain(each);
    }),
    { numRuns: 1000 },
  );
});

describe('confidential values', () => {
  test.each<[string, boolean]>([
    ['secret', true],
    ['sensitive', true],
    ['secret:key', true],
    ['secrets', false],
    ['pii', false],
  ])('%s: %s', (label, expected) => {
    expect(isConfidential(makeMark({ labels: [label] }))).toBe(expected);
  });
  test('every occurrence is blanked, the longest first', () => {
    const redact = redactor(['abc', 'abcdef', '', 'x', 'a$&b']);
    expect(redact('abcdef abc a$&b x')).toBe('[REDACTED] [REDACTED] [REDACTED] x');
    expect(redactor([])('abc')).toBe('abc');
  });
});

function failure(run: () => unknown): RuleError {
  try {
    run();
  } catch (error) {
    if (error instanceof RuleError) return error;
  }
  throw new Error('expected a RuleError');
}
