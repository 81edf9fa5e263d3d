/**
 * Rules of policies, needs, credentials and hooks (security.md 5 to 11), each as a program that runs:
 * what it prints, or what it is refused with.
 */

import { describe, expect, test } from 'vitest';
import { warm } from '../cli/warm.js';
import { project } from './project.js';

type Files = Record<string, string>;

async function run(program: string, files: Files = {}) {
  const { code, stdout, stderr } = await warm(['run', 'main.mld'], { cwd: project({ ...files, 'main.mld': program }) });
  return { code, stdout: stdout.trim(), stderr };
}

const MODULE = { 'm.mld': 'var @a = "A"\nexport { @a }\n' };

describe('hooks', () => {
  test('are asked about imports when nothing else of the program waits or guards', async () => {
    const { stderr } = await run('hook before op:import = [ log "asked" ]\nimport { @a } from "./m.mld"\n', MODULE);
    expect(stderr).toBe('asked\n');
  });

  test('see a command once, not again when its output is printed', async () => {
    const { stderr } = await run('hook after op:run = [ log `saw @output` ]\nrun cmd { echo a }\n');
    expect(stderr).toBe('saw a\n');
  });

  test('name statements by their kind: a command is no call, and a call of a command no command', async () => {
    const { stderr } = await run(
      'hook before op:run = [ log "run" ]\nhook before op:exe = [ log `exe @mx.op.name` ]\n' +
        'exe @f(x) = cmd { echo b }\nrun cmd { echo a }\nshow @f("x")\nshow "x" | @f\n',
    );
    expect(stderr).toBe('run\nexe f\nexe f\n');
  });

  test('before a call a list is its arguments, also of a call with one', async () => {
    const { stdout } = await run(
      'exe @f(x) = `f @x`\nhook before @f("a") = [ => @input ]\nhook before @f("b") = [ => ["n"] ]\n' +
        'show @f("a")\nshow @f("b")\n',
    );
    expect(stdout).toBe('f a\nf n');
  });

  test('after a denial know the filter as messages write it', async () => {
    const { stderr } = await run(
      'guard before op:show = when [ * => deny "no" ]\nhook after op:show = [ log @output.guardFilter ]\nshow "x"\n',
    );
    expect(stderr).toContain('operation:show\n');
  });
});

describe('the merged policy as programs see it', () => {
  test('has what nested and flat capabilities both allow', async () => {
    const { stdout } = await run(
      'policy @p = { capabilities: { allow: ["cmd:echo", "cmd:ls"] }, allow: ["cmd:echo"] }\nshow `@mx.policy.configs`\n',
    );
    expect(JSON.parse(stdout)).toEqual({ allow: { cmd: ['echo'] } });
  });

  test('shows an allow list that nothing is left of', async () => {
    const { stdout } = await run(
      'policy @a = { env: { tools: { allow: ["Bash"] } } }\npolicy @b = { env: { tools: { allow: ["Read"] } } }\n' +
        'show `@mx.policy.configs`\n',
    );
    expect(JSON.parse(stdout)).toEqual({ env: { tools: { allow: [] } } });
  });

  test('adds tools up where all policies say so', async () => {
    const policy = (name: string, tool: string) =>
      `policy @${name} = { env: { tools: { allow: ["${tool}"], attenuation: "union" } } }\n`;
    const { stdout } = await run(
      `${policy('a', 'Bash')}${policy('b', 'Read')}box { tools: ["Bash", "Read"] } [ run cmd { echo ran } ]\n`,
    );
    expect(stdout).toBe('ran');
  });
});

describe('import policy', () => {
  const ONE = {
    'one.mld':
      'var @x = "X"\npolicy @one = { allow: { cmd: ["echo", "jq"] }, deny: { cmd: ["rm"] } }\nexport { @one, @x }\n',
    'two.mld': 'policy @two = { allow: { cmd: ["echo"] }, deny: { cmd: ["mv"] } }\nexport { @two }\n',
  };

  test('is possible under a list of what is allowed: it only restricts further', async () => {
    const { stdout } = await run(
      'import policy @one from "./one.mld"\nimport policy @two from "./two.mld"\n' +
        'show `@mx.policy.configs.allow.cmd @mx.policy.configs.deny.cmd @mx.policy.activePolicies`\n',
      ONE,
    );
    expect(stdout).toBe('["echo"] ["rm","mv"] ["one","two"]');
  });

  test.each([
    ['its values', 'import { @x } from "./one.mld"\nshow @x\n'],
    ['its namespace', 'import "./one.mld" as @ns\nshow @ns.x\n'],
  ])('does not open the module for %s', async (_, rest) => {
    const { code, stdout, stderr } = await run(`import policy @one from "./one.mld"\n${rest}`, ONE);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Filesystem read denied by policy');
  });

  test('is refused where reading the module is', async () => {
    const { code, stderr } = await run(
      'policy @p = { deny: ["fs:r:one.mld"] }\nimport policy @one from "./one.mld"\n',
      ONE,
    );
    expect(code).toBe(1);
    expect(stderr).toContain('Filesystem read denied by policy');
  });
});

describe('credentials, tiers, tools', () => {
  test('a credential is a source after the command it was given to', async () => {
    const { stdout } = await run(
      'auth @a = { from: "env:HOME", as: "TOK" }\nvar @r = run cmd { printenv TOK } using auth:a\n' +
        'show `@r.mx.taint @r.mx.sources`\n',
    );
    expect(stdout).toBe('["secret","src:cmd"] ["command:printenv","auth:a"]');
  });

  test('an unknown key of a credential is an error with a suggestion', async () => {
    const { code, stderr } = await run('auth @a = { from: "env:HOME", ass: "TOK" }\nshow "x"\n');
    expect(code).toBe(1);
    expect(stderr).toContain("auth @a: Unknown auth key 'ass'. Did you mean 'as'?");
  });

  test.each([
    ['node', 'node: [x]'],
    ['py', 'python: [x]'],
  ])('a tier with packages of a language that policy denies is not taken (%s)', async (denied, needs) => {
    const { stdout } = await run(
      `policy @p = { deny: ["${denied}"] }\nwants [ { tier: "full", ${needs} }, { tier: "plain" } ]\nshow @mx.policy.tier\n`,
    );
    expect(stdout).toBe('plain');
  });

  test('a tool that is no executable is named as the source names it', async () => {
    const { stderr } = await run('var @x = "text"\nvar tools @t = { a: { mlld: @x } }\n');
    expect(stderr).toContain("Tool 'a' references non-executable '@x'");
  });
});

describe('a policy is imported', () => {
  test.each([
    ['from a file of data that is one', { 'p.json': '{ "deny": { "cmd": ["ls"] } }' }, './p.json'],
    ['from a file of data that names it', { 'p.json': '{ "p": { "deny": { "cmd": ["ls"] } } }' }, './p.json'],
    ['from a module', { 'p.mld': 'var @p = { deny: { cmd: ["ls"] } }\n' }, './p.mld'],
  ])('%s', async (_, files, source) => {
    const { code, stdout, stderr } = await run(`import policy @p from "${source}"\nrun cmd { ls }\n`, files);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain("Command 'ls' denied by policy");
  });
  test('never from a directory, and that is told', async () => {
    const files = { 'd/a/index.mld': 'var @p = { deny: { cmd: ["ls"] } }\n' };
    const { code, stderr } = await run('import policy @p from "./d"\nrun cmd { ls }\n', files);
    expect(code).toBe(1);
    expect(stderr).toContain('A policy is imported from one module');
    expect(stderr).toContain('main.mld:1:23');
  });
});

describe('authorizations that do not fit the tools of the scope', () => {
  test.each([
    ['{ sendd: true }', "Unknown tool 'sendd' in policy.authorizations. Did you mean 'send'?"],
    ['{ send: { args: { tt: 1 } } }', "Unknown arg 'tt' for tool 'send' in policy.authorizations"],
    ['{ send: { args: { to: "a" } } }', "Tool 'send' must constrain control arg 'cc' in policy.authorizations"],
    ['{ send: true }', "Tool 'send' cannot use true in policy.authorizations because it has control args: to, cc"],
  ])('%s is what the refusal tells', async (allow, reason) => {
    const { code, stdout, stderr } = await run(
      'exe tool:w @send(to, cc) = `sent @to`\nvar tools @t = { send: { mlld: @send, controlArgs: ["to", "cc"] } }\n' +
        `policy @p = { authorizations: { allow: ${allow} } }\nbox { tools: @t } [ show @send("a", "x") ]\n`,
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(reason);
  });
});

test('what a body makes untrusted is not trusted again because an argument is', async () => {
  const { stdout } = await run(
    'exe @f(x) = [ => untrusted @x ]\nexe @both(x, y) = `@x @y`\nvar trusted @t = "t"\nvar untrusted @u = "u"\n' +
      'var @r = @f(@t)\nvar @b = @both(@t, @u)\nshow `@r.mx.labels @r.mx.taint @b.mx.labels`\n',
  );
  expect(stdout).toBe('["untrusted"] ["untrusted","src:exe"] ["trusted","untrusted"]');
});

describe('a policy that is none is found by check and build', () => {
  test.each([
    ['policy @p = { alow: { cmd: ["echo"] } }', {}, "alow: Unknown policy key 'alow'. Did you mean 'allow'?"],
    [
      'var @c = { defaults: { rules: ["no-secret"] } }\npolicy @p = union(@c)',
      {},
      "defaults.rules[0]: Unknown rule 'no-secret'. Did you mean 'no-secret-exfil'?",
    ],
    [
      'import policy @p from "./p.mld"',
      { 'p.mld': 'policy @p = { limits: { timeouts: 5 } }\n' },
      "limits.timeouts: Unknown limit 'timeouts'. Did you mean 'timeout'?",
    ],
  ])('%s', async (program, files, message) => {
    const cwd = project({ ...files, 'main.mld': `show "ran"\n${program}\n` });
    for (const command of ['check', 'build']) {
      const { code, stdout, stderr } = await warm([command, 'main.mld'], { cwd });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain(message);
    }
  });

  test('unless only a run can know what it is', async () => {
    const cwd = project({
      'main.mld': 'exe @f() = `x`\nvar @d = @f()\npolicy @p = { labels: { a: { deny: [@d] } } }\n',
    });
    expect(await warm(['check', 'main.mld'], { cwd })).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});
