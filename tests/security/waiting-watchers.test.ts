/** Guards and hooks whose code has to wait: whatever they watch then waits too (security.md 3.2, 11). */

import { describe, expect, test } from 'vitest';
import { warm } from '../cli/warm.js';
import { project } from './project.js';

const LIB = 'exe @lib(x) = js { return "lib" + x }\nvar @libv = { a: @lib(1) }\nexport { @lib, @libv }\n';
const WAITS = 'exe @ls() = sh { true }\n';

/** One of everything that can be watched. */
const PROGRAM = `import { @lib, @libv } from "./lib.mld"
import "./lib.mld" as @ns
exe @f(x) = js { return x }
exe @t(x) = \`t @x\`
exe @b(x) = [ let @y = @f(@x)
 => @y ]
exe @w(x) = when [ @x == "1" => @f("one"); * => @t(@x) ]
exe @fo(l) = for @i in @l => @f(@i)
exe recursive @rec(n) = when [ @n <= 0 => "end"; * => @rec(@n - 1) ]
var @v = @f("1")
var @arr = [@f(1), @t(2)]
var @obj = { a: @f(1), b: { c: @t(2) } }
show @v
show @arr
show @obj.b.c
show @b("2")
show @w("1")
show @w("2")
show @fo(["a","b"])
show @rec(3)
var @p = "x" | @f | @t | @upper
show @p
var @e = foreach @f(["a","b"])
show @e
var @par = for parallel(2) @i in ["a","b"] => @f(@i)
show @par
for @i in ["p","q"] => show @f(@i)
for @i in ["p","q"] [ let @z = @f(@i)
 show @z ]
if @f("true") == "true" [ show "if" ]
when @f("1") [ "1" => show "when"
 * => show "no" ]
show @lib(1)
show @libv.a
show @ns.lib(2)
show \`tpl @f("in") @t("x")\`
loop(2) [ show @f("loop")
 continue 1 ]
var @tern = @f("a") == "a" ? @f("yes") : @t("no")
show @tern
var @g = || @f("1") || @t("2")
show @g
output @f("o") to "o2.txt"
append @f("o") to "o2.txt"
log @f("log")
run @f("run")
@f("bare")
box [ let @q = @f("box")
 show @q ]
var @pl = @f("9") | log
exe @chain(x) = @x | @f | @t
show @chain("c")
var @bat = for @i in ["a"] => @f(@i) => | @t
show @bat
var @m = "abc"
show @m.toUpperCase()
show @t(@f(@t("nest")))
`;

async function run(program: string) {
  const cwd = project({ 'lib.mld': LIB, 'main.mld': program });
  const { code, stdout, stderr } = await warm(['run', 'main.mld'], { cwd });
  return { code, stdout, stderr };
}

describe('a program says the same under', () => {
  const plain = run(WAITS + PROGRAM);

  test.concurrent.each([
    'guard before op:exe = when [ @ls() == "no" => deny "no" ]',
    'guard after op:exe = when [ @ls() == "no" => deny "no" ]',
    'guard before op:show = when [ @ls() == "no" => deny "no" ]',
    'guard before op:for = when [ @ls() == "no" => deny "no" ]',
    'hook before @f = [ let @z = @ls() ]',
    'hook before op:var = [ let @z = @ls() ]',
    'hook after op:loop = [ let @z = @ls() ]',
    'hook before op:import = [ let @z = @ls() ]',
  ])('%s', async (watcher) => {
    expect(await run(`${WAITS}${watcher}\n${PROGRAM}`)).toEqual(await plain);
  });

  test('no watcher, without errors', async () => {
    expect(await plain).toMatchObject({ code: 0, stderr: 'log\n9\n' });
  });
});
