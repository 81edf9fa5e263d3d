/**
 * One program for each way a label could get lost: the leaks of the reference by their numbers
 * (security.md 1.4, 3, 1.6), and further ones. Each is a whole program, compiled and run before a host
 * that answers; it shows whether `@r` has the label, or is refused where a label forbids.
 */

import type vm from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { compiled, guestScript, type Trace, trace } from '../flow/host.js';

let guest: vm.Script;
beforeAll(async () => {
  guest = await guestScript();
});

function run(source: string): Promise<Trace> {
  return trace(guest, compiled(source), {});
}

/** What a program printed, and the code of the error it ended with. */
function told({ events, end }: Trace): string {
  const printed = events
    .filter(({ op, data }) => op === 'console.write' && (data as { stream: string }).stream === 'stdout')
    .map(({ data }) => (data as { text: string }).text.trimEnd());
  return [...printed, ...(end.kind === 'done' ? [] : [end.error.code])].join('\n');
}

const DEFINITIONS = `var LABEL @s = "sss"
var LABEL @n = 1
var LABEL @list = ["x", "y"]
var @p = "pub"
exe @id(x) = \`@x\`
exe @fails(x) = js { throw new Error("bad " + x) }
`;

/** The last line printed: whether the taint of `@r` has the mark. */
async function carries(lines: string, label: string, wanted = label): Promise<boolean> {
  const source = `${DEFINITIONS}${lines}\nshow @r.mx.taint.includes("${wanted}")\n`.replaceAll('LABEL', label);
  const outcome = told(await run(source));
  expect(outcome).toMatch(/(?:true|false)$/);
  return outcome.endsWith('true');
}

const LABELS = ['secret', 'untrusted', 'pii'];

describe.each(LABELS)('leaks of the reference are closed for %s', (label) => {
  test.each<[string, string]>([
    ['leak 1: arguments of methods', 'var @r = @p.replace("p", @s)'],
    ['leak 1: arguments of methods of arrays', 'var @a = ["a"]\nvar @l = @a.concat([@s])\nvar @r = @l[1]'],
    ['leak 2: the left side of &&', 'var @r = @s && "x"'],
    ['leak 2: the left side of ||', 'var LABEL @e = ""\nvar @r = @e || "x"'],
    ['leak 2: the left side of ??', 'var LABEL @e = null\nvar @r = @e ?? "x"'],
    ['leak 3: the test of ?:', 'var @r = @n > 1 ? "big" : "small"'],
    ['leak 4: bodies of for', 'var @r = for @i in ["x"] => when [ @s == "q" => @i; * => "z" ]'],
    ['leak 4: filters of for', 'var @r = for @i in ["x"] when @s == "sss" => @i'],
    ['leak 4: filters that leave everything out', 'var @r = for @i in ["x"] when @s != "sss" => @i'],
    ['leak 4: bodies of for parallel', 'var @r = for parallel @i in ["x"] => `@i-@s`'],
    ['leak 5: the input of a stage', 'var @r = @s | @id'],
    ['leak 6: loads in templates', 'output @s to "f.txt"\nvar @r = `see <f.txt> there`'],
    ['leak 7: append', 'append @s to "f.txt"\nvar @r = <f.txt>'],
    ['leak 7: append to a file that was clean', 'output "a" to "f.txt"\nappend @s to "f.txt"\nvar @r = <f.txt>'],
    ['leak 8: files written by children', 'run sh (@s) { copy $s }\nvar @r = <copy.txt>'],
    ['leak 9: the index of an array', 'var @a = ["a", "b"]\nvar @r = @a[@n]'],
    ['leak 9: the key of an object', 'var @o = { sss: "v" }\nvar @r = @o[@s]'],
    ['leak 10: parallel groups', 'var @r = || @id(@s) || @id(@p)'],
    ['leak 11: the text of an exception', 'var @l = || @fails(@s) || @id("x")\nvar @r = @l[0].message'],
    ['leak 11: the output of a command that fails', 'var @r = sh (@s) { fail }'],
  ])('%s', async (_, lines) => expect(await carries(lines, label)).toBe(true));
});

describe('leaks of the reference about provenance and decisions are closed', () => {
  const MCP = 'import tools from mcp "server" as @srv\n';
  test.each<[string, string, string]>([
    ['leak 5: stages that are tools', `${MCP}var @r = "x" | @srv.echo`, 'src:mcp'],
    ['leak 5: calls of tools', `${MCP}var @r = @srv.echo("x")`, 'src:mcp'],
    ['leak 5: stages of js', 'exe @j(x) = js { return x }\nvar @r = "x" | @j', 'src:js'],
    [
      'leak 8: provenance of what children write',
      `${MCP}var @t = @srv.echo("x")\nrun sh (@t) { copy $t }\nvar @r = <copy.txt>`,
      'src:mcp',
    ],
  ])('%s', async (_, lines, mark) => expect(await carries(lines, 'secret', mark)).toBe(true));

  const DENIED = 'policy @pol = { deny: { cmd: ["ls"] } }\n';
  const RULE = 'policy @pol = { labels: { secret: { deny: ["exfil"] } } }\nexe exfil @out(x) = `sent @x`\n';
  test.each<[string, string]>([
    [
      'leak 12: operations without inputs',
      'guard before destructive = when [ * => deny "no" ]\nexe destructive @wipe() = `wiped`\nshow @wipe()',
    ],
    ['leak 13: guards on provenance', 'guard before src:js = when [ * => deny "no" ]\nvar @t = @j("x")\nshow @id(@t)'],
    ['leak 14: stages', `${RULE}show @s | @out`],
    ['leak 15: code on a right-hand side', 'guard before op:run = when [ * => deny "no" ]\nvar @r = cmd { echo hi }'],
    [
      'leak 15: run on a right-hand side',
      'guard before op:run = when [ * => deny "no" ]\nvar @r = run cmd { echo hi }',
    ],
    ['leak 15: deny: true is about code', 'policy @pol = { deny: true }\nvar @r = js { return 1 }'],
    ['leak 16: wrappers', `${DENIED}run cmd { env X=1 ls }`],
    ['leak 16: xargs', `${DENIED}run cmd { xargs ls }`],
    ['leak 16: find -exec', `${DENIED}run cmd { find . -exec ls {} + }`],
    ['leak 16: strings for a shell', `${DENIED}run cmd { sh -c "ls" }`],
    [
      'leak 17: credentials of direct commands',
      'auth @tok = "TOK"\npolicy @pol = { labels: { secret: { deny: ["op:cmd"] } } }\nrun cmd { printenv TOK } using auth:tok',
    ],
    [
      'leak 17: credentials of scripts',
      'auth @tok = "TOK"\npolicy @pol = { labels: { secret: { deny: ["op:sh"] } } }\nrun sh { echo $TOK } using auth:tok',
    ],
    [
      'leak 17: variables for direct commands',
      'policy @pol = { labels: { secret: { deny: ["op:cmd"] } } }\nrun cmd { printenv TOK } using @s as TOK',
    ],
    ['leak 18: templates as arguments', `${RULE}show @out(\`x @s\`)`],
    ['leak 18: strings as arguments', `${RULE}show @out("x @s")`],
    ['leak 18: members of containers as arguments', `${RULE}show @out([{ k: @s }])`],
  ])('%s', async (_, lines) => {
    const source = `${DEFINITIONS}exe @j(x) = js { return x }\n${lines}\n`.replaceAll('LABEL', 'secret');
    expect(told(await run(source))).toMatch(/(?:GUARD_DENIED|POLICY_\w+_DENIED)$/);
  });
});

describe.each(LABELS)('no other way loses %s', (label) => {
  test.each<[string, string]>([
    ['the value a failed iteration was given', 'var @l = for parallel @x in [@s] => @fails("z")\nvar @r = @l[0].value'],
    ['the message of a failed iteration', 'var @l = for parallel @i in ["x"] => @fails(@s)\nvar @r = @l[0].message'],
    ['@mx.errors: the value', 'var @l = for parallel @x in [@s] => @fails("z")\nvar @r = @mx.errors[0].value'],
    ['@mx.errors: the message', 'var @l = || @fails(@s) || @id("x")\nvar @r = @mx.errors[0].message'],
    [
      'errors of calls whose function read it',
      'exe @f() = [\n  let @a = @s\n  let @b = "x"\n  => @b.nosuch\n]\nvar @l = || @f() || @id("x")\nvar @r = @l[0].message',
    ],
    [
      'errors of calls that were given it',
      'exe @f(x) = [\n  let @b = "x"\n  => @b.nosuch\n]\nvar @l = || @f(@s) || @id("x")\nvar @r = @l[0].message',
    ],
    [
      'errors of calls that called it',
      'exe LABEL @g() = `[`\nexe @f() = [\n  let @a = @g()\n  => ("[" | @json)\n]\nvar @l = || @f() || @id("x")\nvar @r = @l[0].message',
    ],
    ['errors of stages', 'var @l = for parallel @i in ["x"] => (@s | @json)\nvar @r = @l[0].message'],
    ['errors of fields', 'var @l = for parallel @i in ["x"] => @s.nosuch\nvar @r = @l[0].message'],
    ['errors of indices', 'var @l = for parallel @i in ["x"] => @p[@n]\nvar @r = @l[0].message'],
    ['errors of operators', 'var @l = for parallel @i in ["x"] => (@s + "x")\nvar @r = @l[0].message'],
    [
      'errors of js blocks',
      'var @l = for parallel @i in ["x"] => js (@s) { throw new Error("a") }\nvar @r = @l[0].message',
    ],
    ['errors of the host', 'var @l = for parallel @i in ["x"] => <missing-@s>\nvar @r = @l[0].message'],
    [
      '@mx.hooks.errors',
      'exe @hk(x) = `@x`\nhook @h before @hk = [ => @fails(@s) ]\nvar @a = @hk("c")\nvar @r = @mx.hooks.errors[0].message',
    ],
    ['functions chosen by it', 'exe @a() = `a`\nexe @b() = `b`\nvar @t = [@a, @b]\nvar @f = @t[@n]\nvar @r = @f()'],
    ['stages chosen by it', 'exe @b(x) = `b`\nvar @t = [@id, @b]\nvar @f = @t[@n]\nvar @r = "x" | @f'],
    ['how many results foreach has', 'var LABEL @none = []\nvar @l = foreach @id(@none)\nvar @r = @l.length'],
    ['a condition around a fragment', 'var @r = `a @s?`b` c`'],
    ['what is left out of an array', 'var LABEL @e = ""\nvar @l = [@e?, "x"]\nvar @r = @l.length'],
    [
      'what is left out of an object',
      'var LABEL @e = ""\nvar @o = { "a"?: @e, b: 1 }\nvar @l = for @k, @v in @o => @k\nvar @r = @l.length',
    ],
    ['the names of files', 'output "x" to "n-@s"\nvar @r = <n-sss>'],
    ['whether a file is there', 'var @r = @exists("n-@s")'],
    ['sizes in .mx', 'var @r = @s.mx.length'],
    [
      'hints of retries',
      'exe @src() = `x @mx.hint`\nexe @f(x) = when [\n  @mx.try < 2 => retry @s\n  * => @x\n]\nvar @r = @src() | @f',
    ],
    ['views of pipelines', 'exe @pv(x, p) = `@p[-1]`\nvar @r = @s | @id | @pv'],
    ['keys of iterations', 'var LABEL @o = { q: 1 }\nvar @l = for @k, @v in @o => @k\nvar @r = @l[0]'],
    ['patterns of when', 'var @r = when @p [ "x" => "a"; @s => "b"; * => "c" ]'],
    [
      'what goes into a later turn of a loop',
      'exe @f() = [\n  => loop(3) [\n    if @input == null [ continue @s ]\n    done @input\n  ]\n]\nvar @r = @f()',
    ],
    [
      'the accumulator of a loop',
      'exe @f(l) = [\n  let @y = ""\n  for @i in ["a"] [ let @y += @s ]\n  => @y\n]\nvar @r = @f([])',
    ],
  ])('%s', async (_, lines) => expect(await carries(lines, label)).toBe(true));
});

describe('labels are not invented', () => {
  test.each<[string, string]>([
    ['elements of arrays', 'var @l = [@s, "pub"]\nvar @r = @l[1]'],
    ['fields of objects', 'var @o = { a: @s, b: "pub" }\nvar @r = @o.b'],
    ['how many elements there are', 'var @l = [@s, "pub"]\nvar @r = @l.length'],
    ['elements of for', 'var @l = for @x in [@s, "pub"] => `v @x`\nvar @r = @l[1]'],
    ['elements of for parallel', 'var @l = for parallel(2) @x in [@s, "pub"] => `v @x`\nvar @r = @l[1]'],
    ['elements of parallel groups', 'var @l = || @id(@s) || @id(@p)\nvar @r = @l[1]'],
    ['elements of concat', 'var @a = [@s, "b"]\nvar @l = @a.concat(["z"])\nvar @r = @l[2]'],
    ['wildcards of other fields', 'var @l = [{ name: "x", v: @s }]\nvar @r = @l[*].name'],
    ['spread beside other members', 'var @o = { k: @s }\nvar @q = { ...@o, z: "q" }\nvar @r = @q.z'],
    ['the alternative that was not taken', 'var @r = true ? @p : @s'],
    ['the operand that was not evaluated', 'var @r = "x" ?? @s'],
    ['other calls of a function', 'var @a = @id(@s)\nvar @r = @id(@p)'],
    ['what is shown before', 'show @s\nvar @r = "clean"'],
    ['files written after a label was shown', 'show @s\noutput "clean" to "c.txt"\nvar @r = <c.txt>'],
    ['labels of labels', 'var @r = @s.mx.labels'],
    ['failed branches beside it', 'var @l = for parallel @x in [@s, "pub"] => @fails(@x)\nvar @r = @l[1].message'],
  ])('%s', async (_, lines) => expect(await carries(lines, 'secret')).toBe(false));
});
