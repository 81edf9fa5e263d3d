/**
 * From a shell text to the list of everything it would run (security.md 4, 5.5, 5.7). Policy is
 * decided on this list, so the analyser errs on one side only: it may report a command that never
 * runs, and it marks as undecidable what the text does not settle, but it leaves nothing out that
 * it could see.
 *
 * What no reading of a text can see is what other programs do: code in other languages is noted as
 * `foreign`, scripts in files and what `make` and `npm run` start are the programs they are.
 */

import type { CommandContext, CommandSink } from './context.js';
import { foreignCode } from './foreign-code.js';
import { type Redirect, ShellParser, type SimpleCommand } from './parser.js';
import {
  ASSIGNING_BUILTINS,
  HARMLESS_BUILTINS,
  INDEXING_BUILTINS,
  NAMING_BUILTINS,
  programName,
  variableRole,
} from './programs.js';
import { runsOther } from './runs-other.js';
import type { CommandFact, FileUse } from './types.js';
import { assignmentName, assignmentValue, codeText, isDynamic, staticText, toArgument, type Word } from './word.js';

const TEXT_LIMIT = 65_536;
/** `sh -c "sh -c '…'"`: deeper than this the text counts as undecidable. */
const CODE_LIMIT = 8;
const CACHE_LIMIT = 256;

const cache = new Map<string, readonly CommandFact[]>();

/**
 * Every simple command the text would run.
 *
 * @param text a POSIX or Bash text, as it would be given to `sh -c`
 * @returns the commands in textual order; never throws: a text that cannot be read yields a fact
 *   with `undecidable: true`
 */
export function analyzeShell(text: string): readonly CommandFact[] {
  const known = cache.get(text);
  if (known) return known;
  if (cache.size >= CACHE_LIMIT) cache.clear();
  let facts: readonly CommandFact[];
  try {
    facts = Object.freeze(new Analysis([], 0).code(text));
  } catch {
    // Only exhausted resources get here; what was not read cannot be allowed.
    facts = [undecidable('the command', [])];
  }
  cache.set(text, facts);
  return facts;
}

/** Collects the facts of one text; texts inside it (`sh -c`, `eval`) get an analysis of their own. */
class Analysis implements CommandSink {
  private readonly facts: CommandFact[] = [];

  constructor(
    private readonly via: readonly string[],
    private readonly level: number,
  ) {}

  /** Analyses shell code. */
  code(text: string): CommandFact[] {
    if (text.length > TEXT_LIMIT || this.level > CODE_LIMIT) {
      this.addUndecidable('the command', this.via);
      return this.facts;
    }
    const parser = new ShellParser(text).parse();
    let moved = false;
    for (const command of parser.commands) {
      this.simple(command, moved);
      moved ||= /^(?:cd|pushd|popd)$/.test(command.words[0] ? staticText(command.words[0]) : '');
    }
    const indexes = parser.arithmetic || parser.commands.some(({ words: [head] }) => head && evaluatesIndexes(head));
    const hidden = indexes && parser.hiddenIndex;
    if (parser.problems.length || hidden) this.addUndecidable(firstLine(text), this.via);
    return this.facts;
  }

  /** The facts of code that a program of this text runs; unknown parts make it undecidable too. */
  nested(word: Word, via: readonly string[]): void {
    this.facts.push(...new Analysis(via, this.level + 1).code(codeText(word)));
    if (isDynamic(word)) this.addUndecidable(word.raw, via);
  }

  addUndecidable(source: string, via: readonly string[]): void {
    this.facts.push(undecidable(source, via));
  }

  private simple(command: SimpleCommand, moved: boolean): void {
    let opaque = false;
    for (const word of command.assignments) opaque = this.assignment(word) || opaque;
    const files = command.redirects.flatMap((redirect) => fileUses(redirect, moved));
    const stdin = command.redirects.findLast((redirect) => redirect.operator.startsWith('<<'))?.target ?? null;
    if (command.words.length === 0) {
      const source = opaque ? command.assignments.map((word) => `${assignmentName(word)}=`).join(' ') : '';
      if (files.length || opaque) this.facts.push({ ...fact('none', source, ''), files, opaque, via: this.via });
      return;
    }
    this.words(command.words, { files, stdin, opaque, isFunction: command.isFunction, via: this.via });
  }

  /** Notes what an assignment does; true when it changes what later names mean. */
  private assignment(word: Word): boolean {
    const role = variableRole(assignmentName(word)!);
    if (role === 'names') this.addUndecidable(word.raw, this.via);
    if (role === 'command') this.nested(assignmentValue(word), [...this.via, assignmentName(word)!]);
    return role === 'loader';
  }

  /** Reports the command these words make, and every command it starts. */
  words(words: readonly Word[], context: CommandContext): void {
    const [head, ...rest] = words;
    const { files, via } = context;
    if (!head) return;
    // An unquoted expansion that comes out empty leaves the next word as the program.
    if (isDynamic(head)) {
      this.facts.push({ ...undecidable(head.raw, via), args: rest.map(toArgument), files });
      return;
    }
    const path = staticText(head);
    const program = programName(path);
    const opaque = context.opaque || this.altersNames(program, rest);
    const kind = context.isFunction ? 'function' : HARMLESS_BUILTINS.has(path) ? 'builtin' : 'program';
    const given = rest.map(toArgument);
    const foreign = kind === 'function' ? null : foreignCode(program, given);
    const made = { ...fact(kind, program, path), args: given, files, opaque, foreign, via };
    this.facts.push(made);
    if (kind !== 'function') runsOther(this, made, rest, context);
  }

  /** True when a builtin (or `env`) assigns to a variable that decides what names mean. */
  private altersNames(program: string, args: readonly Word[]): boolean {
    if (!ASSIGNING_BUILTINS.has(program)) return false;
    // `declare -n x=PATH`: from here on assigning to x assigns to PATH.
    if (args.some((word) => /^-[A-Za-z]*n/.test(staticText(word)) && NAMING_BUILTINS.has(program))) return true;
    let alters = false;
    for (const word of args) {
      const name = assignmentName(word);
      if (name !== null) alters = this.assignment(word) || alters;
      else if (program !== 'env')
        alters ||= isDynamic(word)
          ? program !== 'printf' && program !== 'unset'
          : variableRole(staticText(word)) !== null;
    }
    return alters;
  }
}

/** `[ -v 'a[$(cmd)]' ]`, `printf -v …`, `unset …`: builtins that take names of variables evaluate their indexes. */
function evaluatesIndexes(head: Word): boolean {
  return INDEXING_BUILTINS.has(staticText(head));
}

function fact(kind: CommandFact['kind'], program: string, path: string): CommandFact {
  return { kind, program, path, args: [], files: [], undecidable: false, opaque: false, foreign: null, via: [] };
}

function undecidable(source: string, via: readonly string[]): CommandFact {
  return { ...fact('program', source, ''), undecidable: true, via };
}

function firstLine(text: string): string {
  const line = text.trim().split('\n')[0]!;
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}

/** The files a redirection opens; descriptors and the null device are none. */
function fileUses(redirect: Redirect, moved: boolean): FileUse[] {
  const { operator, target } = redirect;
  if (operator.startsWith('<<')) return [];
  const text = staticText(target);
  if ((operator === '>&' || operator === '<&') && (/^\d*-?$/.test(text) || isDynamic(target))) return [];
  if (!isDynamic(target) && /^\/dev\/(?:null|zero|stdin|stdout|stderr|tty|fd\/\d+)$/.test(text)) return [];
  // After `cd` a relative name no longer says which file it means.
  const known = !isDynamic(target) && !text.startsWith('~') && (text.startsWith('/') || !moved);
  const path = known ? text : null;
  if (operator === '<' || operator === '<&') return [{ mode: 'read', path }];
  if (operator === '<>')
    return [
      { mode: 'read', path },
      { mode: 'write', path },
    ];
  return [{ mode: 'write', path }];
}
