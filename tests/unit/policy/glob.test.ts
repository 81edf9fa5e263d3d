/** Globs over paths (security.md 5.5). */

import fc from 'fast-check';
import picomatch from 'picomatch';
import { describe, expect, test } from 'vitest';
import {
  globProblem,
  literalBase,
  matchPath,
  matchText,
  mayMatchBelow,
  normalizePath,
  resolvePath,
} from '../../../runtime/shared/glob.js';
import { PLACES } from './helpers.js';

describe('matchPath', () => {
  test.each<[string, string, boolean]>([
    ['/a/b', '/a/b', true],
    ['/a/b', '/a/b/c', false],
    ['/a/*', '/a/b', true],
    ['/a/*', '/a/b/c', false],
    ['/a/*', '/a/.b', true],
    ['/a/?', '/a/b', true],
    ['/a/?', '/a/bc', false],
    ['/a/**', '/a/b/c/d', true],
    ['/a/**', '/a', true],
    ['/a/**', '/ab', false],
    ['/a/**/z', '/a/z', true],
    ['/a/**/z', '/a/b/c/z', true],
    ['/a/**/z', '/a/b/c/zz', false],
    ['**', '/any/thing', true],
    ['**/.env', '/x/y/.env', true],
    ['**/.env', '/.env', true],
    ['**/.env', '/x/.env/y', false],
    ['**/*.pem', '/x/.pem', true],
    ['*.ts', '/project/a.ts', true],
    ['*.ts', '/project/x/a.ts', false],
    ['./src/*', '/project/src/a', true],
    ['src/**', '/project/src/a', true],
    ['@base/src/**', '/project/src/a', true],
    ['@root', '/project', true],
    ['@base', '/project/x', false],
    ['@baseline/x', '/project/@baseline/x', true],
    ['~/.ssh/*', '/home/me/.ssh/k', true],
    ['~', '/home/me', true],
    ['~x/y', '/project/~x/y', true],
    ['/a/{b,c}/d', '/a/c/d', true],
    ['/a/{b,c}/d', '/a/e/d', false],
    ['/a/{b,{c,d}}', '/a/d', true],
    ['/a/{b}', '/a/{b}', true],
    ['/a/[bc]', '/a/c', true],
    ['/a/[!bc]', '/a/c', false],
    ['/a/[a-f]x', '/a/ex', true],
    ['/a/[', '/a/[', true],
    ['/a/\\*', '/a/*', true],
    ['/a/\\*', '/a/b', false],
    ['/a/b', '/a/./b', true],
    ['/a/b', '/a/x/../b', true],
    ['/a/**', '/a/../b', false],
    ['/a/../b', '/b', true],
    ['/a//b', '/a/b', true],
    ['/A', '/a', false],
    ['/a/**/b/**/c', '/a/x/b/y/z/c', true],
    ['/a/b*', '/a/b', true],
    ['/a/*b*c', '/a/xxbyyc', true],
    ['/', '/', true],
  ])('%s matches %s: %s', (pattern, path, expected) => expect(matchPath(pattern, path, PLACES)).toBe(expected));

  test('characters of the project directory are no wildcards', () => {
    const odd = { root: '/pro*j[1]/{a,b}', home: '/h' };
    expect(matchPath('src/*', '/pro*j[1]/{a,b}/src/x', odd)).toBe(true);
    expect(matchPath('src/*', '/proXj1/a/src/x', odd)).toBe(false);
  });

  test('letters are told apart where the file system does', () => {
    expect(matchPath('**/.env', '/x/.ENV', PLACES)).toBe(false);
    expect(matchPath('**/.env', '/x/.ENV', { ...PLACES, ignoreCase: true })).toBe(true);
  });

  // Without its limit on backtracking this would not end within the time a test has.
  test('hostile patterns and paths cannot stall it', () => {
    expect(matchPath(`/${'*a'.repeat(200)}b`, `/${'a'.repeat(2000)}`, PLACES)).toBe(false);
    expect(matchPath('/**/a'.repeat(50), `/${'a/'.repeat(1000)}b`, PLACES)).toBe(false);
  });

  test('agrees with picomatch on ordinary patterns', () => {
    const segment = fc.constantFrom('a', 'b', 'ab', '.a', 'a.b', 'c');
    const path = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => `/r/${parts.join('/')}`);
    const pattern = fc
      .array(fc.constantFrom('a', '*', '**', 'a*', '*.b', '?', '{a,b}', '[ab]', '.a', 'b'), {
        minLength: 1,
        maxLength: 5,
      })
      .map((parts) => `/r/${parts.join('/')}`);
    // At the end, `a/**` is `a` itself too: what protects a directory's content protects the directory.
    fc.assert(
      fc.property(pattern, path, (glob, text) => {
        fc.pre(!glob.endsWith('/**'));
        expect([glob, text, matchPath(glob, text, PLACES)]).toEqual([
          glob,
          text,
          picomatch.isMatch(text, glob, { dot: true }),
        ]);
      }),
      { numRuns: 2000 },
    );
  });
});

test('matchText: wildcards stand for any characters', () => {
  expect(matchText('user:*', 'user:a/b')).toBe(true);
  expect(matchText('*', '')).toBe(true);
  expect(matchText('a?c', 'abc')).toBe(true);
  expect(matchText('a', 'ab')).toBe(false);
});

test('mayMatchBelow and literalBase: where to look', () => {
  const places = { root: '/p', home: '/h' };
  for (const [pattern, directory, below] of [
    ['a/b/*', '/p', true],
    ['a/b/*', '/p/a', true],
    ['a/b/*', '/p/a/b', true],
    ['a/b/*', '/p/a/b/c', false],
    ['a/*/c', '/p/a/x', true],
    ['a/**', '/p/a/x/y', true],
    ['a/**', '/p/b', false],
    ['{a,b}/c', '/p/b', true],
    ['**/x', '/q', true],
  ] as const)
    expect([pattern, directory, mayMatchBelow(pattern, directory, places)]).toEqual([pattern, directory, below]);
  expect(
    ['a/b/*.md', 'CLAUDE.md', '~/n/**', '/e/{a,b}', '../x/*'].map((pattern) => literalBase(pattern, places)),
  ).toEqual(['/p/a/b', '/p/CLAUDE.md', '/h/n', '/e', '/x']);
});

test('normalizePath and resolvePath', () => {
  expect(normalizePath('/a/../../b/./c//d/')).toBe('/b/c/d');
  expect(normalizePath('C:\\a\\..\\b')).toBe('C:/b');
  expect(resolvePath('../x', '/a/b')).toBe('/a/x');
  expect(resolvePath('/x', '/a/b')).toBe('/x');
});

test('globProblem names what is not understood', () => {
  expect(globProblem('a/**')).toBeNull();
  expect(globProblem('')).toContain('empty');
  for (const pattern of ['@(a|b)', '+(a)', '!(a)', '!a', '{a', 'a}']) expect(globProblem(pattern)).not.toBeNull();
});
