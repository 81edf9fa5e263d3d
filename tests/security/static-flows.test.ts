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
import { REFUSED_IN_SCOPES } from './refused-in-scopes.js';
import { KEY, LABELS, REFUSED, RULES, SEND } from './refused-programs.js';

const SERVER = `node ${path.resolve(import.meta.dirname, '../mcp/fake-server.mjs')}`;

const FILES = {
  'data.txt': 'data',
  'lib.mld':
    'var secret @key = "k"\nexe exfil @send(x) = `sent @x`\nexe @post(x) = `p @x`\n' +
    'var tools @tools = { post: { mlld: @post, labels: ["exfil"] } }\nexport { @key, @key as @token, @send, @post, @tools }\n',
  'strict.mld': 'policy @strict = { deny: { sh: true } }\n',
};
interface Told {
  severity: string;
  code: string;
  message: string;
  hint: string | undefined;
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
      hint: each.hint,
      at: sources.get(each.file)!.slice(each.span!.start, each.span!.end),
      flow: each
        .path!.map((step) => {
          const { line, column } = new LineIndex(sources.get(step.file)!).position(step.span.start);
          return `${path.relative(directory, path.resolve(step.file))}:${line}:${column}  ${step.text}`;
        })
        .join('\n'),
    }));
}

describe('what is told is what a run refuses', () => {
  test.concurrent.each([...REFUSED, ...REFUSED_IN_SCOPES])('%s', async (_, written, reason, at) => {
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
      'main.mld:3:11  @send is labelled exfil',
      'main.mld:8:6  in the call of @wrap',
      'main.mld:1:1  by policy @p',
    ]);
  });

  test('goes through files', () => {
    const policy = 'policy @p = { labels: { secret: { deny: ["op:log"] } } }\n';
    expect(told(`${policy}${KEY}output @key to "f.txt"\nvar @f = <f.txt>\nlog @f\n`)[0]!.flow.split('\n')).toEqual([
      'main.mld:2:12  enters: secret @key',
      'main.mld:3:1  written to f.txt',
      'main.mld:4:10  read from <f.txt>',
      'main.mld:4:5  held by @f',
      'main.mld:5:1  refused: log',
      'main.mld:1:1  by policy @p',
    ]);
  });

  test('ends in guards and hooks', () => {
    const program = `${LABELS}${KEY}hook @note before op:show = [ log @key ]\nshow "x"\n`;
    expect(told(program)[0]!.flow.split('\n')).toEqual([
      'main.mld:2:12  enters: secret @key',
      'main.mld:3:31  refused: log',
      'main.mld:3:1  in hook @note before op:show',
      'main.mld:1:1  by policy @p',
    ]);
  });

  test('says which box labels a tool', () => {
    const program = `${RULES}${KEY}exe @send(x) = \`sent @x\`\nvar tools @t = { send: { mlld: @send, labels: ["exfil"] } }\nbox with { tools: @t } [\n  show @send(@key)\n]\n`;
    expect(told(program)[0]!.flow.split('\n')).toEqual([
      'main.mld:2:12  enters: secret @key',
      'main.mld:6:8  refused: call of @send',
      'main.mld:5:1  @send is labelled exfil by the tools of this box',
      'main.mld:1:1  by policy @p',
    ]);
  });

  test('crosses modules', () => {
    expect(told(`${LABELS}import { @key } from "./lib.mld"\nlog @key\n`)[0]!.flow.split('\n')).toEqual([
      'lib.mld:1:12  enters: secret @key',
      'main.mld:3:1  refused: log',
      'main.mld:1:1  by policy @p',
    ]);
  });
});

describe('what to do', () => {
  const AUTHORIZED = 'policy @p = { authorizations: { allow: { send: { args: { x: "a" } } } } }\n';
  const strict = 'var @strict = { labels: { secret: { deny: ["exfil"] } } }\n';
  test.each([
    [
      'a label',
      `${LABELS}${KEY}log @key`,
      "Keep what carries 'secret' away from it, or change labels.secret.deny of policy @p.",
    ],
    ['a rule', `${RULES}${KEY}${SEND}show @send(@key)`, 'or change the rule no-secret-exfil of policy @p.'],
    [
      'a first argument',
      'policy @p = { defaults: { rules: ["no-send-to-external"] } }\nexe exfil:send @mail(to) = `@to`\nshow @mail("bob")',
      'Give it a first argument labelled known:internal, or take no-send-to-external out of the rules of policy @p.',
    ],
    [
      'a command that is not granted',
      'policy @p = { allow: { cmd: ["echo"] } }\nrun cmd { ls }',
      "Add 'cmd:ls:*' to capabilities.allow of policy @p, or do without.",
    ],
    ['a language', 'policy @p = { deny: ["js"] }\nvar @x = js { return 1 }\nshow @x', 'Change deny.js in policy @p'],
    [
      'files',
      'policy @p = { deny: ["fs:w:out/**"] }\noutput "x" to "out/f"',
      'Change what allow and deny say in policy @p',
    ],
    [
      'a call that is not listed',
      `${AUTHORIZED}exe tool:w @mail(x) = \`@x\`\nshow @mail("x")`,
      'List mail under authorizations.allow of policy @p',
    ],
    [
      'other arguments',
      `${AUTHORIZED}exe tool:w @send(x) = \`@x\`\nshow @send("x")`,
      'Call it with the arguments that authorizations.allow of policy @p names',
    ],
    [
      'a clause',
      `${strict}${KEY}${SEND}var @b = @send(@key) with { policy: @strict }`,
      'labels.secret.deny of the policy of this clause.',
    ],
    [
      'a hook',
      `${LABELS}${KEY}hook before op:show = [ log @key ]\nshow "x"`,
      'What fails in a hook is left in @mx.hooks.errors',
    ],
  ])('about %s', (_, program, hint) => expect(told(program)[0]!.hint).toContain(hint));
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
      'after a call that may end the script',
      `${LABELS}${KEY}exe @f() = [\n  if @payload.x [ bail "no" ]\n  => 1\n]\nvar @b = @f()\nlog @key`,
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
    ['a hook', `${LABELS}${KEY}hook before op:show = [ log @key ]\nshow "x"`, 'static_flow_conditional'],
    [
      'a hook of one call',
      'policy @p = { deny: { cmd: ["ls"] } }\nexe @f() = `f`\nhook after @f = [ run cmd { ls } ]\nshow @f()',
      'static_capability_conditional',
    ],
    [
      'a condition of a guard',
      `${RULES}${KEY}${SEND}guard before op:show = when [ @send(@key) == "x" => deny "no"; * => allow ]\nshow "x"`,
      'static_flow_conditional',
    ],
    [
      'what a guard about data is given',
      `${RULES}${SEND}guard before secret = when [ @send(@input) == "x" => deny "no"; * => allow ]\nvar secret @k = @payload.k`,
      'static_flow_conditional',
    ],
    [
      'a value in a guard',
      'policy @p = { deny: ["js"] }\nexe @f() = js { return 1 }\nguard before op:show = when [ let @z = @f()\n @z == 1 => deny "no"\n * => allow ]\nshow "x"',
      'static_capability_conditional',
    ],
    [
      'a turn that may be none',
      `${LABELS}${KEY}loop(3) until @payload.x [\n  if @mx.loop.iteration == 2 [ log @key ]\n]`,
      'static_flow_conditional',
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
    [
      'what an authorization lifts',
      `policy @p = { defaults: { rules: ["no-secret-exfil"] }, authorizations: { allow: { send: true } } }\n${KEY}exe exfil, tool:w @send(x) = \`@x\`\nshow @send(@key)`,
    ],
    [
      'what an authorization of a single call lifts',
      `${RULES}${KEY}exe exfil, tool:w @send(x) = \`@x\`\nvar @a = @send(@key) with { policy: { authorizations: { allow: { send: true } } } }`,
    ],
    [
      'what a policy made while running may authorize',
      `${RULES}${KEY}exe exfil, tool:w @send(x) = \`@x\`\nvar @a = @send(@key) with { policy: @payload.p }`,
    ],
    [
      'what the policy of a guard authorizes',
      `${RULES}${KEY}exe exfil, tool:w @send(x) = \`@x\`\nvar @f = { policy: { authorizations: { allow: { send: true } } } }\nguard before @send = when [ * => env @f ]\nshow @send(@key)`,
    ],
    [
      'a tool an authorization knows by the name of the collection',
      `policy @p = { defaults: { rules: ["no-secret-exfil"] }, authorizations: { allow: { send: true } } }\n${KEY}exe exfil, tool:w @mail(x) = \`@x\`\nvar tools @t = { send: { mlld: @mail, controlArgs: [] } }\nbox with { tools: @t } [\n  show @mail(@key)\n]`,
    ],
    [
      'an argument that may be authorized',
      'policy @p = { authorizations: { allow: { send: { args: { x: "a" } } } } }\nexe tool:w @send(x) = `@x`\nshow @send(@payload.x)',
    ],
    [
      'labels of a collection a run decides',
      `${RULES}${KEY}exe @send(x) = \`@x\`\nvar tools @t = { send: { mlld: @send, labels: @payload.l } }\nbox with { tools: @t } [\n  show @send(@key)\n]`,
    ],
    [
      'a file that may not be written',
      `policy @p = { labels: { secret: { deny: ["op:log"] } } }\n${KEY}if @payload.x [ output @key to "f.txt" ]\nvar @f = <f.txt>\nlog @f`,
    ],
    [
      'a file a branch that may fail writes',
      `policy @p = { labels: { secret: { deny: ["op:log"] } } }\n${KEY}exe @w(x) = [ output @x to "f.txt"\n => 1 ]\nvar @r = for parallel(2) @i in [@key] => @w(@i)\nvar @f = <f.txt>\nlog @f`,
    ],
    ['a turn that never is', `${LABELS}${KEY}for @i in [1, 2] [\n  if @mx.for.index == 2 [ log @key ]\n]`],
    [
      'what is answered without the call that reads it',
      `policy @p = { labels: { secret: { deny: ["op:show", "op:cmd"] } } }\n${KEY}exe @run(x) = cmd { echo "@key" }\nexe @try(x) = when [ denied => "refused"; * => @run(@x) ]\nshow @try("a")`,
    ],
    [
      'code of the sandbox in a function',
      `${RULES}exe secret @get() = \`x\`\nexe exfil @post() = [\n  let @s = @get()\n  let @j = js (@s) { return s }\n  => 1\n]\nvar @r = @post()`,
    ],
    [
      'what a call with an authorization was judged with',
      `policy @p = { defaults: { rules: ["no-secret-exfil"] }, authorizations: { allow: { post: true } } }\n${KEY}exe exfil, tool:w @post(x) = [\n  run cmd { echo "@x" }\n  => 1\n]\nvar @r = @post(@key)`,
    ],
    ['a turn of a loop that never is', `${LABELS}${KEY}loop(2) [\n  if @mx.loop.iteration == 3 [ log @key ]\n]`],
    ['what only some turn may answer', `${LABELS}${KEY}var @r = loop(2) [\n  if @payload.x [ done @key ]\n]\nlog @r`],
    [
      'an element that never is, in a loop',
      `${LABELS}${KEY}for @i in [1] [\n  loop(2) [\n    if @mx.for.index == 3 [ log @key ]\n  ]\n]`,
    ],
    [
      'behind a box',
      `${RULES}${KEY}exe @send(x) = \`@x\`\nvar tools @t = { send: { mlld: @send, labels: ["exfil"] } }\nbox with { tools: @t } [ show "a" ]\nshow @send(@key)`,
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
    ['an alternative no run takes', `${LABELS}${KEY}var @m = "off"\nwhen [ @m == "on" => log @key; * => log "no" ]`],
    ['an element that moves', `${LABELS}${KEY}var @l = [@payload.x?, @key, 1]\nlog @l[1]`],
    ['a member that may be left out', `${LABELS}${KEY}var @o = { k?: @payload.x, v: 1 }\nlog @o.k`],
    [
      'a call that prints nothing',
      `policy @p = { labels: { secret: { deny: ["op:show"] } } }\n${KEY}exe @f(x) = [ let @y = @x ]\n@f(@key)`,
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

test('check and build end with 0 when there are warnings alone, and build writes its bundle', async () => {
  const cwd = project({ 'main.mld': `${LABELS}${KEY}if @payload.x [ log @key ]\n` });
  for (const command of ['check', 'build']) {
    const { code, stderr } = await warm([command, 'main.mld'], { cwd });
    expect(code).toBe(0);
    expect(stderr).toContain("Label 'secret' cannot flow to 'op:log' (log, policy p), if this is reached");
  }
  expect(fs.readdirSync(cwd)).toContain('main.mjs');
});
