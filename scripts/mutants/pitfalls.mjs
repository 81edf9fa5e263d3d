import { GUARD_CODE, HOST, POLICY } from './suites.mjs';

const NEEDS = 'tests/unit/security/needs.test.ts';
const STORE = 'tests/environments/store.test.ts';

/**
 * Defences against known pitfalls, by their numbers in tests/security/catalogue.ts; those of other pitfalls are
 * beside the defences they resemble.
 * @type {readonly import('./suites.mjs').Edit[]}
 */
export const PITFALLS = [
  [
    'runtime/host/config.ts',
    '10: a word for false forbids overrides',
    "security.value('allowGuardBypass') === true",
    "security.value('allowGuardBypass') !== false",
    HOST,
  ],
  [
    'runtime/host/json-file.ts',
    '10: a broken configuration stops the run',
    'throw new ConfigError(file, `not valid JSON: ${(error as Error).message}`);',
    'return null;',
    HOST,
  ],
  [
    'runtime/shared/security/selection.ts',
    '12: tiers obey allow lists',
    "!granted((set) => set.names.includes('sh'))",
    'false',
    NEEDS,
  ],
  [
    'runtime/shared/security/selection.ts',
    '12: tiers obey single commands',
    'if (!decideCommands(policy, [alone], undefined, NOWHERE).allow) return false;',
    '',
    NEEDS,
  ],
  [
    'runtime/shared/command/runs-other.ts',
    '13: wrappers are seen through',
    'Object.hasOwn(WRAPPERS, program)',
    'false',
    POLICY,
  ],
  [
    'runtime/host/environments/names.ts',
    '14: names have no separators',
    "if (/[/\\\\]/.test(name)) throw new EnvironmentError('Environment name cannot contain path separators');",
    '',
    STORE,
  ],
  [
    'runtime/host/environments/names.ts',
    '14: names have no other characters',
    'if (!/^[a-zA-Z0-9_-]+$/.test(name))',
    'if (false)',
    STORE,
  ],
  [
    'runtime/host/environments/store.ts',
    '15: only environments are started',
    "if (manifest?.type === 'environment') return { name: checked",
    'if (manifest) return { name: checked',
    STORE,
  ],
  [
    'compiler/emit/visitors/VarStatement.ts',
    '24: defining tools is no operation',
    "return js`${e.rt('toolCollection')}",
    "value = js`${e.rt('toolCollection')}",
    GUARD_CODE,
  ],
  [
    'runtime/host/bindings/keychain/security.ts',
    '28: no value in argv',
    "this.program.run(['-i'], { stdin: command })",
    "this.program.run(['add-generic-password', '-U', '-s', service, '-a', account, '-w', value])",
    'tests/keychain/security.test.ts',
  ],
  [
    'runtime/host/isolation/environment.ts',
    '29: children inherit little',
    "names.has(process.platform === 'win32' ? name.toUpperCase() : name) || name.startsWith('LC_')",
    'names',
    'tests/isolation/local.test.ts',
  ],
];
