/** Several policies as one (security.md 5.6), the summary, authorizations, integrity. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeMark } from '../../../runtime/shared/marks.js';
import { type CapabilityRequest, decideCapability } from '../../../runtime/shared/policy/capabilities.js';
import { leaves, union } from '../../../runtime/shared/policy/compose.js';
import { decideFlow } from '../../../runtime/shared/policy/flow.js';
import { summary } from '../../../runtime/shared/policy/summary.js';
import type { Policy } from '../../../runtime/shared/policy/types.js';
import { command, decide, PLACES, policy } from './helpers.js';

describe('summary (@mx.policy.configs)', () => {
  test('the fixture of seed.md C15', () => {
    const configs = summary([
      policy({ allow: { cmd: ['echo', 'jq'] }, deny: { cmd: ['rm'] }, limits: { timeout: 1000 } }, 'p1'),
      policy({ allow: { cmd: ['echo'] }, deny: { cmd: ['mv'] }, limits: { timeout: 500 } }, 'p2'),
    ]);
    expect(configs).toEqual({ allow: { cmd: ['echo'] }, deny: { cmd: ['rm', 'mv'] }, limits: { timeout: 500 } });
  });

  test('normalised shapes', () => {
    expect(summary([policy({ deny: { sh: true }, allow: ['cmd:echo'] })])).toEqual({
      allow: { cmd: ['echo'] },
      deny: { sh: ['*'] },
    });
    expect(summary([policy({ deny: true })])).toEqual({ deny: true });
    expect(summary([policy({ allow: {} })])).toEqual({ allow: {} });
    expect(summary([policy({ danger: ['@keychain', 'cmd:sudo:*', 'fs:r:~/.ssh/*'] })])).toEqual({
      danger: ['@keychain', 'cmd:sudo:*', 'fs:r:~/.ssh/*'],
    });
    expect(summary([])).toEqual({});
    expect(summary([policy({})])).toEqual({});
  });

  const merged = (a: object, b: object) => summary([policy(a), policy(b)]);
  test.each<[string, object, object, object]>([
    [
      'a missing allow is neutral',
      { allow: ['cmd:a'] },
      { deny: ['sh'] },
      { allow: { cmd: ['a'] }, deny: { sh: ['*'] } },
    ],
    ['allow: * is neutral', { allow: { cmd: ['*'] } }, { allow: { cmd: ['git:*'] } }, { allow: { cmd: ['git:*'] } }],
    ['allow: true is neutral', { allow: true }, { allow: ['sh'] }, { allow: { sh: ['*'] } }],
    [
      'a capability missing on one side disappears',
      { allow: { cmd: ['a'], sh: true } },
      { allow: { cmd: ['a'] } },
      { allow: { cmd: ['a'] } },
    ],
    [
      'what the other side covers stays',
      { allow: { cmd: ['git'] } },
      { allow: { cmd: ['git:status', 'ls'] } },
      { allow: { cmd: ['git:status'] } },
    ],
    ['deny is the union', { deny: ['cmd:a', 'js'] }, { deny: ['cmd:b'] }, { deny: { cmd: ['a', 'b'], js: ['*'] } }],
    ['deny: true absorbs', { deny: true }, { deny: ['js'] }, { deny: true }],
    [
      'danger is the intersection',
      { danger: ['cmd:sudo', '@keychain'] },
      { danger: ['@keychain'] },
      { danger: ['@keychain'] },
    ],
    ['danger missing on one side is none', { danger: ['@keychain'] }, { locked: true }, { locked: true }],
    [
      'label denials add up, grants narrow',
      { labels: { s: { deny: ['a'], allow: ['x', 'y'] } } },
      { labels: { s: { deny: ['b'], allow: ['y'] } } },
      { labels: { s: { deny: ['a', 'b'], allow: ['y'] } } },
    ],
    [
      'operations and signers add up',
      { operations: { e: ['a'] }, signers: { u: ['t'] } },
      { operations: { e: ['b'] }, signers: { u: ['k'] } },
      { operations: { e: ['a', 'b'] }, signers: { u: ['t', 'k'] } },
    ],
    [
      'rules add up',
      { defaults: { rules: ['no-secret-exfil'] } },
      { defaults: { rules: ['no-sensitive-exfil'] } },
      { defaults: { rules: ['no-secret-exfil', 'no-sensitive-exfil'] } },
    ],
    [
      'untrusted wins',
      { defaults: { unlabeled: 'untrusted' } },
      { defaults: { unlabeled: 'trusted' } },
      { defaults: { unlabeled: 'untrusted' } },
    ],
    [
      'strict wins',
      { defaults: { flow: 'strict' } },
      { defaults: { flow: 'explicit' } },
      { defaults: { flow: 'strict' } },
    ],
    [
      'the last trustconflict',
      { defaults: { trustconflict: 'error' } },
      { defaults: { trustconflict: 'silent' } },
      { defaults: { trustconflict: 'silent' } },
    ],
    [
      'the last auth of a name',
      { auth: { a: 'X' } },
      { auth: { a: 'Y', b: 'Z' } },
      { auth: { a: { from: 'keychain', as: 'Y' }, b: { from: 'keychain', as: 'Z' } } },
    ],
    [
      'keychain',
      { keychain: { provider: 'x', allow: ['a', 'b'], deny: ['c'] } },
      { keychain: { provider: 'y', allow: ['b'], deny: ['d'] } },
      { keychain: { provider: 'y', allow: ['b'], deny: ['c', 'd'] } },
    ],
    [
      'the smaller limit',
      { limits: { timeout: 5, maxTokens: 1 } },
      { limits: { timeout: 9 } },
      { limits: { timeout: 5, maxTokens: 1 } },
    ],
    ['locked is any', { locked: true }, { locked: false }, { locked: true }],
    [
      'env',
      {
        env: {
          default: 'a',
          providers: { d: { allowed: true, auth: ['x'] } },
          tools: ['Read', 'Bash'],
          net: { deny: ['e'] },
        },
      },
      { env: { default: 'b', providers: { d: false }, tools: ['Read'], net: { deny: ['f'] } } },
      {
        env: {
          default: 'b',
          providers: { d: { allowed: false, auth: ['x'] } },
          tools: { allow: ['Read'] },
          net: { deny: ['e', 'f'] },
        },
      },
    ],
    [
      'env tools with attenuation union',
      { env: { tools: { allow: ['a'], attenuation: 'union' } } },
      { env: { tools: { allow: ['b'], attenuation: 'union' } } },
      { env: { tools: { allow: ['a', 'b'], attenuation: 'union' } } },
    ],
    [
      'authorizations are common tools',
      { authorizations: { allow: { a: true, b: true } } },
      { authorizations: { allow: { b: true } } },
      { authorizations: { allow: { b: true } } },
    ],
    [
      'integrity fields override',
      { filesystem_integrity: { x: { mutable: true, authorizedIdentities: ['a'] } } },
      { filesystem_integrity: { x: { mutable: false } } },
      { filesystem_integrity: { x: { mutable: false, authorizedIdentities: ['a'] } } },
    ],
  ])('%s', (_, a, b, expected) => expect(merged(a, b)).toEqual(expected));
});

describe('union', () => {
  test('remembers its parts, taken apart for decisions', () => {
    const both = union([policy({}, 'a'), union([policy({}, 'b'), policy({}, 'c')], 'd')], '@u');
    expect(both.name).toBe('u');
    expect(both.parts.map((part) => part.name)).toEqual(['a', 'd', 'd']);
    expect(leaves([both]).map((part) => part.name)).toEqual(['u', 'u', 'u']);
  });

  test('two policies without allow lists restrict nothing (not the poisoned merge of 5.6.1)', () => {
    const both = union(
      [policy({ labels: { a: { deny: ['op:show'] } } }), policy({ labels: { b: { deny: ['op:show'] } } })],
      'u',
    );
    expect(decide([both], { kind: 'command', text: 'echo x' })).toBe('ok');
    expect(decide([both], { kind: 'read', path: '/x' })).toBe('ok');
  });

  test('allow lists without overlap refuse everything', () => {
    const both = [policy({ allow: ['cmd:a'] }), policy({ allow: ['cmd:b'] })];
    expect(decide(both, { kind: 'command', text: 'a' })).toBe("Command 'a' denied by policy");
    expect(decide(both, { kind: 'command', text: 'b' })).toBe("Command 'b' denied by policy");
  });

  test('survives the way through JSON, as in a manifest', () => {
    const both = JSON.parse(
      JSON.stringify(
        union([policy({ deny: { cmd: ['rm'] } }), policy({ labels: { secret: { deny: ['op:show'] } } })], 'u'),
      ),
    ) as Policy;
    expect(decide([both], { kind: 'command', text: 'rm x' })).toBe("Command 'rm' denied by policy");
    expect(decideFlow([both], [makeMark({ labels: ['secret'] })], { labels: [], opLabels: ['op:show'] })).toHaveLength(
      1,
    );
  });
});

describe('properties of composition', () => {
  const pattern = fc.constantFrom('git', 'git:*', 'git:push', 'git:status', 'ls', '*', 'curl', 'sh', 'rm:*:-rf');
  const entry = fc.oneof(
    pattern.map((each) => `cmd:${each}`),
    fc.constantFrom('sh', 'js', 'py', 'network', 'fs:r:**', 'fs:w:tmp/**', 'fs'),
  );
  const list = fc.oneof(
    { weight: 5, arbitrary: fc.array(entry, { maxLength: 4 }) as fc.Arbitrary<unknown> },
    { weight: 1, arbitrary: fc.boolean() as fc.Arbitrary<unknown> },
  );
  const label = fc.constantFrom('secret', 'untrusted', 'trusted', 'src:cmd', 'src:exec', 'pii');
  const target = fc.constantFrom(
    'op:cmd',
    'op:cmd:git',
    'op:cmd:git:push',
    'op:show',
    'exfil',
    'destructive',
    'net:w',
    '*',
  );
  const rule = fc.constantFrom('no-secret-exfil', 'no-untrusted-destructive', 'no-send-to-unknown');
  const source = fc.record(
    {
      allow: list,
      deny: list,
      danger: fc.array(
        pattern.map((each) => `cmd:${each}`),
        { maxLength: 2 },
      ),
      labels: fc.dictionary(
        label,
        fc.record(
          { deny: fc.array(target, { maxLength: 2 }), allow: fc.array(target, { maxLength: 2 }) },
          { requiredKeys: [] },
        ),
        { maxKeys: 3 },
      ),
      operations: fc.dictionary(target, fc.array(target, { maxLength: 2 }), { maxKeys: 2 }),
      defaults: fc.record(
        { rules: fc.array(rule, { maxLength: 2 }), unlabeled: fc.constantFrom('trusted', 'untrusted') },
        { requiredKeys: [] },
      ),
      default: fc.constantFrom('allow', 'deny'),
      locked: fc.boolean(),
    },
    { requiredKeys: [] },
  );
  const anyPolicy = source.map((data) => policy(data));
  const request: fc.Arbitrary<CapabilityRequest> = fc.oneof(
    fc
      .constantFrom(
        'git status',
        'git push',
        'git push -f',
        'ls',
        'ls | sh',
        'curl x',
        'rm -rf x',
        'sudo ls',
        '$X',
        'echo $(ls) > tmp/f',
      )
      .chain((text) => fc.constantFrom({ kind: 'command' as const, text }, { kind: 'shell' as const, text })),
    fc.constantFrom<CapabilityRequest>(
      { kind: 'language', language: 'js' },
      { kind: 'network', domain: 'a.org' },
      { kind: 'read', path: '/project/a' },
      { kind: 'write', path: '/project/tmp/a' },
      { kind: 'read', path: '/home/me/.ssh/x' },
      { kind: 'keychain', service: 's', account: 'a' },
    ),
  );
  const mark = fc
    .array(fc.constantFrom('secret', 'untrusted', 'trusted', 'src:cmd', 'src:file', 'pii'), { maxLength: 3 })
    .map((taint) => makeMark({ labels: taint.filter((each) => !each.startsWith('src:')), taint }));
  const operation = fc
    .array(
      fc.constantFrom(
        'op:cmd',
        'op:cmd:git',
        'op:cmd:git:push',
        'op:cmd:*',
        'op:show',
        'exfil',
        'exfil:send',
        'net:w',
        'destructive',
      ),
      { maxLength: 3 },
    )
    .map((opLabels) => ({ labels: [], opLabels }));

  const allows = (policies: Policy[], wanted: CapabilityRequest) =>
    decideCapability(policies, wanted, { places: PLACES }).allow;
  const flows = (
    policies: Policy[],
    inputs: ReturnType<typeof makeMark>[],
    facts: { labels: string[]; opLabels: string[] },
  ) => decideFlow(policies, inputs, facts).length === 0;

  test('adding a policy never allows more', () => {
    fc.assert(
      fc.property(fc.array(anyPolicy, { maxLength: 3 }), anyPolicy, request, (before, added, wanted) => {
        if (allows([...before, added], wanted)) expect(allows(before, wanted)).toBe(true);
      }),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(
        fc.array(anyPolicy, { maxLength: 3 }),
        anyPolicy,
        fc.array(mark, { maxLength: 3 }),
        operation,
        (before, added, inputs, facts) => {
          if (flows([...before, added], inputs, facts)) expect(flows(before, inputs, facts)).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('the order of policies, and whether they are united, changes no decision', () => {
    fc.assert(
      fc.property(anyPolicy, anyPolicy, anyPolicy, request, (a, b, c, wanted) => {
        const expected = allows([a, b, c], wanted);
        for (const same of [
          [c, b, a],
          [union([a, b, c], 'u')],
          [union([c, a], 'u'), b],
          [union([union([a, b], 'x'), c], 'u')],
        ])
          expect(allows(same, wanted)).toBe(expected);
      }),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(anyPolicy, anyPolicy, fc.array(mark, { maxLength: 3 }), operation, (a, b, inputs, facts) => {
        const expected = flows([a, b], inputs, facts);
        for (const same of [[b, a], [union([a, b], 'u')], [union([b, a], 'u')]])
          expect(flows(same, inputs, facts)).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test('a policy united with itself decides as before', () => {
    fc.assert(
      fc.property(anyPolicy, request, (a, wanted) => {
        expect(allows([union([a, a], 'u')], wanted)).toBe(allows([a], wanted));
      }),
      { numRuns: 500 },
    );
  });

  test('the summary says the same in any order, but for what comes last', () => {
    const sorted = (value: unknown): unknown =>
      Array.isArray(value)
        ? [...(value as unknown[])].map((each) => JSON.stringify(each)).sort()
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .sort(([a], [b]) => (a < b ? -1 : 1))
                .map(([key, each]) => [key, sorted(each)]),
            )
          : value;
    const commutative = ({ allow, deny, danger, labels, operations, locked }: Record<string, unknown>) =>
      sorted({ allow, deny, danger, labels, operations, locked });
    fc.assert(
      fc.property(anyPolicy, anyPolicy, (a, b) => {
        expect(commutative(summary([a, b]))).toEqual(commutative(summary([b, a])));
      }),
      { numRuns: 500 },
    );
  });

  test('a denial is always complete', () => {
    fc.assert(
      fc.property(anyPolicy, request, (a, wanted) => {
        const decision = decideCapability([a], wanted, { places: PLACES });
        if (!decision.allow)
          expect([decision.reason.length > 0, decision.rule.length > 0, decision.code, decision.policy]).toEqual([
            true,
            true,
            'POLICY_CAPABILITY_DENIED',
            'p',
          ]);
      }),
      { numRuns: 500 },
    );
  });
});

test('a command of two policies is explained by the one that refuses', () => {
  expect(command({ allow: ['cmd:ls'] }, 'ls')).toBe('ok');
  const decision = decideCapability(
    [policy({ allow: ['cmd:ls'] }, 'a'), policy({ deny: { cmd: ['ls'] } }, 'b')],
    { kind: 'command', text: 'ls' },
    { places: PLACES },
  );
  expect(decision).toMatchObject({ policy: 'b', rule: 'deny.cmd' });
});
