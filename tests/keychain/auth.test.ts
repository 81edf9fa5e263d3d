/** Auth configs: forms, precedence of places, error texts and codes of security.md 7.3. */
import { describe, expect, it } from 'vitest';
import {
  type AuthConfig,
  type AuthContext,
  AuthError,
  type KeychainBackend,
  KeychainError,
  resolveAuth,
} from '../../runtime/host/bindings/keychain/index.js';

/** A keychain in memory: what is tested here is the resolution, not the store. */
class MemoryKeychain implements KeychainBackend {
  readonly name = 'memory';
  constructor(
    private readonly entries: Record<string, string>,
    private readonly broken = false,
  ) {}
  async available(): Promise<true> {
    return true;
  }
  async get(service: string, account: string): Promise<string | null> {
    if (this.broken) throw new KeychainError('Keychain is locked: unlock it and try again.', 'KEYCHAIN_LOCKED');
    return this.entries[`${service}/${account}`] ?? null;
  }
  async set(): Promise<void> {}
  async delete(): Promise<void> {}
  async list(): Promise<string[]> {
    return [];
  }
}

const context = (overrides: Partial<AuthContext> = {}): AuthContext => ({
  projectName: 'p',
  env: {},
  keychain: new MemoryKeychain({ 'mlld-box-p/TOKEN': 'from keychain', 'svc/acc': 'other', 'p-svc/a/b': 'deep' }),
  allowsKeychain: () => true,
  ...overrides,
});
const resolve = (config: AuthConfig, overrides?: Partial<AuthContext>) =>
  resolveAuth('a', { a: config }, context(overrides));

describe('an auth config', () => {
  it.each<[string, AuthConfig, object]>([
    ['a short name', 'TOKEN', { variable: 'TOKEN', value: 'from keychain', origin: 'keychain' }],
    [
      'the project keychain',
      { from: 'keychain', as: 'TOKEN' },
      { variable: 'TOKEN', value: 'from keychain', origin: 'keychain' },
    ],
    ['a keychain entry', { from: 'keychain:svc/acc', as: 'X' }, { variable: 'X', value: 'other', origin: 'keychain' }],
    [
      'a project entry by pattern',
      { from: 'keychain:mlld-box-{projectname}/TOKEN', as: 'X' },
      { variable: 'X', value: 'from keychain', origin: 'keychain' },
    ],
    [
      'an account with a slash',
      { from: 'keychain:p-svc/a/b', as: 'X' },
      { variable: 'X', value: 'deep', origin: 'keychain' },
    ],
  ])('reads %s', async (_title, config, expected) => expect(await resolve(config)).toEqual(expected));

  it('reads the environment when told so, and as a fallback', async () => {
    expect(await resolve({ from: 'env:V', as: 'X' }, { env: { V: 'v' } })).toEqual({
      variable: 'X',
      value: 'v',
      origin: 'env',
    });
    expect(await resolve({ from: 'env:V' }, { env: { V: 'v' } })).toEqual({ variable: 'V', value: 'v', origin: 'env' });
    expect(await resolve('NOPE', { env: { NOPE: 'fallback' } })).toEqual({
      variable: 'NOPE',
      value: 'fallback',
      origin: 'env',
    });
    expect(
      await resolve('TOKEN', { env: { TOKEN: 'fallback' }, keychain: new MemoryKeychain({}, true) }),
    ).toMatchObject({ origin: 'env' });
    expect((await resolve('TOKEN', { env: { TOKEN: 'not this' } })).value).toBe('from keychain');
  });

  it.each<[string, AuthConfig, Partial<AuthContext>, string, string]>([
    [
      'no project name',
      'TOKEN',
      { projectName: undefined },
      'PROJECT_NAME_REQUIRED',
      'Keychain access requires projectname in mlld-config.json. Run mlld init or add projectname: "value" to mlld-config.json.',
    ],
    [
      'a missing entry',
      'X',
      {},
      'KEYCHAIN_ENTRY_MISSING',
      "Keychain entry 'mlld-box-p/X' not found and environment variable 'X' is not set",
    ],
    ['a bad path', { from: 'keychain:x', as: 'X' }, {}, 'KEYCHAIN_PATH_INVALID', "Invalid keychain path 'keychain:x'"],
    ['an unset variable', { from: 'env:V', as: 'X' }, {}, 'ENV_AUTH_MISSING', "Environment variable 'V' is not set"],
    [
      'another provider',
      { from: 'op://vault/x', as: 'X' },
      {},
      'AUTH_SOURCE_INVALID',
      'unsupported auth provider: op://',
    ],
    ['another source', { from: 'file', as: 'X' }, {}, 'AUTH_SOURCE_INVALID', "Unsupported auth source 'file'"],
    [
      'a policy that denies it, fallback or not',
      'TOKEN',
      { allowsKeychain: () => false, env: { TOKEN: 'x' } },
      'POLICY_CAPABILITY_DENIED',
      'Keychain access denied by policy',
    ],
  ])('fails clearly for %s', async (_title, config, overrides, code, message) => {
    const error = await resolve(config, overrides).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AuthError);
    expect(error).toMatchObject({ code, message });
  });

  it.each<[string, AuthConfig, string]>([
    ['of the project', 'X', 'mlldc keychain add X'],
    ['of another service', { from: 'keychain:other svc/a' }, "mlldc keychain add a --service 'other svc'"],
  ])('says how to store a missing entry %s', async (_title, config, command) => {
    await expect(resolve(config)).rejects.toMatchObject({ hint: `Store it with: ${command}` });
  });

  it('does not advise to store what a keychain that fails may well have', async () => {
    await expect(resolve('X', { keychain: new MemoryKeychain({}, true) })).rejects.toMatchObject({ hint: undefined });
  });

  it('asks the policy about the expanded entry', async () => {
    const asked: string[] = [];
    await resolve('TOKEN', { allowsKeychain: (entry) => asked.push(entry) > 0 });
    expect(asked).toEqual(['mlld-box-p/TOKEN']);
  });

  it('says why the keychain did not answer', async () => {
    await expect(resolve('X', { keychain: new MemoryKeychain({}, true) })).rejects.toThrow(
      "environment variable 'X' is not set. Keychain is locked",
    );
  });

  it('has to exist, inherited names do not count', async () => {
    await expect(resolveAuth('z', {}, context())).rejects.toThrow(
      "Auth config 'z' is not defined. Declare auth @z = ... or policy.auth.z.",
    );
    await expect(resolveAuth('toString', {}, context())).rejects.toThrow("Auth config 'toString' is not defined");
  });
});
