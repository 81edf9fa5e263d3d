import { describe, expect, test } from 'vitest';
import { findProjectRoot, loadConfig } from '../../../runtime/host/config.js';
import { createDoor } from '../../../runtime/host/door.js';
import { ConfigError } from '../../../runtime/host/json-file.js';
import { project } from '../../door/support.js';

describe('findProjectRoot', () => {
  test.each([
    'mlld-config.json',
    'mlld-lock.json',
    'mlld.lock.json',
    'package.json',
    'pyproject.toml',
    'Cargo.toml',
    '.git/HEAD',
  ])('is marked by %s', (marker) => {
    const dir = project({ [marker]: '{}', 'a/b/x.mld': '' });
    expect(findProjectRoot(`${dir}/a/b`)).toBe(dir);
  });

  test('a mlld file further up is stronger than a package nearby', () => {
    const dir = project({ 'mlld-config.json': '{}', 'pkg/package.json': '{}' });
    expect(findProjectRoot(`${dir}/pkg`)).toBe(dir);
  });

  test('is the start itself without any marker', () => {
    expect(findProjectRoot('/no-such-directory/x')).toBe('/no-such-directory/x');
  });
});

describe('loadConfig', () => {
  const load = (config: unknown) =>
    loadConfig(project({ 'mlld-config.json': typeof config === 'string' ? config : JSON.stringify(config) }));

  test('has defaults without a file', () => {
    const dir = project();
    expect(loadConfig(dir)).toEqual({
      root: dir,
      file: null,
      projectname: null,
      resolverPrefixes: [],
      allowedEnvVars: [],
      allowGuardBypass: true,
      requireDeclarations: false,
      policyImports: [],
      scriptDir: null,
      suppressWarnings: [],
      raw: {},
    });
  });

  test('reads prefixes from either place', () => {
    const prefix = { prefix: '@lib/', resolver: 'LOCAL', config: { basePath: './lib' } };
    expect(load({ resolvers: { prefixes: [prefix] } }).resolverPrefixes).toEqual([prefix]);
    expect(load({ resolverPrefixes: [{ prefix: '@x/', resolver: 'HTTP' }] }).resolverPrefixes).toEqual([
      { prefix: '@x/', resolver: 'HTTP', config: {} },
    ]);
  });

  test.each([
    [undefined, true],
    [true, true],
    [false, false],
    ['false', false],
    ['true', false],
    [0, false],
    [null, false],
    [{}, false],
  ])('allowGuardBypass %j means %s', (value, expected) => {
    expect(load({ security: { allowGuardBypass: value } }).allowGuardBypass).toBe(expected);
  });

  test.each([
    ['{ broken', 'not valid JSON'],
    ['[]', 'must be a JSON object'],
    ['', 'not valid JSON'],
    [{ security: 'none' }, "'security' must be an object"],
    [{ security: { allowedEnvVars: 'HOME' } }, "'security.allowedEnvVars' must be a list"],
    [{ security: { allowedEnvVars: [1] } }, "'security.allowedEnvVars' must be a list of strings"],
    [{ security: { requireDeclarations: 'yes' } }, "'security.requireDeclarations' must be true or false"],
    [{ resolvers: { prefixes: [{ prefix: '@x' }] } }, 'a resolver prefix must have'],
  ])('refuses %j', (config, problem) => {
    expect(() => load(config)).toThrow(ConfigError);
    expect(() => load(config)).toThrow(problem);
  });

  test('a door does not open on a broken configuration', () => {
    const dir = project({ 'mlld-config.json': '{ broken' });
    expect(() => createDoor({ dir, handleSignals: false })).toThrow(ConfigError);
  });
});
