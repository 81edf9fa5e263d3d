/** Reading policies (security.md 5.1, 5.2): every form, and every mistake an error. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePolicy } from '../../../runtime/shared/policy/schema.js';
import { policy, problems } from './helpers.js';

describe('forms', () => {
  test('an empty object is a policy without opinion', () => {
    expect(policy({})).toMatchObject({ name: 'p', allow: [], deny: null, danger: null, locked: false, default: null });
  });

  test('the name loses its @', () => expect(policy({}, '@net').name).toBe('net'));

  test('a { config } wrapper is taken for its content', () => {
    expect(policy({ config: { deny: ['sh'] } }).deny!.names).toEqual(['sh']);
  });

  test.each<[unknown, object]>([
    [{ allow: true }, { all: true }],
    [{ allow: false }, { all: false, cmd: null }],
    [{ allow: '*' }, { all: true }],
    [{ allow: ['*'] }, { all: true }],
    [{ allow: [] }, { all: false, cmd: null, names: [] }],
    [{ allow: ['cmd:git:*', 'op:cmd:ls', 'cmd'] }, { cmd: ['git:*', 'ls', '*'] }],
    [
      { allow: ['sh', 'js', 'node', 'py', 'prose', '@keychain'] },
      { names: ['sh', 'js', 'node', 'py', 'prose', 'keychain'] },
    ],
    [{ allow: ['bash', 'javascript', 'nodejs', 'python', 'op:sh'] }, { names: ['sh', 'js', 'node', 'py'] }],
    [{ allow: ['network'] }, { network: ['*'] }],
    [{ allow: ['net'] }, { network: ['*'] }],
    [{ allow: ['fs'] }, { fs: { read: ['**'], write: ['**'] } }],
    [{ allow: ['fs:r:@base/**'] }, { fs: { read: ['@base/**'], write: [] } }],
    [{ allow: ['fs:w:tmp/**'] }, { fs: { read: ['tmp/**'], write: ['tmp/**'] } }],
    [{ allow: ['fs:rw:tmp/**'] }, { fs: { read: ['tmp/**'], write: ['tmp/**'] } }],
    [
      { allow: { cmd: ['git:*'], sh: true, js: true, network: true, fs: true } },
      { cmd: ['git:*'], names: ['sh', 'js'], network: ['*'], fs: { read: ['**'], write: ['**'] } },
    ],
    [{ allow: { cmd: '*' } }, { cmd: ['*'] }],
    [{ allow: { cmd: true } }, { cmd: ['*'] }],
    [{ allow: { sh: false } }, { names: [], cmd: null }],
    [{ allow: { sh: ['*'], network: ['*'] } }, { names: ['sh'], network: ['*'] }],
    [{ allow: { network: { domains: ['Example.com'] } } }, { network: ['example.com'] }],
    [{ allow: { filesystem: ['a/**'] } }, { fs: { read: ['a/**'], write: ['a/**'] } }],
    [{ allow: { filesystem: { read: ['a'], write: ['b'] } } }, { fs: { read: ['a', 'b'], write: ['b'] } }],
  ])('%j', (data, expected) => expect(policy(data).allow[0]).toMatchObject(expected));

  test.each<[unknown, object]>([
    [{ deny: true }, { all: true }],
    [{ deny: ['fs:w:a'] }, { fs: { read: [], write: ['a'] } }],
    [{ deny: ['fs:rw:a'] }, { fs: { read: ['a'], write: ['a'] } }],
    [{ deny: { filesystem: { write: ['a'] } } }, { fs: { read: [], write: ['a'] } }],
    [{ deny_cmd: ['rm'] }, { cmd: ['rm'] }],
    [
      { deny_cmd: ['rm'], deny: { cmd: ['mv'], sh: true } },
      { cmd: ['mv', 'rm'], names: ['sh'] },
    ],
    [
      { deny: ['rm'].map((name) => `cmd:${name}`), capabilities: { deny: ['sh'], deny_cmd: ['mv'] } },
      { cmd: ['mv', 'rm'], names: ['sh'] },
    ],
  ])('%j', (data, expected) => expect(policy(data).deny).toMatchObject(expected));

  test('nested and flat allow both have to permit, nested danger wins', () => {
    const both = policy({
      allow: ['cmd:a'],
      danger: ['cmd:x'],
      capabilities: { allow: ['cmd:b'], danger: ['@keychain'] },
    });
    expect(both.allow.map((set) => set.cmd)).toEqual([['b'], ['a']]);
    expect(both.danger).toMatchObject({ names: ['keychain'], cmd: null });
  });

  test('defaults', () => {
    const { defaults } = policy({
      defaults: {
        rules: ['no-secret-exfil', 'no-secret-exfil'],
        unlabeled: 'untrusted',
        trustconflict: 'error',
        flow: 'strict',
        autosign: ['instructions', 'templates', 'pii', '@*Prompt'],
        autoverify: 'check it',
      },
    });
    expect(defaults).toEqual({
      rules: ['no-secret-exfil'],
      unlabeled: 'untrusted',
      trustconflict: 'error',
      flow: 'strict',
      autosign: { instructions: true, templates: true, labels: ['pii'], variables: ['@*Prompt'] },
      autoverify: 'check it',
    });
  });

  test.each(['instructions', 'instruction', 'instruct', 'inst'])('autosign %s', (word) => {
    expect(policy({ defaults: { autosign: [word] } }).defaults.autosign!.instructions).toBe(true);
  });

  test('verify_all_instructions stands for autosign and autoverify', () => {
    expect(policy({ verify_all_instructions: true }).defaults).toMatchObject({
      autosign: { instructions: true },
      autoverify: true,
    });
  });

  test('labels, operations, signers, limits, auth, keychain, env, integrity', () => {
    const all = policy({
      labels: { secret: { deny: ['op:cmd'], allow: 'op:cmd:git' }, 'src:mcp': { allow: ['op:show'] } },
      operations: { exfil: ['net:w', 'op:cmd:curl'] },
      signers: { 'user:*': ['trusted'] },
      limits: { maxTokens: 10, timeout: 500 },
      auth: { a: 'KEY', b: { from: 'keychain:s/a', as: 'B' } },
      keychain: { provider: 'system', allow: ['s/*'], deny: ['s/x'] },
      env: {
        default: '@mlld/env-docker',
        providers: { '@mlld/env-docker': { allowed: false }, local: true },
        tools: ['Read'],
        mcps: { allow: ['a'], deny: ['b'], attenuation: 'union' },
        net: { deny: ['x'] },
      },
      filesystem_integrity: { '@base/prompts/**': { mutable: false, authorizedIdentities: ['user:*'] } },
      locked: true,
      default: 'deny',
    });
    expect(JSON.parse(JSON.stringify(all))).toMatchObject({
      labels: { secret: { deny: ['op:cmd'], allow: ['op:cmd:git'] }, 'src:mcp': { deny: null, allow: ['op:show'] } },
      operations: { exfil: ['net:w', 'op:cmd:curl'] },
      auth: { a: { from: 'keychain', as: 'KEY' }, b: { from: 'keychain:s/a', as: 'B' } },
      env: {
        providers: { '@mlld/env-docker': { allowed: false }, local: { allowed: true } },
        tools: { allow: ['Read'], deny: [] },
        mcps: { attenuation: 'union' },
      },
      integrity: { '@base/prompts/**': { mutable: false, authorizedIdentities: ['user:*'] } },
      locked: true,
      default: 'deny',
      limits: { maxTokens: 10, timeout: 500 },
    });
  });

  test('authorizations', () => {
    const { authorizations } = policy({
      authorizations: {
        allow: { a: true, b: { args: { x: 1, y: { eq: [2] }, z: { oneOf: [1, 2] } } }, c: {}, d: { args: {} } },
      },
    });
    expect(JSON.parse(JSON.stringify(authorizations))).toEqual({
      a: true,
      b: { args: { x: { eq: 1 }, y: { eq: [2] }, z: { oneOf: [1, 2] } } },
      c: true,
      d: true,
    });
    expect(policy({ authorizations: { allow: {} } }).authorizations).toEqual({});
  });

  test('keys of the object prototype are keys like any other', () => {
    const parsed = policy(
      JSON.parse('{"labels":{"__proto__":{"deny":["op:show"]},"constructor":{"deny":["op:cmd"]}}}'),
    );
    expect(Object.keys(parsed.labels)).toEqual(['__proto__', 'constructor']);
    expect(Object.keys(policy({}).labels)).toEqual([]);
  });
});

describe('mistakes', () => {
  test.each<[unknown, string]>([
    [{ alow: ['sh'] }, "alow: Unknown policy key 'alow'. Did you mean 'allow'?"],
    [{ lables: {} }, "lables: Unknown policy key 'lables'. Did you mean 'labels'?"],
    [{ zork: 1 }, "zork: Unknown policy key 'zork'"],
    [
      { labels: { secret: { deny: ['op:shw'] } } },
      "labels.secret.deny: Unknown operation 'op:shw'. Did you mean 'op:show'?",
    ],
    [
      { operations: { exfil: ['net:w', 'op:cdm:curl'] } },
      "operations.exfil: Unknown operation 'op:cdm:curl'. Did you mean 'op:cmd:curl'?",
    ],
    [{ allow: ['cmd:'] }, "allow[0]: A pattern of commands names a program, as 'cmd:git' does; 'cmd:*' is all of them"],
    [
      { deny: { cmd: ['cmd:'] } },
      "deny.cmd: A pattern of commands names a program, as 'cmd:git' does; 'cmd:*' is all of them",
    ],
    [{ capabilities: { denny: [] } }, "capabilities.denny: Unknown capabilities key 'denny'. Did you mean 'deny'?"],
    [
      { defaults: { rules: ['no-secret-exfill'] } },
      "defaults.rules[0]: Unknown rule 'no-secret-exfill'. Did you mean 'no-secret-exfil'?",
    ],
    [{ defaults: { rule: [] } }, "defaults.rule: Unknown defaults key 'rule'. Did you mean 'rules'?"],
    [
      { defaults: { unlabeled: 'untrust' } },
      "defaults.unlabeled: Expected 'trusted' or 'untrusted', found 'untrust'. Did you mean 'untrusted'?",
    ],
    [{ defaults: { flow: true } }, "defaults.flow: Expected 'explicit' or 'strict', found true"],
    [{ defaults: [] }, 'defaults: Expected an object, found a list'],
    [{ default: 'no' }, "default: Expected 'allow' or 'deny', found 'no'"],
    [{ allow: { shel: true } }, "allow.shel: Unknown capability 'shel'. Did you mean 'shell'?"],
    [{ allow: ['cmd:git', 'git:push'] }, "allow[1]: Unknown capability 'git:push'"],
    [{ allow: ['shh'] }, "allow[0]: Unknown capability 'shh'. Did you mean 'sh'?"],
    [{ deny: { sh: 'yes' } }, "deny.sh: Expected true or false, found 'yes'"],
    [{ deny: 5 }, 'deny: Expected a list of texts, found 5'],
    [{ deny: [1] }, 'deny[0]: Expected a text, found 1'],
    [{ deny: null }, 'deny: Expected a list of texts, found null'],
    [{ deny: { cmd: { git: ['push'] } } }, 'deny.cmd: Expected a list of texts, found an object'],
    [
      { allow: ['fs:x:a'] },
      "allow[0]: Expected 'fs:r:GLOB', 'fs:w:GLOB' or 'fs:rw:GLOB', found 'fs:x:a'. Did you mean 'fs:rw:x:a'?",
    ],
    [{ allow: { fs: { reed: [] } } }, "allow.fs.reed: Unknown filesystem key 'reed'. Did you mean 'read'?"],
    [{ deny: ['fs:r:+(a|b)'] }, "deny[0]: The pattern '+(a|b)' uses extended glob syntax, which is not supported"],
    [{ deny: ['fs:r:!a'] }, "deny[0]: The pattern '!a' starts with '!'; write the opposite list instead"],
    [{ deny: ['fs:r:{a'] }, "deny[0]: The pattern '{a' has braces that do not match"],
    [{ labels: { secret: ['op:cmd'] } }, 'labels.secret: Expected an object, found a list'],
    [{ labels: { secret: { denny: [] } } }, "labels.secret.denny: Unknown label rule 'denny'. Did you mean 'deny'?"],
    [{ labels: { 'src:mcp': { deny: true } } }, 'labels["src:mcp"].deny: Expected a list of texts, found true'],
    [{ operations: { exfil: 5 } }, 'operations.exfil: Expected a list of texts, found 5'],
    [{ limits: { timeout: '5' } }, "limits.timeout: Expected a number that is not negative, found '5'"],
    [{ limits: { timeout: Number.NaN } }, 'limits.timeout: Expected a number that is not negative, found NaN'],
    [{ limits: { tokens: 5 } }, "limits.tokens: Unknown limit 'tokens'"],
    [{ locked: 'yes' }, "locked: Expected true or false, found 'yes'"],
    [{ auth: { a: { from: 'keychain' } } }, 'auth.a.as: Expected a text, found nothing'],
    [{ keychain: { alow: [] } }, "keychain.alow: Unknown keychain key 'alow'. Did you mean 'allow'?"],
    [{ env: { tool: [] } }, "env.tool: Unknown env key 'tool'. Did you mean 'tools'?"],
    [
      { env: { providers: { d: { allow: true } } } },
      "env.providers.d.allow: Unknown provider key 'allow'. Did you mean 'allowed'?",
    ],
    [
      { filesystem_integrity: { a: { mutabel: true } } },
      "filesystem_integrity.a.mutabel: Unknown integrity key 'mutabel'. Did you mean 'mutable'?",
    ],
    [{ authorizations: [] }, 'authorizations: policy.authorizations must be an object'],
    [{ authorizations: { allow: [] } }, 'authorizations.allow: policy.authorizations.allow must be an object'],
    [
      { authorizations: { allow: { x: 5 } } },
      "authorizations.allow.x: Authorization entry for 'x' must be true or an object",
    ],
    [
      { authorizations: { allow: { x: { args: { a: { eq: 1, oneOf: [1] } } } } } },
      "authorizations.allow.x.args.a: Constraint for 'x.a' must use exactly one of 'eq' or 'oneOf'",
    ],
    [
      { authorizations: { allow: { x: { args: { a: {} } } } } },
      "authorizations.allow.x.args.a: Constraint for 'x.a' must use exactly one of 'eq' or 'oneOf'",
    ],
  ])('%j', (data, expected) => expect(problems(data).some((text) => text.startsWith(expected))).toBe(true));

  test.each([null, undefined, 5, 'deny', [], true])('%j is no policy', (data) => {
    expect(problems(data)).toEqual(["Policy reference '@p' is not a policy configuration"]);
  });

  test('labels below known operations, and those of a program itself, are no slips', () => {
    const deny = ['op:cmd:git:push', 'op:show:terminal', 'op:tool:w', 'net:w', 'exfil', '*'];
    expect(policy({ labels: { secret: { deny } }, operations: { exfil: deny } }).operations.exfil).toEqual(deny);
  });

  test('all problems are reported at once', () => {
    expect(problems({ alow: 1, defaults: { rules: ['x'], unlabeled: 'y' }, deny: 5 })).toHaveLength(4);
  });

  test('parsing never throws, whatever the data', () => {
    fc.assert(
      fc.property(fc.anything(), (data) => {
        parsePolicy(data, 'p');
      }),
      { numRuns: 500 },
    );
    const keys = fc.constantFrom(
      'allow',
      'deny',
      'danger',
      'defaults',
      'labels',
      'operations',
      'capabilities',
      'env',
      'auth',
      'authorizations',
      'limits',
      'keychain',
      'signers',
    );
    fc.assert(
      fc.property(fc.dictionary(keys, fc.anything()), (data) => {
        parsePolicy(data, 'p');
      }),
      { numRuns: 500 },
    );
  });
});
