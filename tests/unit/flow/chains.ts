/**
 * Random ways of one labelled value through the operations of the propagation table, without control
 * dependence: what such a program shows at its end is refused, or says the same whatever the value is,
 * also where flow is not strict. Steps are named by the joins they depend on.
 */

import type { PropagationKey } from '../../../runtime/shared/propagation.js';

/** `row: input` of the table. */
export type Join = `${PropagationKey}: ${string}`;

interface Step {
  /** Joins without which the step loses the label. */
  needs: readonly Join[];
  /** Lines that bind `@OUT`, from `@IN`. */
  lines: string;
  /** Lines before all others. */
  head?: string;
  /** Ends the program: it shows something itself. */
  isLast?: true;
  flow?: 'strict';
}

const LENGTH = 'var @OUTi = @IN.length\n';
const FUNCTIONS =
  'exe @fa() = `one`\nexe @fb() = `two`\nexe @fails(x) = js { throw new Error("bad " + x) }\nexe @id(x) = `@x`\n';

/** Steps from text to text; the first input is text of up to two characters. */
export const STEPS: readonly Step[] = [
  { needs: ['template: parts'], lines: 'var @OUT = `t @IN`' },
  { needs: ['template: parts'], lines: 'var @OUT = "t @IN"' },
  { needs: ['field: container'], lines: 'var @OUTo = { k: @IN }\nvar @OUT = @OUTo.k' },
  { needs: ['field: key'], lines: 'var @OUTo = { a: "1", x: "2", zz: "3" }\nvar @OUT = @OUTo[@IN]' },
  { needs: ['index: container'], lines: 'var @OUTa = [@IN]\nvar @OUT = @OUTa[0]' },
  { needs: ['index: key'], lines: `${LENGTH}var @OUTa = ["p", "q", "r"]\nvar @OUT = @OUTa[@OUTi]` },
  { needs: ['slice: container'], lines: 'var @OUTa = [@IN, @IN]\nvar @OUTb = @OUTa[0:1]\nvar @OUT = @OUTb.join("")' },
  {
    needs: ['slice: bounds'],
    lines: `${LENGTH}var @OUTa = ["p", "q"]\nvar @OUTb = @OUTa[0:@OUTi]\nvar @OUT = @OUTb.join("")`,
  },
  { needs: ['wildcard: container'], lines: 'var @OUTa = [{ k: @IN }]\nvar @OUTb = @OUTa[*].k\nvar @OUT = @OUTb[0]' },
  { needs: ['method: receiver'], lines: 'var @OUT = @IN.toUpperCase()' },
  { needs: ['method: arguments'], lines: 'var @OUT = @p.replace("p", @IN)' },
  { needs: ['size: receiver'], lines: `${LENGTH}var @OUT = \`n @OUTi\`` },
  { needs: ['transformer: input'], lines: 'var @OUT = @upper(@IN)' },
  { needs: ['array: members'], lines: 'var @OUTa = ["a", @IN]\nvar @OUT = `l @OUTa`' },
  { needs: ['object: members'], lines: 'var @OUTo = { a: "x", b: @IN }\nvar @OUT = `o @OUTo`' },
  { needs: ['spread: source'], lines: 'var @OUTo = { k: @IN }\nvar @OUTq = { ...@OUTo }\nvar @OUT = @OUTq.k' },
  { needs: ['unary: operand'], lines: 'var @OUTf = !@IN\nvar @OUT = `f @OUTf`' },
  { needs: ['binary: left'], lines: 'var @OUTf = @IN == "a"\nvar @OUT = `f @OUTf`' },
  { needs: ['binary: right'], lines: `${LENGTH}var @OUTf = 1 + @OUTi\nvar @OUT = \`f @OUTf\`` },
  { needs: ['and: left'], lines: 'var @OUT = @IN && "x"' },
  { needs: ['or: left'], lines: 'var @OUT = @IN || "x"' },
  { needs: ['coalesce: left'], lines: 'var @OUTz = @IN == "a" ? null : "v"\nvar @OUT = @OUTz ?? "d"' },
  { needs: ['ternary: test'], lines: 'var @OUT = @IN == "a" ? "y" : "n"' },
  { needs: ['when: conditions'], lines: 'var @OUT = when [ @IN == "a" => "1"; * => "2" ]' },
  { needs: ['forEach: items'], lines: 'var @OUTl = for @i in @list => "c"\nvar @OUT = `@OUTl @IN`' },
  { needs: ['forEach: items'], lines: 'var @OUTl = for @i in @list => "c"\nshow @OUTl', isLast: true },
  { needs: ['forEach: filter'], lines: 'var @OUTl = for @i in ["x", "a"] when @i == @IN => @i\nvar @OUT = `l @OUTl`' },
  { needs: ['forVariable: items'], lines: 'for @i in @list [ show @i ]', isLast: true },
  { needs: ['foreach: arguments'], lines: 'var @OUTl = foreach @id(@list)\nshow @OUTl', isLast: true },
  { needs: ['augment: added'], lines: 'if true [\n  let @y = "a"\n  let @y += @IN\n  show @y\n]', isLast: true },
  {
    needs: ['exeBlock: arguments'],
    head: 'exe @argued(x) = [\n  if @x == "a" [ => "1" ]\n  => "2"\n]',
    lines: 'var @OUT = @argued(@IN)',
  },
  {
    needs: ['exeBlock: captured'],
    lines: 'exe @OUTf() = [\n  if @IN == "a" [ => "1" ]\n  => "2"\n]\nvar @OUT = @OUTf()',
  },
  {
    needs: ['exeBlock: calls'],
    head: 'exe @reads() = <called.txt>\nexe @calls() = [\n  if @reads() == "a" [ => "1" ]\n  => "2"\n]',
    lines: 'output @IN to "called.txt"\nvar @OUT = @calls()',
  },
  {
    needs: ['callee: function'],
    lines: `${LENGTH}var @OUTt = [@fa, @fb]\nvar @OUTf = @OUTi > 1 ? @fa : @fb\nvar @OUT = @OUTf()`,
  },
  {
    needs: ['mcp: arguments'],
    head: 'import tools from mcp "server" as @srv',
    lines: 'var @OUTr = @srv.echo(@IN)\nvar @OUT = `m @OUTr`',
  },
  { needs: ['command: parts'], lines: 'var @OUT = cmd { echo "@IN" }' },
  { needs: ['command: input'], lines: 'var @OUT = run cmd { cat } with { stdin: @IN }' },
  { needs: ['command: credentials'], lines: 'var @OUT = run cmd { printenv T } using @IN as T' },
  { needs: ['shell: parts'], lines: 'var @OUTv = @IN\nvar @OUT = sh (@OUTv) { echo }' },
  { needs: ['shell: input'], lines: 'var @OUT = run sh { cat } with { stdin: @IN }' },
  { needs: ['shell: credentials'], lines: 'var @OUT = run sh { printenv T } using @IN as T' },
  { needs: ['js: arguments'], lines: 'var @OUTv = @IN\nvar @OUT = js (@OUTv) { return "j" + OUTv }' },
  { needs: ['node: arguments'], lines: 'var @OUTv = @IN\nvar @OUT = node (@OUTv) { return 1 }' },
  { needs: ['python: arguments'], lines: 'var @OUTv = @IN\nvar @OUT = py (@OUTv) { print(1) }' },
  { needs: ['python: input'], lines: 'var @OUT = run py { print(1) } with { stdin: @IN }' },
  {
    needs: ['failure: inputs'],
    lines: 'var @OUTl = for parallel @x in ["q"] => @fails(@IN)\nvar @OUT = @OUTl[0].message',
  },
  {
    needs: ['file: path'],
    head: 'output "1" to "p-a"\noutput "2" to "p-x"\noutput "3" to "p-zz"\noutput "4" to "p-"',
    lines: 'var @OUT = <p-@s>',
  },
  { needs: ['file: recorded', 'write: value'], lines: 'output @IN to "OUT.txt"\nvar @OUT = <OUT.txt>' },
  { needs: ['append: value'], lines: 'append @IN to "OUT.txt"\nvar @OUT = <OUT.txt>' },
  { needs: ['hostWrite: inputs'], lines: 'var @OUTv = @IN\nvar @OUTr = sh (@OUTv) { copy }\nvar @OUT = <copy.txt>' },
  { needs: ['network: address'], lines: 'var @OUT = <https://example.com/@IN>' },
  {
    needs: ['guardTransform: original'],
    head: 'guard before @guarded = when [\n  @mx.args.x == "a" => allow "one"\n  * => allow "two"\n]\nexe @guarded(x) = `@x`',
    lines: 'var @OUT = @guarded(@IN)',
  },
  {
    needs: ['guardTransform: replacement'],
    lines: 'exe @OUTg(x) = `@x`\nguard before @OUTg = when [ * => allow @IN ]\nvar @OUT = @OUTg("p")',
  },
  {
    needs: ['hookTransform: original'],
    head: 'exe @hooked(x) = `@x`\nhook after @hooked = [\n  if @output == "a" [ => "one" ]\n  => "two"\n]',
    lines: 'var @OUT = @hooked(@IN)',
  },
  {
    needs: ['hookTransform: replacement'],
    lines: 'exe @OUTh(x, y) = `@x`\nhook before @OUTh = [ => [@IN, "z"] ]\nvar @OUT = @OUTh("p", "q")',
  },
  { needs: ['declaration: declared'], lines: 'var @OUT = @IN' },
  { needs: ['ifElse: test'], lines: 'if @IN == "a" [ show "x" ]', isLast: true, flow: 'strict' },
  { needs: ['loop: condition'], lines: 'loop(2) until @IN == "a" [ show "turn" ]', isLast: true, flow: 'strict' },
  {
    needs: ['assignment: context'],
    lines: 'if true [\n  let @y = "a"\n  if @IN == "a" [ let @y += "b" ]\n  show @y\n]',
    isLast: true,
    flow: 'strict',
  },
  {
    needs: ['denied: denial'],
    lines: 'guard before op:show = when [\n  @IN == "a" => deny "no"\n  * => allow\n]\nshow "x"',
    isLast: true,
    flow: 'strict',
  },
  {
    needs: ['box: config'],
    lines:
      'var @OUTc = @IN == "a" ? { tools: ["Bash"] } : { tools: ["Read"] }\nbox @OUTc [ run cmd { echo } ]\nshow "x"',
    isLast: true,
    flow: 'strict',
  },
];

const READS = 'exe @reads() = <called.txt>\n';
const CALLED = 'output @IN to "called.txt"\n';

/** Steps that are under the label in several ways, each of which is enough: `needs` names them all. */
export const BACKED: readonly Step[] = [
  { needs: ['when: subject', 'when: conditions'], lines: 'var @OUT = when @IN [ "a" => "1"; * => "2" ]' },
  { needs: ['stage: input', 'transformer: input'], lines: 'var @OUT = @IN | @upper' },
  { needs: ['exeTemplate: arguments', 'template: parts'], head: 'exe @ta(x) = `t @x`', lines: 'var @OUT = @ta(@IN)' },
  { needs: ['exeTemplate: captured', 'template: parts'], lines: 'exe @OUTf() = `t @IN`\nvar @OUT = @OUTf()' },
  {
    needs: ['exeTemplate: calls', 'template: parts'],
    head: `${READS}exe @tg() = \`t @reads()\``,
    lines: `${CALLED}var @OUT = @tg()`,
  },
  {
    needs: ['exeCommand: arguments', 'command: parts', 'command: credentials'],
    head: 'exe @ca(x) = cmd { echo "@x" }',
    lines: 'var @OUT = @ca(@IN)',
  },
  { needs: ['exeCommand: captured', 'command: parts'], lines: 'exe @OUTf() = cmd { echo "@IN" }\nvar @OUT = @OUTf()' },
  {
    needs: ['exeCommand: calls', 'command: parts'],
    head: `${READS}exe @cg() = cmd { echo "@reads()" }`,
    lines: `${CALLED}var @OUT = @cg()`,
  },
  { needs: ['exeShell: arguments', 'shell: parts'], head: 'exe @sa(x) = sh { echo }', lines: 'var @OUT = @sa(@IN)' },
  {
    needs: ['exeJs: arguments', 'js: arguments'],
    head: 'exe @ja(x) = js { return "j" + x }',
    lines: 'var @OUT = @ja(@IN)',
  },
  {
    needs: ['exeNode: arguments', 'node: arguments'],
    head: 'exe @na(x) = node { return 1 }',
    lines: 'var @OUT = @na(@IN)',
  },
  {
    needs: ['exePython: arguments', 'python: arguments'],
    head: 'exe @pa(x) = py { print(1) }',
    lines: 'var @OUT = @pa(@IN)',
  },
];

/** The program of some steps, one after the other; what follows a step that shows something is left out. */
export function chain(steps: readonly Step[], label: string): string {
  const cut = steps.findIndex(({ isLast }) => isLast);
  const taken = cut < 0 ? steps : steps.slice(0, cut + 1);
  const flow = taken.some((step) => step.flow) ? 'strict' : 'explicit';
  const heads = new Set(taken.flatMap(({ head }) => (head ? [head] : [])));
  const lines = taken.map((step, i) =>
    step.lines.replaceAll('OUT', `v${i}`).replaceAll('@IN', i === 0 ? '@s' : `@v${i - 1}`),
  );
  return [
    `policy @p0 = { defaults: { flow: "${flow}" }, labels: { ${label}: { deny: ["op:show"] } } }`,
    `var ${label} @s = @payload.s`,
    `var ${label} @list = @payload.l`,
    'var @p = "pub"',
    FUNCTIONS.trimEnd(),
    ...heads,
    ...lines,
    ...(cut < 0 ? [`show @v${taken.length - 1}`] : []),
    '',
  ].join('\n');
}
