import type { Span } from '../../grammar/ast.js';

/** One problem found in a source file, before it is rendered for a person. */
export interface Diagnostic {
  severity: 'error' | 'warning';
  /** Key into the error catalogue (`messages/*.md`). */
  code: string;
  /** The class a user sees, without `Error` (language.md 13.1): `MlldParse`, `MlldImport` … */
  name: string;
  message: string;
  /** Path as the user would write it. */
  file: string;
  /** Null when the problem belongs to the file as a whole. */
  span: Span | null;
  /** What to do about it. */
  hint?: string;
  details?: Record<string, unknown>;
  /** How it came to this, in the order it happens: from where a label enters to where it is refused. */
  path?: readonly PathStep[];
}

/** A place on the way to a problem, and what happens there. */
export interface PathStep {
  file: string;
  span: Span;
  text: string;
}
