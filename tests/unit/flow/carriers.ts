/**
 * Ways data goes through a program, as pieces of which programs are put together: where a label comes
 * from, what carries it, and where it goes. Each carrier keeps the label on every path.
 */

/** Lines that define a variable, by the name it gets. */
export type Piece = (from: string, to: string) => string;

/** Declarations every program begins with. */
export const DEFINITIONS = [
  'exe @same(x) = @x',
  'exe @text(x) = `t @x`',
  'exe @block(x) = [\n  let @y = `b @x`\n  => @y\n]',
  'exe @early(x) = [\n  if @x == "never" [ => "e" ]\n  => @x\n]',
  'exe @nested(x) = @block(@x)',
  'exe @js(x) = js { return "j" + x }',
  'exe @cmd(x) = cmd { echo "@x" }',
  'exe @chosen(x) = when [ @x == "a" => "one"; * => @x ]',
  'exe @ignoring(x) = "nothing"',
  'exe @two(x, y) = `@y`',
  'exe @apply(f, x) = @f(@x)',
  'exe @counted(n) = when [ @mx.while.iteration > 1 => done @n; * => continue @n ]',
  'exe exfil @send(x) = `sent @x`',
  'exe exfil @sendBlock(x) = [\n  let @y = @x\n  => @y\n]',
  'var @list = ["p", "q"]',
  'var @other = "other"',
].join('\n');

/** A labelled variable. */
export const SOURCES: Readonly<Record<string, Piece>> = {
  variable: (_, to) => `var secret @${to} = "k"`,
  number: (_, to) => `var secret @${to} = 7`,
  input: (_, to) => `var secret @${to} = @payload.k`,
  list: (_, to) => `var secret @${to} = ["a", "b"]`,
  object: (_, to) => `var secret @${to} = { a: "x" }`,
  executable: (_, to) => `exe secret @make() = \`made\`\nvar @${to} = @make()`,
};

const one = (make: (from: string) => string): Piece => {
  return (from, to) => `var @${to} = ${make(`@${from}`)}`;
};

/** The second variable carries what the first does. */
export const CARRIERS: Readonly<Record<string, Piece>> = {
  copy: one((x) => x),
  template: one((x) => `\`a ${x} b\``),
  'double quotes': one((x) => `"a ${x}"`),
  fragment: one((x) => `\`a ${x}?\`yes\`\``),
  method: one((x) => `${x}.trim()`),
  argument: one((x) => `@other.replace("o", ${x})`),
  transformer: one((x) => `${x} | @upper`),
  lower: one((x) => `${x} | @lower`),
  comparison: one((x) => `${x} == "k"`),
  negation: one((x) => `!${x}`),
  conjunction: one((x) => `${x} && "y"`),
  'second operand': one((x) => `"x" && ${x}`),
  alternative: one((x) => `"" || ${x}`),
  coalescing: one((x) => `null ?? ${x}`),
  test: one((x) => `${x} ? "a" : "b"`),
  'chosen branch': one((x) => `true ? ${x} : "b"`),
  'both branches': one((x) => `@payload.q ? ${x} : \`b ${x}\``),
  array: one((x) => `[1, ${x}]`),
  element: (from, to) => `var @${to}1 = [1, @${from}]\nvar @${to} = @${to}1[1]`,
  slice: (from, to) => `var @${to}1 = [1, @${from}]\nvar @${to} = @${to}1[1:]`,
  wildcard: (from, to) => `var @${to}1 = [{ v: @${from} }]\nvar @${to} = @${to}1[*].v`,
  joining: (from, to) => `var @${to}1 = [1, @${from}]\nvar @${to} = @${to}1.join(",")`,
  object: one((x) => `{ a: ${x} }`),
  member: (from, to) => `var @${to}1 = { a: @${from}, b: 1 }\nvar @${to} = @${to}1.a`,
  key: (from, to) => `var @${to}1 = { a: @${from}, b: 1 }\nvar @${to}2 = "a"\nvar @${to} = @${to}1[@${to}2]`,
  'secret key': (from, to) => `var @${to}1 = { k: 1 }\nvar @${to} = @${to}1[@${from}]`,
  spread: (from, to) => `var @${to}1 = { a: @${from} }\nvar @${to}2 = { ...@${to}1, b: 2 }\nvar @${to} = @${to}2.a`,
  'spread whole': (from, to) => `var @${to}1 = { a: @${from} }\nvar @${to} = { ...@${to}1, b: 2 }`,
  call: one((x) => `@same(${x})`),
  'template call': one((x) => `@text(${x})`),
  'block call': one((x) => `@block(${x})`),
  'early return': one((x) => `@early(${x})`),
  'nested call': one((x) => `@nested(${x})`),
  'call that chooses': one((x) => `@chosen(${x})`),
  'call that ignores': one((x) => `@ignoring(${x})`),
  'second argument': one((x) => `@two(1, ${x})`),
  code: one((x) => `@js(${x})`),
  'command call': one((x) => `@cmd(${x})`),
  'function as argument': one((x) => `@apply(@same, ${x})`),
  'function in an object': (from, to) => `var @${to}1 = { f: @same }\nvar @${to} = @${to}1.f(@${from})`,
  'function in a variable': (from, to) => `var @${to}1 = @same\nvar @${to} = @${to}1(@${from})`,
  stage: one((x) => `${x} | @text`),
  stages: one((x) => `${x} | @text | @upper | @same`),
  'stage argument': one((x) => `"p" | @two(${x})`),
  'code in place': (from, to) => `var @${to} = js (@${from}) { return 1 }`,
  command: one((x) => `cmd { echo "${x}" }`),
  run: one((x) => `run cmd { echo "${x}" }`),
  'when condition': one((x) => `when [ ${x} == "k" => "hit"; * => "no" ]`),
  'when subject': one((x) => `when ${x} [ "k" => "hit"; * => "no" ]`),
  'when value': one((x) => `when [ true => ${x}; * => "no" ]`),
  'when arms': one((x) => `when [ @payload.q => ${x}; * => \`w ${x}\` ]`),
  'for body': one((x) => `for @i in ["x", "y"] => \`@i ${x}\``),
  'for items': (from, to) => `var @${to}1 = ["z", @${from}]\nvar @${to} = for @i in @${to}1 => \`f @i\``,
  'for block': one((x) => `for @i in ["x"] [\n  let @j = ${x}\n  => @j\n]`),
  'for filter': one((x) => `for @i in ["k", "x"] when @i != ${x} => @i`),
  'for parallel': one((x) => `for parallel(2) @i in ["x", "y"] => \`@i ${x}\``),
  'for parallel call': (from, to) =>
    `var @${to}1 = ["z", @${from}]\nvar @${to} = for parallel(2) @i in @${to}1 => @text(@i)`,
  foreach: (from, to) => `var @${to}1 = ["z", @${from}]\nvar @${to} = foreach @text(@${to}1)`,
  batch: (from, to) => `var @${to} = for @i in ["x"] => @${from} => | @same`,
  group: one((x) => `|| @text(${x}) || @same(1)`),
  'group member': (from, to) => `var @${to}1 = || @text(@${from}) || @same(1)\nvar @${to} = @${to}1[0]`,
  'group of code': one((x) => `|| @js(${x}) || @js(1)`),
  'group stage': one((x) => `${x} | @text || @js | @json`),
  loop: one((x) => `loop(2) [\n  done ${x}\n]`),
  'loop with a condition': one((x) => `loop(3) [\n  if @mx.loop.iteration > 1 [ done ${x} ]\n  continue\n]`),
  while: one((x) => `${x} | while(3) @counted`),
  block: (from, to) => `exe @f${to}() = [\n  let @a = @${from}\n  => @a\n]\nvar @${to} = @f${to}()`,
  captured: (from, to) => `exe @f${to}() = \`c @${from}\`\nvar @${to} = @f${to}()`,
  'captured by a call': (from, to) =>
    `exe @g${to}() = \`c @${from}\`\nexe @f${to}() = @g${to}()\nvar @${to} = @f${to}()`,
  'adding to text': (from, to) =>
    `exe @f${to}() = [\n  let @a = "a"\n  let @a += @${from}\n  => @a\n]\nvar @${to} = @f${to}()`,
  'adding to a list': (from, to) =>
    `exe @f${to}() = [\n  let @a = []\n  for @i in ["x"] [ let @a += [@${from}] ]\n  => @a\n]\nvar @${to} = @f${to}()`,
  'known alternative': (from, to) =>
    `exe @f${to}(x) = [\n  let @m = "on"\n  if @m == "on" [ => @x ]\n  => "off"\n]\nvar @${to} = @f${to}(@${from})`,
  'both alternatives': (from, to) =>
    `exe @f${to}() = [\n  if @payload.q [ => @${from} ]\n  => \`x @${from}\`\n]\nvar @${to} = @f${to}()`,
  loopTemplate: (from, to) => `var @${to}1 = [1, @${from}]\nvar @${to} = \`\n/for @i in @${to}1\n- @i\n/end\n\``,
  modifier: (from, to) => `exe @f${to}(x) = [ => pii @x ]\nvar @${to} = @f${to}(@${from})`,
};

/** Where data is refused: lines, and a policy that refuses it. */
export interface Sink {
  policy: string;
  lines(from: string): string;
}

const denied = (...operations: string[]): string =>
  `policy @p = { labels: { secret: { deny: ${JSON.stringify(operations)} } } }`;
const RULE = 'policy @p = { defaults: { rules: ["no-secret-exfil"] } }';

export const SINKS: Readonly<Record<string, Sink>> = {
  show: { policy: denied('op:show'), lines: (x) => `show @${x}` },
  log: { policy: denied('op:log'), lines: (x) => `log @${x}` },
  output: { policy: denied('op:output'), lines: (x) => `output @${x} to "out.txt"` },
  append: { policy: denied('op:append'), lines: (x) => `append @${x} to "out.txt"` },
  command: { policy: denied('op:cmd:curl'), lines: (x) => `run cmd { curl "@${x}" }` },
  call: { policy: RULE, lines: (x) => `var @z = @send(@${x})` },
  'call in a template': { policy: RULE, lines: (x) => `var @z = \`a @send(@${x})\`` },
  stage: { policy: RULE, lines: (x) => `var @z = @${x} | @sendBlock` },
  'bare call': { policy: RULE, lines: (x) => `@send(@${x})` },
  'effect stage': { policy: denied('op:log'), lines: (x) => `var @z = @${x} | log` },
  'for parallel': { policy: RULE, lines: (x) => `var @z = for parallel(2) @i in ["a", "b"] => @send(@${x})` },
  group: { policy: RULE, lines: (x) => `var @z = || @send(@${x}) || @same(1)` },
  'parallel stage': { policy: RULE, lines: (x) => `var @z = @${x} | @same || @send | @json` },
  arm: { policy: RULE, lines: (x) => `when [ true => @send(@${x}) ]` },
  loop: { policy: denied('op:log'), lines: (x) => `loop(2) [\n  log @${x}\n]` },
  'behind a condition': { policy: denied('op:log'), lines: (x) => `if @payload.q [ show "q" ]\nlog @${x}` },
  'in a function': {
    policy: denied('op:log'),
    lines: (x) => `exe @last(v) = [\n  log @v\n  => 1\n]\nvar @z = @last(@${x})`,
  },
  'print of a call': { policy: denied('op:show'), lines: (x) => `@same(@${x})` },
  'print of when': { policy: denied('op:show'), lines: (x) => `when [ true => @same(@${x}) ]` },
  'policy of a call': {
    policy: 'var @strict = { labels: { secret: { deny: ["exfil"] } } }',
    lines: (x) => `var @z = @send(@${x}) with { policy: @strict }`,
  },
  'policy of a definition': {
    policy: 'var @strict = { labels: { secret: { deny: ["op:log"] } } }',
    lines: (x) => `exe @last(v) = [\n  log @v\n  => 1\n] with { policy: @strict }\nvar @z = @last(@${x})`,
  },
  union: {
    policy:
      'var @p1 = { labels: { pii: { deny: ["op:log"] } } }\nvar @p2 = { labels: { secret: { deny: ["op:log"] } } }\npolicy @p = union(@p1, @p2)',
    lines: (x) => `log @${x}`,
  },
};

/** A program of a source, carriers one behind the other, and a sink. */
export function flowProgram(source: Piece, carriers: readonly Piece[], sink: Sink): string {
  const lines = [sink.policy, DEFINITIONS, source('', 'v0')];
  for (const [i, carrier] of carriers.entries()) lines.push(carrier(`v${i}`, `v${i + 1}`));
  return `${[...lines, sink.lines(`v${carriers.length}`)].join('\n')}\n`;
}
