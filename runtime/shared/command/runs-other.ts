/** Commands that start other commands: wrappers, shells, `eval` and their kin. */

import { type CommandContext, type CommandSink, startedBy } from './context.js';
import { CODE_OPTIONS, SHELLS, WRAPPERS, type Wrapper } from './programs.js';
import { RUNNERS } from './runners.js';
import {
  fillUnknown,
  isStandardInput,
  LOGIN_PROGRAMS,
  runJoined,
  runLoginShell,
  runOption,
  runShell,
  source,
} from './shell-code.js';
import type { CommandFact } from './types.js';
import { assignmentName, sliceWord, splits, staticText, unknownWord, type Word } from './word.js';

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
  if (Object.hasOwn(RUNNERS, program)) RUNNERS[program]!(sink, args, inner, command);
  const options = Object.hasOwn(CODE_OPTIONS, program) ? CODE_OPTIONS[program]! : [];
  for (const rule of options) runOption(sink, inner.via, args, rule.options, rule.keys);
}

type Builtin = (sink: CommandSink, args: readonly Word[], context: CommandContext) => void;

const BUILTINS: Readonly<Record<string, Builtin>> = {
  eval: (sink, args, context) => runJoined(sink, context.via, args, false),
  trap: runTrap,
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
  fc: (sink, args, context) => sink.addUndecidable(`fc ${source(args)}`, context.via),
};

/** `source FILE`: the file's commands are not seen, those on standard input are. */
function runFile(sink: CommandSink, args: readonly Word[], context: CommandContext): void {
  if (args[0] && isStandardInput(args[0])) runShell(sink, 'source', args, context);
  else sink.words([args[0] ?? unknownWord('.')], { ...context, opaque: true });
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
    else if (options && (wrapper.dash ? /^-/ : /^-./).test(text))
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

/** `trap CODE SIGNAL…`. */
function runTrap(sink: CommandSink, args: readonly Word[], context: CommandContext): void {
  const operands = args[0] && staticText(args[0]) === '--' ? args.slice(1) : args;
  const code = operands[0];
  if (operands.length > 1 && code && staticText(code) !== '-') sink.nested(code, context.via);
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
