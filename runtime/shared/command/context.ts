import type { FileUse } from './types.js';
import type { Word } from './word.js';

/** How a command stands in its text. */
export interface CommandContext {
  files: readonly FileUse[];
  /** The text of a here-document or here-string on its standard input. */
  stdin: Word | null;
  opaque: boolean;
  isFunction: boolean;
  via: readonly string[];
}

/** The context of a command that `program` starts. */
export function startedBy(context: CommandContext, program: string): CommandContext {
  return { ...context, files: [], isFunction: false, via: [...context.via, program] };
}

/** Where the commands that other commands start are reported. */
export interface CommandSink {
  /** The command that these words make, and every command it starts. */
  words(words: readonly Word[], context: CommandContext): void;
  /** Shell code; `via` are the programs that run it. */
  nested(code: Word, via: readonly string[]): void;
  /** Something runs, and the text does not say what. */
  addUndecidable(source: string, via: readonly string[]): void;
}
