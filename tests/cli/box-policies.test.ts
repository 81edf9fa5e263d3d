/** What policies leave of a box, and the servers a box starts (security.md 9.1, 9.2). */

import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findProgram } from '../../runtime/host/isolation/index.js';
import { directory, mlldc, node, root } from './harness.js';

const noBubblewrap = findProgram('bwrap', process.env, '/') === null;
const SERVER = `node ${path.join(root, 'tests/mcp/fake-server.mjs')}`;

const run = (script: string, env: Record<string, string> = {}) =>
  mlldc(['run', 'main.mld'], { cwd: directory({ 'main.mld': script.replaceAll('SERVER', SERVER) }), env });

describe('policy.env', () => {
  it('takes tools away, and says so in @mx.tools', async () => {
    const { stdout, stderr } = await run(`policy @p = { env: { tools: { allow: ["Read", "Bash"], deny: ["Read"] } } }
box { tools: ["Bash", "Write"] } [
  run cmd { echo ran }
  show @mx.tools.allowed
  show @mx.tools.denied
]
box { tools: "*" } [ show @mx.tools.allowed.join(" ") ]`);
    expect(stdout, stderr).toBe('ran\n["Bash"]\n["Read"]\nRead Bash\n');
  });

  it.each([
    ['{ tools: ["Read"] }', 'box { tools: ["Bash"] }', 'run cmd { echo ran }', "Command execution requires 'Bash'"],
    ['{ tools: { deny: ["bash"] } }', 'box', 'run sh { echo ran }', "Shell execution requires 'Bash'"],
    [
      '{ providers: { local: false } }',
      'box { provider: "local" }',
      'run cmd { echo ran }',
      "Provider 'local' denied by policy",
    ],
    ['{ default: "absent" }', 'box', 'run cmd { echo ran }', "Unknown isolation provider 'absent'"],
    ['{ mcps: ["other"] }', 'box { tools: "*" }', 'show @echo("x")', 'denied by env.mcps'],
    ['{ mcps: { deny: ["SERVER"] } }', 'box { tools: "*" }', 'show @echo("x")', 'denied by env.mcps'],
    ['{ tools: { deny: ["echo"] } }', 'box { tools: "*" }', 'show @echo("x")', "MCP tool 'echo' denied by env.tools"],
  ])('%s holds in every box', async (env, box, statement, message) => {
    const tools = statement.includes('@echo') ? 'import tools { @echo } from mcp "SERVER"\n' : '';
    const { stdout, stderr, code } = await run(`policy @p = { env: ${env} }\n${tools}${box} [ ${statement} ]`);
    expect(stderr).toContain(message);
    expect([stdout, code]).toEqual(['', 1]);
  });

  it('is refused on a machine that cannot isolate', async () => {
    const script = (env: string) => `policy @p = { env: ${env} }\nbox [ run cmd { echo ran } ]`;
    for (const env of ['{ default: "sandbox" }', '{ net: ["example.com"] }']) {
      const { stdout, stderr, code } = await run(script(env), { PATH: '/nonexistent' });
      expect(stderr).toContain('Isolation was asked for and is not available on this machine');
      expect([stdout, code]).toEqual(['', 1]);
    }
  });

  it.skipIf(noBubblewrap)('gives every box a provider, its marks, and no more network than it allows', async () => {
    const { stdout, stderr } = await run(`policy @p = {
  env: { default: "sandbox", net: { allow: ["example.com"], deny: ["evil.example.com"] }, providers: { sandbox: { taint: ["boxed"] } } }
}
box [
  let @a = sh { wc -l < /proc/net/route }
  show @a.trim()
  show @a.mx.taint.join(" ")
  box [ run cmd { echo nested } ]
]
box { net: "none" } [ run sh { echo "\${HTTP_PROXY:-no proxy}" } ]
box { net: ["*"] } [ run sh { echo "\${HTTP_PROXY:-no proxy}" } ]`);
    expect(stdout, stderr).toBe('1\nsrc:sh src:env:sandbox boxed\nnested\nno proxy\nhttp://127.0.0.1:3128\n');
  });
});

describe('the profile of a box', () => {
  const PROFILES = 'profiles: { full: { requires: { sh: true } }, ro: { requires: {} } }';
  it.each([
    ['policies choose it', `{ ${PROFILES} }`, '', 'ro\n', ''],
    ['the configuration names it', `{ profile: "full", ${PROFILES} }`, '', 'full\n', ''],
    ['the clause names it', `{ profile: "ro", ${PROFILES} }`, 'with { profile: "full" }', 'full\n', ''],
    [
      'the configuration names none of its own',
      `{ profile: "zz", ${PROFILES} }`,
      '',
      '',
      "Unknown profile 'zz' for box config.",
    ],
    [
      'the clause names none of its own',
      `{ ${PROFILES} }`,
      'with { profile: "zz" }',
      '',
      "Unknown profile 'zz' for box config.",
    ],
    ['there are none', '{}', 'with { profile: "zz" }', '', "Unknown profile 'zz' for box config."],
  ])('%s', async (_, config, clause, out, message) => {
    const { stdout, stderr } = await run(
      `policy @p = { deny: { sh: true } }\nvar @cfg = ${config}\nbox @cfg ${clause} [ show @mx.profile ]`,
    );
    expect(stdout, stderr).toBe(out);
    expect(stderr).toContain(message);
  });
});

describe('auth of a box', () => {
  it('is given to its children, and counts as a secret input of theirs', async () => {
    const { stdout, stderr } = await run(
      `auth @token = { from: "env:MY_TOKEN", as: "TOKEN" }
policy @p = { labels: { secret: { deny: ["op:cmd:curl"] } } }
box { auth: "token" } [
  let @n = sh { printf %s "$TOKEN" | wc -c }
  show @n.trim()
  show @n.mx.labels
  run cmd { curl http://127.0.0.1:9 }
]`,
      { MY_TOKEN: 'hunter22' },
    );
    expect(stdout, stderr).toBe('8\n["secret"]\n');
    expect(stderr).toContain("Label 'secret' cannot flow to 'op:cmd:curl'");
  });
});

describe('@mcpConfig', () => {
  it('starts the servers of a box, with its profile, and their tools are names inside', async () => {
    const { stdout, stderr } = await run(
      `exe @mcpConfig() = when [
  @mx.profile == "full" => { servers: [
    { command: "SERVER", tools: ["echo", "parts"] },
    { command: "SERVER", as: "@second", name: "Second", tools: "*", env: { N: 2 } }
  ] }
  * => { servers: [] }
]
var @cfg = { profiles: { full: { requires: { sh: true } }, readonly: { requires: {} } } }
box @cfg with { profile: "full" } [
  show @echo("x")
  let @piped = "y" | @echo
  show @piped.message
  show @piped.mx.taint.join(" ")
  show @parts().sum
  show @second.echo("z")
]
box @cfg with { profile: "readonly" } [ show @echo("never") ]`,
    );
    expect(stdout, stderr).toBe('{"message": "x"}\ny\nsrc:exe src:mcp\n3\n{"message": "z"}\n');
    expect(stderr).toContain('Command not found: echo');
  });

  it('may be part of the configuration', async () => {
    const { stdout, stderr } = await run(`exe @servers() = \`{ "servers": [{ "command": "SERVER" }] }\`
box { mcpConfig: @servers } [ show @echo("x") ]`);
    expect(stdout, stderr).toBe('{"message": "x"}\n');
  });

  it.each([
    ['"{"', 'mcpConfig output is not valid JSON'],
    ['"[1]"', 'mcpConfig output must be an object'],
    ['{ servers: 1 }', 'mcpConfig.servers must be an array'],
    ['{ servers: [{ tools: "*" }] }', 'mcpConfig.servers[0] must include one of module, command, or npm'],
    ['{ servers: [{ npm: "a", command: "b" }] }', 'mcpConfig.servers[0] cannot combine module/command/npm sources'],
    ['{ servers: [{ command: "SERVER", tools: ["nope"] }] }', "mcpConfig requested unknown tool 'nope' from 'node'"],
    [
      '{ servers: [{ command: "SERVER", tools: ["echo"] }, { command: "SERVER", tools: ["echo"], name: "b" }] }',
      "mcpConfig tool name collision: '@echo' appears multiple times",
    ],
    [
      '{ servers: [{ command: "SERVER", tools: ["fails"] }] }',
      "mcpConfig tool collision: '@fails' already exists in scope",
    ],
  ])('%s is an error', async (config, message) => {
    const { stdout, stderr, code } = await run(`exe @fails() = \`here\`
exe @mcpConfig() = ${config}
box { tools: "*" } [ show "never" ]`);
    expect(stderr).toContain(message);
    expect([stdout, code]).toEqual(['', 1]);
  });

  it('is held to policies and to what the box grants', async () => {
    const script = (policy: string, box: string) => `${policy}
exe @mcpConfig() = { servers: [{ command: "SERVER", tools: ["echo"] }] }
box ${box} [ show @echo("x") ]`;
    const command = await run(script('policy @p = { deny: { cmd: ["node"] } }', '{ tools: "*" }'));
    expect(command.stderr).toContain("Command 'node' denied by policy");
    const tools = await run(script('', '{ tools: ["Bash"] }'));
    expect(tools.stderr).toContain("MCP tool 'echo' denied by env.tools");
    const servers = await run(script('', '{ mcps: ["other"] }'));
    expect(servers.stderr).toContain("MCP server 'node' denied by env.mcps");
  });
});

describe('servers the caller names', () => {
  const script = 'import tools { @echo } from mcp "notes"\nshow @echo("x")\nshow @echo("x").message.mx.sources';

  it('stand behind their names in imports', async () => {
    const cwd = directory({ 'main.mld': script });
    const { stdout, stderr } = await mlldc(['run', '--mcp-server', `notes=${SERVER}`, 'main.mld'], { cwd });
    expect(stdout, stderr).toBe('{"message": "x"}\n["mcp:echo"]\n');
  });

  it('are given to the library as in the configuration of a client', async () => {
    const cwd = directory({
      'main.mjs': `import { compile, run } from ${JSON.stringify(path.join(root, 'dist/index.js'))};
const { bundle } = compile({ source: ${JSON.stringify(script)}, file: 'main.mld' });
const mcpServers = { notes: { command: 'node', args: [${JSON.stringify(path.join(root, 'tests/mcp/fake-server.mjs'))}] } };
process.exitCode = await run(bundle, { mcpServers });`,
    });
    const { stdout, stderr } = await node(['main.mjs'], { cwd });
    expect(stdout, stderr).toBe('{"message": "x"}\n["mcp:echo"]\n');
  });

  it('are held to policies like any other', async () => {
    const cwd = directory({ 'main.mld': `policy @p = { deny: { cmd: ["node"] } }\n${script}` });
    const { stderr } = await mlldc(['run', '--mcp-server', `notes=${SERVER}`, 'main.mld'], { cwd });
    expect(stderr).toContain("Command 'node' denied by policy");
  });

  it('must be a name and a server', async () => {
    const { stderr, code } = await mlldc(['run', '--mcp-server', 'notes', '-e', 'show "x"']);
    expect(stderr).toContain('Expected a name and a server');
    expect(code).toBe(2);
  });
});
