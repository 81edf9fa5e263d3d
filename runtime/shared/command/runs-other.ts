/** Commands that start other commands: wrappers, shells, `eval`, `find -exec` and their kin. */

import { type CommandContext, type CommandSink, startedBy } from './context.js';
import { CODE_OPTIONS, SHELLS, WRAPPERS, type Wrapper } from './programs.js';
import type { CommandFact } from './types.js';
import {
  assignmentName,
  isDynamic,
  literalWord,
  sliceWord,
  splits,
  staticText,
  UNKNOWN_CODE,
  unknownWord,
  type Word,
} from './word.js';

/** Reports what `command`, called with `args`, starts. */
export function runsOther(
  sink: CommandSink,
  command: CommandFact,
  args: readonly Word[],
  context: CommandContext,
): void {
  const { program } = command;
  const inner = startedBy(context, program);
  if (SHELLS.has(program)) runShell(sink, program, args, inner);
  else if (Object.hasOwn(WRAPPERS, program)) runWrapped(sink, program, WRAPPERS[program]!, args, inner);
  else if (Object.hasOwn(BUILTINS, program)) BUILTINS[program]!(sink, args, inner);
  const options = Object.hasOwn(CODE_OPTIONS, program) ? CODE_OPTIONS[program]! : [];
  for (const rule of options) runOption(sink, inner.via, args, rule.options, rule.keys);
}

type Runner = (sink: CommandSink, args: readonly Word[], context: CommandContext) => void;

const BUILTINS: Readonly<Record<string, Runner>> = {
  eval: (sink, args, context) => runJoined(sink, context.via, args, false),
  trap: runTrap,
  find: runFind,
  '.': runFile,
  source: runFile,
  alias: runAlias,
  // Both can give a builtin or a name another meaning.
  enable: (sink, args, context) => sink.addUndecidable(`enable ${source(args)}`, context.via),
  hash: (sink, args, context) => {
    if (args.some((word) => /^-\w*p/.test(staticText(word)))) sink.addUndecidable(`hash ${source(args)}`, context.via);
  },
  mapfile: (sink, args, context) => runOption(sink, context.via, args, ['-C']),
  readarray: (sink, args, context) => runOption(sink, context.via, args, ['-C']),
  git: runGit,
};

/** `source FILE`: the file's commands are not seen. */
function runFile(sink: CommandSink, args: readonly Word[], context: CommandContext): void {
  sink.words([args[0] ?? unknownWord('.')], { ...context, opaque: true });
}

function source(words: readonly Word[]): string {
  return words.map((word) => word.raw).join(' ');
}

/** A shell: code after `-c`, a script file, or code on standard input. */
function runShell(sink: CommandSink, program: string, args: readonly Word[], context: CommandContext): void {
  let at = 0;
  let code = false;
  let fromStdin = false;
  for (; at < args.length; at++) {
    const word = args[at]!;
    const text = staticText(word);
    if (splits(word) || (isDynamic(word) && text === '')) break;
    if (text === '--' || text === '-') {
      at++;
      break;
    }
    if (!/^[-+]./.test(text)) break;
    if (/^--(?:rcfile|init-file)$/.test(text) || /^[-+](?:o|O)$/.test(text)) at++;
    else if (text.startsWith('--')) code ||= text === '--command' || text.startsWith('--command=');
    else if (text.startsWith('-')) {
      code ||= text.includes('c');
      fromStdin ||= text.includes('s');
      if (/[oO]$/.test(text)) at++;
    }
  }
  const operand = args[at];
  if (operand && !fromStdin) {
    if (code) sink.nested(operand, context.via);
    else if (isDynamic(operand)) sink.addUndecidable(operand.raw, context.via);
    else sink.words([operand], { ...context, opaque: true, stdin: null });
  } else if (context.stdin && !code) sink.nested(context.stdin, context.via);
  else if (!args.some((word) => /^--?(?:version|help)$/.test(staticText(word))))
    sink.addUndecidable(`${program} reading its commands`, context.via);
}

function runWrapped(
  sink: CommandSink,
  program: string,
  wrapper: Wrapper,
  args: readonly Word[],
  context: CommandContext,
): void {
  // `command -v NAME` looks a name up and runs nothing.
  if (program === 'command' && args[0] && /^-p?[vV]/.test(staticText(args[0]))) return;
  if (wrapper.code)
    runOption(
      sink,
      context.via,
      args,
      wrapper.code.map((name) => (name.length === 1 ? `-${name}` : `--${name}`)),
    );
  const end = wrapper.until ? args.findIndex((word) => wrapper.until!.includes(staticText(word))) : -1;
  const words = end < 0 ? args : args.slice(0, end);
  const placeholder = wrapper.appends ? placeholderOf(words) : null;
  let starts = false;
  for (const start of programStarts(wrapper, words)) {
    const inner =
      placeholder === null
        ? words.slice(start)
        : words.slice(start).map((word) => fillUnknown(word, placeholder, wrapper.joins));
    if (inner.length === 0) continue;
    starts = true;
    if (wrapper.joins) runJoined(sink, context.via, inner, wrapper.appends === true);
    else sink.words(wrapper.appends ? [...inner, unknownWord('…')] : inner, context);
  }
  if (starts) return;
  if (program === 'parallel') sink.addUndecidable('parallel reading its commands', context.via);
  else if (LOGIN_PROGRAMS.has(program)) runLoginShell(sink, program, args, context);
}

/** Without a command of their own these start a shell, which reads its commands. */
const LOGIN_PROGRAMS: ReadonlySet<string> = new Set([
  'su',
  'script',
  'sudo',
  'doas',
  'chroot',
  'unshare',
  'nsenter',
  'runuser',
]);

function runLoginShell(sink: CommandSink, program: string, args: readonly Word[], context: CommandContext): void {
  if (args.some((word) => /^(?:-\w*c|--command)/.test(staticText(word)))) return;
  const asked = args.some((word) => /^(?:-\w*[is]|--(?:shell|login))$/.test(staticText(word)));
  if ((program === 'sudo' || program === 'doas') && !asked) return;
  if (context.stdin) sink.nested(context.stdin, context.via);
  else sink.addUndecidable(`${program} starting a shell`, context.via);
}

/**
 * Where the words of the wrapped program may begin. An option the table does not know may or may
 * not take the next word as its value, so both readings are returned.
 */
function programStarts(wrapper: Wrapper, args: readonly Word[]): Set<number> {
  const starts = new Set<number>();
  const seen = new Set<string>();
  const visit = (from: number, operands: number, options: boolean): void => {
    const key = `${from}:${operands}:${options}`;
    if (seen.has(key)) return;
    seen.add(key);
    const word = args[from];
    if (!word) {
      if (operands === 0) starts.add(from);
      return;
    }
    const text = staticText(word);
    if (splits(word)) starts.add(from);
    else if (options && text === '--') visit(from + 1, operands, false);
    else if (options && /^-./.test(text))
      for (const width of optionWidths(wrapper, text)) visit(from + width, operands, true);
    else if (wrapper.assignments && assignmentName(word) !== null) visit(from + 1, operands, options);
    else if (operands > 0) visit(from + 1, operands - 1, options);
    else starts.add(from);
  };
  visit(0, wrapper.operands ?? 0, true);
  return starts;
}

/** How many words an option may take: itself, or itself and a value. */
function optionWidths(wrapper: Wrapper, text: string): number[] {
  if (text.startsWith('--')) {
    const name = text.slice(2).split('=')[0]!;
    if (text.includes('=') || wrapper.longFlags?.includes(name)) return [1];
    return wrapper.longValues?.includes(name) ? [2] : [1, 2];
  }
  for (let at = 1; at < text.length; at++) {
    if (wrapper.values?.includes(text[at]!)) return [at === text.length - 1 ? 2 : 1];
    if (!wrapper.flags?.includes(text[at]!)) return [1, 2];
  }
  return [1];
}

/** What `xargs -I` and `parallel` replace in the words of the command. */
function placeholderOf(words: readonly Word[]): string {
  for (let at = 0; at < words.length; at++) {
    const text = staticText(words[at]!);
    const attached = /^(?:-[Ii]|--replace=)(.+)$/.exec(text);
    if (attached) return attached[1]!;
    if (text === '-I' && words[at + 1]) return staticText(words[at + 1]!);
  }
  return '{}';
}

/** The word with every placeholder made unknown; in code that is an expansion. */
function fillUnknown(word: Word, placeholder: string, asCode = false): Word {
  const result: Word = { chars: '', kinds: '', raw: word.raw };
  for (let at = 0; at < word.chars.length; ) {
    const found = word.chars.startsWith(placeholder, at);
    const chars = !found ? word.chars[at]! : asCode ? UNKNOWN_CODE : '$';
    result.chars += chars;
    result.kinds += !found ? word.kinds[at]! : asCode ? 'q'.repeat(chars.length) : 'X';
    at += found ? placeholder.length : 1;
  }
  return result;
}

/** The words joined by blanks are shell code; `appended` arguments follow them. */
function runJoined(sink: CommandSink, via: readonly string[], args: readonly Word[], appended: boolean): void {
  const joined: Word = { chars: '', kinds: '', raw: source(args) };
  for (const word of appended ? [...args, literalWord(UNKNOWN_CODE)] : args) {
    const blank = joined.chars === '' ? '' : ' ';
    joined.chars += blank + word.chars;
    joined.kinds += blank.replace(' ', 'q') + word.kinds.replace(/u/g, 'q');
  }
  if (joined.chars !== '') sink.nested(joined, via);
}

/** `trap CODE SIGNAL…`. */
function runTrap(sink: CommandSink, args: readonly Word[], context: CommandContext): void {
  const operands = args[0] && staticText(args[0]) === '--' ? args.slice(1) : args;
  const code = operands[0];
  if (operands.length > 1 && code && staticText(code) !== '-') sink.nested(code, context.via);
}

/** `find … -exec COMMAND ;`: the found path takes the place of `{}`. */
function runFind(sink: CommandSink, args: readonly Word[], context: CommandContext): void {
  for (let at = 0; at < args.length; at++) {
    if (!/^-(?:exec|execdir|ok|okdir)$/.test(staticText(args[at]!))) continue;
    const rest = args.slice(at + 1);
    const end = rest.findIndex((word) => staticText(word) === ';' || staticText(word) === '+');
    const inner = (end < 0 ? rest : rest.slice(0, end)).map((word) => fillUnknown(word, '{}'));
    sink.words(inner, context);
  }
}

/** `alias NAME=CODE`: what a later word means is no longer what it says. */
function runAlias(sink: CommandSink, args: readonly Word[], context: CommandContext): void {
  for (const word of args) {
    const equals = word.chars.indexOf('=');
    if (equals < 0) continue;
    sink.nested(sliceWord(word, equals + 1), context.via);
    sink.addUndecidable(word.raw, context.via);
  }
}

function runGit(sink: CommandSink, args: readonly Word[], context: CommandContext): void {
  const texts = args.map(staticText);
  const bisect = texts.findIndex((text, at) => text === 'run' && texts[at - 1] === 'bisect');
  if (bisect >= 0) sink.words(args.slice(bisect + 1), context);
  const foreach = texts.indexOf('foreach');
  if (foreach > 0 && texts.includes('submodule')) {
    runJoined(
      sink,
      context.via,
      args.slice(foreach + 1).filter((word) => !/^--(?:recursive|quiet)$/.test(staticText(word))),
      false,
    );
  }
  if (texts.includes('rebase') || texts.includes('difftool')) runOption(sink, context.via, args, ['-x']);
  const alias = texts.findIndex((text) => /^alias\./i.test(text));
  const value = args[alias + 1];
  if (alias > 0 && texts.includes('config') && value) sink.nested(stripBang(value), context.via);
}

/** Values of options that are commands: `-o CODE`, `-xoCODE`, `--option CODE`, `--option=CODE`, `-o key=CODE`. */
function runOption(
  sink: CommandSink,
  via: readonly string[],
  args: readonly Word[],
  options: readonly string[],
  keys?: RegExp,
): void {
  args.forEach((word, at) => {
    const text = staticText(word);
    for (const option of options) {
      let value: Word | undefined;
      if (text === option) value = args[at + 1];
      else if (text.startsWith(`${option}=`)) value = sliceWord(word, option.length + 1);
      else if (option.length === 2 && /^-[^-]/.test(text)) {
        const letter = word.chars.indexOf(option[1]!, 1);
        if (letter > 0) value = letter + 1 < word.chars.length ? sliceWord(word, letter + 1) : args[at + 1];
      }
      if (value) runOptionValue(sink, via, value, keys);
    }
  });
}

function runOptionValue(sink: CommandSink, via: readonly string[], value: Word, keys: RegExp | undefined): void {
  const pair = /^([^=\s]+)[=\s]\s*/.exec(value.chars);
  if (!keys) sink.nested(value, via);
  else if (pair && keys.test(pair[1]!)) sink.nested(stripBang(sliceWord(value, pair[0].length)), via);
}

/** `!cmd` in a git alias or credential helper marks shell code. */
function stripBang(word: Word): Word {
  return word.chars.startsWith('!') ? sliceWord(word, 1) : word;
}
