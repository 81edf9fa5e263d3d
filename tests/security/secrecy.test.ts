/** Secrets stay out of everything a run says about itself: errors, summaries, the ledger, caches (security.md 1.6 item 11). */

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { mlldc } from '../cli/harness.js';
import { project } from './project.js';

const KEY = 'hunter2-zebra-key';
const SECRET = `var secret @s = "${KEY}"\n`;

/** Everything a run leaves behind but the files the script itself wrote. */
async function traces(program: string): Promise<string> {
  const cwd = project({ 'main.mld': SECRET + program });
  const { stdout, stderr } = await mlldc(['run', 'main.mld'], { cwd, env: { DEBUG: '*', MLLD_DEBUG: '1' } });
  const hidden = path.join(cwd, '.mlld');
  const files = fs.existsSync(hidden) ? fs.readdirSync(hidden, { recursive: true, withFileTypes: true }) : [];
  const kept = files
    .filter((entry) => entry.isFile())
    .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));
  // The source line of an error is shown; it is the script's own text.
  return [stdout, stderr.replaceAll(`var secret @s = "${KEY}"`, ''), ...kept].join('\n');
}

describe('a secret is not in what is told of', () => {
  test.concurrent.each([
    ['a command that fails', 'var @r = cmd { ls "@s" }'],
    ['a script that fails', 'exe @f(x) = sh { echo "$x" >&2; exit 3 }\nvar @r = @f(@s)'],
    ['an exception in js', 'exe @f(x) = js { throw new Error("leak " + x) }\nvar @r = @f(@s)'],
    ['an exception in node', 'exe @f(x) = node { throw new Error("leak " + x) }\nvar @r = @f(@s)'],
    ['an exception in python', 'exe @f(x) = py { raise Exception("leak " + x) }\nvar @r = @f(@s)'],
    [
      'a guard that denies',
      'exe @f(x) = js { return x }\nguard before secret = when [ @mx.op.type == "exe" => deny "no"; * => allow ]\nvar @r = @f(@s)',
    ],
    ['a policy that denies', 'policy @p = { labels: { secret: { deny: ["op:cmd"] } } }\nrun cmd { echo "@s" }'],
    [
      'a branch of a parallel loop that fails',
      'exe @f(x) = js { throw new Error("leak " + x) }\nvar @r = for parallel @i in [1, 2] => @f(@s)',
    ],
    ['a file that is not there', 'var @r = <@s>'],
    ['a bail', 'bail "stop @s"'],
    ['a field that is not there', 'var @o = { a: @s }\nshow @o.a.zork.x'],
    ['a call that is recorded', 'exe net:w @f(x, y) = js { return 1 }\nvar @r = @f(@s, { k: @s })\nshow @r'],
    ['an llm call', 'exe llm @f(x) = js { return "answer " + x }\nvar @r = @f(@s)'],
    [
      'a hook that fails',
      'exe @f(x) = js { return 1 }\nexe @g(x) = js { throw new Error("leak " + x) }\nhook before @f = [ let @y = @g(@s) ]\nvar @r = @f(1)',
    ],
  ])('%s', async (_what, program) => {
    expect(await traces(program)).not.toContain('zebra');
  });
});
