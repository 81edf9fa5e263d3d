/**
 * Strict flow, case by case (security.md 1.6 item 3): each program runs with several labelled inputs
 * and ends the same way for all of them. What is refused and what is not is said beside it.
 */

import type vm from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { compiled, guestScript, type Trace, trace } from './host.js';

let guest: vm.Script;
beforeAll(async () => {
  guest = await guestScript();
});

const INPUTS = [
  { s: 'a', l: ['a'] },
  { s: 'b', l: [] },
  { s: '', l: ['b', 'c'] },
];

const DEFINITIONS = 'var secret @s = @payload.s\nvar secret @l = @payload.l\nvar @p = "pub"\nexe @g() = `g`\n';

interface Options {
  deny?: readonly string[];
  flow?: 'strict' | 'explicit';
  label?: string;
}

function run(
  lines: string,
  { deny = ['op:show', 'op:exit'], flow = 'strict', label = 'secret' }: Options = {},
): Promise<Trace[]> {
  const policy = `policy @pol = { defaults: { flow: "${flow}" }, labels: { ${label}: { deny: ${JSON.stringify(deny)} } } }\n`;
  const bundle = compiled(`${policy}${DEFINITIONS.replaceAll('secret', label)}${lines}\n`);
  return Promise.all(INPUTS.map((payload) => trace(guest, bundle, payload)));
}

/** What is printed, and how it ends: `done`, or the rule that refused. */
function outcome({ events, end }: Trace): string {
  const printed = events
    .filter(({ op, data }) => op === 'console.write' && (data as { stream: string }).stream === 'stdout')
    .map(({ data }) => (data as { text: string }).text.trimEnd());
  const last =
    end.kind === 'done'
      ? 'done'
      : ((end.error.data as { details?: { rule?: string } }).details?.rule ?? end.error.message);
  return [...printed, last].join(' ');
}

async function same(lines: string, options?: Options): Promise<string> {
  const traces = await run(lines, options);
  expect(new Set(traces.map((each) => JSON.stringify([outcome(each), each.end]))).size).toBe(1);
  return outcome(traces[0]!);
}

const REFUSED = 'policy.defaults.flow';

describe('a condition that only chooses values', () => {
  test.each([
    ['when', 'var @r = when [ @s == "a" => "one"; * => "two" ]'],
    ['?:', 'var @r = @s == "a" ? "one" : "two"'],
    ['&&', 'var @r = @s == "a" && @p'],
    [
      'if in a function',
      'exe @f(x) = [\n  let @y = "a"\n  if @x == "a" [ let @y += "b" ]\n  => @y\n]\nvar @r = @f(@s)',
    ],
    ['a return in a function', 'exe @f(x) = [\n  if @x == "a" [ => "b" ]\n  => "c"\n]\nvar @r = @f(@s)'],
    ['a filter', 'var @r = for @i in ["a", "b"] when @i == @s => @i'],
    ['arms of a loop', 'var @r = for @i in ["a", "b"] when [ @i == @s => "hit" ]'],
    ['a loop over labelled data', 'var @r = for @i in @l => `x@i`'],
    ['fields', 'var @m = [{ k: "a", v: "1" }]\nvar @r = for @i in @m when @i.k == @s => @i.v'],
    ['an optional element', 'var @r = ["x", @s?]'],
    ['a template', 'var @r = `@s?`yes``'],
  ])('%s: what follows is free, the value is not', async (_what, lines) => {
    expect(await same(`${lines}\nshow "after"\nshow @r`)).toMatch(/^after policy\.labels\.secret\.deny$/);
  });

  test('variables it may have assigned depend on it, assigned or not', async () => {
    const lines =
      'exe @f() = [\n  let @y = "a"\n  if @s == "a" [ let @y += "b" ]\n  show "free"\n  show @y\n]\nshow @f()';
    expect(await same(lines)).toBe('free policy.labels.secret.deny');
  });
  test('in a when as well', async () => {
    const lines =
      'exe @f() = [\n  let @y = "a"\n  when [ @s == "a" => [ let @y += "b" ] ]\n  show "free"\n  show @y\n]\nshow @f()';
    expect(await same(lines)).toBe('free policy.labels.secret.deny');
  });
  test('and in a loop as often as labelled data has elements', async () => {
    const lines =
      'exe @f() = [\n  let @y = "a"\n  for @i in @l [ let @y += "b" ]\n  show "free"\n  show @y\n]\nshow @f()';
    expect(await same(lines)).toBe('free policy.labels.secret.deny');
  });
  test('sizes of what it left out are its own', async () => {
    expect(await same('var @r = for @i in ["a"] when @i == @s => @i\nshow @r.length')).toBe(
      'policy.labels.secret.deny',
    );
    const kept = 'var pii @q = "a"\nvar @r = for @i in [@q, "x"] when @s != "zz" => @i\nshow @r.length';
    expect(await same(kept)).toBe('policy.labels.secret.deny');
    expect(await same('var @r = [@s?]\nshow @r.length')).toBe('policy.labels.secret.deny');
    expect(await same('var @r = { k?: @s }\nshow @r.k')).toBe('policy.labels.secret.deny');
  });
});

describe('a condition that decides what happens', () => {
  test.each([
    ['an effect', 'if @s == "a" [ show "x" ]'],
    ['an effect in the other alternative', 'if @s == "a" [ log "x" ] else [ show "x" ]'],
    ['an effect in an arm', 'when [ @s == "a" => show "x" ]'],
    ['an effect in a loop', 'for @i in @l => show "x"'],
    ['a function with an effect', 'exe @f() = [ show "x" ]\nif @s == "a" [ @f() ]'],
    ['a filter', 'for @i in ["a"] when @i == @s => show "x"'],
  ])('%s is refused before the choice', async (_what, lines) => {
    expect(await same(`show "before"\n${lines}\nshow "after"`, { deny: ['op:show'] })).toBe(`before ${REFUSED}`);
    expect(await same(`${lines}`, { deny: ['op:show'] })).toBe(REFUSED);
  });

  test.each([
    ['a call', 'if @s == "a" [ let @x = @g() ]'],
    ['a call behind &&', 'var @x = @s == "a" && @g()'],
    ['a call behind ??', 'var @x = @s ?? @g()'],
    ['a call behind ?:', 'var @x = @s == "a" ? @g() : "c"'],
    ['a call in a when', 'var @x = when [ @s == "a" => @g(); * => "c" ]'],
    ['a call by subject', 'var @x = when @s [ "a" => @g(); * => "c" ]'],
    ['a call in a template', 'var @x = `@s?`@g()``'],
    ['a loop over labelled data', 'var @x = for @i in @l => @g()'],
    ['foreach', 'exe @h(x) = `@x`\nvar @x = foreach @h(@l)'],
    ['a filter before a call', 'var @x = for @i in ["a"] when @i == @s => @g()'],
    ['bail', 'if @s == "a" [ bail "stop" ]'],
    ['a failing access', 'if @s == "a" [ let @x = @p.field ]'],
    ['a return that skips a call', 'exe @f() = [\n  if @s == "a" [ => 1 ]\n  let @x = @g()\n  => 2\n]\nvar @r = @f()'],
    [
      'a return that skips an assignment',
      'var @m = "m"\nexe @f(x) = [\n  if @x == "a" [ => 1 ]\n  @m += "b"\n  => 2\n]\nvar @r = @f(@s)',
    ],
    ['a failing +=', 'exe @f() = [\n  let @y = { a: 1 }\n  if @s == "a" [ let @y += "b" ]\n  => 1\n]\nvar @r = @f()'],
    ['done', 'for @i in ["x", "y"] [\n  if @s == "a" [ done ]\n]'],
    ['until', 'loop(2) until @s == "a" [\n  let @x = 1\n]'],
    ['a limit', 'var secret @n = 2\nloop(@n) [\n  let @x = 1\n]'],
    ['a function that was chosen', 'exe @h() = `h`\nvar @f = @s == "a" ? @g : @h\nvar @r = @f()'],
    [
      'a function that was looked up',
      'exe @h() = `h`\nvar @fs = { a: @g, b: @h }\nvar @k = @s == "a" ? "a" : "b"\nvar @f = @fs[@k]\nvar @r = @f()',
    ],
    ['a failing += in it', 'if @s == "a" [\n  let @y = { a: 1 }\n  let @y += "b"\n]'],
    ['a chosen stage', 'exe @h(x) = `h`\nexe @k(x) = `k`\nvar @f = @s == "a" ? @h : @k\nvar @r = "x" | @f'],
    ['an empty stage', 'exe @h(x) = `h`\nvar @r = @s | @trim | @h'],
    [
      'a retry',
      'exe @src() = `x`\nexe @r(x) = when [\n  @mx.try < 2 && @s == "a" => retry\n  * => @x\n]\nvar @x = @src() | @r',
    ],
    [
      'a guard',
      'guard before @g = when [\n  @s == "a" => deny "no"\n  * => allow\n]\nexe @h() = when [\n  denied => "d"\n  * => @g()\n]\nvar @r = @h()',
    ],
    [
      'a guard on content',
      'guard before op:exe = when [\n  @input.any.text.includes("a") => deny "no"\n  * => allow\n]\nexe @h(x) = when [\n  denied => "d"\n  * => @x\n]\nvar @r = @h(@s)',
    ],
    [
      'a guard on size',
      'guard before op:exe = when [\n  @input.mx.tokens > 0 => deny "no"\n  * => allow\n]\nexe @h(x) = when [\n  denied => "d"\n  * => @x\n]\nvar @r = @h(@s)',
    ],
  ])('%s: everything behind it depends on it', async (_what, lines) => {
    expect(await same(`show "before"\n${lines}\nshow "after"`)).toBe(`before ${REFUSED}`);
  });

  test('so does the end of the run, where the policy says so', async () => {
    expect(await same('if @s == "a" [ let @x = @g() ]')).toBe(REFUSED);
    expect(await same('if @s == "a" [ let @x = @g() ]', { deny: ['op:show'] })).toBe('done');
  });
  test('effects the policy allows go on, under the label', async () => {
    const [first, second] = await run('if @s == "a" [ log "x" ]\nlog "after"', { deny: ['op:show'] });
    expect(first!.events).toHaveLength(2);
    expect(second!.events).toHaveLength(1);
    expect(second!.taints).toEqual([['secret', 'secret']]);
  });
  test('so do requests, by the values they are about', async () => {
    const lines = 'if @s == "a" [ let @x = @g() ]\nvar @page = <http://127.0.0.1/page>\nlog @page';
    const [first] = await run(lines, { deny: ['op:show'] });
    const fetched = first!.events.findIndex(({ op }) => op === 'net.fetch');
    expect(first!.taints[fetched]).toEqual(['secret']);
  });
  test('so do values', async () => {
    const lines = 'if @s == "a" [ let @x = @g() ]\nvar @y = "c"\nlog @y.mx.labels';
    const [first] = await run(lines, { deny: ['op:show'] });
    expect(first!.events[0]!.data).toMatchObject({ text: '[\n  "secret"\n]\n' });
  });
  test('commands and files are refused like printing', async () => {
    for (const [op, line] of [
      ['op:cmd', 'run cmd { echo x }'],
      ['op:output', 'output "x" to "f.txt"'],
      ['op:append', 'append "x" to "f.txt"'],
      ['exfil', 'exe exfil @send() = `x`\nvar @y = @send()'],
    ] as const)
      expect(await same(`if @s == "a" [ let @x = @g() ]\n${line}`, { deny: [op] })).toBe(REFUSED);
  });
  test('guards on the label judge them', async () => {
    const lines =
      'guard before secret = when [ @mx.op.type == "show" => deny "no"; * => allow ]\nif @s == "a" [ let @x = @g() ]\nshow "x"';
    expect(await same(lines, { deny: ['op:cmd'] })).toContain('no');
  });
  test('printing nothing is printing, where it depends on the label that it is nothing', async () => {
    expect(await same('exe @f(x) = `@x`\n@f(@s)')).toBe('policy.labels.secret.deny');
  });
  test('an error in a parallel branch is no result', async () => {
    const lines = 'var @r = for parallel(2) @i in ["x"] => @p.field\nshow "after"';
    expect(await same(lines)).not.toContain('after');
  });
  test('remarks of the runtime are not made', async () => {
    const lines =
      'guard before @g = when [\n  @s == "a" => deny "no"\n  * => allow\n]\nexe @h() = when [\n  denied => "d"\n  * => @g()\n]\nvar @r = @h()';
    for (const { events } of await run(lines, { deny: ['op:log'] })) expect(events).toEqual([]);
  });
  test('a word that labelled code answers is no retry', async () => {
    const lines =
      'exe @src() = `x`\nexe @j(x, y) = js { return y == "a" ? "retry" : "b" }\nvar @r = @src() | @j(@s)\nshow "after"';
    expect(await same(lines)).toBe('after done');
  });
});

describe('what vouches for data', () => {
  test('says nothing about what was chosen by looking at it', async () => {
    const policy = 'policy @q = { defaults: { rules: ["no-send-to-unknown"] } }\nexe exfil:send @send(to) = `sent`\n';
    const lines = `${policy}var known @k = "x"\nif @k == "x" [ let @x = @g() ]\nshow @send("evil")`;
    expect(await same(lines)).toContain('no-send-to-unknown');
  });
});

describe('a refusal', () => {
  test('says the same whatever the secret is', async () => {
    for (const line of ['run cmd { echo "@s" }', 'var @x = cmd { @s x }'])
      await same(line, { deny: ['op:cmd'], flow: 'explicit' });
    const allow = 'policy @q = { deny: { cmd: ["echo", "a", "b"] } }\nrun cmd { echo "@s" }';
    await same(allow, { deny: [], flow: 'explicit' });
  });
  test('of integrity too', async () => {
    expect(await same('if @s == "a" [ run cmd { rm x } ]', { label: 'untrusted', deny: ['op:cmd'] })).toBe(REFUSED);
  });
});

describe('without strict flow', () => {
  test('control is free', async () => {
    const [first, second] = await run('if @s == "a" [ show "x" ]\nshow "after"', { flow: 'explicit' });
    expect(outcome(first!)).toBe('x after done');
    expect(outcome(second!)).toBe('after done');
  });
});
