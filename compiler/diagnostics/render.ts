/** Errors as a person reads them on a terminal (language.md 13.1). */

import pc from 'picocolors';
import type { Colors } from 'picocolors/types.js';
import type { Diagnostic, PathStep } from './diagnostic.js';
import { type FrameOptions, sourceFrame } from './frame.js';
import { LineIndex, type LineRange } from './location.js';
import { printable } from './printable.js';

/** The text of a source file by the path diagnostics name it with. */
export type SourceLookup = (file: string) => string | undefined;

export interface RenderOptions {
  /** Write ANSI colours. */
  color: boolean;
  /** Columns of the terminal; 100 when not given. */
  width?: number;
}

/** A place in a source file; lines and columns are 1-based. */
export interface SourcePosition {
  file: string;
  line: number;
  column: number;
  /** Exclusive end; a single caret is drawn when absent. */
  endLine?: number;
  endColumn?: number;
}

/** An error that happened while a program ran. */
export interface RuntimeError {
  /** Class without `Error`; empty for errors that print only their message. */
  name: string;
  message: string;
  code?: string;
  /** Where it happened, if that is known. */
  position: SourcePosition | null;
  /** The directive that was running and what it worked on, for the line above the message. */
  directive?: string;
  target?: string;
  details?: Record<string, unknown>;
  hint?: string;
  /** The mlld call stack, innermost call first: an executable and where it was called from. */
  stack?: readonly { name: string; position: SourcePosition | null }[];
}

const DEFAULT_WIDTH = 100;
/** Frames of a deep recursion that are shown from each end. */
const STACK_EDGE = 6;
/** Nobody reads on behind so many problems, and each has its frame. */
const MOST_SHOWN = 100;

/**
 * Renders diagnostics in the order given, errors and warnings alike, followed by their number when
 * there are several.
 *
 * @param sources a map from file to text, or a function that answers the same
 * @returns text that ends with a newline, or the empty string when there are no diagnostics
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: SourceLookup | ReadonlyMap<string, string>,
  options: RenderOptions,
): string {
  if (diagnostics.length === 0) return '';
  const view = new View(sources, options);
  const blocks = diagnostics.slice(0, MOST_SHOWN).map((diagnostic) => view.diagnostic(diagnostic));
  return `${blocks.join('')}${view.closing(diagnostics)}`;
}

/** Renders an error of a run, with its frame, details, hint and mlld call stack. */
export function renderRuntimeError(
  error: RuntimeError,
  sources: SourceLookup | ReadonlyMap<string, string>,
  options: RenderOptions,
): string {
  const view = new View(sources, options);
  return view.runtimeError(error) + view.closing([]);
}

class View {
  readonly #colors: Colors;
  readonly #frame: FrameOptions;
  readonly #lookup: SourceLookup;
  readonly #indexes = new Map<string, LineIndex | null>();
  readonly #width: number;

  constructor(sources: SourceLookup | ReadonlyMap<string, string>, options: RenderOptions) {
    this.#colors = pc.createColors(options.color);
    this.#width = options.width ?? DEFAULT_WIDTH;
    this.#frame = { colors: this.#colors, width: this.#width - 2 };
    this.#lookup = typeof sources === 'function' ? sources : (file) => sources.get(file);
  }

  diagnostic(diagnostic: Diagnostic): string {
    const source = this.#source(diagnostic.file);
    const range = source && diagnostic.span ? source.range(diagnostic.span) : null;
    const frame = source && range ? sourceFrame(diagnostic.file, source, range, this.#frame) : null;
    return this.#block(diagnostic.severity, [
      this.#headline(diagnostic.severity, diagnostic.name, parityMessage(diagnostic, range)),
      frame ?? [this.#colors.cyan(diagnostic.file)],
      this.#details(
        diagnostic.path ? { flow: this.#path(diagnostic.path), ...diagnostic.details } : diagnostic.details,
      ),
      this.#hint(diagnostic.hint),
    ]);
  }

  runtimeError(error: RuntimeError): string {
    const { position } = error;
    const source = position && this.#source(position.file);
    const range = position && toRange(position);
    let frame: string[] = [];
    if (source && range) frame = sourceFrame(position.file, source, range, this.#frame);
    else if (position) frame = [this.#colors.cyan(place(position))];
    return this.#block('error', [
      this.#trace(error),
      this.#headline('error', error.name, error.message),
      frame,
      this.#stack(error.stack ?? []),
      this.#details(error.details),
      this.#hint(error.hint),
    ]);
  }

  /** The rule that ends the output, with a count in front of it when there are several diagnostics. */
  closing(diagnostics: readonly Diagnostic[]): string {
    const rule = `${this.#colors.dim('━'.repeat(this.#ruleWidth()))}\n`;
    if (diagnostics.length < 2) return rule;
    const count = (severity: 'error' | 'warning') => {
      const n = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
      return n === 0 ? [] : [`${n} ${severity}${n === 1 ? '' : 's'}`];
    };
    const shown = diagnostics.length > MOST_SHOWN ? ` (the first ${MOST_SHOWN} are shown)` : '';
    return `${rule}${[...count('error'), ...count('warning')].join(', ')}${shown}\n`;
  }

  #block(severity: Diagnostic['severity'], sections: string[][]): string {
    const title = ` mlld ${severity} `;
    const side = '━'.repeat(Math.max(3, Math.floor((this.#ruleWidth() - title.length) / 2)));
    const rest = '━'.repeat(Math.max(3, this.#ruleWidth() - title.length - side.length));
    const paint = severity === 'error' ? this.#colors.red : this.#colors.yellow;
    const body = sections
      .filter((section) => section.length > 0)
      .map((section) => section.map((line) => (line === '' ? '' : `  ${line}`)).join('\n'));
    return `\n${paint(side + title + rest)}\n\n${body.join('\n\n')}\n\n`;
  }

  #trace(error: RuntimeError): string[] {
    if (!error.directive) return [];
    const head = error.target ? `${error.directive} ${printable(error.target)}` : error.directive;
    if (!error.position) return [head];
    return [`${head} ${this.#colors.dim(`${'.'.repeat(5)} ${error.position.file}:${error.position.line}`)}`];
  }

  #headline(severity: Diagnostic['severity'], name: string, message: string): string[] {
    const paint = severity === 'error' ? this.#colors.red : this.#colors.yellow;
    const [first = '', ...rest] = printable(message).split('\n');
    return [name ? `${paint(this.#colors.bold(name))}: ${first}` : first, ...rest];
  }

  #stack(stack: NonNullable<RuntimeError['stack']>): string[] {
    if (stack.length === 0) return [];
    const lines = stack.map(({ name, position }) =>
      position ? `at @${name} ${this.#colors.dim(`(${place(position)})`)}` : `at @${name}`,
    );
    if (lines.length <= STACK_EDGE * 2) return lines;
    const hidden = lines.length - STACK_EDGE * 2;
    return [...lines.slice(0, STACK_EDGE), this.#colors.dim(`… ${hidden} more`), ...lines.slice(-STACK_EDGE)];
  }

  #details(details: Record<string, unknown> | undefined): string[] {
    const rows = Object.entries(details ?? {}).filter(([, value]) => value !== undefined);
    if (rows.length === 0) return [];
    return [
      'Details:',
      ...rows.flatMap(([key, value]) => {
        const [first = '', ...rest] = detailText(value).split('\n');
        return [`  ${this.#colors.dim(`${key}:`)} ${first}`, ...rest.map((line) => `    ${line}`)];
      }),
    ];
  }

  #path(steps: readonly PathStep[]): string {
    return steps
      .map(({ file, span, text }) => {
        const at = this.#source(file)?.position(span.start);
        return `${at ? place({ file, ...at }) : file}  ${text}`;
      })
      .join('\n');
  }

  #hint(hint: string | undefined): string[] {
    if (!hint) return [];
    const [first = '', ...rest] = printable(hint).split('\n');
    return [`💡 ${first}`, ...rest.map((line) => (line === '' ? '' : `   ${line}`))];
  }

  #source(file: string): LineIndex | null {
    const known = this.#indexes.get(file);
    if (known !== undefined) return known;
    const text = this.#lookup(file);
    const index = text === undefined ? null : new LineIndex(text);
    this.#indexes.set(file, index);
    return index;
  }

  #ruleWidth(): number {
    return Math.max(20, Math.min(this.#width, 80));
  }
}

/** Parse errors read `Parse error: … at line L, column C in FILE` (language.md 13.1). */
function parityMessage(diagnostic: Diagnostic, range: LineRange | null): string {
  const { name, message, file } = diagnostic;
  if (name !== 'MlldParse') return message;
  const prefixed = message.startsWith('Parse error: ') ? message : `Parse error: ${message}`;
  if (!range || message.includes('\n')) return prefixed;
  return `${prefixed} at line ${range.line}, column ${range.column} in ${file}`;
}

function toRange(position: SourcePosition): LineRange {
  const { line, column, endLine = line, endColumn = endLine === line ? column + 1 : 1 } = position;
  return { line, column, endLine, endColumn };
}

function place(position: SourcePosition): string {
  return `${position.file}:${position.line}:${position.column}`;
}

function detailText(value: unknown): string {
  return printable(typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)));
}
