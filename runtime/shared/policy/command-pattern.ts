/**
 * Command patterns: `git:status`, `git:push:*`, `curl:*:--upload-file` (security.md 5.5).
 *
 * The same pattern is read in two ways. As a grant it covers exactly what it says. As a refusal it
 * covers everything it could mean: a prefix is enough, options may stand anywhere and in any
 * spelling, and a word that only the run decides could be any word.
 */

import { foreignCode } from '../command/foreign-code.js';
import { programName } from '../command/programs.js';
import type { CommandFact } from '../command/types.js';
import { optionMatches, optionsOf } from './options.js';

const cache = new Map<string, readonly string[]>();
const CACHE_LIMIT = 1024;

/** The pattern's tokens in lower case. */
export function patternTokens(pattern: string): readonly string[] {
  const known = cache.get(pattern);
  if (known) return known;
  if (cache.size >= CACHE_LIMIT) cache.clear();
  const tokens = pattern
    .toLowerCase()
    .split(/[:\s]+/)
    .filter((token) => token !== '');
  cache.set(pattern, tokens);
  return tokens;
}

/** How much a pattern says: the number of its tokens that are not `*`. */
export function specificity(pattern: string): number {
  return patternTokens(pattern).filter((token) => token !== '*').length;
}

/** True when a grant of the pattern covers the command. */
export function grants(pattern: string, fact: CommandFact): boolean {
  if (fact.undecidable) return false;
  const tokens = patternTokens(pattern);
  const [program, ...rest] = tokens;
  if (program === undefined || !namesProgram(program, fact)) return false;
  if (tokens.length === 1) return true;
  const open = tokens.includes('*') && tokens[tokens.length - 1] !== '*';
  return matchWords(open ? [...rest, '*'] : rest, fact, 0, 0);
}

/** True when a refusal of the pattern covers the command. */
export function refuses(pattern: string, fact: CommandFact, guess: Guess = 'any'): boolean {
  const [program, ...rest] = patternTokens(pattern);
  if (program === undefined) return false;
  if (fact.undecidable) return guess === 'any';
  if (program !== '*' && program !== fact.program && program !== fact.path.toLowerCase()) return false;
  const flags = rest.filter((token) => token.startsWith('-'));
  if (flags.length > 0 && !hasFlags(flags, fact, guess)) return false;
  return followsWords(
    rest.filter((token) => !token.startsWith('-')),
    0,
    fact,
    0,
    false,
  );
}

function hasFlags(flags: readonly string[], fact: CommandFact, guess: Guess): boolean {
  if (guess === 'any' && fact.args.some((argument) => argument.dynamic)) return true;
  const options = optionsOf(fact);
  return flags.every((flag) => optionMatches(flag, options));
}

/**
 * What a word that only the run decides counts as in a refusal: `any` word, or a `word` but no
 * option (the built-in danger list, which would otherwise refuse `rm "$file"`).
 */
export type Guess = 'any' | 'word';

/** True when every command that the grant `inner` covers is covered by the grant `outer`. */
export function coversPattern(outer: string, inner: string): boolean {
  const [program = '*', ...rest] = patternTokens(inner);
  if (program === '*') return patternTokens(outer)[0] === '*';
  const open = rest.length === 0 || rest.includes('*');
  const words = rest.map((token) => ({
    text: token === '*' ? '' : token,
    dynamic: token === '*',
    splits: token === '*',
  }));
  const args = open && rest[rest.length - 1] !== '*' ? [...words, { text: '', dynamic: true, splits: true }] : words;
  const fact: CommandFact = {
    kind: 'program',
    program,
    path: program,
    args,
    files: [],
    undecidable: false,
    opaque: false,
    foreign: foreignCode(program, args),
    via: [],
  };
  return grants(outer, fact) && coversCode(outer, fact);
}

/**
 * A grant of `python3` is one of programs written in it; code that stands in the arguments was
 * granted only where the pattern names the option that brings it: `python3:-c:*`.
 */
export function coversCode(pattern: string, { foreign }: CommandFact): boolean {
  return foreign === null || patternTokens(pattern).slice(1).includes(foreign.toLowerCase());
}

/** Directories whose programs go by their bare names. */
const SYSTEM_DIRECTORY =
  /^\/(?:usr\/(?:local\/)?)?s?bin\/[^/]+$|^\/(?:opt\/(?:homebrew|local)|home\/linuxbrew\/\.linuxbrew|nix\/var\/nix\/profiles\/default|run\/current-system\/sw)\/s?bin\/[^/]+$/;

/**
 * A grant of `git` is one of the program that is installed under that name: `/usr/bin/git`, but not
 * `./git`, which anybody who can write a file could have put there. A pattern that names a path
 * grants just that path.
 */
function namesProgram(token: string, fact: CommandFact): boolean {
  if (token === '*') return true;
  if (token.includes('/')) return fact.path.toLowerCase() === token;
  return fact.program === token && (!fact.path.includes('/') || SYSTEM_DIRECTORY.test(fact.path));
}

/** Exact matching of argument words, `*` standing for any number of them. */
function matchWords(tokens: readonly string[], fact: CommandFact, token: number, at: number): boolean {
  for (; token < tokens.length; token++, at++) {
    if (tokens[token] === '*') {
      if (token === tokens.length - 1) return true;
      for (let next = at; next <= fact.args.length; next++) if (matchWords(tokens, fact, token + 1, next)) return true;
      return false;
    }
    const argument = fact.args[at];
    if (!argument || argument.dynamic || argument.text.toLowerCase() !== tokens[token]) return false;
  }
  return at >= fact.args.length;
}

/**
 * True when the words follow each other in the arguments. Between them only options may stand, each
 * perhaps with a value (`git -C dir push`); after a `*` anything may.
 */
function followsWords(
  tokens: readonly string[],
  token: number,
  fact: CommandFact,
  from: number,
  anywhere: boolean,
): boolean {
  if (token >= tokens.length) return true;
  if (tokens[token] === '*') return followsWords(tokens, token + 1, fact, from, true);
  for (let at = from; at < fact.args.length; at++) {
    const { text, dynamic, splits } = fact.args[at]!;
    if (splits) return true;
    if ((dynamic || sameWord(tokens[token]!, text)) && followsWords(tokens, token + 1, fact, at + 1, false))
      return true;
    const skippable = anywhere || text.startsWith('-') || (at > from && fact.args[at - 1]!.text.startsWith('-'));
    if (!skippable) return false;
  }
  return false;
}

function sameWord(token: string, text: string): boolean {
  return text.toLowerCase() === token || programName(text) === token;
}
