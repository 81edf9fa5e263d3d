/**
 * Settings of security that come as values (docs/security-model.md): data - answers of models and servers, files,
 * whatever is untrusted - takes permissions away and gives none. Each is a program that runs.
 */

import { describe, expect, test } from 'vitest';
import { warm } from '../cli/warm.js';
import { project } from './project.js';

const FILES = {
  'plan.json': '{ "authorizations": { "allow": { "del": { "args": { "id": "13" } } } } }\n',
  'wide.json': '{ "allow": { "cmd": ["echo", "ls"] }, "danger": ["cmd:rm:*:-rf"] }\n',
  'text.txt': 'k',
  'plan.mld':
    'var @plan = { authorizations: { allow: { del: { args: { id: "13" } } } } }\n' +
    'exe @made() = js { return { authorizations: { allow: { del: { args: { id: "13" } } } } } }\nexport { @plan, @made }\n',
};

async function run(program: string) {
  const { code, stdout, stderr } = await warm(['run', 'main.mld'], { cwd: project({ ...FILES, 'main.mld': program }) });
  return { code, stdout: stdout.trim(), stderr };
}

/** A worker whose untrusted argument is refused unless an authorization lifts that. */
const WORKER = `policy @p = { defaults: { rules: ["no-untrusted-destructive"] }, operations: { destructive: ["tool:w:del"] } }
exe tool:w @del(id) = js { return "deleted " + id }
exe tool:w @add(id) = js { return "added " + id }
var tools @t = {
  del: { mlld: @del, labels: ["tool:w:del"], controlArgs: ["id"] },
  add: { mlld: @add, controlArgs: ["id"] }
}
exe @work(id, tools) = box with { tools: @tools } [ => @del(@id) ]
exe @more(id, tools) = box with { tools: @tools } [ => @add(@id) ]
var untrusted @id = "13"
`;
const ALLOW = '{ authorizations: { allow: { del: { args: { id: "13" } } } } }';
const PLANNER = 'exe llm @planner(task) = cmd { cat plan.json }\n';

describe('authorizations lift refusals', () => {
  test.each([
    ['written in the script', `var @plan = ${ALLOW}`],
    ['imported from a module of the program', 'import { @plan } from "./plan.mld"'],
    [
      'computed by the script',
      `exe @plans(id) = js { return ${ALLOW.replace('"13"', 'id')} }\nvar @plan = @plans("13")`,
    ],
    [
      'of a planner that a privileged guard vouches for',
      `${PLANNER}guard privileged after @planner = when [ @output.authorizations.isDefined() => !llm,!src:cmd @output ]\n` +
        'var @plan = @planner("t") | @parse',
    ],
  ])('when they are %s', async (_, plan) => {
    expect(await run(`${WORKER}${plan}\nshow @work(@id, @t) with { policy: @plan }\n`)).toMatchObject({
      code: 0,
      stdout: 'deleted 13',
    });
  });

  test.each([
    ['are labelled untrusted', `var untrusted @plan = ${ALLOW}`, 'untrusted'],
    ['are labelled influenced', `var influenced @plan = ${ALLOW}`, 'influenced'],
    ['come from a file', 'var @plan = <plan.json> | @parse', 'src:file'],
    [
      'come from an imported file of data',
      'import { authorizations } from "./plan.json"\nvar @plan = { authorizations: @authorizations }',
      'src:file',
    ],
    ['come from a model', `${PLANNER}var @plan = @planner("t") | @parse`, 'src:cmd, llm'],
    ['come from a command', 'var @plan = cmd { cat plan.json } | @parse', 'src:cmd'],
    ['come from the code of a module', 'import { @made } from "./plan.mld"\nvar @plan = @made()', 'src:js'],
    [
      'say what a file says',
      'var @f = <plan.json> | @parse\nvar @plan = { authorizations: { allow: { del: { args: { id: @f.authorizations.allow.del.args.id } } } } }',
      'src:file',
    ],
    ['are one of two, as a file decides', `var @f = <text.txt>\nvar @plan = @f == "k" ? ${ALLOW} : {}`, 'src:file'],
  ])('never when they %s', async (_, plan, labels) => {
    const { code, stdout, stderr } = await run(`${WORKER}${plan}\nshow @work(@id, @t) with { policy: @plan }\n`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain("label 'untrusted' cannot flow to 'destructive'");
    expect(stderr).toContain('policy.authorizations covers the call, but comes from data (');
    for (const label of labels.split(', ')) expect(stderr).toContain(label);
  });

  test('nor in a union, nor what a guard answers with', async () => {
    const union = await run(`${WORKER}var @f = <plan.json> | @parse\npolicy @q = union(@f)\nshow @work(@id, @t)\n`);
    expect(union.stderr).toContain("label 'untrusted' cannot flow to 'destructive'");
    const guard = await run(
      `${WORKER}var @f = <plan.json> | @parse\nguard before @del = when [ * => env { policy: @f } ]\nshow @work(@id, @t)\n`,
    );
    expect(guard.stderr).toContain("label 'untrusted' cannot flow to 'destructive'");
  });

  test('what comes from data narrows: what a planner does not list is refused', async () => {
    const plan = `${WORKER}${PLANNER}var @plan = @planner("t") | @parse\n`;
    const listed = await run(`${plan}show @work("13", @t) with { policy: @plan }\n`);
    expect(listed).toMatchObject({ code: 0, stdout: 'deleted 13' });
    const other = await run(`${plan}show @work("14", @t) with { policy: @plan }\n`);
    expect(other.stderr).toContain('operation arguments did not match policy.authorizations');
    const unlisted = await run(`${plan}show @more("13", @t) with { policy: @plan }\n`);
    expect(unlisted.stderr).toContain('operation not authorized by policy.authorizations');
  });
});

describe('a policy of which a part comes from data', () => {
  test('permits nothing that the rest of it refuses', async () => {
    const danger = await run(
      'var @f = <wide.json> | @parse\npolicy @p = { allow: { cmd: ["rm"] }, danger: @f.danger }\nrun cmd { rm -rf nothing }\n',
    );
    expect(danger.stderr).toContain('Dangerous capability requires allow.danger');
    const allow = await run(
      'var untrusted @a = ["echo:a"]\npolicy @p = { deny: { cmd: ["echo"] }, allow: { cmd: @a } }\nrun cmd { echo a }\n',
    );
    expect(allow.stderr).toContain("Command 'echo' denied by policy");
    const label = await run(
      'var untrusted @a = ["op:show:x"]\nvar @b = { secret: { deny: ["op:cmd"], allow: @a } }\n' +
        'policy @p = { labels: @b }\nvar secret @s = "s"\nrun cmd { echo @s }\n',
    );
    expect(label.stderr).toContain("Label 'secret' cannot flow to 'op:cmd'");
  });

  test('narrows: its lists and denials hold', async () => {
    const allow = await run(
      'var @f = <wide.json> | @parse\npolicy @p = { allow: @f.allow, locked: true }\nrun cmd { echo a }\nrun cmd { cat text.txt }\n',
    );
    expect(allow.stdout).toBe('a');
    expect(allow.stderr).toContain("Command 'cat' denied by policy");
    const deny = await run('var untrusted @d = ["echo"]\npolicy @p = { deny: { cmd: @d } }\nrun cmd { echo a }\n');
    expect(deny.stderr).toContain("Command 'echo' denied by policy");
  });

  test.each([
    ['auth', '{ auth: { a: "KEY" } }'],
    ['signers', '{ signers: { "user:*": ["trusted"] } }'],
    ['keychain.provider', '{ keychain: { provider: "system" } }'],
    ['defaults.unlabeled', '{ defaults: { unlabeled: "trusted" } }'],
    ['defaults.trustconflict', '{ defaults: { trustconflict: "silent" } }'],
    ['defaults.autosign', '{ defaults: { autosign: ["instructions"] } }'],
    ['defaults.autoverify', '{ defaults: { autoverify: "do as you are told" } }'],
    ['env.default', '{ env: { default: "local" } }'],
    ['env.providers', '{ env: { providers: { local: { auth: ["a"] } } } }'],
    ['env.attenuation', '{ env: { tools: { allow: ["Bash"], attenuation: "union" } } }'],
  ])('does not say %s', async (key, policy) => {
    const clean = await run(`var @c = ${policy}\npolicy @p = union(@c)\nshow "on"\n`);
    expect(clean).toMatchObject({ code: 0, stdout: 'on' });
    const { code, stdout, stderr } = await run(`var untrusted @c = ${policy}\npolicy @p = union(@c)\nshow "on"\n`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`'${key}' of policy @c comes from data (untrusted)`);
  });
});

describe('what permits something is not taken from data', () => {
  const ANSWER = 'exe llm @f(p, c) = cmd { echo @mx.llm.native }\n';
  test.each([
    ['credentials', 'var untrusted @v = "env:HOME"\nauth @a = { from: @v, as: "X" }', 'auth @a'],
    ['names of credentials', 'var untrusted @v = "a"\nrun cmd { echo a } with { auth: @v }', 'with { auth }'],
    ['credentials of a box', 'var untrusted @v = ["a"]\nbox { auth: @v } [ show "on" ]', 'box auth'],
    ['providers of a box', 'var untrusted @v = "local"\nbox { provider: @v } [ show "on" ]', 'box provider'],
    [
      'profiles of a box',
      'var untrusted @v = "full"\nprofiles { full: { requires: {} } }\nbox { profile: @v } [ show "on" ]',
      'box profile',
    ],
    [
      'profiles of a box, in a clause',
      'var untrusted @v = "full"\nprofiles { full: { requires: {} } }\nvar @c = { tools: ["Bash"] }\nbox @c with { profile: @v } [ show "on" ]',
      'box profile',
    ],
    ['what tiers need', 'var untrusted @v = ["git"]\nwants [ { tier: "a", cmd: @v } ]', 'wants'],
    ['what profiles need', 'var untrusted @v = ["git"]\nprofiles { a: { requires: { cmd: @v } } }', 'profiles'],
    [
      'labels of tools',
      'var untrusted @v = ["net:r"]\nexe @g(x) = @x\nvar tools @t = { g: { mlld: @g, labels: @v } }',
      "labels of tool 'g'",
    ],
    [
      'control arguments of tools',
      'var untrusted @v = []\nexe @g(x) = @x\nvar tools @t = { g: { mlld: @g, controlArgs: @v } }',
      "controlArgs of tool 'g'",
    ],
    [
      'parameters of tools',
      'var untrusted @v = ["x"]\nexe @g(x) = @x\nvar tools @t = { g: { mlld: @g, expose: @v } }',
      "expose of tool 'g'",
    ],
    [
      'tools of models',
      `${ANSWER}var untrusted @v = "Bash"\nshow @f("p", { tools: ["Read", @v] })`,
      'A name in config.tools',
    ],
    ['signers', 'var untrusted @v = "ann"\nvar @x = "t"\nsign @x by "@v" with sha256', 'The signer'],
    [
      'labels that guards add or remove',
      'var untrusted @v = ["trusted"]\nguard before op:show = when [ * => allow with { addLabels: @v } ]\nshow "on"',
      'addLabels',
    ],
  ])('%s', async (_, program, what) => {
    const { code, stdout, stderr } = await run(`${program}\n`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`${what} comes from data (untrusted)`);
    const clean = await run(`${program.replace('var untrusted @v', 'var @v')}\n`);
    expect(clean.stderr).not.toContain('comes from data');
  });
});

describe('settings for one call', () => {
  test('name tools of a model under their labels', async () => {
    const { stdout } = await run(
      'exe llm @f(p, c) = [ => @mx.llm.native ]\nvar secret @s = "Read"\nvar @r = @f("p", { tools: [@s] })\nshow @r.mx.labels\n' +
        'exe llm @g(p, c) = [ show @mx.llm.native.mx.labels => "" ]\nvar @q = @g("p", { tools: [@s, "Write"] })\n',
    );
    expect(stdout).toContain('secret');
    expect(stdout.split('\n').at(-1)).toContain('secret');
  });

  test('hold for boxes in the call: policy.env of a clause takes tools away', async () => {
    const { code, stderr } = await run(
      'exe @f() = box { tools: ["Bash", "Read"] } [ => run cmd { echo hi } ]\n' +
        'var @c = { env: { tools: { allow: ["Read"] } } }\nshow @f() with { policy: @c }\n',
    );
    expect(code).toBe(1);
    expect(stderr).toContain("Command execution requires 'Bash' in env.tools");
  });
});
