/**
 * One program for each input of each row of the propagation table: the label enters there and is
 * looked for in the result. Tests run them for every kind of label, the documentation shows them.
 * The runtime does not load this file.
 */

import type { PropagationKey } from './propagation.js';

export interface PropagationExample {
  /**
   * The program, with `LABEL` for the label. It ends by showing whether the result's taint has it.
   */
  program: string;
  /** False for inputs that are documented not to join. */
  carries: boolean;
  /** True where the input joins only under `policy.defaults.flow: "strict"`. */
  strict?: true;
  /** What the program needs beside a compiler and a shell. */
  needs?: 'input' | 'python' | 'mcp' | 'network' | 'keychain' | 'host';
}

const SHOW = 'show @r.mx.taint.includes("LABEL")';

/** `@s` and `@p` (unlabelled), then the line that makes `@r`. */
function sample(lines: string, extra: Partial<PropagationExample> = {}): PropagationExample {
  return { program: `var LABEL @s = "sss"\nvar @p = "pub"\n${lines}\n${SHOW}\n`, carries: true, ...extra };
}

function strict(lines: string): PropagationExample {
  const { program } = sample(lines, {});
  return { program: `policy @strict = { defaults: { flow: "strict" } }\n${program}`, carries: true, strict: true };
}

/** Examples of a call: an argument that the body ignores, a variable it reads, a call it makes. */
function calls(
  define: (params: string, body: string) => string,
  ignore: string,
  read: string,
  call: string,
): Record<string, PropagationExample> {
  return {
    arguments: sample(`${define('x', ignore)}\nvar @r = @f(@s)`),
    captured: sample(`${define('', read)}\nvar @r = @f()`),
    calls: sample(`exe LABEL @g() = \`g\`\n${define('', call)}\nvar @r = @f()`),
  };
}

export const PROPAGATION_EXAMPLES: Readonly<Record<PropagationKey, Readonly<Record<string, PropagationExample>>>> = {
  literal: {},
  declaration: { declared: sample('var LABEL @r = "x"'), value: sample('var pii @r = @s') },
  template: { parts: sample('var @r = `a @p b @s c`') },
  field: {
    member: sample('var @o = { k: @s }\nvar @r = @o.k'),
    container: sample('var LABEL @o = { k: "v" }\nvar @r = @o.k'),
    key: sample('var @o = { sss: "v" }\nvar @r = @o[@s]'),
  },
  index: {
    member: sample('var @a = [@s]\nvar @r = @a[0]'),
    container: sample('var LABEL @a = ["v"]\nvar @r = @a[0]'),
    key: sample('var LABEL @n = 0\nvar @a = ["v"]\nvar @r = @a[@n]'),
  },
  slice: {
    members: sample('var @a = [@s, "x"]\nvar @r = @a[0:1]'),
    container: sample('var LABEL @a = ["v", "w"]\nvar @r = @a[0:1]'),
    bounds: sample('var LABEL @n = 1\nvar @a = ["v", "w"]\nvar @r = @a.slice(0, @n)'),
  },
  wildcard: {
    members: sample('var @a = [{ k: @s }]\nvar @r = @a[*].k'),
    container: sample('var LABEL @a = [{ k: "v" }]\nvar @r = @a[*].k'),
  },
  method: { receiver: sample('var @r = @s.toUpperCase()'), arguments: sample('var @r = @p.replace("p", @s)') },
  size: { receiver: sample('var @r = @s.length') },
  transformer: {
    input: sample('var @r = @s | @upper'),
    arguments: sample('var @l = ["a", "b"]\nvar @r = @l.join(@s) | @upper'),
  },
  array: { members: sample('var @r = ["x", @s]') },
  object: { members: sample('var @r = { a: "x", b: @s }') },
  spread: { source: sample('var @o = { k: @s }\nvar @r = { ...@o, z: "x" }') },
  metadata: { value: sample('var @r = @s.mx.labels', { carries: false }) },

  unary: { operand: sample('var @r = !@s') },
  binary: { left: sample('var @r = @s == "sss"'), right: sample('var @r = "sss" == @s') },
  and: { left: sample('var @r = @s && "x"'), right: sample('var @r = "x" && @s') },
  or: { left: sample('var LABEL @e = ""\nvar @r = @e || "x"'), right: sample('var @r = "" || @s') },
  coalesce: { left: sample('var LABEL @e = null\nvar @r = @e ?? "x"'), right: sample('var @r = null ?? @s') },
  ternary: { test: sample('var @r = @s ? "yes" : "no"'), value: sample('var @r = true ? @s : "no"') },
  augment: {
    value: sample('exe @f(x) = [\n  let @y = @x\n  let @y += "a"\n  => @y\n]\nvar @r = @f(@s)'),
    added: sample('exe @f(x) = [\n  let @y = "a"\n  let @y += @x\n  => @y\n]\nvar @r = @f(@s)'),
  },

  when: {
    subject: sample('var @r = when @s [\n  "sss" => "hit"\n  * => "miss"\n]'),
    conditions: sample('var @r = when [\n  @s == "no" => "one"\n  * => "two"\n]'),
    value: sample('var @r = when [\n  true => @s\n  * => "x"\n]'),
  },
  ifElse: {
    test: strict(
      'exe @f(x) = [\n  if @x == "sss" [\n    => "a"\n  ]\n  => "b"\n]\nexe @g() = [\n  => @f(@s)\n]\nvar @r = @g()',
    ),
    value: sample('exe @f() = [\n  if true [\n    => @s\n  ]\n  => "b"\n]\nvar @r = @f()'),
  },
  forEach: {
    items: sample('var LABEL @a = ["x"]\nvar @r = for @i in @a => "c"'),
    filter: sample('var @r = for @i in ["x"] when @s == "sss" => @i'),
    body: sample('var @r = for @i in ["x"] => `@i @s`'),
  },
  forVariable: {
    element: sample('var @a = ["x", @s]\nfor @i in @a [\n  output @i to "element.txt"\n]\nvar @r = <element.txt>'),
    items: sample('var LABEL @a = ["x"]\nfor @i in @a [\n  output @i to "items.txt"\n]\nvar @r = <items.txt>'),
  },
  foreach: {
    arguments: sample('exe @f(x) = `c`\nvar @a = [@s]\nvar @r = foreach @f(@a)'),
    results: sample('exe @f(x) = `@x @s`\nvar @a = ["x"]\nvar @r = foreach @f(@a)'),
  },
  loop: {
    condition: strict('var @r = loop(2) until @s == "sss" [\n  done "x"\n]'),
    value: sample('var @r = loop(2) [\n  done @s\n]'),
  },
  assignment: {
    value: sample('exe @f() = [\n  let @y = @s\n  => @y\n]\nvar @r = @f()'),
    context: strict(
      'exe @f() = [\n  let @y = "a"\n  if @s == "sss" [\n    let @y += "b"\n  ]\n  => @y\n]\nvar @r = @f()',
    ),
  },
  effect: {
    value: sample('output @s to "effect.txt"\nvar @r = <effect.txt>'),
    context: strict('if @s == "sss" [\n  output "clean" to "effect-context.txt"\n]\nvar @r = <effect-context.txt>'),
  },
  parallel: { members: sample('exe @f(x) = `@x`\nvar @r = || @f(@s) || @f(@p)') },
  retry: {
    value: sample('exe @f() = when [\n  @mx.try < 2 => retry "again"\n  * => @s\n]\nvar @r = @f() | @trim', {
      needs: 'host',
    }),
    hint: sample(
      'exe @src() = `x @mx.hint`\nexe @f(x) = when [\n  @mx.try < 2 => retry @s\n  * => @x\n]\nvar @r = @src() | @f',
      { needs: 'host' },
    ),
  },
  denied: {
    value: sample(
      'guard before op:exe = when [\n  @mx.op.name == "f" => deny "no"\n]\nexe @f() = when [\n  denied => @s\n  * => "x"\n]\nvar @r = @f()',
    ),
    denial: strict(
      'guard before op:exe = when [\n  @mx.op.name == "f" && @mx.taint.includes("LABEL") => deny "no"\n]\nexe @f(x) = when [\n  denied => "refused"\n  * => "x"\n]\nvar @r = @f(@s)',
    ),
  },

  exeTemplate: calls((params, body) => `exe @f(${params}) = \`${body}\``, 'c', 'c @s', 'c @g()'),
  exeBlock: calls(
    (params, body) => `exe @f(${params}) = [\n  ${body}\n]`,
    '=> "c"',
    'let @y = @s\n  => "c"',
    'let @y = @g()\n  => "c"',
  ),
  exeCommand: calls((params, body) => `exe @f(${params}) = cmd { echo "${body}" }`, 'c', '@s', '@g()'),
  exeShell: {
    arguments: sample('exe @f(x) = sh { echo 1 }\nvar @r = @f(@s)'),
    captured: sample('exe @f() = sh { echo 1 }\nvar @r = @f()', { needs: 'host' }),
    calls: sample('exe LABEL @g() = sh { echo 1 }\nexe sh = { g }\nexe @f() = sh { g }\nvar @r = @f()', {
      needs: 'host',
    }),
  },
  exeJs: {
    arguments: sample('exe @f(x) = js { return 1 }\nvar @r = @f(@s)'),
    captured: sample('exe @g() = js { return s }\nexe @f(s) = @g()\nvar @r = @f(@s)', { needs: 'host' }),
    calls: sample('exe LABEL @g() = js { return 1 }\nexe js = { g }\nexe @f() = js { return g() }\nvar @r = @f()', {
      needs: 'host',
    }),
  },
  exeNode: {
    arguments: sample('exe @f(x) = node { return 1 }\nvar @r = @f(@s)'),
    captured: sample('exe @f() = node { return 1 }\nvar @r = @f(@s)', { needs: 'host' }),
    calls: sample(
      'exe LABEL @g() = node { return 1 }\nexe node = { g }\nexe @f() = node { return g() }\nvar @r = @f()',
      { needs: 'host' },
    ),
  },
  exePython: {
    arguments: sample('exe @f(x) = py { print(1) }\nvar @r = @f(@s)', { needs: 'python' }),
    captured: sample('exe @f() = py { print(1) }\nvar @r = @f(@s)', { needs: 'python' }),
    calls: sample('exe @f() = py { print(1) }\nvar @r = @f(@s)', { needs: 'python' }),
  },
  callee: {
    function: sample('exe @a() = `a`\nexe @b() = `b`\nvar @f = @s == "x" ? @a : @b\nvar @r = @f()'),
    result: sample('exe LABEL @a() = `a`\nvar @f = true ? @a : @a\nvar @r = @f()'),
  },
  stage: {
    input: sample('exe @f(x) = js { return 1 }\nvar @r = @s | @f'),
    call: sample('exe LABEL @f(x) = `@x`\nvar @r = @p | @f'),
  },
  mcp: {
    arguments: sample('var @r = @tool(@s)', { needs: 'mcp' }),
    captured: sample('var @r = @tool(@s)', { needs: 'mcp' }),
    calls: sample('var @r = @p | @tool', { needs: 'mcp' }),
  },

  command: {
    parts: sample('var @r = run cmd { echo "@s" }'),
    input: sample('var @r = run @s | { cat }'),
    credentials: sample('var @r = run cmd { printenv TOKEN } using @s as TOKEN'),
  },
  shell: {
    parts: sample('var @r = sh (@s) { echo "$s" }'),
    input: sample('var @r = run sh { cat } with { stdin: @s }'),
    credentials: sample('var @r = run sh { echo $TOKEN } using @s as TOKEN'),
  },
  js: { arguments: sample('var @r = js (@s) { return 1 }') },
  node: {
    arguments: sample('var @r = node (@s) { return 1 }'),
    input: sample('var @r = run node { return 1 } with { stdin: @s }', { needs: 'host' }),
    credentials: sample('var @r = run node { return 1 } using @s as TOKEN', { needs: 'host' }),
  },
  python: {
    arguments: sample('var @r = py (@s) { print(1) }', { needs: 'python' }),
    input: sample('var @r = run py { print(1) } with { stdin: @s }', { needs: 'python' }),
    credentials: sample('var @r = run py { print(1) } using @s as TOKEN', { needs: 'python' }),
  },
  credential: {},
  failure: { inputs: sample('var @r = run cmd { ls "/nowhere-@s" }') },

  file: {
    path: sample('output "x" to "path-sss"\nvar @r = <path-@s>'),
    recorded: sample('output @s to "recorded.txt"\nvar @r = <recorded.txt>'),
  },
  network: {
    address: sample('var @r = <https://example.com/@s>', { needs: 'network' }),
  },
  import: { value: sample('import { @secretValue } from "./lib.mld"\nvar @r = @secretValue', { needs: 'host' }) },
  importNetwork: {
    value: sample('import { @secretValue } from "https://example.com/lib.mld"\nvar @r = @secretValue', {
      needs: 'network',
    }),
  },
  input: { value: sample('import { X } from @input\nvar @r = @X', { needs: 'input' }) },
  payload: { value: sample('var @r = @payload.topic', { needs: 'host' }) },
  dynamic: { value: sample('import { topic } from @payload\nvar @r = @topic', { needs: 'host' }) },
  keychain: {
    arguments: sample('var @r = @get("service", @s)', { needs: 'keychain' }),
    captured: sample('exe @f() = [ => @get("service", @s) ]\nvar @r = @f()', { needs: 'keychain' }),
    calls: sample('exe LABEL @g() = `g`\nvar @r = @get("service", @g())', { needs: 'keychain' }),
  },
  environment: {},
  box: {
    value: sample('var @r = box [\n  => @s\n]'),
    config: strict('var LABEL @cfg = { tools: ["Bash"] }\nvar @r = box @cfg [\n  => "x"\n]'),
  },

  write: {
    value: sample('output @s to "write.txt"\nvar @r = <write.txt>'),
    path: sample('output "x" to "write-@s"\nvar @r = <write-sss>'),
    context: strict('if @s == "sss" [\n  output "x" to "write-context.txt"\n]\nvar @r = <write-context.txt>'),
  },
  append: {
    value: sample('append @s to "append.txt"\nvar @r = <append.txt>'),
    path: sample('append "x" to "append-@s"\nvar @r = <append-sss>'),
    context: strict('if @s == "sss" [\n  append "x" to "append-context.txt"\n]\nvar @r = <append-context.txt>'),
  },
  hostWrite: { inputs: sample('run sh (@s) { echo "$s" > host.txt }\nvar @r = <host.txt>') },

  guardTransform: {
    original: sample('guard before @f = when [\n  * => allow "clean"\n]\nexe @f(x) = `@x`\nvar @r = @f(@s)'),
    replacement: sample('guard before @f = when [\n  * => allow @s\n]\nexe @f(x) = `@x`\nvar @r = @f(@p)'),
  },
  hookTransform: {
    original: sample('hook after @f = [\n  => "clean"\n]\nexe @f(x) = `@x`\nvar @r = @f(@s)'),
    replacement: sample('hook after @f = [\n  => @s\n]\nexe @f(x) = `@x`\nvar @r = @f(@p)'),
  },
};

/** The example's program for one label. */
export function exampleProgram(example: PropagationExample, label: string): string {
  return example.program.split('LABEL').join(label);
}
