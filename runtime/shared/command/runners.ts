/** Programs that start others in a way of their own. */

import { awkCommands } from './awk.js';
import type { CommandContext, CommandSink } from './context.js';
import { GIT_COMMAND_KEYS } from './programs.js';
import { sedCommands } from './sed.js';
import { fillUnknown, runJoined, runLoginShell, runOption, runShell, stripBang } from './shell-code.js';
import type { CommandFact } from './types.js';
import { codeText, isDynamic, sliceWord, splits, staticText, type Word } from './word.js';

/** Reports what the program starts; `command` is the fact of the program itself. */
type Runner = (sink: CommandSink, args: readonly Word[], context: CommandContext, command: CommandFact) => void;

/** By the program's name. */
export const RUNNERS: Readonly<Record<string, Runner>> = {
  at: runLater,
  awk: runAwk,
  batch: runLater,
  capsh: runBehindDashes,
  find: runFind,
  gawk: runAwk,
  git: runGit,
  gsed: runSed,
  ip: runInNamespace,
  mawk: runAwk,
  nawk: runAwk,
  newgrp: (sink, args, context) => runLoginShell(sink, 'newgrp', args, context),
  sed: runSed,
  sg: runAsGroup,
  'start-stop-daemon': runDaemon,
  strace: runTracer,
};

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
  if (texts.includes('grep')) runOption(sink, context.via, args, ['-O']);
  const key = texts.findIndex((text) => GIT_COMMAND_KEYS.test(text));
  const value = args[key + 1];
  if (key > 0 && texts.includes('config') && value) sink.nested(stripBang(value), context.via);
  args.forEach((word, at) => {
    // A transport that is a command.
    const transport = /^ext::/.exec(word.chars);
    if (transport) sink.nested(sliceWord(word, transport[0].length), context.via);
    if (/^--(?:config-env|exec-path)(?:=|$)/.test(texts[at]!)) sink.addUndecidable(word.raw, context.via);
  });
}

/** `awk PROGRAM`: `system` and pipes run shell code. */
function runAwk(sink: CommandSink, args: readonly Word[], { via }: CommandContext, command: CommandFact): void {
  for (const program of codeOperands(args, 'FvfiEe', 'e', /^(?:-[fE]|--(?:file|exec)(?:=|$))/)) {
    if (isDynamic(program)) command.foreign = '-';
    const { code, unknown } = awkCommands(codeText(program));
    for (const word of code) sink.nested(word, via);
    if (unknown) sink.addUndecidable(program.raw, via);
  }
}

/** `sed SCRIPT`: `e` runs shell code. */
function runSed(sink: CommandSink, args: readonly Word[], { via }: CommandContext, command: CommandFact): void {
  for (const script of codeOperands(args, 'efl', 'e', /^(?:-\w*f|--file(?:=|$))/)) {
    if (isDynamic(script)) command.foreign = '-';
    const { code, unknown } = sedCommands(staticText(script));
    for (const word of code) sink.nested(word, via);
    if (unknown) sink.addUndecidable(script.raw, via);
  }
}

/**
 * The words that are code: values of `-e` and `--expression`, or else the first operand. With a
 * script in a file (`file`) there are none.
 *
 * @param values letters of options that have a value
 * @param code the letter of the option whose value is code
 */
function codeOperands(args: readonly Word[], values: string, code: string, file: RegExp): Word[] {
  const words: Word[] = [];
  let inFile = false;
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    const text = staticText(word);
    if (splits(word)) return [...words, word];
    if (text === '--' || !/^-./.test(text)) {
      const operand = text === '--' ? args[at + 1] : word;
      return words.length > 0 || inFile || !operand ? words : [operand];
    }
    inFile ||= file.test(text);
    const long = /^--(?:expression|source)(=|$)/.exec(text);
    if (long) {
      const value = long[1] === '=' ? sliceWord(word, text.indexOf('=') + 1) : args[++at];
      if (value) words.push(value);
      continue;
    }
    const letter = text.startsWith('--')
      ? -1
      : [...text].findIndex((each, index) => index > 0 && values.includes(each));
    if (letter < 0) continue;
    const value = letter + 1 < word.chars.length ? sliceWord(word, letter + 1) : args[++at];
    if (text[letter] === code && value) words.push(value);
  }
  return words;
}

/** `sg GROUP CODE`, `sg GROUP -c CODE`. */
function runAsGroup(sink: CommandSink, args: readonly Word[], context: CommandContext): void {
  const code = args.filter((word) => !/^-[cl]?$/.test(staticText(word))).slice(1);
  if (code.length > 0) runJoined(sink, context.via, code, false);
  else runLoginShell(sink, 'sg', args, context);
}

/** `at TIME`: shell code on standard input. */
function runLater(sink: CommandSink, args: readonly Word[], context: CommandContext): void {
  if (context.stdin) sink.nested(context.stdin, context.via);
  else if (!args.some((word) => /^-[lrdVc]/.test(staticText(word))))
    sink.addUndecidable(`${context.via.at(-1)} reading its commands`, context.via);
}

/** `capsh -- ARGS`: arguments of Bash. */
function runBehindDashes(sink: CommandSink, args: readonly Word[], context: CommandContext): void {
  const dashes = args.findIndex((word) => /^(?:--|==)$/.test(staticText(word)));
  if (dashes >= 0) runShell(sink, 'bash', args.slice(dashes + 1), context);
}

/** `ip netns exec NAME COMMAND`, `ip vrf exec NAME COMMAND`. */
function runInNamespace(sink: CommandSink, args: readonly Word[], context: CommandContext): void {
  const exec = args.findIndex((word) => /^e(?:x(?:e(?:c)?)?)?$/.test(staticText(word)));
  if (exec > 0 && args[exec + 2]) sink.words(args.slice(exec + 2), context);
}

/** `start-stop-daemon --exec PROGRAM … -- ARGS`. */
function runDaemon(sink: CommandSink, args: readonly Word[], context: CommandContext): void {
  const dashes = args.findIndex((word) => staticText(word) === '--');
  const rest = dashes < 0 ? [] : args.slice(dashes + 1);
  args.forEach((word, at) => {
    const text = staticText(word);
    const program = /^(?:-[xa]|--(?:exec|startas))$/.test(text) ? args[at + 1] : undefined;
    const attached = /^--(?:exec|startas)=/.exec(text);
    if (program) sink.words([program, ...rest], context);
    else if (attached) sink.words([sliceWord(word, attached[0].length), ...rest], context);
  });
}

/** `strace -o '|COMMAND'` writes to a command. */
function runTracer(sink: CommandSink, args: readonly Word[], { via }: CommandContext): void {
  for (const word of args) {
    const pipe = /^(?:-o|--output=)?[|!]/.exec(word.chars);
    if (pipe) sink.nested(sliceWord(word, pipe[0].length), via);
  }
}
