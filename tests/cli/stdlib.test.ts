/** The modules of the standard library, imported as scripts do, with stub agents on PATH. */

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../../compiler/index.js';
import { noSecretService, type Session, startSession } from '../keychain/session.js';
import { World } from './env/world.js';
import { directory, mlldc, root } from './harness.js';

const MODULES = fs.readdirSync(path.join(root, 'stdlib')).map((file) => path.basename(file, '.mld'));

/** Prints its arguments one by one, then its input. */
const ECHO = '#!/bin/sh\nfor a; do printf "<%s>" "$a"; done\necho\ncat\n';

async function run(script: string, env: Record<string, string> = {}) {
  const bin = directory({ claude: ECHO });
  fs.chmodSync(path.join(bin, 'claude'), 0o755);
  const cwd = directory({ 'main.mld': script, 'data.txt': 'data' });
  const outcome = await mlldc(['run', 'main.mld'], { cwd, env: { PATH: `${bin}:${process.env.PATH}`, ...env } });
  return { ...outcome, cwd };
}

/** What a script says that has to compile without a network. */
function problems(source: string): string[] {
  return compile({ source, file: path.join(directory(), 'main.mld') }).diagnostics.map(({ message }) => message);
}

describe('a standard module', () => {
  it.each(MODULES)('@mlld/%s compiles without complaint and without a network, and is described', (name) => {
    expect(problems(`import "@mlld/none" as @x`.replace('"@mlld/none"', `@mlld/${name}`))).toEqual([]);
    expect(fs.readFileSync(path.join(root, 'docs/stdlib.md'), 'utf8')).toContain(`## @mlld/${name}`);
  });

  it.each(['@mlld/nothing', '@mlld/env@1.0.0', '@mlld/../stdlib/env'])('%s is not one', (name) => {
    expect(problems(`import ${name} as @x`)[0]).toMatch(/has to be fetched|@author\/name/);
  });

  it('marks nothing and needs no right to read', async () => {
    const { stdout, stderr } = await run(`policy @p = { allow: { js: true } }
import { @mcpServer } from @mlld/mcp
show @mcpServer({ npm: "x" }).mx.taint`);
    expect(stdout, stderr).toBe('["src:exe"]\n');
  });

  it('is inside the bundle, without a path of this machine', async () => {
    const cwd = directory({
      'main.mld': 'import { @mcpServer } from @mlld/mcp\nshow @mcpServer({ npm: "x" }).servers.length',
    });
    expect((await mlldc(['build', 'main.mld'], { cwd })).code).toBe(0);
    const text = fs.readFileSync(path.join(cwd, 'main.mjs'), 'utf8');
    expect(text).toContain('@mlld/mcp');
    expect(text).not.toContain(path.join(root, 'stdlib'));
    expect((await mlldc(['run', 'main.mjs'], { cwd })).stdout).toBe('1\n');
  });
});

describe('@mlld/claude', () => {
  it('hands the prompt over on standard input, and every option as one word', async () => {
    const { stdout } = await run(`import { @claude, @haiku } from @mlld/claude
show @claude(\`it's "x" $(id)\`)
show @claude("b", { model: "m --evil; x", system: "be\\nbrief", dir: "/" })
show @haiku("c")
show @haiku("c").mx.labels`);
    expect(stdout).toBe(`<-p><--settings><{}>
it's "x" $(id)
<-p><--settings><{"model":"m --evil; x"}><--append-system-prompt><be
brief>
b
<-p><--settings><{"model":"haiku"}>
c
["llm"]
`);
  });

  it('offers functions as tools, and only those', async () => {
    const { stdout } = await run(`import { @claude } from @mlld/claude
exe @search(q: string) = \`found @q\`
show @claude("x", { tools: [@search, "Bash(git log:*)"], system: "s" })`);
    expect(stdout).toMatch(
      /^<-p><--settings><\{\}><--mcp-config><[^>]+mcp\.json><--strict-mcp-config><--allowedTools><mcp__mlld_tools__search,Bash\(git log:\*\)><--append-system-prompt><s>\nx\n$/,
    );
  });

  it('is refused where there is no claude, before anything runs', async () => {
    const { code, stdout, stderr } = await run('show "never"\nimport { @claude } from @mlld/claude', { PATH: '/bin' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Module requires capabilities not available: cmd:claude (command not found in PATH)');
  });
});

describe('@mlld/mcp', () => {
  it('makes, joins and narrows configurations', async () => {
    const { stdout } = await run(`import { @mcpServer, @mcpMerge, @mcpFilter } from @mlld/mcp
var @a = @mcpServer({ command: "node", args: ["a.js"] }, ["x", "y"])
var @all = @mcpMerge(@a, @mcpServer({ npm: "p" }))
show \`=@all\`
show \`=@mcpFilter(@all, ["y", "z"])\`
show \`=@mcpFilter(@a, ["z"])\`
var @n = @mcpMerge(null, @a)
show \`=@n.servers.length\``);
    const node = { command: 'node', args: ['a.js'] };
    const lines = [
      {
        servers: [
          { ...node, tools: ['x', 'y'] },
          { npm: 'p', tools: '*' },
        ],
      },
      {
        servers: [
          { ...node, tools: ['y'] },
          { npm: 'p', tools: ['y', 'z'] },
        ],
      },
      { servers: [] },
      1,
    ];
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line.slice(1))),
    ).toEqual(lines);
  });
});

describe('policy presets', () => {
  const secret = 'var secret @s = "hush"\n';
  const send = 'exe net:w @send(x) = `sent @x`\n';
  it.each<[preset: string, script: string, allowed: boolean]>([
    ['production', `${secret}show @s`, false],
    ['production', `${secret}${send}show @send(@s)`, false],
    ['production', `${send}show @send("public")`, true],
    ['production', `exe fs:w @wipe(x) = \`wiped @x\`\nvar @f = <data.txt>\nshow @wipe(@f)`, false],
    [
      'production',
      'exe llm @ask(x) = `answer`\nvar @f = <data.txt>\nvar @a = @ask(@f)\nshow @a.mx.labels.includes("influenced")',
      true,
    ],
    ['development', `${secret}show @s`, true],
    ['development', `${secret}${send}show @send(@s)`, false],
    ['development', `exe fs:w @wipe(x) = \`wiped @x\`\nvar @f = <data.txt>\nshow @wipe(@f)`, true],
    ['sandbox', 'var @f = <data.txt>\nshow @f', true],
    ['sandbox', 'exe @j() = js { return 1 }\nshow @j()', true],
    ['sandbox', 'run cmd { echo x }', false],
    ['sandbox', 'run sh { echo x }', false],
    ['sandbox', 'exe @n() = node { return 1 }\nshow @n()', false],
    ['sandbox', 'exe @n() = py { print(1) }\nshow @n()', false],
    ['sandbox', 'output "x" to "out.txt"', false],
    ['sandbox', 'var @f = </etc/hostname>\nshow @f', false],
    ['sandbox', 'import tools { @echo } from mcp "no-such-program serve"', false],
    ['sandbox', 'needs { keychain }\nimport { get } from @keychain\nshow @get("s", "a")', false],
  ])('@mlld/%s decides about: %s', async (preset, script, allowed) => {
    const { code, stderr, cwd } = await run(`import policy @${preset} from @mlld/${preset}\n${script}`);
    expect(code, stderr).toBe(allowed ? 0 : 1);
    if (!allowed)
      expect(stderr).toMatch(/denied by policy|cannot flow to|Dangerous capability|Operation denied|keychain/i);
    expect(fs.existsSync(path.join(cwd, 'out.txt'))).toBe(false);
  });

  it('join with a policy of the script', async () => {
    const { stdout } = await run(`import { @development } from @mlld/development
var @own = { deny: { cmd: ["ls"] } }
policy @p = union(@development, @own)
show @mx.policy.configs.deny.cmd
show @mx.policy.configs.defaults.rules.includes("no-secret-exfil")`);
    expect(stdout).toBe('["ls"]\ntrue\n');
  });
});

describe('@mlld/env-security', () => {
  const secret = 'import { @tokenProtection } from @mlld/env-security\nvar secret @s = cmd { printf %s%s hu sh }\n';
  it.each([
    ['show @s', 'A secret is not shown'],
    ['show `it is @s`', 'A secret is not shown'],
    ['log @s', 'A secret is not logged'],
    ['output @s to "out.txt"', 'A secret is not written'],
    ['append @s to "out.txt"', 'A secret is not written'],
    ['exe net:w @send(x) = `sent @x`\nvar @r = @send(@s)', 'A secret does not leave this machine'],
  ])('refuses: %s', async (script, reason) => {
    const { code, stdout, stderr, cwd } = await run(secret + script);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain('hush');
    expect(fs.existsSync(path.join(cwd, 'out.txt'))).toBe(false);
  });

  it('lets a command have it', async () => {
    expect(
      (await run(`${secret}exe @f() = run cmd { test "$T" = hush } using @s as T\nvar @r = @f()\nshow "ok"`)).stdout,
    ).toBe('ok\n');
  });
});

describe.skipIf(noSecretService !== null)('with a keyring', () => {
  let session: Session;
  beforeAll(async () => {
    session = await startSession();
  }, 20_000);
  afterAll(() => session.stop());

  it('@mlld/keychain keeps tokens of environments', async () => {
    const env = { DBUS_SESSION_BUS_ADDRESS: session.env.DBUS_SESSION_BUS_ADDRESS! };
    const { stdout, stderr } = await run(
      `import { @envToken, @setEnvToken, @hasEnvToken, @removeEnvToken } from @mlld/keychain
show @hasEnvToken("kc")
@setEnvToken("kc", "tok-1")
show @hasEnvToken("kc")
show @envToken("kc").mx.labels
show @envToken("kc")
@removeEnvToken("kc")
show @hasEnvToken("kc")`,
      env,
    );
    expect(stdout, stderr).toBe('false\ntrue\n["secret"]\ntok-1\nfalse\n');
  });

  it('@mlld/env and @mlld/claude make an entry, with their guard and policy', async () => {
    const world = new World(session);
    world.environment(
      'std',
      `import { @tokenProtection } from @mlld/env-security
import policy @production from @mlld/production
import { @makeSpawn, @makeShell } from @mlld/env
import { @claudeIn, @claudeShell } from @mlld/claude

var @here = { name: "std", folder: <module.yml>.mx.absoluteDir }
exe @spawn(prompt) = @makeSpawn(@here, @claudeIn, @prompt)
exe @shell() = @makeShell(@here, @claudeShell)
export { @spawn, @shell }`,
    );
    const missing = await world.run(['spawn', 'std', '--', 'hi']);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain("No credentials found for 'std'. Run mlldc env capture std again");
    await mlldc(['keychain', 'add', 'std', '--service', 'mlld-env'], { env: world.env, input: 'tok-2' });
    const spawned = await world.run(['spawn', 'std', '--', "it's $(me)"], { env: { MLLD_STUB_RC: '4' } });
    expect(spawned.code, spawned.stderr).toBe(4);
    expect(spawned.stdout).toContain(
      `<-p>\n<it's $(me)>\nCLAUDE_CODE_OAUTH_TOKEN=tok-2\nCLAUDE_CONFIG_DIR=${world.cwd}/.mlld/env/std/.claude\n`,
    );
    const shell = await world.run(['shell', 'std'], { input: 'typed' });
    expect(shell.stdout).toMatch(/^ran claude with 0 arguments[\s\S]*typed$/);
  });
});
