/** Tools of MCP servers and tool collections in scripts (security.md 8.1, 8.2, 8.5, 9.2). */

import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { directory, mlldc, root } from './harness.js';

const SERVER = `node ${path.join(root, 'tests/mcp/fake-server.mjs')}`;

const run = (script: string, files: Record<string, string> = {}) =>
  mlldc(['run', 'main.mld'], { cwd: directory({ 'main.mld': script.replaceAll('SERVER', SERVER), ...files }) });

describe('import tools', () => {
  it('marks results in every position, pipelines included', async () => {
    const { stdout, stderr } = await run(`import tools { @echo, @env as @getEnv } from mcp "SERVER"
import tools from mcp "SERVER" as @ns
var @a = @echo("one")
show @a.message
show @a.message.mx.taint
var @b = "two" | @echo | @upper
show @b.mx.sources
var @c = @ns.echo("three")
show @c.mx.taint.includes("src:mcp")
var @e = @getEnv()
show @e.mx.sources
show @mx.tools.calls`);
    expect(stdout, stderr).toBe(
      'one\n["src:mcp"]\n["mcp:echo"]\ntrue\n["mcp:env"]\n[\n  "echo",\n  "echo",\n  "echo",\n  "env"\n]\n',
    );
  });

  it('gives structured content as data that prints as the text', async () => {
    const { stdout, stderr } = await run(
      'import tools { @parts } from mcp "SERVER"\nvar @p = @parts()\nshow @p.sum\nshow @p',
    );
    expect(stdout, stderr).toBe('3\nab\n');
  });

  it('takes arguments by the names of variables and by an object literal', async () => {
    const { stdout, stderr } = await run(`import tools { @echo } from mcp "SERVER"
var @message = "named"
show @echo(@message)
show @echo({ message: "literal" })`);
    expect(stdout, stderr).toBe('{"message": "named"}\n{"message": "literal"}\n');
  });

  it('guards see the call, and policies what it returns', async () => {
    const guarded = await run(
      'import tools { @echo } from mcp "SERVER"\nguard before @echo = when [ * => deny "no echo" ]\nshow @echo("x")',
    );
    expect(guarded.stderr).toContain('Guard blocked operation: no echo');
    const flow = await run(
      'policy @p = { labels: { "src:mcp": { deny: ["op:show"] } } }\nimport tools { @echo } from mcp "SERVER"\nshow @echo("x")',
    );
    expect(flow.stderr).toContain("Label 'src:mcp' cannot flow to 'op:show'");
    const started = await run(
      'policy @p = { deny: { cmd: ["node"] } }\nimport tools { @echo } from mcp "SERVER"\nshow "never"',
    );
    expect(started.stderr).toContain("Command 'node' denied by policy");
    expect(started.stdout).toBe('');
  });

  it.each([
    ['import tools { @nope } from mcp "SERVER"', "Import 'nope' not found in MCP server"],
    [
      'exe @echo(x) = `@x`\nimport tools { @echo } from mcp "SERVER"',
      "Import collision - 'echo' already defined. Alias the import.",
    ],
    [
      'import tools { @echo } from mcp "SERVER"\nimport tools { @echo } from mcp "SERVER"',
      "Import collision - 'echo' already imported from",
    ],
    [
      'import tools { @echo, @env as @echo } from mcp "SERVER"',
      "Import collision - 'echo' already requested in this directive",
    ],
    ['import tools { @fails } from mcp "SERVER"\nshow @fails()', 'disk on fire'],
    ['import tools { @dies } from mcp "SERVER"\nshow @dies()', "MCP server 'node' exited with code 3"],
    ['var @s = ""\nvar tools @t = mcp @s', 'Dynamic MCP tool sources must resolve to a non-empty string'],
    [
      'import tools { @echo } from mcp "SERVER"\nbox with { tools: ["Read"] } [ show @echo("x") ]',
      "MCP tool 'echo' denied by env.tools",
    ],
    ['import tools { @echo } from mcp "SERVER"\nbox { mcps: ["other"] } [ show @echo("x") ]', 'denied by env.mcps'],
  ])('explains %s', async (script, message) => {
    const { stderr, code } = await run(script);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  it('refuses a server whose tools are not the accepted ones', async () => {
    const lock = { mcpTools: { [SERVER]: { echo: { sha256: 'x', description: 'y', inputSchema: 'z' } } } };
    const changed = await run('import tools { @echo } from mcp "SERVER"\nshow @echo("x")', {
      'mlld-lock.json': JSON.stringify(lock),
    });
    expect(changed.code).toBe(1);
    expect(changed.stderr).toContain('changed its tools since they were accepted');
    const broken = await run('import tools { @echo } from mcp "SERVER"\nshow @echo("x")', {
      'mlld-lock.json': '{ "mcpTools": ',
    });
    expect(broken.code).toBe(1);
    expect(broken.stdout).toBe('');
  });
});

describe('tool collections', () => {
  const COLLECTION = 'exe @mk(owner, title, body) = `@owner @title @body`\n';

  it.each([
    ['{ a: { description: "x" } }', "Tool 'a' is missing 'mlld' reference"],
    ['{ a: { mlld: "text" } }', "Tool 'a' references non-executable"],
    ['{ a: "text" }', "Tool 'a' must be an object"],
    ['["a"]', 'Tool collections must be object literals'],
    ['{ a: { mlld: @mk, bind: { k: 1 } } }', "Tool 'a' bind keys must match parameters of '@mk': k"],
    ['{ a: { mlld: @mk, expose: ["k"] } }', "Tool 'a' expose values must match parameters of '@mk': k"],
    [
      '{ a: { mlld: @mk, bind: { owner: 1 }, expose: ["owner", "title"] } }',
      "Tool 'a' expose values cannot include bound parameters: owner",
    ],
    ['{ a: { mlld: @mk, expose: ["title"] } }', "Tool 'a' bind and expose must cover required parameters: owner"],
    ['{ a: { mlld: @mk, optional: ["title"] } }', "Tool 'a' optional values require expose to be set"],
    [
      '{ a: { mlld: @mk, expose: ["owner"], optional: ["title"] } }',
      "Tool 'a' optional values must be a subset of expose: title",
    ],
    [
      '{ a: { mlld: @mk, bind: { owner: 1 }, controlArgs: ["owner"] } }',
      "Tool 'a' controlArgs must reference visible parameters: owner",
    ],
  ])('%s is an error', async (collection, message) => {
    const { stderr, code } = await run(`${COLLECTION}var tools @t = ${collection}`);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  it('puts the labels of an entry on calls inside a box, with and without arguments', async () => {
    const script = (call: string, label: string) => `exe @wipe(x) = \`wiped\`
var tools @t = { wipe: { mlld: @wipe, labels: ["${label}"] } }
guard before op:destructive = when [ * => deny "no wiping" ]
exe @agent(tools) = box with { tools: @tools } [ => ${call} ]
show @agent(@t)`;
    expect((await run(script('@wipe("a")', 'destructive'))).stderr).toContain('no wiping');
    expect((await run(script('@wipe()', 'destructive'))).stderr).toContain('no wiping');
    expect((await run(script('@wipe("a")', 'harmless'))).stdout).toBe('wiped\n');
  });

  it('adds up the labels of entries that share an executable', async () => {
    const { stderr } = await run(`exe @wipe(x) = \`wiped\`
var tools @t = { a: { mlld: @wipe, labels: ["destructive"] }, b: { mlld: @wipe } }
guard before op:destructive = when [ * => deny "no wiping" ]
box with { tools: @t } [ show @wipe("a") ]`);
    expect(stderr).toContain('no wiping');
  });

  it('needs Bash for commands in a box', async () => {
    for (const [body, what] of [
      ['cmd { echo x }', 'Command'],
      ['sh { echo x }', 'Shell'],
    ]) {
      const { stderr, code } = await run(`box with { tools: ["Read"] } [ run ${body} ]`);
      expect(stderr).toContain(`${what} execution requires 'Bash' in env.tools`);
      expect(code).toBe(1);
    }
  });
});

describe('policy.authorizations', () => {
  const script = (authorizations: string, call: string) => `policy @p = { authorizations: { allow: ${authorizations} } }
exe tool:w @send(to, text) = \`sent to @to\`
exe tool:w @drop(id) = \`dropped\`
exe @look(id) = \`looked\`
var tools @t = { send: { mlld: @send, controlArgs: ["to"] }, drop: { mlld: @drop, controlArgs: [] }, look: { mlld: @look } }
box with { tools: @t } [ show ${call} ]`;

  it.each([
    ['{ send: { args: { to: "ann" } }, drop: true }', '@send("ann", "hi")', 'sent to ann\n'],
    ['{ send: { args: { to: { oneOf: ["ann", "bob"] } } }, drop: true }', '@send("bob", "hi")', 'sent to bob\n'],
    ['{ send: { args: { to: "ann" } } }', '@look(1)', 'looked\n'],
  ])('%s allows %s', async (authorizations, call, expected) => {
    const { stdout, stderr } = await run(script(authorizations, call));
    expect(stdout, stderr).toBe(expected);
  });

  it.each([
    [
      '{ send: { args: { to: "ann" } } }',
      '@send("eve", "hi")',
      'operation arguments did not match policy.authorizations',
    ],
    ['{ send: { args: { to: "ann" } } }', '@drop(1)', 'operation not authorized by policy.authorizations'],
    [
      '{ send: true, drop: true }',
      '@drop(1)',
      "Tool 'send' cannot use true in policy.authorizations because it has control args: to",
    ],
    ['{ drop: true, zork: true }', '@drop(1)', "Unknown tool 'zork' in policy.authorizations"],
  ])('%s refuses %s', async (authorizations, call, message) => {
    const { stdout, stderr, code } = await run(script(authorizations, call));
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });
});
