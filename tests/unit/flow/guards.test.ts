/** What the conditions of guards mean: names that nothing can take away from them (security.md 3.3). */

import type vm from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { compiled, guestScript, trace } from './host.js';

let guest: vm.Script;
beforeAll(async () => {
  guest = await guestScript();
});

/** How a program ends: `done`, or the message of what ended it. */
async function end(program: string): Promise<string> {
  const { end } = await trace(guest, compiled(`${program}\n`), {});
  return end.kind === 'done' ? 'done' : String((end.error.data as { message?: string }).message ?? end.error.message);
}

const deny = (condition: string, filter = 'op:show') =>
  `guard @g before ${filter} = when [ ${condition} => deny "refused here" ]\n`;

describe('a guard', () => {
  test.each([
    ['a function called like a helper', 'exe @opIs(x) = `no`\n', '@opIs("show") == true', 'show "x"'],
    [
      'a helper that looks at inputs',
      'exe @inputHas(x) = `no`\n',
      '@inputHas("secret") == true',
      'var secret @s = "x"',
    ],
    ['a variable called output', 'var @output = "y"\n', '@output == "x"', 'show "x"'],
  ])('is not put out of action by %s', async (_what, definition, condition, operation) => {
    const filter = operation.startsWith('var') ? 'secret' : 'op:show';
    expect(await end(definition + deny(condition, filter) + operation)).toContain('refused here');
  });

  test.each([
    ['its own condition', '', '@late == true'],
    ['its own condition, alone', '', '@late'],
    ['a function it asks', 'exe @bad() = when [ @late => true; * => false ]\n', '@bad()'],
    ['a function it asks, in a block', 'exe @bad() = [\n  if @late [ => true ]\n  => false\n]\n', '@bad()'],
    ['a function that is a condition', 'exe @bad() = [ => @late == true ]\n', '@bad()'],
  ])(
    'does not let pass what a variable that is defined later decides, in %s',
    async (_where, definition, condition) => {
      const program = `${definition}${deny(condition)}show "x"\nvar @late = true`;
      expect(await end(program)).toContain('Variable not found: late');
      expect(await end(`var @late = true\n${definition}${deny(condition)}show "x"`)).toContain('refused here');
    },
  );

  test.each([
    ['@mx.taint.includes("src:exec")', 'op:show'],
    ['@input.mx.taint.includes("src:exec")', 'op:show'],
    ['@input.any.mx.taint.includes("src:exec")', 'op:show'],
    ['@input[0].mx.taint.includes("src:exec")', 'op:show'],
    ['@mx.taint.slice(0, 9).includes("src:exec")', 'op:show'],
    ['@input.mx.taint.includes("src:exec")', 'src:exec'],
  ])('may ask by src:exec about whatever was executed: %s, %s', async (condition, filter) => {
    const exe = 'exe @f() = js { return "x" }\nexe @t() = `x`\n';
    expect(await end(`${exe}${deny(condition, filter)}show @f()`)).toContain('refused here');
    expect(await end(`${exe}${deny(condition, filter)}show @t()`)).toBe('done');
  });

  test('is not asked about the definition of tools', async () => {
    const program = `guard before destructive = when [ * => deny "refused here" ]
exe destructive @wipe(x) = \`wiped\`
`;
    expect(await end(`${program}var tools @t = { wipe: { mlld: @wipe } }`)).toBe('done');
    expect(await end(`${program}show @wipe("x")`)).toContain('refused here');
    const everyVariable = `exe @f(x) = \`f\`\n${deny('@mx.op.type == "var"', 'op:var')}`;
    expect(await end(`${everyVariable}var tools @t = { f: { mlld: @f } }`)).toBe('done');
    expect(await end(`${everyVariable}var @x = @f("a")`)).toContain('refused here');
  });

  test('may ask whether a variable is defined', async () => {
    const program = `${deny('@late.isDefined()')}show "x"\nvar @late = true\nshow "y"`;
    expect(await end(program)).toContain('refused here');
    expect(await end(`${deny('@late.isDefined()')}show "x"\nvar @late = true`)).toBe('done');
  });

  test('leaves functions as they are elsewhere', async () => {
    const definition = 'exe @bad() = when [ @late => true; * => false ]\nvar @early = @bad()\n';
    expect(await end(`${definition}${deny('false')}show @early\nvar @late = true`)).toBe('done');
  });

  test.each(['@nope', '@nope > 3', '@nope.x == "a"', '!@nope && false', '@nope.includes("x")'])(
    'that names nothing is an error: %s',
    async (condition) => {
      expect(await end(`${deny(condition)}show "x"`)).toContain('Variable not found: nope');
    },
  );

  test.each(['@nope ?? false', '@nope.isDefined()', '@exists(@nope)', '@exists(@nope.x)'])(
    'may ask whether a name means anything: %s',
    async (condition) => {
      expect(await end(`${deny(condition)}show "x"`)).toBe('done');
    },
  );

  test.each([
    ['exe', 'run cmd { git push origin }'],
    ['cmd', 'run cmd { git push origin }'],
    ['op:cmd:git', 'run cmd { git push origin }'],
    ['runCommand', 'run cmd { git push origin }'],
    ['net:w', 'exe net:w @f() = `f`\nvar @r = @f()'],
    ['op:net', 'exe net:w @f() = `f`\nvar @r = @f()'],
    ['showTemplate', 'show "x"'],
  ])('asks @opIs(%s) of every name filters know', async (name, operation) => {
    const definitions = operation.split('\n').slice(0, -1).join('\n');
    const guards = ['op:run', 'op:exe', 'op:show']
      .map((filter) => deny(`@opIs("${name}")`, filter).replace('@g', ''))
      .join('');
    expect(await end(`${definitions}\n${guards}${operation.split('\n').at(-1)}`)).toContain('refused here');
  });

  const PII = 'var pii @p = "p"\n';
  test.each([
    ['what the inputs are', '@input.any.text.includes("bad")', '"good"', '"bad"'],
    ['what an argument is', '@mx.args.x == "bad"', '"good"', '"bad"'],
    ['how long the input is', '@input.mx.tokens > 2', '"good"', '"good good good good good"'],
    ['what is in a list', '@words.includes(@mx.args.x)', '"good"', '"bad"'],
    ['a label that is looked for', '@mx.labels.includes(@mx.args.x)', '@other', '@pii'],
    ['which function was chosen', '@mx.op.name == @mx.args.x', '"good"', '"f"'],
    ['what has been called', '@mx.tools.calls.includes("g")', '"good"', '@g()'],
  ])('looks again where it looks at %s', async (_what, condition, first, then) => {
    const calls = `var @a = @f(${first})\nvar @b = @f(${then})\nvar @c = @f("x")`;
    const program = `var @words = ["bad"]\nvar pii @other = "other"\nvar pii @pii = "pii"\nexe @g() = js { return "bad"; }\nexe @f(x) = \`answer\`\n${calls}`;
    expect(await end(`guard @g1 before op:exe = when [ ${condition} => deny "refused here" ]\n${program}`)).toContain(
      'refused here',
    );
  });
  test('looks again where it looks into a container', async () => {
    const program = `${PII}exe @f(x) = \`answer\`
var secret @one = { any: "x", other: @p }
var secret @other = { any: @p, other: "x" }
var @a = @f(@one)
var @b = @f(@other)`;
    expect(
      await end(deny('@mx.op.type == "exe" && @input.any.mx.labels.includes("pii")', 'secret') + program),
    ).toContain('refused here');
  });

  test('that is privileged lifts what is known only when a command runs', async () => {
    const program = (privilege: string) => `policy @p = { labels: { secret: { deny: ["op:cmd:git"] } } }
guard ${privilege}@g before op:exe = when [ @mx.args.tool == "other" => deny "refused here"; * => allow ]
exe @f(tool, x) = cmd { @tool @x }
var secret @s = "s"
var @a = @f("git", @s)`;
    expect(await end(program(''))).toContain("Label 'secret' cannot flow to 'op:cmd:git'");
    expect(await end(program('privileged '))).toBe('done');
  });

  const INPUTS: [string, string][] = [
    ['"one", "two"', 'plain'],
    ['@p, "two"', 'one labelled'],
    ['@p, @p', 'all labelled'],
  ];
  test.each(
    ['any', 'all', 'none'].flatMap((mode) =>
      ['text', 'mx.labels', 'mx.taint', 'mx.sources'].flatMap((of) =>
        INPUTS.map(([args, which]) => [`${mode}.${of}`, args, which] as const),
      ),
    ),
  )('asks about all inputs in one step what it asks step by step: %s of %s', async (path, args) => {
    const [mode, ...of] = path.split('.');
    const wanted = of[0] === 'text' ? 'o' : 'pii';
    const ends = (input: string) =>
      end(`guard @g before op:exe = when [ ${input}.${of.join('.')}.includes("${wanted}") => deny "refused here"; * => allow ]
${PII}exe @f(x, y) = \`answer\`
var @a = @f(${args})`);
    expect(await ends(`@input.${mode}`)).toBe(await ends(`@input["${mode}"]`));
  });
  test.each(['@input.any.nope', '@input["any"].nope', '@input.none.mx.nope', '@input["none"].mx.nope'])(
    'that asks all inputs about what there is not is an error: %s',
    async (asked) => {
      const program = `${deny(`${asked}.includes("x")`, 'op:exe')}exe @f(x) = \`answer\`\nvar @a = @f("x")`;
      expect(await end(program)).toMatch(/^Variable "input\.(?:any|none\.mx)" has no field "nope"/);
    },
  );
});
