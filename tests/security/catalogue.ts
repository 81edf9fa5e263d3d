/**
 * Where every leak (security.md, by number) and every pitfall (seed.md 3, by number) of the reference is shown to be
 * closed: the file, and titles of tests or of rows of tests in it.
 */

/** Titles in one file. */
export type Tests = readonly [file: string, ...titles: string[]];

export interface Entry {
  readonly number: number;
  readonly what: string;
  readonly tests: readonly Tests[];
}

const LEAK_PROGRAMS = 'tests/unit/security/leaks.test.ts';
const LEAKS_AT_DOOR = 'tests/security/leaks.test.ts';
const PITFALL_PROGRAMS = 'tests/security/pitfalls.test.ts';
const SERVED = 'tests/cli/mcp-serve.test.ts';
const CREDENTIALS = 'tests/cli/credentials.test.ts';
const SPAWN = 'tests/cli/env/spawn.test.ts';
const MANAGE = 'tests/cli/env/manage.test.ts';
const SERVERS = 'tests/cli/env/servers.test.ts';

/** A leak, with the rows of its programs; `atDoor` are those that need the host. */
const leak = (number: number, what: string, inRealm: readonly string[], atDoor: readonly string[] = []): Entry => {
  const numbered = (titles: readonly string[]) => titles.map((title) => `leak ${number}: ${title}`);
  const tests: Tests[] = [[LEAK_PROGRAMS, ...numbered(inRealm)]];
  if (atDoor.length > 0) tests.push([LEAKS_AT_DOOR, ...numbered(atDoor)]);
  return { number, what, tests };
};

export const LEAKS: readonly Entry[] = [
  leak(1, 'arguments of methods', ['arguments of methods', 'arguments of methods of arrays']),
  leak(2, 'operands that are not returned', ['the left side of &&', 'the left side of ||', 'the left side of ??']),
  leak(3, 'the test of a ternary', ['the test of ?:']),
  leak(4, 'bodies and filters of for', ['bodies of for', 'filters of for', 'bodies of for parallel']),
  leak(5, 'stages that are tools', ['stages that are tools', 'the input of a stage', 'stages of js']),
  leak(6, 'loads inside templates', ['loads in templates']),
  leak(7, 'append', ['append', 'append to a file that was clean']),
  leak(8, 'files that children write', ['files written by children', 'provenance of what children write']),
  leak(9, 'indices and keys', ['the index of an array', 'the key of an object']),
  leak(10, 'parallel groups', ['parallel groups']),
  leak(11, 'texts of failures', ['the text of an exception', 'the output of a command that fails']),
  leak(12, 'guards on labels, where there are no inputs', ['operations without inputs']),
  leak(13, 'guards on provenance', ['guards on provenance']),
  leak(14, 'stages without the labels of their executable', ['stages']),
  leak(
    15,
    'code on a right-hand side',
    ['code on a right-hand side', 'run on a right-hand side', 'deny: true is about code'],
    ['a denied shell on a right-hand side', 'a denied shell behind run'],
  ),
  leak(
    16,
    'commands behind wrappers',
    ['wrappers', 'xargs', 'find -exec', 'strings for a shell'],
    ['env', 'wrappers of wrappers', 'xargs', 'find -exec', 'strings for a shell'],
  ),
  leak(
    17,
    'credentials of direct commands',
    ['credentials of direct commands', 'credentials of scripts', 'variables for direct commands'],
    ['direct commands', 'direct scripts'],
  ),
  leak(18, 'arguments that are expressions', [
    'templates as arguments',
    'strings as arguments',
    'members of containers as arguments',
  ]),
];

const pitfall = (number: number, what: string, file: string, ...titles: string[]): Entry => ({
  number,
  what,
  tests: [[file, ...titles]],
});

export const PITFALLS: readonly Entry[] = [
  pitfall(
    1,
    'guards saw no taint on calls over MCP',
    SERVED,
    'marks every call as untrusted, without arguments too, and outlives a denial',
  ),
  pitfall(
    2,
    'tools without arguments were not tracked',
    SERVED,
    'marks every call as untrusted, without arguments too, and outlives a denial',
  ),
  pitfall(3, 'calls were tracked, arguments were not', SERVED, 'marks each argument, not the call alone'),
  pitfall(
    4,
    'arguments over MCP became strings',
    SERVED,
    'serves exported executables with types, and keeps the types of arguments',
  ),
  pitfall(5, 'values of the keychain had no label', CREDENTIALS, 'stores, labels, finds and forgets an entry'),
  pitfall(
    6,
    'the keychain could be used without needs',
    CREDENTIALS,
    'does not count a declaration that comes later',
    'is refused without needs { keychain }: %s',
  ),
  pitfall(7, 'only the first argument reached the keychain', CREDENTIALS, 'stores, labels, finds and forgets an entry'),
  pitfall(8, 'only slipped past allowGuardBypass', PITFALL_PROGRAMS, '8: only', '8: except'),
  pitfall(9, 'after-guards could be switched off', PITFALL_PROGRAMS, '9: after-guards'),
  pitfall(
    10,
    'a broken configuration allowed the bypass again',
    PITFALL_PROGRAMS,
    '10: a word for false',
    '10: a broken configuration',
  ),
  pitfall(11, 'imported policies enforced nothing', PITFALL_PROGRAMS, '11: an imported policy'),
  pitfall(
    12,
    'tiers ignored allow lists and single commands',
    PITFALL_PROGRAMS,
    'pitfall 12: tiers obey %s',
    '12: a tier that an allow list does not cover',
    '12: a tier that is granted grants nothing',
  ),
  pitfall(
    13,
    'shells and commands in disguise',
    PITFALL_PROGRAMS,
    '13: a shell in a command',
    '13: another shell behind a wrapper',
    '13: a command by interpolation',
    '13: a command in a script',
  ),
  pitfall(14, 'names of environments led out of the store', MANAGE, 'takes no name like %j'),
  pitfall(
    15,
    'modules of another type were taken for environments',
    SPAWN,
    'is the project’s before the user’s, and only an environment',
  ),
  pitfall(
    16,
    'spawn and shell skipped what a module declares',
    SPAWN,
    'is held back by %s',
    'runs in the tier its policy permits',
    'is not started for %s',
  ),
  pitfall(17, '@spawn was given a list', SPAWN, 'gets its prompt as one string from %s'),
  pitfall(
    18,
    'servers of @mcpConfig were not started, or not ended',
    SERVERS,
    'are one endpoint of filtered tools, whose calls pass the guards of the module',
    'are gone after %s, with their files',
  ),
  pitfall(
    19,
    'no keychain was an error of the system',
    MANAGE,
    'captures nothing where there is no keychain for the token, and says so',
  ),
  pitfall(20, 'refusals quoted secrets', PITFALL_PROGRAMS, 'pitfall 20: a secret is in no text of a refusal'),
  pitfall(21, 'labels were lost', PITFALL_PROGRAMS, 'pitfall 21: labels are not lost'),
  pitfall(22, 'when swallowed refusals', PITFALL_PROGRAMS, '22: a when'),
  pitfall(
    23,
    'guards were registered again on a second import',
    PITFALL_PROGRAMS,
    'pitfall 23: guards of a module imported twice run once',
  ),
  pitfall(
    24,
    'defining tools set off guards',
    PITFALL_PROGRAMS,
    'pitfall 24: a collection of tools is no operation on its functions',
  ),
  pitfall(25, 'after-guards lost provenance', PITFALL_PROGRAMS, 'pitfall 25: after-guards see provenance'),
  pitfall(
    26,
    'environments were made where nothing looked for them',
    MANAGE,
    'makes an environment to fill in, which runs the agent as it is',
  ),
  pitfall(
    27,
    'the command line knew the command by its old name',
    MANAGE,
    'is found by the name %s, flags and all, and no file by that name',
  ),
  pitfall(
    28,
    'values for the keychain stood in argv',
    'tests/keychain/security.test.ts',
    'is called with the value on standard input, never in argv',
  ),
  pitfall(
    29,
    'servers had the whole environment',
    SERVERS,
    'see nothing of the environment but what their entry names',
  ),
  pitfall(
    30,
    'half an environment was left behind',
    'tests/environments/capture.test.ts',
    'because the keychain is locked leaves nothing behind',
  ),
  pitfall(31, 'enforcement was off in tests', PITFALL_PROGRAMS, 'pitfall 31: nothing is off because of %s'),
];
