/** What a module is seen to need (seed.md 5 item 4, E4). */

import { describe, expect, test } from 'vitest';
import { inferredNeeds } from '../../../compiler/analyze/inferred-needs.js';
import { parse } from '../../../compiler/parse/index.js';
import { parseNeeds } from '../../../runtime/shared/security/needs.js';
import { needsData, needsText } from '../../../runtime/shared/security/needs-data.js';
import { compiled } from '../compiler/helpers.js';

function inferred(source: string): unknown {
  const { ast, diagnostics } = parse(source, 'main.mld');
  if (ast?.type !== 'Program') throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return { ...needsData(inferredNeeds(ast)) };
}

describe('inferred needs', () => {
  test.each<[string, object]>([
    ['show "x"', {}],
    ['var @x = js { return 1 }', {}],
    ['var @x = cmd { echo hi }', {}],
    ['run cmd { git status | grep x }', { cmd: ['git', 'grep'] }],
    ['exe @f(a) = cmd { jq "@a" }', { cmd: ['jq'] }],
    ['exe @f(a) = cmd { @a now }', { cmd: '*' }],
    ['run cmd { env A=1 ./tool.sh }', { cmd: ['env', './tool.sh'] }],
    ['run cmd { curl -s https://example.org }', { network: true, cmd: ['curl'] }],
    ['run cmd { bash -c "ls /" }', { sh: true, cmd: ['bash', 'ls'] }],
    ['var @x = sh { f() { wc -l; }; f < in.txt }', { sh: true, filesystem: true, cmd: ['wc'] }],
    ['var @x = <a.txt>', { filesystem: true }],
    ['var @x = <https://example.org/a>', { network: true }],
    ['show `see <a.txt> here`', { filesystem: true }],
    ['output "x" to "a.txt"', { filesystem: true }],
    ['output "x" to stderr', {}],
    ['append "x" to "a.txt"', { filesystem: true }],
    ['var @x = node { return require("node:fs") }', { filesystem: true, node: [] }],
    ['var @x = node { return require("@a/b/c") }', { node: ['@a/b'] }],
    ['var @x = node { const p = await import("http"); return fetch("x") }', { network: true, node: [] }],
    ['var @x = node { return require("child_process") }', { cmd: '*', node: [] }],
    ['var @x = py {\nimport os, numpy.linalg as n\nfrom pandas import x\n}', { python: ['numpy', 'pandas'] }],
    ['var @x = py { open("f") }', { filesystem: true, python: [] }],
    ['import { get } from @keychain', { keychain: true }],
    ['import node @left-pad as @p', { node: ['left-pad'] }],
    ['import tools { @a } from mcp "uvx server --flag"', { cmd: ['uvx'] }],
    ['import tools { @a } from mcp "https://example.org/mcp"', { network: true }],
    ['exe @f(x) = when [ @x => cmd { sort } ]', { cmd: ['sort'] }],
  ])('%s', (source, needs) => expect(inferred(source)).toEqual(needs));

  test('the manifest has them, over all modules', () => {
    const { bundle } = compiled('import { @f } from "./lib.mld"\nrun cmd { git status }\nshow @f()', {
      'lib.mld': 'needs { sh }\nexe @f() = sh { sort }',
    });
    expect(bundle?.manifest.needs).toMatchObject({
      inferred: { sh: true, cmd: ['sort', 'git'] },
      modules: [{ imported: true, missing: ['/wants'], needs: [{ start: 0, end: 12, needs: { sh: true } }] }],
    });
  });
});

test.each<[object, string]>([
  [{}, 'needs { }'],
  [{ sh: true, cmd: ['jq', './a b'] }, 'needs { sh, cmd: [jq, "./a b"] }'],
  [
    { cmd: { git: { subcommands: ['push'], flags: ['--force'] }, jq: '*' } },
    'needs { cmd: { git: { subcommands: [push], flags: ["--force"] }, jq: * } }',
  ],
  [{ cmd: '*', node: ['a@^1.2', '@b/c'], py: [] }, 'needs { cmd: *, node: [a@^1.2, "@b/c"], python: [] }'],
])('%j is written as %s, which reads as the same', (data, text) => {
  const needs = parseNeeds(data);
  expect(needsText(needs)).toBe(text);
  expect(parseNeeds(needsData(needs))).toEqual(needs);
  expect(parse(text, 'main.mld').diagnostics).toEqual([]);
});
