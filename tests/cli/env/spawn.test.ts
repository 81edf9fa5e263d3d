/** `mlldc env spawn` and `mlldc env shell` with stub agents. */

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { running, until } from '../../isolation/processes.js';
import { noSecretService, type Session, startSession } from '../../keychain/session.js';
import { onTerminal } from '../terminal.js';
import { TOKEN, World } from './world.js';

describe.skipIf(noSecretService !== null)('a captured environment', () => {
  let session: Session;
  beforeAll(async () => {
    session = await startSession();
  }, 20_000);
  afterAll(() => session.stop());

  it('gives the agent the prompt, the token and its configuration, and passes everything else through', async () => {
    const world = new World(session);
    await world.run(['capture', 'dev']);
    const prompt = `it's "quoted" $(touch pwned) \`id\` \\ $HOME\n@spawn {x} 😀`;
    const { code, stdout, stderr } = await world.run(['spawn', 'dev', '--', prompt], {
      input: 'from stdin',
      env: { MLLD_STUB_RC: '7' },
    });
    expect(stdout).toBe(`ran claude with 2 arguments in ${world.cwd}
<-p>
<${prompt}>
CLAUDE_CODE_OAUTH_TOKEN=${TOKEN}
CLAUDE_CONFIG_DIR=${world.cwd}/.mlld/env/dev/.claude
CODEX_OAUTH_TOKEN=
CODEX_CONFIG_DIR=
from stdin`);
    expect(stderr).toBe('complaint\n');
    expect(code).toBe(7);
    expect(world.tree()).not.toHaveProperty('pwned');
  });

  it('opens a shell on the terminal', async () => {
    const world = new World(session);
    await world.run(['capture', 'dev', '--global']);
    const { code, stdout } = await world.run(['shell', 'dev'], { input: 'typed\n', env: { MLLD_STUB_RC: '3' } });
    expect(stdout).toMatch(new RegExp(`^ran claude with 0 arguments.*\nCLAUDE_CODE_OAUTH_TOKEN=${TOKEN}\n`));
    expect(stdout).toContain(`CLAUDE_CONFIG_DIR=${world.home}/.mlld/env/dev/.claude\n`);
    expect(stdout).toMatch(/typed\n$/);
    expect(code).toBe(3);
  });

  it('knows Codex', async () => {
    const world = new World(session);
    world.write('home/.codex/config.toml', 'model = "x"\n');
    world.write('home/.codex/auth.json', JSON.stringify({ tokens: { access_token: TOKEN } }));
    await world.run(['capture', 'cx', '--codex']);
    const { stdout } = await world.run(['spawn', 'cx', '--', 'hello']);
    expect(stdout).toContain('ran codex with 2 arguments');
    expect(stdout).toContain('<exec>\n<hello>\n');
    expect(stdout).toContain(`CODEX_OAUTH_TOKEN=${TOKEN}\nCODEX_CONFIG_DIR=${world.cwd}/.mlld/env/cx/.codex\n`);
  });

  it('starts nothing without its token, and names the way to get one', async () => {
    const world = new World(session);
    await world.run(['capture', 'bare']);
    await world.run(['export', 'bare', 'bare.json']);
    await world.run(['import', 'bare.json', '--name', 'tokenless']);
    world.write(
      'project/.mlld/env/tokenless/index.mld',
      world.tree()['.mlld/env/tokenless/index.mld']!.replaceAll('bare', 'tokenless'),
    );
    const { code, stdout, stderr } = await world.run(['spawn', 'tokenless', '--', 'hi']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain("No credentials found for 'tokenless'");
    expect(stderr).toContain('mlldc env capture tokenless');
  });

  it('never shows the token when its guard or policy forbids to', async () => {
    const world = new World(session);
    await world.run(['capture', 'dev']);
    const entry = world.tree()['.mlld/env/dev/index.mld']!;
    for (const rule of [
      'policy @p = { labels: { secret: { deny: ["op:show"] } }, danger: ["@keychain"] }\n',
      'guard @g before secret = when [ @mx.op.type == "show" => deny "no secrets here"\n * => allow ]\n',
    ]) {
      world.write('project/.mlld/env/dev/index.mld', entry.replace('import {', `${rule}import {`));
      const { code, stdout, stderr } = await world.run(['spawn', 'dev', '--', 'hi']);
      expect(code, stderr).toBe(1);
      expect(stdout + stderr).not.toContain(TOKEN);
      expect(stdout).not.toContain('ran claude');
    }
  });
});

const AGENT = 'exe @spawn(prompt) = run cmd { claude "@prompt" }\n';

describe('an environment', () => {
  it.each([
    ['one argument', ['a b'], 'a b'],
    ['a command with -p', ['claude', '-p', 'a b', '--json'], 'a b'],
    ['a command with --prompt', ['claude', '--prompt', 'x'], 'x'],
    ['words', ['fix', 'the', 'bug'], 'fix the bug'],
  ])('gets its prompt as one string from %s', async (_title, args, prompt) => {
    const world = new World();
    world.environment('e', 'exe @spawn(prompt) = `[@prompt]`');
    expect(await world.run(['spawn', 'e', '--', ...args])).toMatchObject({ code: 0, stdout: `[${prompt}]\n` });
  });

  it('does not outlive mlldc, however that dies, with what it started', async () => {
    const world = new World();
    world.program('stubborn', "#!/bin/sh\ntrap '' TERM HUP INT\n(sleep 4747; true) &\nsleep 4748\n");
    world.environment('e', 'exe @shell() = run cmd { stubborn }');
    const child = world.start(['shell', 'e']);
    const both = () => running('sleep 4747') && running('sleep 4748');
    const neither = () => !running('sleep 4747') && !running('sleep 4748');
    await until(both);
    expect(both()).toBe(true);
    child.kill('SIGKILL');
    await until(neither);
    expect(neither()).toBe(true);
  }, 20_000);

  it('prints what it returns, and ends like the last command that failed in it', async () => {
    const world = new World();
    world.environment('e', 'exe @spawn(prompt) = [\n let @x = cmd { claude "@prompt" }\n => `got: @x`\n]');
    const { code, stdout } = await world.run(['spawn', 'e', '--', 'p'], { env: { MLLD_STUB_RC: '9' } });
    expect(stdout).toMatch(/^got: ran claude with 1 arguments/);
    expect(code).toBe(9);
  });

  it('is the project’s before the user’s, and only an environment', async () => {
    const world = new World();
    world.environment('e', 'exe @spawn(p) = `global`', 'home');
    expect((await world.run(['spawn', 'e', '--', 'x'])).stdout).toBe('global\n');
    world.write('project/.mlld/env/e/module.yml', 'name: e\ntype: library\n');
    expect((await world.run(['spawn', 'e', '--', 'x'])).stdout).toBe('global\n');
    world.environment('e', 'exe @spawn(p) = `local`');
    expect((await world.run(['spawn', 'e', '--', 'x'])).stdout).toBe('local\n');
    world.write('project/.mlld/env/l/module.yml', 'name: l\ntype: library\n');
    expect((await world.run(['spawn', 'l', '--', 'x'])).stderr).toContain(
      "Error: Module 'l' is not an environment module.",
    );
  });

  it.each([
    ['no name', ['spawn'], 'Error: Environment name required'],
    ['no --', ['spawn', 'e'], 'Error: Prompt required after --\nUsage: mlldc env spawn NAME -- PROMPT'],
    ['nothing after --', ['spawn', 'e', '--'], 'Error: Prompt required after --'],
    ['words before --', ['spawn', 'e', 'claude', '--', 'x'], "Error: Unexpected argument 'claude' before --"],
    ['an unknown name', ['spawn', 'nope', '--', 'x'], "Error: Environment 'nope' not found"],
    ['no @spawn', ['spawn', 'bare', '--', 'x'], "Environment 'bare' does not export @spawn"],
    ['a @shell that is not executable', ['shell', 'bare'], "Environment 'bare' does not export @shell"],
    ['a @spawn that is not exported', ['spawn', 'hidden', '--', 'x'], "Environment 'hidden' does not export @spawn"],
    ['no entry', ['spawn', 'empty', '--', 'x'], 'Error: Environment entry not found: '],
    ['an entry that does not parse', ['spawn', 'broken', '--', 'x'], 'index.mld'],
  ])('is not started for %s', async (_title, args, message) => {
    const world = new World();
    world.environment('e', AGENT);
    world.environment('bare', 'var @shell = "sh"');
    world.environment('hidden', `${AGENT}exe @shell() = \`x\`\nexport { @shell }`);
    world.environment('broken', 'exe @spawn( = ');
    world.write('project/.mlld/env/empty/module.yml', 'name: empty\ntype: environment\nentry: gone.mld\n');
    const { code, stdout, stderr } = await world.run(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
  });

  it.each([
    [
      'needs that are not met',
      `needs { cmd: [no-such-program] }\n${AGENT}`,
      'Module requires capabilities not available: cmd:no-such-program',
    ],
    [
      'a guard of the module',
      `guard @g before op:run = when [ @mx.op.command.includes("claude") => deny "not today"\n * => allow ]\n${AGENT}`,
      'not today',
    ],
    [
      'a policy of the module',
      `policy @p = { deny: { cmd: ["claude"] } }\n${AGENT}`,
      "Command 'claude' denied by policy",
    ],
  ])('is held back by %s', async (_title, entry, message) => {
    const world = new World();
    world.environment('e', entry);
    const { code, stdout, stderr } = await world.run(['spawn', 'e', '--', 'x']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('runs in the tier its policy permits', async () => {
    const world = new World();
    world.environment(
      'e',
      `policy @p = { deny: { sh: true } }
wants [ { tier: "full", sh }, { tier: "readonly" } ]
exe @spawn(prompt) = \`@mx.policy.tier\``,
    );
    expect((await world.run(['spawn', 'e', '--', 'x'])).stdout).toBe('readonly\n');
  });

  it('has the whole terminal in a shell, where Ctrl-C is the agent’s business', async () => {
    const world = new World();
    world.program(
      'claude',
      `#!/usr/bin/env python3
import os, signal, sys
signal.signal(signal.SIGINT, lambda *_: os.write(1, b'caught\\n'))
os.write(1, b'ready %d %d\\n' % (os.isatty(0), os.isatty(1)))
line = sys.stdin.readline()
os.write(1, b'got ' + line.encode())
sys.exit(5)
`,
    );
    world.environment('e', 'exe @shell() = cmd { claude }');
    const { code, screen } = await onTerminal(
      ['env', 'shell', 'e'],
      [
        ['ready', '\u0003'],
        ['caught', 'hello\r'],
      ],
      { cwd: world.cwd, env: world.env },
    );
    expect(screen).toContain('ready 1 1');
    expect(screen).toContain('got hello');
    expect(code, screen).toBe(5);
  });

  it.each(['spawn', 'shell'])('leaves nothing running when %s is told to stop', async (command) => {
    const world = new World();
    world.program('claude', '#!/bin/sh\necho "pid $$"\nexec sleep 60\n');
    world.environment('e', `${AGENT}exe @shell() = cmd { claude }`);
    const child = world.start(command === 'spawn' ? ['spawn', 'e', '--', 'x'] : ['shell', 'e']);
    child.stdin.end();
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const pid = /pid (\d+)/.exec(line.toString())![1]!;
    child.kill('SIGTERM');
    const [code] = await once(child, 'close');
    expect(code).toBe(143);
    // An orphan that nobody has waited for may still be in the table, as a zombie.
    expect(spawnSync('ps', ['-o', 'stat=', '-p', pid]).stdout.toString()).toMatch(/^(Z.*\n)?$/);
  });
});
