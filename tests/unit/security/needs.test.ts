/** needs, wants, profiles (security.md 6; seed.md C1 to C8, D1 to D4). */

import { describe, expect, test } from 'vitest';
import { union } from '../../../runtime/shared/policy/compose.js';
import { RuleError } from '../../../runtime/shared/security/error.js';
import { mergeNeeds, parseNeeds, parseProfiles, parseWants } from '../../../runtime/shared/security/needs.js';
import { permits, selectProfile, selectTier } from '../../../runtime/shared/security/selection.js';
import {
  importNeedsMessage,
  type NeedsProbe,
  needsMessage,
  unmetNeeds,
} from '../../../runtime/shared/security/unmet.js';
import { policy } from '../policy/helpers.js';

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const EVERYTHING = { subcommands: [], methods: [], flags: [] };

function failure(run: () => unknown): { kind: string; code: string; message: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof RuleError) return { kind: error.kind, code: error.code, message: error.message };
  }
  throw new Error('expected a RuleError');
}

describe('needs', () => {
  test.each<[object, object]>([
    [{ sh: true }, { sh: true }],
    [{ bash: true }, { sh: true }],
    [{ network: true }, { network: true }],
    [{ net: true }, { network: true }],
    [{ filesystem: true }, { filesystem: true }],
    [{ fs: true }, { filesystem: true }],
    [{ keychain: true }, { keychain: true }],
    [{ sh: false }, { sh: false }],
    [{ cmd: '*' }, { anyCommand: true }],
    [{ cmd: ['git', 'curl'] }, { commands: { git: EVERYTHING, curl: EVERYTHING } }],
    [{ cmd: ['*'] }, { anyCommand: true }],
    [{ cmd: 'git' }, { commands: { git: EVERYTHING } }],
    [{ git: true, curl: true }, { commands: { git: EVERYTHING, curl: EVERYTHING } }],
    [
      { cmd: { git: { subcommands: ['status'], methods: ['m'], flags: ['-s'] }, jq: '*', x: ['a', 'b'] } },
      {
        commands: {
          git: { subcommands: ['status'], methods: ['m'], flags: ['-s'] },
          jq: EVERYTHING,
          x: { ...EVERYTHING, subcommands: ['a', 'b'] },
        },
      },
    ],
    [
      { node: ['lodash@^4.1', '@a/b@1', '@a/c', 'x'] },
      {
        packages: {
          node: [
            { name: 'lodash', range: '^4.1' },
            { name: '@a/b', range: '1' },
            { name: '@a/c', range: null },
            { name: 'x', range: null },
          ],
        },
      },
    ],
    [{ js: ['a'] }, { packages: { node: [{ name: 'a', range: null }] } }],
    [{ py: ['a'], python: ['b'] }, { packages: { python: [{ name: 'a' }, { name: 'b' }] } }],
    [
      { rb: ['a'], go: ['b'], rust: ['c'] },
      { packages: { ruby: [{ name: 'a' }], go: [{ name: 'b' }], rust: [{ name: 'c' }] } },
    ],
    [{ node: true }, { commands: { node: EVERYTHING } }],
    [{}, { sh: false, commands: {} }],
  ])('%j', (data, expected) => expect(json(parseNeeds(data))).toMatchObject(expected));

  test.each<[unknown, string, string]>([
    [[], 'INVALID_NEEDS_DECLARATION', '/needs expects an object'],
    [null, 'INVALID_NEEDS_DECLARATION', '/needs expects an object'],
    ['sh', 'INVALID_NEEDS_DECLARATION', '/needs expects an object'],
    [{ zork: 1 }, 'INVALID_NEEDS_KEY', "/needs contains unsupported key 'zork'"],
    [{ foo: 'x' }, 'INVALID_NEEDS_KEY', "/needs contains unsupported key 'foo'"],
    [{ sh: 'yes' }, 'INVALID_NEEDS_KEY', "/needs contains unsupported key 'sh'"],
    [{ cmd: 5 }, 'INVALID_NEEDS_CMD', 'Invalid /needs cmd declaration'],
    [{ cmd: [1] }, 'INVALID_NEEDS_CMD', 'Invalid /needs cmd declaration'],
    [{ cmd: { git: { zork: [] } } }, 'INVALID_NEEDS_CMD', 'Invalid /needs cmd declaration'],
    [{ cmd: { git: 5 } }, 'INVALID_NEEDS_CMD', 'Invalid /needs cmd declaration'],
    [{ cmd: { git: [1] } }, 'INVALID_NEEDS_CMD', 'Invalid /needs cmd declaration'],
    [{ node: 'lodash' }, 'INVALID_NEEDS_PACKAGES', '/needs node expects an array of packages'],
    [{ py: [1] }, 'INVALID_NEEDS_PACKAGES', '/needs py expects an array of packages'],
  ])('%j is %s', (data, code, message) =>
    expect(failure(() => parseNeeds(data))).toEqual({ kind: 'MlldInterpreter', code, message }),
  );

  test('repeated declarations add up', () => {
    const merged = mergeNeeds(
      parseNeeds({ sh: true, cmd: { git: ['status'] }, node: ['a@1'] }),
      parseNeeds({ network: true, cmd: { git: ['push', 'status'], ls: '*' }, node: ['a@1', 'b'] }),
    );
    expect(json(merged)).toMatchObject({
      sh: true,
      network: true,
      filesystem: false,
      commands: { git: { subcommands: ['status', 'push'] }, ls: EVERYTHING },
      packages: {
        node: [
          { name: 'a', range: '1' },
          { name: 'b', range: null },
        ],
      },
    });
  });

  test('an inherited name is a command like any other', () =>
    expect(Object.keys(parseNeeds({ constructor: true }).commands)).toEqual(['constructor']));
});

describe('unmet needs', () => {
  const probe = (given: Partial<NeedsProbe> = {}): NeedsProbe => ({
    command: () => true,
    shell: () => true,
    keychainProblem: async () => null,
    runtime: () => true,
    packages: async (_, list) => list.map(() => null),
    ...given,
  });
  const nothing = probe({
    command: () => false,
    shell: () => false,
    keychainProblem: async () => 'requires macOS',
    runtime: (name) => name !== 'python',
    packages: async (_, list) => list.map(() => 'package not installed'),
  });

  test('met needs say nothing (D4)', async () => {
    expect(
      await unmetNeeds(
        parseNeeds({ sh: true, keychain: true, cmd: ['a'], node: ['x'], network: true, fs: true }),
        probe(),
      ),
    ).toEqual([]);
    expect(needsMessage([])).toBeNull();
    expect(await unmetNeeds(parseNeeds({ network: true, filesystem: true }), nothing)).toEqual([]);
  });

  test.each<[object, string]>([
    [{ cmd: ['foo'] }, 'Module requires capabilities not available: cmd:foo (command not found in PATH)'],
    [
      { foo: true, bar: true },
      'Module requires capabilities not available: cmd:foo (command not found in PATH), cmd:bar (command not found in PATH)',
    ],
    [{ sh: true }, 'Module requires capabilities not available: sh (shell executable not available)'],
    [{ keychain: true }, 'Module requires capabilities not available: keychain (requires macOS)'],
    [{ node: ['fs', 'x@1'] }, 'Missing packages: fs, x'],
    [{ py: ['x'] }, 'Module requires capabilities not available: python (python runtime not available)'],
    [
      { sh: true, node: ['a'] },
      'Module requires capabilities not available: sh (shell executable not available)\nMissing packages: a',
    ],
  ])('%j', async (needs, message) => expect(needsMessage(await unmetNeeds(parseNeeds(needs), nothing))).toBe(message));

  test('of an imported module (D3c)', async () => {
    expect(
      importNeedsMessage(
        './m.mld',
        await unmetNeeds(parseNeeds({ cmd: ['foo'], node: ['x'], py: ['y'], sh: true }), nothing),
      ),
    ).toBe(
      [
        "Error evaluating imported file './m.mld': Module requires capabilities not available: sh (shell executable not available), cmd:foo (command not found in PATH), python (python runtime not available)",
        'Missing packages: x',
      ].join('\n'),
    );
  });
});

describe('wants (C1 to C8)', () => {
  const tiers = (...list: object[]) => parseWants(list.map((needs, index) => ({ tier: `t${index}`, ...needs })));
  const select = (data: object, ...list: object[]) => selectTier(tiers(...list), [policy(data)]);

  test.each<[unknown, string, string]>([
    [{}, 'INVALID_WANTS_DECLARATION', '/wants expects an array of tier objects'],
    [null, 'INVALID_WANTS_DECLARATION', '/wants expects an array of tier objects'],
    [[{ tier: 'a' }, 5], 'INVALID_WANTS_TIER', '/wants tier at index 1 is not an object'],
    [[[]], 'INVALID_WANTS_TIER', '/wants tier at index 0 is not an object'],
    [[{ sh: true }], 'INVALID_WANTS_TIER', "/wants tier at index 0 is missing required 'tier'"],
    [[{ tier: 5 }], 'INVALID_WANTS_TIER', "/wants tier at index 0 is missing required 'tier'"],
    [[{ tier: 'T', K: 5 }], 'INVALID_WANTS_KEY', "/wants tier 'T' contains unsupported key 'K'"],
  ])('%j is %s', (data, code, message) => expect(failure(() => parseWants(data))).toMatchObject({ code, message }));

  test('tier, why and needs', () => {
    expect(json(parseWants([{ tier: 'full', why: 'because', sh: true, git: true }]))).toMatchObject([
      { tier: 'full', why: 'because', needs: { sh: true, commands: { git: EVERYTHING } } },
    ]);
  });

  test('without policy the first, without tiers none', () => {
    expect(selectTier(tiers({ sh: true, keychain: true }, {}), [])).toBe('t0');
    expect(selectTier([], [policy({ deny: true })])).toBeNull();
  });

  test.each<[object, object, boolean]>([
    // denied capabilities (C1)
    [{ deny: { sh: true } }, { sh: true }, false],
    [{ deny: ['sh'] }, { sh: true }, false],
    [{ deny: { sh: ['*'] } }, { sh: true }, false],
    [{ deny: { js: true } }, { sh: true }, true],
    [{ deny: ['network'] }, { network: true }, false],
    [{ deny: { network: ['evil.org'] } }, { network: true }, true],
    [{ deny: ['fs'] }, { fs: true }, false],
    [{ deny: ['fs:r:x/**'] }, { fs: true }, true],
    [{ deny: ['@keychain'], danger: ['@keychain'] }, { keychain: true }, false],
    [{ deny: true }, { sh: true }, false],
    [{ deny: true }, { git: true }, false],
    [{ deny: true }, {}, true],
    // keychain is dangerous while a policy is active
    [{ deny: ['js'] }, { keychain: true }, false],
    [{ danger: ['@keychain'] }, { keychain: true }, true],
    // single commands (C2)
    [{ deny: { cmd: ['rm'] } }, { cmd: ['rm'] }, false],
    [{ deny: { cmd: ['rm'] } }, { cmd: ['ls'] }, true],
    [{ deny: { cmd: ['*'] } }, { cmd: ['ls'] }, false],
    [{ deny: { cmd: ['git:push'] } }, { cmd: ['git'] }, true],
    [{ deny: { cmd: ['git:push'] } }, { cmd: { git: ['push'] } }, false],
    [{ deny: { cmd: ['git:push'] } }, { cmd: { git: ['status'] } }, true],
    [{ deny: { cmd: ['rm'] } }, { cmd: '*' }, false],
    [{ deny: { sh: true } }, { cmd: ['bash'] }, false],
    [{ deny: ['network'] }, { cmd: ['curl'] }, false],
    [{ deny: ['js'] }, { cmd: ['sudo'] }, false],
    // allow lists (C3)
    [{ allow: { cmd: ['git'] } }, { sh: true }, false],
    [{ allow: { sh: false } }, { sh: true }, false],
    [{ allow: ['sh'] }, { sh: true }, true],
    [{ allow: ['cmd:git'] }, { cmd: ['git'] }, true],
    [{ allow: ['cmd:git:*'] }, { cmd: ['git'] }, true],
    [{ allow: ['cmd:git:*'] }, { cmd: ['rm'] }, false],
    [{ allow: ['cmd:git:status'] }, { cmd: ['git'] }, false],
    [{ allow: ['cmd:git:status'] }, { cmd: { git: ['status'] } }, true],
    [{ allow: ['cmd:git:status:*'] }, { cmd: { git: ['status', 'push'] } }, false],
    [{ allow: ['cmd:git:*'] }, { sh: true, cmd: ['rm'] }, false],
    [{ allow: ['network'] }, { network: true }, true],
    [{ allow: ['sh'] }, { network: true }, false],
    [{ allow: ['fs:r:**'] }, { fs: true }, true],
    [{ allow: ['sh'] }, { fs: true }, false],
    [{ allow: ['cmd:*'] }, { cmd: '*' }, true],
    [{ allow: ['cmd:git'] }, { cmd: '*' }, false],
    [{ allow: true }, { sh: true, network: true, cmd: ['git'] }, true],
    [{ default: 'deny' }, { sh: true }, false],
    [{ allow: [] }, {}, true],
  ])('under %j a tier needing %j is permitted: %s', (data, needs, expected) => {
    expect(select(data, needs, {})).toBe(expected ? 't0' : 't1');
    expect(permits([policy(data)], tiers(needs)[0]!.needs)).toBe(expected);
  });

  test('in the order of declaration (C5)', () =>
    expect(select({ deny: ['js'] }, { cmd: ['ls'] }, { sh: true, cmd: ['ls'] })).toBe('t0'));

  test('none fits (C6)', () => {
    expect(failure(() => select({ deny: ['network'] }, { network: true }, { net: true }))).toMatchObject({
      kind: 'MlldSecurity',
      code: 'NO_PERMITTED_TIER',
      message: 'No permitted tier found',
    });
  });

  test('all policies have to permit', () => {
    const policies = [policy({ deny: ['sh'] }), policy({ deny: ['network'] })];
    for (const given of [policies, [union(policies, 'u')]])
      expect(selectTier(tiers({ sh: true }, { network: true }, { fs: true }), given)).toBe('t2');
  });
});

describe('profiles (security.md 6.3)', () => {
  test.each<[unknown, string, string]>([
    [[], 'INVALID_PROFILES_DECLARATION', '/profiles expects an object of profiles'],
    [{ x: 5 }, 'INVALID_PROFILE_ENTRY', "/profiles entry 'x' is not an object"],
    [{ x: { k: 1 } }, 'INVALID_PROFILE_KEY', "/profiles entry 'x' contains unsupported key 'k'"],
    [{ x: { description: 5 } }, 'INVALID_PROFILE_DESCRIPTION', "/profiles entry 'x' description must be a string"],
    [{ x: { requires: 5 } }, 'INVALID_PROFILE_ENTRY', "/profiles entry 'x' requires must be an object"],
  ])('%j is %s', (data, code, message) => expect(failure(() => parseProfiles(data))).toMatchObject({ code, message }));

  const profiles = parseProfiles({
    full: { requires: { sh: true }, description: 'd' },
    readonly: { requires: {} },
    last: { requires: { sh: true } },
  });

  test('the first permitted, else the last', () => {
    expect(selectProfile(profiles, [])).toBe('full');
    expect(selectProfile(profiles, [policy({ deny: { sh: true } })])).toBe('readonly');
    expect(selectProfile(profiles, [policy({ allow: ['cmd:git'] })])).toBe('readonly');
    expect(
      selectProfile(parseProfiles({ a: { requires: { sh: true } }, b: { requires: { sh: true } } }), [
        policy({ deny: true }),
      ]),
    ).toBe('b');
    expect(selectProfile([], [])).toBeNull();
  });

  test('allow lists and single commands count (not as in 2.0.5)', () => {
    const two = parseProfiles({ a: { requires: { cmd: ['rm'] } }, b: {} });
    expect(selectProfile(two, [policy({ deny: { cmd: ['rm'] } })])).toBe('b');
    expect(selectProfile(two, [policy({ allow: ['cmd:git'] })])).toBe('b');
  });
});
