/** What the analyser knows about single programs. */

/** How a program that starts another one is called. */
export interface Wrapper {
  /** Letters of options without a value. */
  flags?: string;
  /** Letters of options with a value. */
  values?: string;
  /** Long options without a value; all others with a value have it after `=` or as the next word. */
  longFlags?: readonly string[];
  longValues?: readonly string[];
  /** Words between the options and the program. */
  operands?: number;
  /** A lone dash is an option. */
  dash?: true;
  /** `NAME=value` words may stand before the program. */
  assignments?: true;
  /** Letter and long name of the option whose value is shell code. */
  code?: readonly string[];
  /** The words are joined and run by a shell. */
  joins?: true;
  /** More arguments come from elsewhere. */
  appends?: true;
  /** Words at which the arguments of the program end. */
  until?: readonly string[];
}

const SUDO: Wrapper = {
  flags: 'AbEeHiKklnPSsVv',
  values: 'CDgGhpRrTtuU',
  assignments: true,
  longFlags: [
    'askpass',
    'background',
    'preserve-env',
    'edit',
    'set-home',
    'login',
    'non-interactive',
    'preserve-groups',
    'stdin',
    'shell',
    'validate',
    'list',
  ],
  longValues: [
    'close-from',
    'chdir',
    'group',
    'host',
    'prompt',
    'chroot',
    'role',
    'command-timeout',
    'type',
    'user',
    'other-user',
  ],
};

export const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  arch: { flags: '', values: 'de', longFlags: ['x86_64', 'arm64'] },
  builtin: {},
  busybox: {},
  caffeinate: { flags: 'dimsu', values: 'tw' },
  chronic: { flags: 'ev' },
  chroot: { operands: 1, longFlags: ['skip-chdir'], longValues: ['userspec', 'groups'] },
  chpst: { flags: 'vP012', values: 'uUbemnodopfcrt/' },
  chrt: { flags: 'abdfiomrvR', values: 'TPD', operands: 1 },
  command: { flags: 'p' },
  coproc: {},
  cpulimit: { flags: 'zivbfk', values: 'lpeP' },
  'dbus-run-session': { longValues: ['dbus-daemon', 'config-file'] },
  doas: { flags: 'Lns', values: 'aCu' },
  'dumb-init': { flags: 'cv', values: 'r' },
  eatmydata: {},
  env: {
    flags: '-i0v',
    dash: true,
    values: 'uCPS',
    code: ['S', 'split-string'],
    assignments: true,
    longFlags: [
      'ignore-environment',
      'null',
      'debug',
      'block-signal',
      'default-signal',
      'ignore-signal',
      'list-signal-handling',
    ],
    longValues: ['unset', 'chdir', 'split-string', 'argv0'],
  },
  entr: { flags: 'acdnprsxz' },
  envdir: { operands: 1 },
  envuidgid: { operands: 1 },
  exec: { flags: 'cl', values: 'a' },
  faketime: { flags: 'fm', operands: 1 },
  fakeroot: { flags: 'hvu', values: 'lsibf' },
  firejail: {},
  flock: {
    flags: 'exsunoFv',
    values: 'wEc',
    code: ['c', 'command'],
    operands: 1,
    longFlags: ['exclusive', 'shared', 'unlock', 'nonblock', 'close', 'no-fork', 'verbose'],
    longValues: ['timeout', 'wait', 'conflict-exit-code', 'command'],
  },
  gosu: { operands: 1 },
  ionice: { flags: 't', values: 'cnpPu', longFlags: ['ignore'], longValues: ['class', 'classdata'] },
  'ld.so': {
    longFlags: ['verify', 'list', 'inhibit-cache'],
    longValues: ['library-path', 'inhibit-rpath', 'audit', 'preload', 'argv0'],
  },
  linux32: { flags: 'BFILRSTXZ3v' },
  linux64: { flags: 'BFILRSTXZ3v' },
  logsave: { flags: 'asv', operands: 1 },
  ltrace: { flags: 'bcCfhiLrStTVx', values: 'aADelnopsuwF' },
  nice: { flags: '0123456789', values: 'n', longValues: ['adjustment'] },
  nocache: {},
  nohup: {},
  nsenter: { flags: 'amuinpUCTrwFZ', values: 'tSG' },
  numactl: { flags: 'bl', values: 'iNCmp' },
  parallel: { values: 'jIaNLn', appends: true, joins: true, until: [':::', '::::', ':::+'] },
  pgrphack: {},
  pkexec: { longFlags: ['disable-internal-agent', 'keep-cwd'], longValues: ['user'] },
  prlimit: { values: 'po' },
  proxychains: { flags: 'q', values: 'f' },
  proxychains4: { flags: 'q', values: 'f' },
  rlwrap: {},
  runuser: {
    flags: 'lmpP',
    values: 'ugGscw',
    code: ['c', 'command'],
    longValues: ['user', 'command', 'shell', 'group'],
  },
  script: { flags: 'aefq', values: 'cIOBTEom', code: ['c', 'command'], longValues: ['command'], operands: 99 },
  setarch: { flags: 'BFILRSTXZ3v', operands: 1 },
  setlock: { flags: 'nNxX', operands: 1 },
  setpriv: {},
  setuidgid: { operands: 1 },
  setsid: { flags: 'cfw', longFlags: ['ctty', 'fork', 'wait'] },
  softlimit: { values: 'adfmopstclr' },
  'ssh-agent': { flags: 'cdDksT', values: 'aEOPt' },
  stdbuf: { values: 'ioe', longValues: ['input', 'output', 'error'] },
  strace: {
    flags: 'AcCdDfFhiknNqrtTvVwxyYzZ',
    values: 'abeEIoOpPsSuUX',
    longFlags: ['follow-forks', 'output-separately', 'quiet', 'summary'],
  },
  su: { flags: 'lmpf-', values: 'cgGsw', code: ['c', 'command'], operands: 99 },
  'su-exec': { operands: 1 },
  sudo: SUDO,
  'systemd-run': {
    flags: 'dGPqrSt',
    values: 'HMpuE',
    longFlags: ['user', 'system', 'scope', 'wait', 'pty', 'pipe', 'quiet', 'collect', 'shell', 'no-block'],
  },
  taskset: { flags: 'ac', values: 'p', operands: 1, longFlags: ['all-tasks', 'cpu-list'] },
  time: {
    flags: 'apqvV',
    values: 'fo',
    longFlags: ['portability', 'append', 'verbose', 'quiet'],
    longValues: ['format', 'output'],
  },
  timeout: {
    flags: 'fpv',
    values: 'ks',
    operands: 1,
    longFlags: ['foreground', 'preserve-status', 'verbose'],
    longValues: ['kill-after', 'signal'],
  },
  tini: { flags: 'sgvwl', values: 'pe' },
  torify: { flags: 'vq' },
  torsocks: { flags: 'iq', values: 'uaP' },
  toybox: {},
  unbuffer: { flags: 'p' },
  unshare: { flags: 'muinpUCTrcf', values: 'RwSG' },
  valgrind: { flags: 'qvdh' },
  watch: {
    flags: 'bcdegprtvwx',
    values: 'nq',
    joins: true,
    longFlags: ['beep', 'color', 'differences', 'errexit', 'chgexit', 'exec', 'precise', 'no-title', 'no-wrap'],
    longValues: ['interval'],
  },
  xargs: {
    flags: '0oprtx',
    values: 'aEdILlnPsi',
    appends: true,
    longFlags: ['null', 'open-tty', 'interactive', 'no-run-if-empty', 'verbose', 'exit', 'eof', 'max-lines', 'replace'],
    longValues: ['arg-file', 'delimiter', 'max-args', 'max-procs', 'max-chars', 'process-slot-var'],
  },
  'xvfb-run': { flags: 'al', values: 'efnps' },
};

/** Programs that run the shell code they are given (security.md 5.5). */
export const SHELLS: ReadonlySet<string> = new Set([
  'sh',
  'bash',
  'zsh',
  'dash',
  'fish',
  'csh',
  'tcsh',
  'ksh',
  'ash',
  'mksh',
  'rbash',
  'pwsh',
  'powershell',
]);

/** Programs that talk to the network (security.md 5.5). */
export const NETWORK_PROGRAMS: ReadonlySet<string> = new Set([
  'curl',
  'wget',
  'nc',
  'netcat',
  'ncat',
  'ssh',
  'scp',
  'sftp',
  'rsync',
  'ftp',
  'telnet',
  'socat',
]);

/**
 * Builtins that change nothing but the shell they run in. An allow list does not have to name
 * them; a deny list may.
 */
export const HARMLESS_BUILTINS: ReadonlySet<string> = new Set([
  ':',
  '[',
  'break',
  'bg',
  'cd',
  'continue',
  'declare',
  'dirs',
  'exit',
  'export',
  'false',
  'fg',
  'getopts',
  'jobs',
  'let',
  'local',
  'popd',
  'pushd',
  'pwd',
  'read',
  'readonly',
  'return',
  'set',
  'shift',
  'shopt',
  'test',
  'times',
  'true',
  'typeset',
  'ulimit',
  'umask',
  'unset',
  'wait',
  'mapfile',
  'readarray',
  'command',
  'builtin',
  'exec',
  'eval',
  'trap',
  'type',
  'hash',
  'unalias',
  'disown',
  'suspend',
  'logout',
  'caller',
  'compgen',
]);

/** Builtins that assign to variables they are given by name. */
export const ASSIGNING_BUILTINS: ReadonlySet<string> = new Set([
  'export',
  'declare',
  'typeset',
  'local',
  'readonly',
  'read',
  'printf',
  'mapfile',
  'readarray',
  'getopts',
  'unset',
  'let',
  'env',
]);

/** Builtins that make names for other variables with `-n`. */
export const NAMING_BUILTINS: ReadonlySet<string> = new Set(['declare', 'typeset', 'local']);

/** Builtins that take names of variables, and evaluate the index of an element. */
export const INDEXING_BUILTINS: ReadonlySet<string> = new Set([...ASSIGNING_BUILTINS, '[', 'test', 'wait']);

/** Variables whose value is a command that another program runs. */
const COMMAND_VARIABLES =
  /^(?:PS4|PROMPT_COMMAND|PAGER|EDITOR|VISUAL|BROWSER|MANPAGER|LESSOPEN|LESSCLOSE|RSYNC_RSH|\w*_ASKPASS|GIT_(?:SSH|SSH_COMMAND|EXTERNAL_DIFF|PAGER|EDITOR|SEQUENCE_EDITOR|PROXY_COMMAND))$/;

/** Variables that decide which file a name means or what is loaded with it. */
const LOADER_VARIABLES =
  /^(?:PATH|BASH_ENV|ENV|SHELLOPTS|BASHOPTS|CDPATH|LD_\w+|DYLD_\w+|GIT_EXEC_PATH|GIT_CONFIG\w*|GIT_DIR|NODE_OPTIONS|NODE_PATH|PYTHON(?:PATH|STARTUP|HOME)|PERL5(?:OPT|LIB|DB)|RUBY(?:OPT|LIB)|BASH_FUNC_\w+.*)$/;

/** Bash's tables of what names mean. */
const NAME_TABLES = /^BASH_(?:CMDS|ALIASES)$/;

/** What assigning to a variable does to the commands after it. */
export function variableRole(name: string): 'command' | 'loader' | 'names' | null {
  if (NAME_TABLES.test(name)) return 'names';
  if (COMMAND_VARIABLES.test(name)) return 'command';
  return LOADER_VARIABLES.test(name) ? 'loader' : null;
}

/** Configuration of git whose value is run as a command, or says where commands are. */
export const GIT_COMMAND_KEYS =
  /^(?:alias\..*|core\.(?:pager|editor|sshcommand|fsmonitor|askpass|hookspath|gitproxy)|sequence\.editor|diff\..*|.*\.(?:cmd|command|driver|textconv|helper|program|tool|path|clean|smudge|process)|pager\..*|include(?:if)?\..*|credential\..*)$/i;

/**
 * Options of ordinary programs whose value is a command. `key` forms (`-c alias.x=!cmd`) have the
 * command after the first `=`; the keys that matter are matched by `keys`.
 */
export const CODE_OPTIONS: Readonly<Record<string, { options: readonly string[]; keys?: RegExp }[]>> = {
  git: [
    {
      options: ['-c', '--config'],
      keys: GIT_COMMAND_KEYS,
    },
    { options: ['--exec', '--extcmd', '--upload-pack', '--receive-pack', '--open-files-in-pager'] },
    { options: ['--smtp-server', '--sendmail-cmd', '--to-cmd', '--cc-cmd', '--header-cmd'] },
    {
      options: ['env', 'tree', 'index', 'parent', 'msg', 'commit', 'tag-name'].map((name) => `--${name}-filter`),
    },
  ],
  tar: [
    {
      options: [
        '-I',
        '--use-compress-program',
        '--to-command',
        '-F',
        '--info-script',
        '--new-volume-script',
        '--rsh-command',
        '--rmt-command',
      ],
    },
    { options: ['--checkpoint-action'], keys: /^exec$/ },
  ],
  rsync: [{ options: ['-e', '--rsh', '--rsync-path'] }],
  ssh: [{ options: ['-o'], keys: /^(?:proxycommand|localcommand|knownhostscommand)$/i }],
  bind: [{ options: ['-x'] }],
  compgen: [{ options: ['-C', '-F'] }],
  complete: [{ options: ['-C', '-F'] }],
  cpio: [{ options: ['--rsh-command'] }],
  npm: [{ options: ['-c', '--call'] }],
  npx: [{ options: ['-c', '--call'] }],
  scp: [{ options: ['-S'] }, { options: ['-o'], keys: /^proxycommand$/i }],
  man: [{ options: ['-P', '--pager', '-H', '--html'] }],
  split: [{ options: ['--filter'] }],
  sort: [{ options: ['--compress-program'] }],
  zip: [{ options: ['-TT', '--unzip-command'] }],
  wget: [{ options: ['--use-askpass'] }],
  fd: [{ options: ['-x', '--exec', '-X', '--exec-batch'] }],
};

/** The name a program goes by: last path segment, lower case, without an executable's suffix. */
export function programName(path: string): string {
  const name = path
    .slice(path.lastIndexOf('/') + 1)
    .toLowerCase()
    .replace(/\.(?:exe|cmd|bat|com)$/, '');
  // The dynamic loader runs the program it is given.
  return /^ld(?:-linux|-musl|64|\.so)[\w.-]*$/.test(name) ? 'ld.so' : name;
}

/** The capability an interpreter stands for, when denying the language should deny it too. */
export function interpreterOf(program: string): 'py' | 'node' | null {
  if (/^(?:python|pypy)[\d.]*$/.test(program)) return 'py';
  return /^(?:node|nodejs|deno|bun)$/.test(program) ? 'node' : null;
}
