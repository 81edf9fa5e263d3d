/** Options in all the spellings a program takes them: `-rf`, `-r -f`, `-fr`, `--recursive --force`. */

import type { CommandFact } from '../command/types.js';

interface Options {
  /** Words that begin with a dash, in lower case; values after `=` cut off. */
  written: readonly string[];
  /** The letters of short options, and the letters that long options stand for. */
  letters: ReadonlySet<string>;
}

/** Short letters of long options, by program. */
const LETTERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  rm: { recursive: 'r', force: 'f' },
  git: { force: 'f' },
  cp: { recursive: 'r', force: 'f' },
  mv: { force: 'f' },
  chmod: { recursive: 'r' },
  chown: { recursive: 'r' },
  curl: { 'upload-file': 't' },
};

/** Letters after which the rest of a cluster is a value, by program: the `T` in `-XPOST` is none. */
const VALUE_LETTERS: Readonly<Record<string, string>> = {
  curl: 'AbcCdDeEFhHKmoPQrtTuUwxXyYz',
  git: 'CcoumS',
  ssh: 'BbcDEeFIiJLlmOopQRSWw',
};

/** The options of a command. */
export function optionsOf(fact: CommandFact): Options {
  const { program } = fact;
  const long = LETTERS[program] ?? {};
  const written: string[] = [];
  const letters = new Set<string>();
  for (const { text } of fact.args) {
    // `git push origin +main` and `--mirror` force without the option.
    if (program === 'git' && /^(?:\+.|--mirror$)/.test(text)) written.push('--force');
    if (!/^-./.test(text) || text === '--') continue;
    written.push(text.split('=')[0]!.toLowerCase());
    if (!text.startsWith('--')) addCluster(text.slice(1), VALUE_LETTERS[program] ?? '', letters);
  }
  for (const name of Object.keys(long)) {
    const letter = long[name]!;
    if (written.some((option) => abbreviates(option, `--${name}`))) letters.add(letter);
    else if (letters.has(letter)) written.push(`--${name}`);
  }
  return { written, letters };
}

/**
 * True when an option of a refusal pattern is among the command's. Clusters match letter by letter,
 * long options also abbreviated, and a long option by the letter it stands for.
 */
export function optionMatches(flag: string, options: Options): boolean {
  if (options.written.includes(flag)) return true;
  if (flag.startsWith('--')) return options.written.some((option) => abbreviates(option, flag));
  return /^-\w{1,3}$/.test(flag) && [...flag.slice(1)].every((letter) => options.letters.has(letter));
}

/** Programs take any unambiguous beginning of a long option. */
function abbreviates(option: string, full: string): boolean {
  return option.length > 2 && option.startsWith('--') && full.startsWith(option);
}

function addCluster(cluster: string, valueLetters: string, letters: Set<string>): void {
  for (const letter of cluster) {
    if (!/[A-Za-z]/.test(letter)) return;
    letters.add(letter.toLowerCase());
    if (valueLetters.includes(letter)) return;
  }
}
