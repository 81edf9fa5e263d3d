import { describe, expect, it } from 'vitest';
import { errors, ref, sketch, statement } from './helpers.js';

const names = (source: string): unknown =>
  statement(source).what.names.map((n: { name: string; alias: string | null }) => [n.name, n.alias]);

describe('import (language.md 11.1)', () => {
  it('names what it takes', () => {
    expect(names('import { @a, b as @c, default as d, } from "./x.mld"')).toEqual([
      ['a', null],
      ['b', 'c'],
      ['default', 'd'],
    ]);
  });

  it.each([
    ['import "x.mld" as @ns', 'ns'],
    ['import "x.mld"', null],
    ['import { * as @ns } from "x.mld"', 'ns'],
    ['import @author/mod as @m', 'm'],
  ])('%s takes a namespace', (source, alias) => {
    expect(statement(source).what).toEqual({ kind: 'namespace', alias });
  });

  it.each([
    ['"./x@y.mld"', { kind: 'path' }],
    ['<./x.mld>', { kind: 'path' }],
    ['"@input"', { kind: 'builtin', name: 'input' }],
    ['@input', { kind: 'builtin', name: 'input' }],
    ['@Keychain', { kind: 'builtin', name: 'keychain' }],
    ['@payload', { kind: 'builtin', name: 'payload' }],
    ['@author/mod', { kind: 'module', name: 'author/mod', version: null }],
    ['@author/mod@1.2.3', { kind: 'module', name: 'author/mod', version: '1.2.3' }],
    ['@lib/dir/file.mld', { kind: 'module', name: 'lib/dir/file.mld' }],
    ['node @path', { kind: 'node', name: 'path' }],
    ['node @scope/pkg/sub', { kind: 'node', name: 'scope/pkg/sub' }],
  ])('from %s', (source, expected) => {
    expect(statement(`import { a } from ${source}`).source).toMatchObject(expected);
  });

  it.each(['@base/a/b.mld', '"@base/a/b.mld"', '<@base/a/b.mld>'])('from %s is a path', (source) => {
    expect(sketch(statement(`import { a } from ${source}`).source.path.parts)).toBe('{@base}/a/b.mld');
  });

  it.each([
    ['import static <./x.mld> as @s', { name: 'static', ttl: null }],
    ['import module @a/b', { name: 'module', ttl: null }],
    ['import live "https://x/y.mld" as @y', { name: 'live', ttl: null }],
    ['import local @me/m as @m', { name: 'local', ttl: null }],
    ['import cached(5m) "https://x/y.mld" as @y', { name: 'cached', ttl: '5m' }],
    ['import { a } from static "x"', { name: 'static', ttl: null }],
    ['import "x"', null],
  ])('%s has a type', (source, expected) => {
    expect(statement(source).importType).toEqual(expected);
  });

  it('takes templates, policies and tools', () => {
    expect(statement('import templates from "dir" as @t(p, q: string)').what).toMatchObject({
      kind: 'templates',
      alias: 't',
      params: [{ name: 'p' }, { name: 'q', paramType: 'string' }],
    });
    expect(statement('import policy @p from "./f.mld"').what).toEqual({ kind: 'policy', alias: 'p' });
    expect(statement('import policy "./f.mld" as @p').what).toEqual({ kind: 'policy', alias: 'p' });
    expect(statement('import tools { @echo, @getTime as @gt } from mcp "SPEC"')).toMatchObject({
      what: { kind: 'tools', names: [{ name: 'echo' }, { name: 'getTime', alias: 'gt' }], alias: null },
      source: { kind: 'mcp', spec: { type: 'Template' } },
    });
    expect(statement('import tools from mcp @spec as @ns')).toMatchObject({
      what: { names: null, alias: 'ns' },
      source: { spec: ref('spec') },
    });
  });

  it('has options', () => {
    expect(statement('import "dir" as @d with { skipDirs: [] }').with.entries[0].key).toBe('skipDirs');
  });

  it('takes keychain functions (seed.md 5.1)', () => {
    expect(names('/import { get, set, delete } from @keychain')).toEqual([
      ['get', null],
      ['set', null],
      ['delete', null],
    ]);
  });

  it.each([
    [
      'import { * } from "x"',
      "Wildcard imports must have an alias. Use 'import { * as @name }' or the shorthand 'import \"path/to/file.mld\" as @name'",
    ],
    ['import tools from mcp "x"', 'MCP tool imports require an alias. Use: import tools from mcp "server" as @name'],
    ['import { a, b', 'Unclosed import list in import directive. Expected closing brace for import list.'],
    [
      'import { a } form "x"',
      'Invalid import syntax. Expected: import { name } from "file.mld" or import "file.mld" as @name',
    ],
  ])('refuses %s', (source, message) => {
    expect(errors(source)).toMatchObject([{ message }]);
  });
});

describe('export (language.md 11.3)', () => {
  it('lists names', () => {
    expect(statement('export { @a, b as @c }').names).toMatchObject([
      { name: 'a', alias: null },
      { name: 'b', alias: 'c' },
    ]);
  });

  it.each(['export { * }', 'export { @a, * }'])('%s gives everything', (source) => {
    expect(statement(source).names).toBeNull();
  });

  it('has braces', () => {
    expect(errors('export @a')[0]?.code).toBe('export-syntax');
  });
});
