/** Credentials and the keychain through the command line (security.md 7). */

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noSecretService, type Session, startSession } from '../keychain/session.js';
import { directory, mlldc } from './harness.js';

const config = JSON.stringify({ projectname: 'demo' });
const SECRET = 'tok-3f9a1c';

async function run(script: string, env: Record<string, string> = {}, files: Record<string, string> = {}) {
  const cwd = directory({ 'mlld-config.json': config, 'main.mld': script, ...files });
  return mlldc(['run', 'main.mld'], { cwd, env: { TOK: SECRET, ...env } });
}

describe('auth and using', () => {
  it('gives the value to the child only, and labels what comes back', async () => {
    const { stdout, code } = await run(`auth @t = { from: "env:TOK", as: "GIVEN" }
var @r = cmd { printenv GIVEN } using auth:t
show @r.trim().mx.labels
show @r.mx.sources.includes("auth:t")
show @r`);
    expect(code).toBe(0);
    expect(stdout).toBe(`["secret"]\ntrue\n${SECRET}\n`);
  });

  it.each([
    ['with one name', 'run cmd { printenv GIVEN } with { auth: "t" }'],
    ['with a list', 'run cmd { printenv GIVEN } with { auth: ["t"] }'],
    ['in a shell body', 'exe @f() = sh { echo "$GIVEN" } with { auth: "t" }\nshow @f()'],
    ['in python', 'exe @f() = py { import os; print(os.environ["GIVEN"]) } with { auth: "t" }\nshow @f()'],
    ['in node', 'exe @f() = node { return process.env.GIVEN } with { auth: "t" }\nshow @f()'],
    [
      'as a variable',
      'var secret @v = "tok-3f9a1c"\nexe @f() = run cmd { printenv GIVEN } using @v as GIVEN\nshow @f()',
    ],
  ])('%s', async (_name, script) => {
    const { stdout, stderr } = await run(`auth @t = { from: "env:TOK", as: "GIVEN" }\n${script}`);
    expect(stdout.trim(), stderr).toBe(SECRET);
  });

  it('never shows the value in what a failing command complains about', async () => {
    const { stdout, stderr } = await run(`auth @t = { from: "env:TOK", as: "GIVEN" }
run sh { echo "bad $GIVEN" >&2; exit 3 } with { auth: "t" }`);
    expect(stderr).toContain('[REDACTED]');
    expect(stdout + stderr).not.toContain(SECRET);
  });

  it.each([
    ['a direct command', 'run cmd { printenv GIVEN } using auth:t', 'op:cmd'],
    [
      'a command in an exe with the label',
      'exe exfil @f() = run cmd { printenv GIVEN } using auth:t\nshow @f()',
      'exfil',
    ],
    [
      'a helper of an exe with the label',
      'exe @g() = run cmd { printenv GIVEN } using auth:t\nexe exfil @f() = @g()\nshow @f()',
      'exfil',
    ],
    ['a shell body', 'run sh { echo "$GIVEN" } with { auth: "t" }', 'op:sh'],
  ])('counts as a secret input of %s', async (_name, script, label) => {
    const { stdout, stderr, code } = await run(`policy @p = { labels: { secret: { deny: ["${label}"] } } }
auth @t = { from: "env:TOK", as: "GIVEN" }
${script}`);
    expect(code).toBe(1);
    expect(stderr).toContain(`Label 'secret' cannot flow to '${label}'`);
    expect(stdout + stderr).not.toContain(SECRET);
  });

  it.each([
    ['run cmd { true } using auth:nope', "Auth config 'nope' is not defined"],
    [
      'auth @t = { from: "env:NOT_THERE", as: "X" }\nrun cmd { true } using auth:t',
      "Environment variable 'NOT_THERE' is not set",
    ],
    ['auth @t = { from: "keychain:x", as: "X" }\nrun cmd { true } using auth:t', "Invalid keychain path 'keychain:x'"],
    ['auth @t = { from: "op://v/i", as: "X" }\nrun cmd { true } using auth:t', 'unsupported auth provider: op://'],
    ['auth @t = { as: "X" }', 'auth @t must be the name of an environment variable'],
    ['exe @f() = run cmd { true } using @gone as X\nshow @f()', 'Variable not found: gone'],
    ['policy @p = { auth: { t: "X" } }\nrun cmd { true } using auth:t', 'Dangerous capability requires allow.danger'],
  ])('explains %s', async (script, message) => {
    const { stderr, code } = await run(script);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  it('takes the main script before a policy, and a policy before an imported module', async () => {
    const files = {
      'lib.mld':
        'auth @t = { from: "env:LIB", as: "GIVEN" }\nexe @f() = run cmd { printenv GIVEN } using auth:t\nexport { @f }',
    };
    const env = { LIB: 'lib', POL: 'policy', MAIN: 'main' };
    const script = 'import { @f } from "./lib.mld"\n';
    expect((await run(`${script}show @f()`, env, files)).stdout).toBe('lib\n');
    const policy = 'policy @p = { auth: { t: { from: "env:POL", as: "GIVEN" } } }\n';
    expect((await run(`${policy}${script}show @f()`, env, files)).stdout).toBe('policy\n');
    const own = 'auth @t = { from: "env:MAIN", as: "GIVEN" }\n';
    expect((await run(`${policy}${own}${script}show @f()`, env, files)).stdout).toBe('main\n');
  });
});

describe('direct keychain access', () => {
  it.each([
    ['an import', 'import { get } from @keychain\nshow "never"'],
    ['keychain.get', 'var @x = keychain.get("s", "a")'],
    ['a declaration of another module', 'import { f } from "./lib.mld"\nshow @f()'],
  ])('is refused without needs { keychain }: %s', async (_name, script) => {
    const { stdout, stderr, code } = await run(
      script,
      {},
      { 'lib.mld': 'import { get } from @keychain\nexe @f() = @get("s", "a")' },
    );
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('requires /needs { keychain }');
    expect(stderr).toContain('Direct keychain imports are not available. Use policy.auth with using auth:*.');
  });

  it('is refused where no keychain answers', async () => {
    const { stderr, code } = await run('needs { keychain }\nshow "never"', {
      PATH: '/nonexistent',
      DBUS_SESSION_BUS_ADDRESS: '',
    });
    expect(code).toBe(1);
    expect(stderr).toContain('Module requires capabilities not available: keychain');
  });
});

describe.skipIf(noSecretService !== null)('with a real keyring', () => {
  let session: Session;
  beforeAll(async () => {
    session = await startSession();
  });
  afterAll(() => session.stop());
  const env = () => ({ DBUS_SESSION_BUS_ADDRESS: session.env.DBUS_SESSION_BUS_ADDRESS! });

  it('reads what auth names, before the environment', async () => {
    execFileSync('secret-tool', ['store', '--label=x', 'service', 'mlld-box-demo', 'account', 'TOK'], {
      input: 'from-keyring',
      env: session.env,
    });
    const { stdout } = await run('auth @t = "TOK"\nrun cmd { printenv TOK } using auth:t', env());
    expect(stdout).toBe('from-keyring\n');
  });

  it('keeps policy.keychain', async () => {
    const { stderr, code } = await run(
      `policy @p = { keychain: { allow: ["other/*"] }, danger: ["@keychain"] }
auth @t = "TOK"
run cmd { printenv TOK } using auth:t`,
      env(),
    );
    expect(code).toBe(1);
    expect(stderr).toContain('Keychain access denied by policy');
  });

  it.each([
    ['a policy that grants it', 'auth: { t: "TOK" }, danger: ["@keychain"]', 0, 'from-keyring\n'],
    [
      'globs that allow the project',
      'auth: { t: "TOK" }, danger: ["@keychain"], keychain: { allow: ["mlld-box-{projectname}/*"] }',
      0,
      'from-keyring\n',
    ],
    [
      'globs that deny the entry',
      'auth: { t: "TOK" }, danger: ["@keychain"], keychain: { allow: ["*"], deny: ["*/TOK"] }',
      1,
      '',
    ],
    ['no danger granted', 'auth: { t: "TOK" }', 1, ''],
  ])('reads what policy.auth names under %s', async (_title, policy, code, stdout) => {
    const script = `policy @p = { ${policy} }\nrun cmd { printenv TOK } using auth:t`;
    expect(await run(script, env())).toMatchObject({ code, stdout });
  });

  it('does not count a declaration that comes later', async () => {
    const { code, stdout, stderr } = await run('import { get } from @keychain\nneeds { keychain }\nshow "x"', env());
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('requires /needs { keychain }');
  });

  it('asks the policy about every entry a script names itself', async () => {
    const script = `policy @p = { keychain: { allow: ["mlldc-cli-test/*"] }, danger: ["@keychain"] }
needs { keychain }
import { get, set, delete as forget } from @keychain
@set("mlldc-cli-test", "mine", "v")
show @get("mlldc-cli-test", "mine")
@forget("mlldc-cli-test", "mine")
show @get("mlld-box-demo", "TOK")`;
    const { code, stdout, stderr } = await run(script, env());
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'v\n' });
    expect(stderr).toContain('Keychain access denied by policy');
    expect(stderr).not.toContain('from-keyring');
  });

  it('puts no value into a bundle, the audit log or an error', async () => {
    const script = 'auth @t = "TOK"\nexe @f() = cmd { sh -c "echo $TOK >&2; exit 3" } using auth:t\nvar @r = @f()';
    const cwd = directory({ 'mlld-config.json': config, 'main.mld': script });
    await mlldc(['build', 'main.mld'], { cwd, env: env() });
    const { stdout, stderr } = await mlldc(['run', 'main.mjs'], { cwd, env: env() });
    const files = fs.readdirSync(cwd, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const written = files.map(({ parentPath, name }) => fs.readFileSync(path.join(parentPath, name), 'utf8')).join('');
    expect(stdout + stderr + written).not.toContain('from-keyring');
    expect(stderr).toContain('[REDACTED]');
  });

  it('takes keychain.get where other calls stand', async () => {
    const { stdout, stderr } = await run(
      `needs { keychain }
keychain.set("mlldc-cli-test", "direct", "hidden")
show keychain.get("mlldc-cli-test", "direct")
show keychain.get("mlldc-cli-test", "direct").mx.labels
log keychain.get("mlldc-cli-test", "direct").length
var @x = keychain.get("mlldc-cli-test", "direct") | @upper
show @x
exe @f() = [
  keychain.delete("mlldc-cli-test", "direct")
  => keychain.get("mlldc-cli-test", "direct")
]
show @f().isDefined()`,
      env(),
    );
    expect({ stdout, stderr }).toEqual({ stdout: 'hidden\n["secret"]\nHIDDEN\nfalse\n', stderr: '6\n' });
  });

  it('stores, labels, finds and forgets an entry', async () => {
    const { stdout, stderr } = await run(
      `needs { keychain }
import { get, set, delete as forget } from @keychain
@set("mlldc-cli-test", "acc", "hidden")
var @v = @get("mlldc-cli-test", "acc")
show @v.trim().mx.labels
show @v.mx.taint.includes("src:keychain")
show @v.mx.sources
var @k = keychain.get("mlldc-cli-test", "acc")
show @k
@forget("mlldc-cli-test", "acc")
@forget("mlldc-cli-test", "acc")
var @gone = @get("mlldc-cli-test", "acc")
show @gone.isDefined()
show @gone.mx.labels`,
      env(),
    );
    expect(stdout, stderr).toBe('["secret"]\ntrue\n["keychain.get"]\nhidden\nfalse\n[]\n');
  });
});

describe.skipIf(noSecretService !== null)('with a locked keyring', () => {
  it('says so, and takes the variable where there is one', async () => {
    const home = directory();
    const store = ['store', '--label=x', 'service', 'mlld-box-demo', 'account', 'TOK'];
    const open = await startSession({ home });
    execFileSync('secret-tool', store, { input: 'v', env: open.env });
    await open.stop();
    const shut = await startSession({ home, locked: true });
    const env = { DBUS_SESSION_BUS_ADDRESS: shut.env.DBUS_SESSION_BUS_ADDRESS!, TOK: '' };
    const auth = 'auth @t = { from: "keychain", as: "TOK2" }\nrun cmd { printenv TOK2 } using auth:t';
    const direct = 'needs { keychain }\nshow keychain.get("mlld-box-demo", "TOK")';
    const cwd = directory({ 'mlld-config.json': config });
    const [missing, given, asked, listed] = [
      await run(auth.replaceAll('TOK2', 'TOK'), { ...env, TOK: undefined as unknown as string }),
      await run(auth, { ...env, TOK2: 'from-variable' }),
      await run(direct, env),
      await mlldc(['keychain', 'list'], { cwd, env }),
    ];
    await shut.stop();
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(given.stdout).toBe('from-variable\n');
    for (const { code, stderr } of [missing, asked, listed]) {
      expect(code).toBe(1);
      expect(stderr).toContain('Keychain is locked: unlock it and try again.');
    }
  }, 60_000);
});
