import type { WhenExpression } from '../../grammar/ast.js';
import { checkJavaScript } from './build/code.js';
import { checkNone } from './build/when.js';
import { SyntaxFailure } from './failure.js';
import { BracketIndex } from './scan/brackets.js';
import { shellOperator } from './scan/shell-operators.js';
import { isMlldFence, mlldFence } from './scan/template.js';
import { describe, isDirective, isStrictDirective, tokenEnd } from './scan/text.js';

/** What the grammar is inside of: brackets, and the kinds of text. */
export type Kind =
  | 'loose'
  | 'block'
  | 'run'
  | 'command'
  | 'single'
  | 'double'
  | 'backtick'
  | 'colon2'
  | 'colon3'
  | 'brackets'
  | 'fragment'
  | 'att'
  | 'mtt';

interface Frame {
  kind: Kind;
  /** Offset after what opened it. */
  at: number;
  /** The statement it was opened in. */
  directive: string;
  /** Braces that are open in the text of a command. */
  braces: number;
}

/** How long what opens a kind is, where it is not one character. */
const OPENERS: Partial<Record<Kind | 'none', number>> = { colon2: 2, colon3: 3, brackets: 2 };

/** Deeper than this no program is meant, and the stack of the parser ends soon. */
const MAX_DEPTH = 1200;

/** The state of one parse of one file: what the parser is inside of, and what it only tries. */
export class ParseContext {
  readonly brackets: BracketIndex;
  /** Keyword of the statement that is being read. */
  directive = '';
  /** Language of the code block that is being read. */
  language = '';
  /** Offset of the statement that is being read. */
  statementStart = 0;
  private frames: Frame[] = [];
  private readonly attempts: number[] = [];
  private readonly notCalls = new Set<number>();
  /** True once a fence of a template file was found to have no end. */
  private openFence = false;

  /** @param source the file */
  constructor(private readonly source: string) {
    this.brackets = new BracketIndex(source);
  }

  /** The end of a ```` ```mlld ```` fence of a template file, -1 without one; where one does not end, no later one does. */
  mlldFence(at: number): number {
    if (this.openFence) return -1;
    const end = mlldFence(this.source, at);
    if (end < 0 && isMlldFence(this.source, at)) this.openFence = true;
    return end;
  }

  // ─────────────────────────────────────────────── errors

  /** Reports an error; while something is only tried, answers false so that the alternative fails. */
  fail(code: string, params: Record<string, string | number>, start: number, end: number): false {
    if (this.attempts.length > 0) return false;
    const stop = end > start ? end : tokenEnd(this.source, start);
    throw new SyntaxFailure(code, { found: describe(this.source, start), ...params }, start, stop);
  }

  /**
   * A bracket without its closer: it was left open where the file ends or the next directive begins, otherwise
   * something stands in the way.
   */
  failCloser(what: string, at: number): false {
    if (this.attempts.length > 0) return false;
    const directive = this.frame?.directive ?? this.directive;
    const nextStatement =
      this.source[at - 1] === '\n' && (isStrictDirective(this.source, at) || isDirective(this.source, at));
    if (at >= this.source.length || nextStatement) return this.failUnclosed(what);
    return this.fail(`${what}-closer`, { directive }, at, at);
  }

  /** The error of brackets that nobody can read. */
  tooDeep(): SyntaxFailure {
    return new SyntaxFailure('nested-too-deeply', {}, Math.max(this.opening - 1, 0), this.opening);
  }

  /** What was opened last has no end. */
  failUnclosed(what: string): false {
    const directive = this.frame?.directive ?? this.directive;
    return this.fail(`unclosed-${what}`, { directive }, this.opening - (OPENERS[this.kind] ?? 1), this.opening);
  }

  /** What follows a complete directive on its line (language.md 1.2). */
  leftover(at: number): false {
    return this.fail('strict-leftover', {}, at, at);
  }

  /** Entries after `when VALUE [` that are no patterns (language.md 7.3). */
  failPatterns(at: number): false {
    if (at >= this.source.length) return this.failCloser('when', at);
    const before = this.source.slice(this.statementStart, this.opening - 1);
    const subject = /when\s+(?:first\s+)?((?:(?!\bwhen\s)[^\n])*?)\s*:?\s*$/.exec(before)?.[1] ?? '@value';
    return this.fail('when-ambiguous', { subject }, this.opening - 1, this.opening);
  }

  /** `none` as an operand or a value (language.md 13.2). */
  failNone(at: number): false {
    const before = this.source.slice(0, at - 4).trimEnd();
    const after = this.source.slice(at).trimStart();
    const operated =
      /^(?:&&|\|\||\?\?|==|!=|!~=|~=|[<>+*/%?-])/.test(after) ||
      (!before.endsWith('=>') && /(?:&&|\|\||\?\?|[=!~<>]=|[<>+*/%-])$/.test(before));
    return this.fail(operated ? 'none-compound' : 'none-outside', {}, at - 4, at);
  }

  checkNone(entries: WhenExpression['entries']): boolean {
    const problem = checkNone(entries);
    return problem === null || this.fail(problem.code, {}, problem.loc.start, problem.loc.end);
  }

  checkCode(language: string, code: string, start: number): boolean {
    const found = checkJavaScript(language, code);
    return (
      found === null ||
      this.fail(
        'js-at-sign',
        { name: found.name, line: found.line },
        start + found.at,
        start + found.at + found.name.length + 1,
      )
    );
  }

  /** The same in the text of a quoted command. */
  refuseIn(text: string, at: number, offset: number): false {
    const { code, operator } = shellOperator(text, at);
    return this.fail(code, { operator }, offset, offset + operator.length);
  }

  /** An operator of the shell outside quotes (language.md 6.3). */
  refuseOperator(at: number): false {
    const { code, operator } = shellOperator(this.source, at);
    return this.fail(code, { operator }, at, at + operator.length);
  }

  // ─────────────────────────────────────────────── where the parser is

  begin(directive: string, at: number): true {
    this.directive = directive;
    if (this.frames.length === 0) this.statementStart = at - directive.length;
    return true;
  }

  enter(kind: Kind, at: number): boolean {
    if (this.frames.length >= MAX_DEPTH) throw this.tooDeep();
    this.frames.push({ kind, at, directive: this.directive, braces: 0 });
    return true;
  }

  leave(): true {
    this.frames.pop();
    return true;
  }

  /** Starts an attempt: until `tried`, errors make alternatives fail. */
  try(): true {
    this.attempts.push(this.frames.length);
    return true;
  }

  tried(): true {
    this.frames.length = this.attempts.pop() ?? 0;
    return true;
  }

  /** An opening brace in a command. */
  openBrace(): true {
    if (this.frame) this.frame.braces += 1;
    return true;
  }

  /** True at a brace that closes one in a command; false at the one that ends the command. */
  closeBrace(): boolean {
    if (!this.frame?.braces) return false;
    this.frame.braces -= 1;
    return true;
  }

  private get frame(): Frame | undefined {
    return this.frames.at(-1);
  }

  get kind(): Kind | 'none' {
    return this.frame?.kind ?? 'none';
  }

  /** Offset after the bracket or quote that was opened last. */
  get opening(): number {
    return this.frame?.at ?? this.statementStart;
  }

  get loose(): boolean {
    return this.kind === 'loose';
  }

  /** True in the template of `as`, where `<>` stands for a file (language.md 9.5). */
  hasPlaceholders = false;

  placeholders(on: boolean): true {
    this.hasPlaceholders = on;
    return true;
  }

  get pipedRun(): boolean {
    return this.kind === 'run';
  }

  /** True outside all brackets. */
  get atTop(): boolean {
    return this.frames.every((frame) => frame.kind === 'run');
  }

  /** True where the text that is being read ends. */
  textEnds(at: number): boolean {
    switch (this.kind) {
      case 'backtick':
      case 'fragment':
        return this.source[at] === '`';
      case 'colon2':
        return this.source.startsWith('::', at);
      case 'colon3':
        return this.source.startsWith(':::', at);
      case 'brackets':
        return this.source.startsWith(']]', at);
      default:
        return false;
    }
  }

  /** True at a parenthesis that may begin arguments in text. */
  mayCall(at: number): boolean {
    return this.source[at] === '(' && !this.notCalls.has(at);
  }

  /** Remembers that a parenthesis in text begins no arguments. */
  cannotCall(at: number): true {
    this.notCalls.add(at);
    return true;
  }

  /** Starts afresh at an offset: forgets the brackets of a statement that failed. */
  recover(at: number): void {
    this.frames = [];
    this.attempts.length = 0;
    this.statementStart = at;
  }
}
