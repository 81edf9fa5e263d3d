/** Shell code that programs are given: in an option, in words that are joined, or to a shell of their own. */

import type { CommandContext, CommandSink } from './context.js';
import { isDynamic, literalWord, sliceWord, splits, staticText, UNKNOWN_CODE, type Word } from './word.js';

/** The words as they are written. */
export function source(words: readonly Word[]): string {
  return words.map((word) => word.raw).join(' ');
}

/** A shell: code after `-c`, a script file, or code on standard input. */
export function runShell(sink: CommandSink, program: string, args: readonly Word[], context: CommandContext): void {
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
  if (operand && !fromStdin && (code || !isStandardInput(operand))) {
    if (code) sink.nested(operand, context.via);
    else if (isDynamic(operand)) sink.addUndecidable(operand.raw, context.via);
    else sink.words([operand], { ...context, opaque: true, stdin: null });
  } else if (context.stdin && !code) sink.nested(context.stdin, context.via);
  else if (!args.some((word) => /^--?(?:version|help)$/.test(staticText(word))))
    sink.addUndecidable(`${program} reading its commands`, context.via);
}

/** A file name that means what a shell reads anyway. */
export function isStandardInput(word: Word): boolean {
  return !isDynamic(word) && /^(?:\/dev\/(?:stdin|fd\/0)|\/proc\/[\w-]+\/fd\/0)$/.test(staticText(word));
}

/** Without a command of their own these start a shell, which reads its commands. */
export const LOGIN_PROGRAMS: ReadonlySet<string> = new Set([
  'su',
  'script',
  'sudo',
  'doas',
  'chroot',
  'unshare',
  'nsenter',
  'runuser',
]);

export function runLoginShell(
  sink: CommandSink,
  program: string,
  args: readonly Word[],
  context: CommandContext,
): void {
  if (args.some((word) => /^(?:-\w*c|--command)/.test(staticText(word)))) return;
  const asked = args.some((word) => /^(?:-\w*[is]|--(?:shell|login))$/.test(staticText(word)));
  if ((program === 'sudo' || program === 'doas') && !asked) return;
  if (context.stdin) sink.nested(context.stdin, context.via);
  else sink.addUndecidable(`${program} starting a shell`, context.via);
}

/** The word with every placeholder made unknown; in code that is an expansion. */
export function fillUnknown(word: Word, placeholder: string, asCode = false): Word {
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
export function runJoined(sink: CommandSink, via: readonly string[], args: readonly Word[], appended: boolean): void {
  const joined: Word = { chars: '', kinds: '', raw: source(args) };
  for (const word of appended ? [...args, literalWord(UNKNOWN_CODE)] : args) {
    const blank = joined.chars === '' ? '' : ' ';
    joined.chars += blank + word.chars;
    joined.kinds += blank.replace(' ', 'q') + word.kinds.replace(/u/g, 'q');
  }
  if (joined.chars !== '') sink.nested(joined, via);
}

/** Values of options that are commands: `-o CODE`, `-xoCODE`, `--option CODE`, `--option=CODE`, `-o key=CODE`. */
export function runOption(
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
      if (text === option || isShortened(text, option)) value = args[at + 1];
      else if (text.includes('=') && isShortened(text.split('=')[0]!, option))
        value = sliceWord(word, text.indexOf('=') + 1);
      else if (option.length === 2 && /^-[^-]/.test(text)) {
        const letter = word.chars.indexOf(option[1]!, 1);
        if (letter > 0) value = letter + 1 < word.chars.length ? sliceWord(word, letter + 1) : args[at + 1];
      }
      if (value) runOptionValue(sink, via, value, keys);
    }
  });
}

/** Programs take long options cut short: `--compress-prog`. */
function isShortened(text: string, option: string): boolean {
  return option === text || (/^--\w{2}/.test(text) && option.startsWith(text));
}

function runOptionValue(sink: CommandSink, via: readonly string[], value: Word, keys: RegExp | undefined): void {
  const pair = /^([^=\s]+)[=\s]\s*/.exec(value.chars);
  if (!keys) sink.nested(value, via);
  else if (pair && keys.test(pair[1]!)) sink.nested(stripBang(sliceWord(value, pair[0].length)), via);
}

/** `!cmd` in a git alias or credential helper marks shell code. */
export function stripBang(word: Word): Word {
  return word.chars.startsWith('!') ? sliceWord(word, 1) : word;
}
