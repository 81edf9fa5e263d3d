/** `config.tools` of an `exe llm`: what a model may call, and under which rules (security.md 8.5, 9.2). */

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findProgram } from '../../runtime/host/isolation/index.js';
import { directory, mlldc, root } from './harness.js';

const MODEL = `node ${path.join(root, 'tests/cli/model.mjs')} @mx.llm.config`;
const noBubblewrap = findProgram('bwrap', process.env, '/') === null;

/** Runs a script in which `@ask(prompt, config)` is a model that makes the given calls. */
function run(script: string, ...calls: [server: string, tool: string, args: object][]) {
  const words = calls.flatMap(([server, tool, args]) => [server, tool, `'${JSON.stringify(args)}'`]).join(' ');
  const agent = `exe llm @ask(prompt, config) = cmd { ${MODEL} ${words} }\n`;
  return mlldc(['run', 'main.mld'], { cwd: directory({ 'main.mld': agent + script }) });
}

describe('@mx.llm', () => {
  it('says which tools the call has, and is null without them', async () => {
    const { stdout, stderr } = await run(`exe @fetchPage(url) = \`page\`
exe llm @see(prompt, config) = { allowed: @mx.llm.allowed, native: @mx.llm.native, inBox: @mx.llm.inBox, has: @mx.llm.hasTools, offered: @mx.tools.allowed }
exe llm @config(prompt, config) = [ => <@mx.llm.config> ]
show @see("x", { tools: ["Read", "Grep", @fetchPage] }) | @json
show @see("x", { tools: [] }).allowed.length
show @config("x", { tools: [] }).mcpServers
exe llm @none(prompt, config) = when [ @mx.llm => "tools"
  * => "no tools" ]
show @none("x", { model: "m" })
show @none("x")
var @boxed = box [ => @see("x", { tools: ["read"] }) ]
show @boxed.allowed
show \`native: "@boxed.native"\``);
    expect(stdout, stderr).toBe(`{
  "allowed": "mcp__mlld_tools__fetch_page,Read,Grep",
  "native": "Read,Grep",
  "inBox": false,
  "has": true,
  "offered": []
}
0
{}
no tools
no tools
mcp__mlld_vfs__Read
native: ""
`);
  });
});

describe('functions for a model', () => {
  it('are called with the types of their parameters, under the guards of the script', async () => {
    const { stdout, stderr } = await run(
      `exe @double(n: number) = js { return n * 2; }
exe @wipe() = \`wiped\`
guard before @wipe = when [ @mx.taint.includes("src:mcp") && @mx.labels.includes("untrusted") => deny "not for models"
  * => allow ]
show @ask("x", { tools: [@double, @wipe] })
show @wipe()`,
      ['mlld_tools', 'double', { n: 21 }],
      ['mlld_tools', 'wipe', {}],
      ['mlld_tools', 'double', { n: 1 }],
    );
    expect(stdout, stderr).toBe(`mlld_tools: double(n) wipe()
double -> 42
wipe -> error: Guard blocked operation: not for models
  Guard: function:wipe
  Operation: /exe
double -> 2
wiped
`);
  });

  it('are described by collections: bound parameters are hidden and fixed', async () => {
    const { stdout, stderr } = await run(
      `exe @mk(owner, title) = \`@owner/@title\`
var tools @t = { create: { mlld: @mk, bind: { owner: "me" } } }
show @ask("x", { tools: @t })`,
      ['mlld_tools', 'create', { title: 'a' }],
      ['mlld_tools', 'create', { title: 'a', owner: 'you' }],
    );
    expect(stdout, stderr).toBe(
      "mlld_tools: create(title)\ncreate -> me/a\ncreate -> error: Parameter 'owner' is not exposed by tool 'create'\n",
    );
  });

  it('carry what the model was told, and the model what they returned', async () => {
    const { stdout, stderr } = await run(
      `var secret @key = "hush"
var sensitive @memo = "memo"
exe @read() = \`@key\`
exe @send(text) = \`sent\`
guard before @send = when [ @mx.labels.includes("secret") => deny "knows a secret"
  @mx.labels.includes("sensitive") => deny "knows a memo"
  * => allow ]
var @first = @ask("x", { tools: [@send] })
show @first.mx.labels.join(" ")
var @second = @ask("x", { tools: [@send, @read] })
show @second.mx.labels.includes("secret")
exe llm @told(prompt, config) = @prompt | cmd { ${MODEL} mlld_tools send '{"text":"a"}' }
show @told(@memo, { tools: [@send] })`,
      ['mlld_tools', 'send', { text: 'a' }],
    );
    expect(stdout, stderr).toBe(`untrusted llm
false
mlld_tools: send(text)
send -> error: Guard blocked operation: knows a memo
  Guard: function:send
  Operation: /exe
`);
    const after = await run(
      `var secret @key = "hush"
exe @read() = \`@key\`
exe @send(text) = \`sent\`
guard before @send = when [ @mx.labels.includes("secret") => deny "knows a secret"
  * => allow ]
var @answer = @ask("x", { tools: [@send, @read] })
show @answer.mx.labels.includes("secret")
show @answer`,
      ['mlld_tools', 'send', { text: 'a' }],
      ['mlld_tools', 'read', {}],
      ['mlld_tools', 'send', { text: 'a' }],
    );
    expect(after.stdout, after.stderr).toContain('true\n');
    expect(after.stdout).toContain(
      'send -> sent\nread -> hush\nsend -> error: Guard blocked operation: knows a secret',
    );
  });

  it('are counted in @mx.tools.calls and named in @mx.tools.allowed', async () => {
    const { stdout, stderr } = await run(
      `exe @a() = \`a\`
exe @tell() = \`@mx.tools.allowed\`
guard before @a = when [ @mx.tools.calls.length >= 1 => deny "one call is enough"
  * => allow ]
show @ask("x", { tools: [@a, @tell] })`,
      ['mlld_tools', 'tell', {}],
      ['mlld_tools', 'a', {}],
    );
    expect(stdout, stderr).toContain('tell -> ["a","tell"]\na -> error: Guard blocked operation: one call is enough');
  });

  it.each([
    ['{ tools: [5] }', 'config.tools entries must be names, executables or tool collections'],
    ['{ tools: [@one, @other] }', "Tool name collision: '@one' and '@One' are both 'one' for a client"],
    ['{ tools: { a: 1 } }', "Tool 'a' must be an object"],
  ])('%s is refused', async (config, message) => {
    const { stderr, code } = await run(`exe @one() = \`1\`
exe @One() = \`2\`
var @other = @One
show @ask("x", ${config})`);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  it('leave nothing behind, also when the model fails', async () => {
    const { stdout, stderr } = await run(`exe @a() = \`a\`
exe llm @broken(prompt, config) = cmd { sh -c "echo @mx.llm.config; exit 3" }
show @broken("x", { tools: [@a] })`);
    const [config = ''] = stdout.split('\n');
    expect(config, stderr).toMatch(/mcp\.json$/);
    expect(fs.existsSync(path.dirname(config))).toBe(false);
  });
});

describe('a model in a box', () => {
  it('has no function a collection of the box does not have, and its labels hold', async () => {
    const script = (tools: string) => `exe @wipe() = \`wiped\`
exe @other() = \`other\`
var tools @t = { wipe: { mlld: @wipe, labels: ["destructive"] }, Bash: { mlld: @other } }
guard before op:destructive = when [ * => deny "no wiping" ]
box with { tools: @t } [ show @ask("x", { tools: ${tools} }) ]`;
    const outside = await run(`exe @third() = \`3\`\n${script('[@third]')}`);
    expect(outside.stderr).toContain('Tool scope cannot add tools outside parent: third');
    const inside = await run(script('[@wipe]'), ['mlld_tools', 'wipe', {}]);
    expect(inside.stdout, inside.stderr).toContain('wipe -> error: Guard blocked operation: no wiping');
  });

  it.each([
    ['box { tools: ["Bash", "Read"] }', '["Write"]', 'Tool scope cannot add tools outside parent: write'],
    ['box', '["Browse"]', 'Unknown tool(s) in a box: Browse'],
  ])('%s refuses %s', async (box, tools, message) => {
    const { stderr, code } = await run(`${box} [ show @ask("x", { tools: ${tools} }) ]`);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  it('reads and writes the workspace and nothing else', async () => {
    const { stdout, stderr } = await run(
      'box [ show @ask("x", { tools: ["Read", "Write", "Glob"] }) ]',
      ['mlld_vfs', 'Write', { file_path: 'notes/a.txt', content: 'hello' }],
      ['mlld_vfs', 'Read', { file_path: 'notes/a.txt' }],
      ['mlld_vfs', 'Glob', { pattern: '**/*.txt' }],
      ['mlld_vfs', 'Read', { file_path: '/etc/passwd' }],
      ['mlld_vfs', 'Read', { file_path: '../../etc/passwd' }],
      ['mlld_vfs', 'Write', { file_path: '../out.txt', content: 'x' }],
      ['mlld_vfs', 'Glob', { pattern: '/etc/host*' }],
    );
    expect(stdout, stderr).toMatch(
      /Write -> Wrote notes\/a.txt\nRead -> hello\nGlob -> notes\/a.txt\nRead -> error: .*leads outside.*\nRead -> error: .*leads outside.*\nWrite -> error: .*leads outside.*\nGlob -> error: .*leads outside/,
    );
  });

  it.skipIf(noBubblewrap)('runs its commands in a jail that has the workspace and no network', async () => {
    const { stdout, stderr } = await run(
      'box [ show @ask("x", { tools: ["Bash", "Grep"] }) ]',
      ['mlld_vfs', 'Bash', { command: 'echo made > a.txt; cat a.txt' }],
      ['mlld_vfs', 'Bash', { command: `cat ${path.join(root, 'package.json')}` }],
      ['mlld_vfs', 'Bash', { command: 'wc -l < /proc/net/route' }],
      ['mlld_vfs', 'Grep', { pattern: 'm.de' }],
      ['mlld_vfs', 'Grep', { pattern: '$(touch injected)' }],
      ['mlld_vfs', 'Bash', { command: 'ls' }],
    );
    expect(stdout, stderr).toMatch(
      /Bash -> made\nBash -> cat: .*No such file.*\nexit code 1\nBash -> 1\nGrep -> \.\/a\.txt:1:made\nGrep -> \nBash -> a\.txt\n/,
    );
  });

  it.skipIf(noBubblewrap)('reaches its tools from inside a jail without network', async () => {
    const visible = JSON.stringify([root, fs.realpathSync(path.join(root, 'node_modules'))]);
    const { stdout, stderr } = await run(
      `exe @double(n: number) = js { return n * 2; }
box { fs: { read: ${visible} }, net: "none" } [ show @ask("x", { tools: [@double] }) ]`,
      ['mlld_tools', 'double', { n: 4 }],
    );
    expect(stdout, stderr).toContain('double -> 8');
  });
});
