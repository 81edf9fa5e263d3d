import { GUARD_CODE, HOST, POLICY } from './suites.mjs';

const NEEDS = 'tests/unit/security/needs.test.ts';
const STORE = 'tests/environments/store.test.ts';
const INIT = 'tests/environments/init.test.ts';
const CAPTURE = 'tests/environments/capture.test.ts';
const PITFALL = 'tests/unit/security/pitfalls.test.ts';
const KEYCHAIN = 'tests/keychain/bindings.test.ts';
const MACHINE_NEEDS = 'tests/unit/host/needs.test.ts';
const COMMAND_LINE = 'tests/unit/cli';

/**
 * Defences against known pitfalls, by their numbers in tests/security/catalogue.ts; those of other pitfalls are
 * beside the defences they resemble.
 * @type {readonly import('./suites.mjs').Edit[]}
 */
export const PITFALLS = [
  [
    'runtime/guest/tool-calls.ts',
    '1: what arrives is marked before guards are asked',
    'const arrived = arrivalMark(tool, wire, conversation);',
    'const arrived = conversation;',
    PITFALL,
  ],
  [
    'runtime/guest/tool-calls.ts',
    '2: a call without arguments came from somewhere, too',
    'given[tool.target.params.length] = new Box(null, arrived);',
    'given.length = 0;',
    PITFALL,
  ],
  [
    'runtime/guest/tool-calls.ts',
    '3: each argument is marked',
    'new Box(args[param], arrived)',
    'new Box(args[param], conversation)',
    PITFALL,
  ],
  [
    'runtime/guest/tool-calls.ts',
    '4: arguments keep their types',
    'new Box(args[param], arrived)',
    'new Box(String(args[param]), arrived)',
    PITFALL,
  ],
  [
    'runtime/host/bindings/keychain/bindings.ts',
    '5: values of the keychain are secret',
    'return { value, mark: { labels, taint, sources: [source!] } };',
    'return { value };',
    KEYCHAIN,
  ],
  [
    'runtime/guest/keychain.ts',
    '6: the keychain needs a declaration',
    'if (!declaresKeychain(module)) {',
    'if (false) {',
    PITFALL,
  ],
  [
    'runtime/guest/keychain.ts',
    '7: all arguments reach the keychain',
    'params.forEach(',
    'params.slice(0, 1).forEach(',
    PITFALL,
  ],
  [
    'runtime/guest/security/policies.ts',
    '11: imported policies hold',
    'activate(alias, parse(value, alias, site), value.deep, site);',
    'parse(value, alias, site);',
    PITFALL,
  ],
  [
    'runtime/guest/entry.ts',
    '16: what an environment does not export is not entered',
    'const exports = visibleExports(module, -1);',
    'const { exports } = module;',
    PITFALL,
  ],
  [
    'runtime/guest/entry.ts',
    '16: an environment has to have what is entered',
    'if (!isExecutable(target))',
    'if (!isExecutable(target)) return 0;\n  if (!isExecutable(target))',
    PITFALL,
  ],
  [
    'runtime/host/environments/prompt.ts',
    '17: words are one prompt',
    "return args.join(' ');",
    'return args[0]!;',
    INIT,
  ],
  ['runtime/guest/entry.ts', '17: a prompt is a text', 'args.map((text) => box(text))', '[box(args)]', PITFALL],
  [
    'runtime/guest/entry.ts',
    '18: servers of @mcpConfig are started',
    'isExecutable(configure) ? await environmentServers(context, configure) : null',
    'isExecutable(configure) ? ((await callAsync(context, configure, [], 0)) as never) : null',
    PITFALL,
  ],
  ['runtime/guest/entry.ts', '18: servers are closed, however it ends', 'servers?.close();', '', PITFALL],
  [
    'runtime/host/environments/capture.ts',
    '19: no keychain is told as what it is',
    'await keychain.set(ENVIRONMENT_SERVICE, checked, token);',
    'await keychain.set(ENVIRONMENT_SERVICE, checked, token).catch(() => {});',
    CAPTURE,
  ],
  [
    'runtime/guest/values/objects.ts',
    '21: members that differ keep their own labels',
    'return member.mark === mark && member.deep === mark && !hasView(member) ? member.value : member;',
    'return member.value;',
    PITFALL,
  ],
  [
    'runtime/guest/box.ts',
    '21: members have the labels of what they are in',
    'return member instanceof Box ? marked(member, mark) : box(member, mark);',
    'return member instanceof Box ? member : box(member);',
    PITFALL,
  ],
  ['runtime/guest/errors.ts', '22: refusals end the run', ': FINAL_KINDS.has(error.kind);', ': false;', PITFALL],
  ['compiler/emit/modules.ts', '23: a module is evaluated once', 'r${id} ??= (', 'r${id} = (', PITFALL],
  [
    'runtime/guest/security/view.ts',
    '25: after-guards see provenance',
    'markList(this.lineage, name)',
    'markList({ ...this.lineage, taint: this.lineage.labels }, name)',
    PITFALL,
  ],
  [
    'runtime/host/environments/init.ts',
    '26: environments are made where they are looked for',
    "path.join(storeFolder(options.places, options.global ? 'global' : 'local'), checked)",
    "path.join(options.places.cwd, '.mlld', 'environments', checked)",
    INIT,
  ],
  ['cli/env.ts', '27: the command line knows env', ".command('env')", ".command('environment')", COMMAND_LINE],
  ['cli/env.ts', '27: the command line knows box', ".alias('box')", '', COMMAND_LINE],
  [
    'runtime/host/environments/staging.ts',
    '30: nothing half-written stays',
    '    rmSync(staging, { recursive: true, force: true });\n    if',
    '    if',
    CAPTURE,
  ],
  [
    'runtime/host/environments/staging.ts',
    '30: directories made on the way go again',
    'if (made !== undefined) removeEmpty(store, made);',
    '',
    CAPTURE,
  ],
  [
    'runtime/host/needs/index.ts',
    '31: needs are checked in tests, too',
    'if (diagnostics.length === 0) return null;',
    'if (diagnostics.length === 0 || process.env.VITEST) return null;',
    MACHINE_NEEDS,
  ],
  [
    'runtime/host/monitor/policy.ts',
    '31: policies hold in tests, too',
    'if (under.length === 0) return this.#policies;',
    'if (under.length === 0) return process.env.VITEST ? [] : this.#policies;',
    HOST,
  ],
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
