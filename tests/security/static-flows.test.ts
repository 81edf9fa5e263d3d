/**
 * What check and build tell about flows (issue of security.md 5): each program here is also run, and
 * refused for the reason that was told.
 */

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { LineIndex } from '../../compiler/diagnostics/location.js';
import { compile } from '../../compiler/index.js';
import { warm } from '../cli/warm.js';
import { project } from './project.js';

const SERVER = `node ${path.resolve(import.meta.dirname, '../mcp/fake-server.mjs')}`;

const FILES = {
  'data.txt': 'data',
  'lib.mld': 'var secret @key = "k"\nexe exfil @send(x) = `sent @x`\nexport { @key, @send }\n',
  'strict.mld': 'policy @strict = { deny: { sh: true } }\n',
};
const RULES = 'policy @p = { defaults: { rules: ["no-secret-exfil"] } }\n';
const LABELS = 'policy @p = { labels: { secret: { deny: ["op:show", "op:output", "op:log", "op:cmd:curl"] } } }\n';
const KEY = 'var secret @key = "k"\n';
const SEND = 'exe exfil @send(x) = `sent @x`\n';

interface Told {
  severity: string;
  code: string;
  message: string;
  /** The source that is pointed at. */
  at: string;
  flow: string;
}

function told(program: string, directory = project({ ...FILES, 'main.mld': program })): Told[] {
  const file = path.join(directory, 'main.mld');
  const projectOf = { root: directory, modules: { prefixes: [], stdlib: null } };
  const { diagnostics, sources } = compile({ source: program, file, project: projectOf, purpose: 'check' });
  expect(diagnostics.filter(({ severity, code }) => severity === 'error' && !code.startsWith('static_'))).toEqual([]);
  return diagnostics
    .filter(({ code }) => code.startsWith('static_'))
    .map((each) => ({
      severity: each.severity,
      code: each.code,
      message: each.message,
      at: sources.get(each.file)!.slice(each.span!.start, each.span!.end),
      flow: each
        .path!.map((step) => {
          const { line, column } = new LineIndex(sources.get(step.file)!).position(step.span.start);
          return `${path.relative(directory, path.resolve(step.file))}:${line}:${column}  ${step.text}`;
        })
        .join('\n'),
    }));
}

const REFUSED: [name: string, program: string, reason: string, at: string][] = [
  ['show of a labelled variable', `${LABELS}${KEY}show @key`, "Label 'secret' cannot flow to 'op:show'", 'show @key'],
  ['a template', `${LABELS}${KEY}show \`a @key\``, "'op:show'", 'show `a @key`'],
  ['a template variable', `${LABELS}${KEY}var @t = "a @key"\nshow @t`, "'op:show'", 'show @t'],
  ['log', `${LABELS}${KEY}log @key`, "'op:log'", 'log @key'],
  ['output', `${LABELS}${KEY}output @key to "f.txt"`, "'op:output'", 'output @key to "f.txt"'],
  ['a member of an object', `${LABELS}var @o = { a: 1 }\nvar secret @s = { k: "v" }\nlog @s.k`, "'op:log'", 'log @s.k'],
  ['a member that carries it', `${LABELS}${KEY}var @o = { a: @key, b: 1 }\nlog @o.a`, "'op:log'", 'log @o.a'],
  ['an array element', `${LABELS}${KEY}var @l = [1, @key]\nlog @l[1]`, "'op:log'", 'log @l[1]'],
  ['a method', `${LABELS}${KEY}log @key.toUpperCase()`, "'op:log'", 'log @key.toUpperCase()'],
  [
    'an argument of a method',
    `${LABELS}${KEY}var @t = "abc"\nlog @t.replace("a", @key)`,
    "'op:log'",
    'log @t.replace("a", @key)',
  ],
  ['an operator', `${LABELS}${KEY}var @b = @key == "x"\nlog @b`, "'op:log'", 'log @b'],
  ['a ternary', `${LABELS}${KEY}var @b = @key ? 1 : 2\nlog @b`, "'op:log'", 'log @b'],
  ['a condition of when', `${LABELS}${KEY}var @b = when [ @key == "x" => 1; * => 2 ]\nlog @b`, "'op:log'", 'log @b'],
  ['a transformer', `${LABELS}${KEY}var @b = @key | @upper\nlog @b`, "'op:log'", 'log @b'],
  ['a call', `${LABELS}${KEY}exe @id(x) = @x\nvar @b = @id(@key)\nlog @b`, "'op:log'", 'log @b'],
  ['a captured variable', `${LABELS}${KEY}exe @f() = \`a @key\`\nvar @b = @f()\nlog @b`, "'op:log'", 'log @b'],
  ['a list that is gone through', `${LABELS}${KEY}for @i in [1, @key] => log @i`, "'op:log'", 'log @i'],
  ['an effect in a pipeline', `${LABELS}${KEY}var @b = @key | log`, "'op:log'", 'log'],
  [
    'a rule about executables',
    `${RULES}${KEY}${SEND}show @send(@key)`,
    "label 'secret' cannot flow to 'exfil'",
    '@send(@key)',
  ],
  ['an inline template', `${RULES}${KEY}${SEND}show @send(\`a @key\`)`, "'exfil'", '@send(`a @key`)'],
  ['a stage', `${RULES}${KEY}${SEND}var @b = @key | @send\nshow "x"`, "'exfil'", '@send'],
  [
    'a call inside a call',
    `${RULES}${KEY}${SEND}exe @w(y) = [ let @m = "m @y"\n => @send(@m) ]\nshow @w(@key)`,
    "'exfil'",
    '@send(@m)',
  ],
  [
    'the label of an executable',
    `policy @p = { labels: { pii: { deny: ["op:log"] } } }\nexe pii @f() = \`x\`\nvar @b = @f()\nlog @b`,
    "Label 'pii'",
    'log @b',
  ],
  ['a command', `${LABELS}${KEY}run cmd { curl -d "@key" x }`, "'op:cmd:curl'", 'cmd { curl -d "@key" x }'],
  [
    'output of a command',
    `policy @p = { labels: { "src:cmd": { deny: ["op:log"] } } }\nvar @c = cmd { echo hi }\nlog @c`,
    "Label 'src:cmd'",
    'log @c',
  ],
  [
    'output of code',
    `policy @p = { labels: { "src:js": { deny: ["op:log"] } } }\nvar @c = js { return 1 }\nlog @c`,
    "Label 'src:js'",
    'log @c',
  ],
  [
    'a file',
    `policy @p = { labels: { "src:file": { deny: ["op:log"] } } }\nvar @f = <data.txt>\nlog @f`,
    "Label 'src:file'",
    'log @f',
  ],
  ['an imported value', `${LABELS}import { @key } from "./lib.mld"\nlog @key`, "'op:log'", 'log @key'],
  [
    'an imported executable',
    `${RULES}import { @key, @send } from "./lib.mld"\nshow @send(@key)`,
    "'exfil'",
    '@send(@key)',
  ],
  ['a namespace', `${RULES}import "./lib.mld" as @lib\nshow @lib.send(@lib.key)`, "'exfil'", '@lib.send(@lib.key)'],
  [
    'a first argument nobody knows',
    `policy @p = { defaults: { rules: ["no-send-to-unknown"] } }\nexe exfil:send @mail(to) = \`@to\`\nshow @mail("bob")`,
    "must carry 'known'",
    '@mail("bob")',
  ],
  [
    'operations mapped to a risk',
    `policy @p = { defaults: { rules: ["no-secret-exfil"] }, operations: { exfil: ["op:log"] } }\n${KEY}log @key`,
    "'exfil'",
    'log @key',
  ],
  [
    'a union',
    `var @a = { deny: { sh: true } }\npolicy @p = union(@a)\nrun sh { ls }`,
    'Shell access denied',
    'sh { ls }',
  ],
  [
    'an imported policy',
    `import policy @strict from "./strict.mld"\nrun sh { ls }`,
    'Shell access denied',
    'sh { ls }',
  ],
  [
    'a denied command',
    `policy @p = { deny: { cmd: ["git:push"] } }\nrun cmd { git push origin }`,
    "Command 'git' denied",
    'cmd { git push origin }',
  ],
  [
    'a denied command behind a wrapper',
    `policy @p = { deny: { cmd: ["ls"] } }\nvar @x = cmd { env A=1 ls }`,
    "Command 'ls' denied",
    'cmd { env A=1 ls }',
  ],
  [
    'a command that is not granted',
    `policy @p = { allow: { cmd: ["echo"] } }\nrun cmd { ls }`,
    "Command 'ls' denied",
    'cmd { ls }',
  ],
  [
    'with unknown words',
    `policy @p = { deny: { cmd: ["ls"] } }\nvar @x = "a"\nrun cmd { ls @x }`,
    "Command 'ls' denied",
    'cmd { ls @x }',
  ],
  [
    'a dangerous command',
    'policy @p = { deny: ["js"] }\nrun cmd { sudo ls }',
    'Dangerous capability',
    'cmd { sudo ls }',
  ],
  [
    'commands of a script',
    'policy @p = { deny: { cmd: ["ls"] } }\nrun sh {\n  x=$(ls)\n}',
    "Command 'ls' denied",
    'sh {\n  x=$(ls)\n}',
  ],
  [
    'a language',
    'policy @p = { deny: ["js"] }\nexe @f() = js { return 1 }\nshow @f()',
    'JavaScript access denied',
    '@f()',
  ],
  [
    'a container that is used',
    'policy @p = { deny: ["js"] }\nexe @f() = js { return 1 }\nvar @x = [@f()]\nshow @x',
    'JavaScript access denied',
    '@f()',
  ],
  [
    'a file that may not be read',
    'policy @p = { allow: { cmd: ["echo"] } }\nvar @f = <data.txt>\nshow @f',
    'Filesystem read denied',
    '<data.txt>',
  ],
  [
    'a file that may not be written',
    'policy @p = { deny: ["fs:w:out/**"] }\noutput "x" to "out/f.txt"',
    'Filesystem write denied',
    'output "x" to "out/f.txt"',
  ],
  [
    'an address',
    'policy @p = { deny: { network: ["example.org"] } }\nvar @f = <https://example.org/x>\nshow @f',
    'Network access denied',
    '<https://example.org/x>',
  ],
  [
    'a result of foreach',
    `${LABELS}${KEY}exe @f(x) = \`f @x\`\nvar @r = foreach @f([1, @key])\nlog @r[1]`,
    "'op:log'",
    'log @r[1]',
  ],
  [
    'a call of foreach',
    `${RULES}${KEY}${SEND}var @l = ["a", @key]\nvar @r = foreach @send(@l)\nshow "x"`,
    "'exfil'",
    'foreach @send(@l)',
  ],
  ['a result of for', `${LABELS}${KEY}var @r = for @i in [1, @key] => \`r @i\`\nlog @r`, "'op:log'", 'log @r'],
  [
    'a result of for parallel',
    `${LABELS}${KEY}var @r = for parallel(2) @i in [1, @key] => @i\nlog @r`,
    "'op:log'",
    'log @r',
  ],
  [
    'a parallel group',
    `${LABELS}${KEY}exe @f(x) = \`f @x\`\nvar @r = || @f(@key) || @f(1)\nlog @r`,
    "'op:log'",
    'log @r',
  ],
  [
    'a member of a parallel group',
    `${RULES}${KEY}${SEND}var @r = || @send(@key) || @send(1)\nshow "x"`,
    "'exfil'",
    '@send(@key)',
  ],
  [
    'a stage that is a group',
    `${RULES}${KEY}${SEND}exe @f(x) = \`f @x\`\nvar @r = @key | @f || @send\nshow "x"`,
    "'exfil'",
    '@send',
  ],
  ['inside a box', `${LABELS}${KEY}box [\n  log @key\n]`, "'op:log'", 'log @key'],
  ['the result of a box', `${LABELS}${KEY}var @r = box [ => \`b @key\` ]\nlog @r`, "'op:log'", 'log @r'],
  ['a command in a box', 'policy @p = { deny: { cmd: ["ls"] } }\nbox [ run cmd { ls } ]', "Command 'ls'", 'cmd { ls }'],
  [
    'every arm of when',
    `${LABELS}${KEY}var @b = when [ @payload.x => @key; * => \`a @key\` ]\nlog @b`,
    "'op:log'",
    'log @b',
  ],
  [
    'both branches, with different labels besides',
    `${LABELS}${KEY}var pii, secret @other = "o"\nvar @b = @payload.x ? @key : @other\nlog @b`,
    "'op:log'",
    'log @b',
  ],
  [
    'a loop in a template',
    `${LABELS}${KEY}var @l = [1, @key]\nvar @t = \`\n/for @i in @l\n- @i\n/end\n\`\nlog @t`,
    "'op:log'",
    'log @t',
  ],
  [
    'a guard that replaces',
    `${RULES}${KEY}${SEND}guard @g before @send = when [ * => allow "x" ]\nshow @send(@key)`,
    "'exfil'",
    '@send(@key)',
  ],
  [
    'a hook that replaces',
    `${RULES}${KEY}${SEND}hook before @send = [ => "x" ]\nshow @send(@key)`,
    "'exfil'",
    '@send(@key)',
  ],
  [
    'a hook that watches',
    `${RULES}${KEY}${SEND}hook after op:show = [ log "s" ]\nshow @send(@key)`,
    "'exfil'",
    '@send(@key)',
  ],
  [
    'a guard about something else',
    'policy @p = { deny: { cmd: ["ls"] } }\nguard before op:show = when [ * => allow "x" ]\nrun cmd { ls }',
    "Command 'ls'",
    'cmd { ls }',
  ],
  [
    'a privileged guard that only denies',
    `${RULES}${KEY}${SEND}guard privileged @g before op:exe = when [ @mx.op.name == "zork" => deny "no" ]\nshow @send(@key)`,
    "'exfil'",
    '@send(@key)',
  ],
  [
    'the answer of a tool',
    `policy @p = { defaults: { unlabeled: "untrusted", rules: ["no-untrusted-destructive"] } }\nimport tools { @echo } from mcp "SERVER"\nexe destructive @rm(x) = \`@x\`\nvar @a = @echo("x")\nshow @rm(@a)`,
    "label 'untrusted' cannot flow to 'destructive'",
    '@rm(@a)',
  ],
  [
    'what a tool was given',
    `${LABELS}${KEY}import tools from mcp "SERVER" as @srv\nvar @a = @srv.echo(@key) | @upper\nlog @a`,
    "'op:log'",
    'log @a',
  ],
  [
    'a tool that is a stage',
    `policy @p = { labels: { "src:mcp": { deny: ["op:log"] } } }\nimport tools { @echo } from mcp "SERVER"\nvar @a = "x" | @echo\nlog @a`,
    "Label 'src:mcp'",
    'log @a',
  ],
];

describe('what is told is what a run refuses', () => {
  test.concurrent.each(REFUSED)('%s', async (_, written, reason, at) => {
    const program = written.replaceAll('SERVER', SERVER);
    const directory = project({ ...FILES, 'main.mld': program });
    const [first, ...rest] = told(program, directory);
    expect(first).toMatchObject({ severity: 'error', at });
    expect(first!.message).toContain(reason);
    expect(rest).toEqual([]);
    const { code, stderr } = await warm(['run', 'main.mld'], { cwd: directory });
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
  });
});

describe('the path', () => {
  test('goes from where the label enters to where it is refused', () => {
    const program = `${RULES}${KEY}${SEND}exe @wrap(t) = [\n  let @m = \`a @t\`\n  => @send(@m)\n]\nshow @wrap(@key)\n`;
    expect(told(program)[0]!.flow.split('\n')).toEqual([
      'main.mld:2:12  enters: secret @key',
      'main.mld:8:6  passed as @t of @wrap',
      'main.mld:5:7  held by @m',
      'main.mld:6:6  refused: call of @send',
      'main.mld:4:1  in exe @wrap',
    ]);
  });

  test('crosses modules', () => {
    expect(told(`${LABELS}import { @key } from "./lib.mld"\nlog @key\n`)[0]!.flow.split('\n')).toEqual([
      'lib.mld:1:12  enters: secret @key',
      'main.mld:3:1  refused: log',
    ]);
  });
});

describe('what a run may pass by is a warning', () => {
  test.each([
    ['below a condition', `${LABELS}${KEY}if @payload.x [\n  log @key\n]`, 'static_flow_conditional'],
    ['an arm of when', `${LABELS}${KEY}when [ @payload.x => log @key; * => log "no" ]`, 'static_flow_conditional'],
    [
      'after a loop that may end the script',
      `${LABELS}${KEY}if @payload.x [\n  bail "no"\n]\nlog @key`,
      'static_flow_conditional',
    ],
    [
      'a list a hook may empty',
      `policy @p = { deny: ["js"] }\nexe @f(x) = js { return 1 }\nhook before op:for = [ => [] ]\nvar @r = for @i in [1] => @f(@i)`,
      'static_capability_conditional',
    ],
    [
      'foreach over what may be empty',
      'policy @p = { deny: ["js"] }\nexe @f(x) = js { return 1 }\nvar @l = @payload.list\nvar @r = foreach @f(@l)\nshow "x"',
      'static_capability_conditional',
    ],
    [
      'a capability below a condition',
      'policy @p = { deny: ["sh"] }\nif @payload.x [\n  run sh { ls }\n]',
      'static_capability_conditional',
    ],
    [
      'a default for the unlabelled, of a file that may have labels',
      'policy @p = { defaults: { unlabeled: "untrusted", rules: ["no-untrusted-destructive"] } }\nexe destructive @rm(x) = `@x`\nvar @f = <data.txt>\nshow @rm(@f)',
      'static_flow_assumed',
    ],
  ])('%s', (_, program, code) => expect(told(program)).toMatchObject([{ severity: 'warning', code }]));
});

describe('what only a run knows is passed over', () => {
  test.each([
    ['no policy', `${KEY}log @key`],
    ['another label', `${LABELS}var pii @key = "k"\nlog @key`],
    [
      'a policy made while running',
      `var @l = @payload.list\npolicy @p = { labels: { secret: { deny: @l } } }\n${KEY}log @key`,
    ],
    ['a policy that comes later', `${KEY}log @key\n${LABELS}`],
    ['an executable nobody calls', `${LABELS}${KEY}exe @f() = [ log @key\n => 1 ]\nshow "x"`],
    ['an element without the label', `${LABELS}${KEY}var @o = { a: @key, b: 1 }\nlog @o.b`],
    ['an operand that may not count', `${LABELS}${KEY}var @b = @payload.x || @key\nlog @b`],
    ['a branch', `${LABELS}${KEY}var @b = @payload.x ? @key : "x"\nlog @b`],
    ['a denied handler', `${RULES}${KEY}exe exfil @send(x) = when [ denied => "no"; * => @x ]\nshow @send(@key)`],
    [
      'a privileged guard',
      `${RULES}${KEY}${SEND}guard privileged @g before exfil = when [ * => allow ]\nshow @send(@key)`,
    ],
    [
      'a hook that may leave an argument out',
      `${RULES}${KEY}exe exfil @two(x, y) = \`@x @y\`\nhook before @two = [ => ["x"] ]\nshow @two(1, @key)`,
    ],
    [
      'a guard that may give something else to a call',
      `${RULES}${KEY}exe exfil @two(x, y) = \`@x @y\`\nguard @g before @two = when [ * => allow "x" ]\nshow @two(1, @key)`,
    ],
    [
      'a command a guard may replace',
      'policy @p = { deny: { cmd: ["ls"] } }\nguard before op:run = when [ * => allow "true" ]\nrun cmd { ls }',
    ],
    [
      'labels a guard takes away',
      `${LABELS}${KEY}guard privileged @g before op:var = when [ * => allow with { removeLabels: ["secret"] } ]\nlog @key`,
    ],
    [
      'a policy a hook may change',
      'var @cfg = { deny: { sh: true } }\npolicy @p = union(@cfg)\nhook before op:var = [ => {} ]\nrun sh { ls }',
    ],
    [
      'a branch of a group that may fail',
      'policy @p = { labels: { pii: { deny: ["op:log"] } } }\nexe pii @f() = js { return 1 }\nvar @g = || @f() || @f()\nlog @g',
    ],
    ['files in a box', 'policy @p = { deny: ["fs:r:**"] }\nbox [ run sh { true < data.txt } ]'],
    [
      'a subcommand a run decides',
      'policy @p = { deny: { cmd: ["git:push"] } }\nvar @s = "status"\nrun cmd { git @s }',
    ],
    ['a grant a run may meet', 'policy @p = { allow: { cmd: ["git:status"] } }\nvar @s = "status"\nrun cmd { git @s }'],
    [
      'a destination that may be known',
      'policy @p = { defaults: { rules: ["no-send-to-unknown"] } }\nexe exfil:send @mail(to) = `@to`\nshow @mail(@payload.to)',
    ],
    [
      'a grant that says more',
      'policy @p = { labels: { secret: { deny: ["op:cmd"], allow: ["op:cmd:echo"] } } }\nvar secret @k = "k"\nrun cmd { echo "@k" }',
    ],
    [
      'a container nobody uses',
      'policy @p = { deny: ["js"] }\nexe @f() = js { return 1 }\nvar @x = { a: [@f()] }\nshow "x"',
    ],
    ['a label taken away', `${LABELS}exe @f() = [ => untrusted "x" ]\nlog @f()`],
  ])('%s', (_, program) => expect(told(program)).toEqual([]));
});

test('check and build end with 1, run nothing and write nothing', async () => {
  const cwd = project({ 'main.mld': `${LABELS}output "x" to "ran.txt"\n${KEY}log @key\n` });
  for (const command of ['check', 'build']) {
    const { code, stdout, stderr } = await warm([command, 'main.mld'], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain("Label 'secret' cannot flow to 'op:log'");
    expect(stderr).toContain('main.mld:4:1  refused: log');
  }
  expect(fs.readdirSync(cwd).sort()).toEqual(['main.mld', 'mlld-config.json']);
});
