/**
 * The analyser against real shells: every program that Bash or dash would start in a generated text
 * is among the facts, or the text was called undecidable. PATH leads nowhere, so nothing starts: the
 * shells say which program they did not find.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyzeShell } from '../../../runtime/shared/command/analyze.js';

const SHELLS = { '/bin/bash': ['--norc', '--noprofile'], '/bin/dash': [] };

const PIECES = [
  'aa',
  'bb x',
  'cc "y z"',
  "dd 'q'",
  'X=1 ff',
  'gg $(hh)',
  'ii `jj`',
  'kk "$(ll)"',
  'mm \\; nn',
  'rr # cc',
  'ss#t',
  'e\'v\'al "uu"',
  "eval 'vv; ww'",
  '"a"b',
  'a\\b',
  "a''c",
  "$'\\x61d'",
  ': ${Z:-$(ya)}',
  ': "${Z:-$(yc)}"',
  'echo $((ye) ; yf)',
  'yg <<E\n$(yh)\nE',
  "yi <<'E'\n$(yj)\nE",
  'yk <<-E\n\t`yl`\n\tE',
  'trap yp EXIT',
  '[ $(yq) ]',
  'command yr',
  'exec ys',
  'X=$(yt)',
  'yv > f',
  '> f yx',
  'ze \\\n zf',
  'z\\\ng',
  "zi 'a\nb'",
  ': $(case x in x) zk;; esac)',
  ': $(zl # )\n)',
  'zp() { zq; }',
  'zp',
  '!za1',
  '! za2',
  '{ za4; }',
  '(za5)',
  '( (za7) )',
  '((zz2))',
  '[[ x = x ]]',
  '[[ a || zz5 ]]',
  '[[ a && zz6 ]]',
  'if',
  'then',
  'fi',
  'do',
  'done',
  'case',
  'esac',
  'in',
  '}',
  ')',
  'x)',
  '"',
  "'",
  '`',
  '$(',
  '\\',
  '\\\n',
  '#',
  "# '",
  '{',
  '(',
  '<<E',
  'E',
  '$((',
  '))',
  '${',
  '<(',
  'zb1 <(zb2)',
  "$'\\''",
  "$'a\\'; zz1 #'",
  'zz8 &> f zz9',
  '$[ 1',
  'zy1 ]',
  '"$\\\n(zy2)"',
  '"${x#\'"\'}"',
  '"\'}"}"',
  'cat <<E $(',
  'zy3 $(cat <<E)',
  "<<$'E'",
  '[[ a\nzy4 ]]',
  '*) zc5;;',
  'if zc6; then',
  'else',
  'case x in',
  'for i in 1; do',
  'for i in $(zc3); do',
  'f() {',
  'a=(zc8 $(zc9))',
  'a[$(zd1)]=1',
  '${Z:-',
  '"}',
  ' ',
  '\t',
  '\r',
];
const SEPARATORS = ['; ', '\n', ' && ', ' || ', ' | ', ' ', ''];

/** A small generator of its own, so that the texts are the same on every machine. */
function random(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

function text(next: (limit: number) => number): string {
  let result = '';
  for (let count = 1 + next(4); count > 0; count--)
    result += (result === '' ? '' : SEPARATORS[next(SEPARATORS.length)]!) + PIECES[next(PIECES.length)]!;
  return result;
}

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'mlldc-shell-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The programs a shell looks for; names that only one dialect knows as words are no programs. */
function sought(shell: string, options: readonly string[], code: string): string[] {
  const run = spawnSync(shell, [...options, '-c', code], {
    cwd: directory,
    timeout: 2000,
    killSignal: 'SIGKILL',
    env: { PATH: '/nonexistent', LC_ALL: 'C' },
    input: '',
  });
  const names = [...String(run.stderr).matchAll(/: ([^\s:]+): (?:command )?not found/g)].map((match) =>
    match[1]!.toLowerCase(),
  );
  return names.filter((name) => /^[a-z]\w*$/.test(name) && name !== 'function' && name !== 'time');
}

describe.each(Object.entries(SHELLS).filter(([shell]) => existsSync(shell)))('%s', (shell, options) => {
  test('finds no program that the analyser did not', () => {
    const next = random(20_260);
    let compared = 0;
    for (let round = 0; round < 400; round++) {
      const code = text(next);
      const facts = analyzeShell(code);
      if (facts.some((fact) => fact.undecidable)) continue;
      const known = facts.map((fact) => fact.program);
      for (const name of sought(shell, options, code))
        expect(known, `${name} in ${JSON.stringify(code)}`).toContain(name);
      compared++;
    }
    expect(compared).toBeGreaterThan(100);
  }, 60_000);
});
