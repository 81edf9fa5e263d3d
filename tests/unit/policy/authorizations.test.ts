/** Tool authorizations (security.md 5.8) and signed files (5.2). */

import { describe, expect, test } from 'vitest';
import { authorizationProblems, decideAuthorization } from '../../../runtime/shared/policy/authorizations.js';
import { union } from '../../../runtime/shared/policy/compose.js';
import { decideIntegrity, signerLabels } from '../../../runtime/shared/policy/integrity.js';
import { PLACES, policy } from './helpers.js';

describe('authorizations (security.md 5.8)', () => {
  const tolerant = (actual: unknown, allowed: unknown) => JSON.stringify(actual) === JSON.stringify(allowed);
  const call = (tool: string, args: Record<string, unknown> = {}, controlArgs: string[] = [], labels = ['tool:w']) => ({
    tool,
    args,
    controlArgs,
    labels,
  });
  const decideFor = (allow: object, given: ReturnType<typeof call>) =>
    decideAuthorization([policy({ authorizations: { allow } })], given, tolerant);
  const UNLISTED = 'operation not authorized by policy.authorizations';
  const MISMATCH = 'operation arguments did not match policy.authorizations';

  test.each<[string, object, ReturnType<typeof call>, string | null]>([
    ['a listed tool', { send: true }, call('send'), null],
    ['an unlisted tool', { send: true }, call('drop'), UNLISTED],
    ['below tool:w', { send: true }, call('drop', {}, [], ['tool:w:x']), UNLISTED],
    ['another label', { send: true }, call('drop', {}, [], ['tool:r']), null],
    ['an empty list', {}, call('drop'), null],
    ['a literal', { send: { args: { to: 'ann' } } }, call('send', { to: 'ann' }), null],
    ['another value', { send: { args: { to: 'ann' } } }, call('send', { to: 'bob' }), MISMATCH],
    ['a missing argument', { send: { args: { to: 'ann' } } }, call('send', {}), MISMATCH],
    ['oneOf', { send: { args: { to: { oneOf: ['ann', 'bob'] } } } }, call('send', { to: 'bob' }), null],
    ['none of oneOf', { send: { args: { to: { oneOf: ['ann', 'bob'] } } } }, call('send', { to: 'eve' }), MISMATCH],
    ['an empty oneOf', { send: { args: { to: { oneOf: [] } } } }, call('send', { to: 'eve' }), MISMATCH],
    ['true for a tool with control arguments', { send: true }, call('send', { to: 'x' }, ['to']), MISMATCH],
    [
      'a control argument nobody mentioned',
      { send: { args: { to: 'ann' } } },
      call('send', { to: 'ann', cc: 'eve' }, ['to', 'cc']),
      MISMATCH,
    ],
    [
      'an empty control argument',
      { send: { args: { to: 'ann' } } },
      call('send', { to: 'ann', cc: [] }, ['to', 'cc']),
      null,
    ],
    ['an inherited name', { send: true }, call('constructor'), UNLISTED],
  ])('%s', (_, allow, given, expected) => expect(decideFor(allow, given).denied?.reason ?? null).toBe(expected));

  test('a matching entry authorizes, which lifts unlocked flow denials', () => {
    expect(decideFor({ send: true }, call('send'))).toEqual({ denied: null, authorized: true, dataLabels: null });
    expect(decideFor({ send: true }, call('x', {}, [], [])).authorized).toBe(false);
  });
  test('denials name their rule', () => {
    expect(decideFor({ send: true }, call('x')).denied).toMatchObject({
      rule: 'policy.authorizations.unlisted',
      kind: 'authorization',
      locked: true,
    });
    expect(decideFor({ send: { args: { a: 1 } } }, call('send')).denied).toMatchObject({
      rule: 'policy.authorizations.args',
    });
  });
  test('every policy with a list has to cover the call', () => {
    const policies = [
      policy({ authorizations: { allow: { send: true } } }),
      policy({ authorizations: { allow: { drop: true } } }),
    ];
    expect(decideAuthorization(policies, call('send'), tolerant).denied?.reason).toBe(UNLISTED);
    expect(decideAuthorization([policies[0]!, policy({})], call('send'), tolerant)).toEqual({
      denied: null,
      authorized: true,
      dataLabels: null,
    });
  });
  test('entries that come from data have to cover the call and lift nothing', () => {
    const own = policy({ authorizations: { allow: { send: true } } });
    const given = { ...policy({ authorizations: { allow: { send: true } } }), dataLabels: ['src:mcp'] };
    const free = { denied: null, authorized: false, dataLabels: ['src:mcp'] };
    expect(decideAuthorization([given], call('send'), tolerant)).toEqual(free);
    expect(decideAuthorization([union([policy({}), given], 'u')], call('send'), tolerant)).toEqual(free);
    expect(decideAuthorization([given, own], call('send'), tolerant)).toMatchObject({ authorized: true });
    expect(decideAuthorization([given, own], call('drop'), tolerant).denied?.reason).toBe(UNLISTED);
  });
  test('a comparison that fails is a mismatch', () => {
    const failing = () => {
      throw new Error('x');
    };
    expect(
      decideAuthorization(
        [policy({ authorizations: { allow: { send: { args: { to: 1 } } } } })],
        call('send', { to: 1 }),
        failing,
      ).denied?.reason,
    ).toBe(MISMATCH);
  });

  const tools = {
    send: { params: ['to', 'cc', 'body'], controlArgs: ['to', 'cc'] },
    note: { params: ['text'], controlArgs: [] },
    wild: { params: ['x'], controlArgs: null },
  };
  test.each<[object, string[]]>([
    [{ note: true }, []],
    [{ send: { args: { to: 'a', cc: [] } } }, []],
    [{ sned: true }, ["Unknown tool 'sned' in policy.authorizations. Did you mean 'send'?"]],
    [{ zork: true }, ["Unknown tool 'zork' in policy.authorizations"]],
    [
      { send: { args: { to: 'a', cc: [], subject: 'x' } } },
      ["Unknown arg 'subject' for tool 'send' in policy.authorizations"],
    ],
    [{ send: { args: { to: 'a' } } }, ["Tool 'send' must constrain control arg 'cc' in policy.authorizations"]],
    [{ send: true }, ["Tool 'send' cannot use true in policy.authorizations because it has control args: to, cc"]],
    [{ wild: true }, ["Tool 'wild' is missing trusted controlArgs metadata for policy.authorizations"]],
  ])('validation of %j', (allow, expected) =>
    expect(authorizationProblems(policy({ authorizations: { allow } }), tools)).toEqual(expected),
  );
  test('without trusted tools nothing is valid', () => {
    expect(authorizationProblems(policy({ authorizations: { allow: { a: true } } }), null)).toEqual([
      'policy.authorizations requires trusted tool context for validation',
    ]);
    expect(authorizationProblems(policy({}), null)).toEqual([]);
  });
});

describe('signed files', () => {
  const rules = {
    filesystem_integrity: {
      '@base/**': { authorizedIdentities: ['user:*'] },
      '@base/prompts/**': { mutable: false },
      '@base/prompts/draft/**': { mutable: true },
    },
  };
  test.each<[string, string | null, boolean]>([
    ['/project/a', 'user:ann', true],
    ['/project/a', 'agent:x', false],
    ['/project/a', null, false],
    ['/project/prompts/a', 'user:ann', false],
    ['/project/prompts/draft/a', 'agent:x', true],
    ['/other', null, true],
  ])('%s by %s: %s', (path, identity, expected) =>
    expect(decideIntegrity([policy(rules)], path, identity, PLACES).allow).toBe(expected),
  );
  test('the message', () =>
    expect(decideIntegrity([policy(rules)], '/project/a', null, PLACES)).toMatchObject({
      reason: 'Filesystem write denied by integrity policy',
    }));
  test('signers give labels', () => {
    const policies = [
      policy({ signers: { 'user:*': ['trusted'], 'user:ann': ['known'] } }),
      policy({ signers: { 'user:*': ['trusted'] } }),
    ];
    expect(signerLabels(policies, 'user:ann')).toEqual(['trusted', 'known']);
    expect(signerLabels(policies, 'agent:x')).toEqual([]);
  });
});
