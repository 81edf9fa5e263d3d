/** What a shell text would run, as far as the text alone says (security.md 4, 5.5, 5.7). */

/** One word of a command after quoting is removed. */
export interface Argument {
  /** The text; parts that only the run decides are left out. */
  text: string;
  /** True when an expansion, a glob or a substitution contributes to it. */
  dynamic: boolean;
  /** True when it may become no word at all, or several. */
  splits: boolean;
}

/** A file a redirection opens; `path` is null when only the run decides which. */
export interface FileUse {
  mode: 'read' | 'write';
  path: string | null;
}

export interface CommandFact {
  /**
   * `builtin`: a part of the shell without effects outside it; `function`: defined in the same
   * text, its body is analysed where it stands; `none`: redirections only.
   */
  kind: 'program' | 'builtin' | 'function' | 'none';
  /** Base name in lower case. When it cannot be decided, the source text that stands for it. */
  program: string;
  /** The program as written, with its path; empty when it cannot be decided. */
  path: string;
  /** What follows the program. */
  args: readonly Argument[];
  /** Files opened by redirections of this command. */
  files: readonly FileUse[];
  /** True when the text does not say which program or code runs. */
  undecidable: boolean;
  /** True when code runs that the text names but does not show: a script file, an altered PATH. */
  opaque: boolean;
  /** What brings code in a language other than the shell's: an option, `-` for standard input; null for none. */
  foreign: string | null;
  /** The programs that start this one, outermost first: `sudo`, `env`, `sh`. */
  via: readonly string[];
}
