/**
 * Code in languages other than the shell's that a command brings along: `python -c`, `perl -e`,
 * `vim -c`, a script on standard input. The text shows it and nobody reads it, so what it does is
 * not decided: a grant of the program alone does not cover it.
 */

import type { Argument } from './types.js';

interface Language {
  /** Options whose value is code; a letter may stand in a cluster. */
  options?: readonly string[];
  /** A word that makes the arguments code, or names where code is. */
  words?: RegExp;
  /** Code is read from standard input when fewer operands than this are given. */
  operands?: number;
}

const VI: Language = { options: ['-c', '--cmd', '-S', '-s', '-e', '-E'], words: /^\+./ };
const COMPILER: Language = { words: /^(?:@|-wrapper|-fplugin|-specs|--specs|-B)/ };
const DEBUGGER: Language = { operands: Number.POSITIVE_INFINITY };
const JS: Language = { options: ['-e', '-p', '--eval', '--print'], operands: 1 };

const LANGUAGES: Readonly<Record<string, Language>> = {
  at: DEBUGGER,
  batch: DEBUGGER,
  bun: { options: ['-e', '-p', '--eval', '--print'], words: /^(?:exec|repl)$/ },
  cc: COMPILER,
  clang: COMPILER,
  crontab: { operands: Number.POSITIVE_INFINITY },
  dc: { operands: Number.POSITIVE_INFINITY },
  deno: { words: /^(?:eval|repl)$/, operands: 1 },
  ed: DEBUGGER,
  emacs: { words: /^(?:--?(?:eval|execute|funcall|load|script|batch)(?:=|$)|-[fl])/ },
  ex: DEBUGGER,
  expect: { options: ['-c'], operands: 1 },
  'g++': COMPILER,
  gcc: COMPILER,
  gdb: DEBUGGER,
  ghci: DEBUGGER,
  gmake: { options: ['--eval'], words: /^\.?SHELL\w*\s*[:+?!]*=|=.*[$`]|^-f-?$/ },
  groovy: { options: ['-e'], operands: 1 },
  hyperfine: DEBUGGER,
  irb: DEBUGGER,
  jshell: DEBUGGER,
  julia: { options: ['-e', '-E', '--eval', '--print'], operands: 1 },
  lldb: DEBUGGER,
  lua: { options: ['-e'], operands: 1 },
  luajit: { options: ['-e'], operands: 1 },
  m4: { words: /syscmd|esyscmd|^-[DI]/, operands: 1 },
  make: { options: ['--eval'], words: /^\.?SHELL\w*\s*[:+?!]*=|=.*[$`]|^-f-?$/ },
  mariadb: { words: /\\!|\\[.PTR]|\bsystem\b|\bsource\b/i, options: ['--init-command'] },
  mysql: { words: /\\!|\\[.PTR]|\bsystem\b|\bsource\b/i, options: ['--init-command'] },
  node: JS,
  nodejs: JS,
  nvim: VI,
  osascript: { options: ['-e'], operands: 1 },
  perl: { options: ['-e', '-E'], operands: 1 },
  php: { options: ['-r', '-B', '-R', '-E'], operands: 1 },
  psql: { words: /\\|\bprogram\b/i, options: ['-v', '--set', '--variable'] },
  python: { options: ['-c'], operands: 1 },
  r: DEBUGGER,
  rscript: { options: ['-e'], operands: 1 },
  ruby: { options: ['-e'], operands: 1 },
  'run-parts': { operands: Number.POSITIVE_INFINITY },
  rview: VI,
  rvim: VI,
  scala: { options: ['-e'], operands: 1 },
  screen: DEBUGGER,
  sqlite3: {
    options: ['-cmd', '-init'],
    words: /^\s*\.|load_extension|writefile|fts3_tokenizer|\bedit\s*\(/i,
    operands: 2,
  },
  tclsh: { operands: 1 },
  tmux: DEBUGGER,
  vi: VI,
  view: VI,
  vim: VI,
  wish: { operands: 1 },
};

/** Spellings with a version: `python3.12`, `perl5.36`, `lua5.4`. */
const VERSIONED = /^(python|pypy|perl|ruby|php|lua|node|gcc|g\+\+|clang|tclsh|gdb)[-\d.]+$/;

const ASKS_ABOUT_ITSELF = /^(?:--?version|--help|-V)$/;

/**
 * What brings the code: the option, `-` for standard input, or the word itself; null when the
 * command brings none.
 */
export function foreignCode(program: string, args: readonly Argument[]): string | null {
  const name = VERSIONED.exec(program)?.[1] ?? program;
  const key = name === 'pypy' ? 'python' : name;
  if (!Object.hasOwn(LANGUAGES, key)) return null;
  const { options = [], words, operands = 0 } = LANGUAGES[key]!;
  let count = 0;
  for (const { text, dynamic, splits } of args) {
    // A word that may turn into several may turn into options with code.
    if (splits && count === 0) return text === '' ? '-' : text;
    const option = options.find((each) => carries(text, each));
    if (option !== undefined) return option;
    if (words?.test(text)) return text;
    if (text === '-') return '-';
    if (!text.startsWith('-') || (dynamic && text === '')) count++;
    // What follows a script's name is the script's.
    if (count > 0 && operands === 1 && words === undefined) return null;
  }
  if (args.some(({ text }) => ASKS_ABOUT_ITSELF.test(text))) return null;
  return count < operands ? '-' : null;
}

/** Whether a word is the option: itself, with a value after it, or among the letters of a cluster. */
function carries(text: string, option: string): boolean {
  if (text === option || text.startsWith(`${option}=`)) return true;
  if (option.startsWith('--'))
    return text.length > 4 && text.startsWith('--') && option.startsWith(text.split('=')[0]!);
  return option.length === 2 && /^-[A-Za-z0-9]/.test(text) && text.indexOf(option[1]!, 1) > 0;
}
