import type { RunFence, Statement, TopLevel, WhenExpression } from '../../grammar/ast.js';
import { checkJavaScript } from './build/code.js';
import { checkNone } from './build/when.js';
import { SyntaxFailure } from './failure.js';
import { BracketIndex } from './scan/brackets.js';
import { shellOperator } from './scan/shell-operators.js';
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

/** Deeper than this no program is meant, and the stack of the parser ends soon. */
const MAX_DEPTH = 1200;

/** The state of one parse of one file: what was found, and where the parser is. */
export class ParseContext {
  readonly items: TopLevel[] = [];
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
  private textStart = -1;
  private textEnd = -1;
  private fence: RunFence | null = null;
  private lineStartAt: number;

  /**
   * @param source the file
   * @param start where its first line begins, after a byte order mark and frontmatter
   */
  constructor(
    private readonly source: string,
    start: number,
  ) {
    this.brackets = new BracketIndex(source);
    this.lineStartAt = start;
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
  failCloser(what: string, open: number, at: number): false {
    if (this.attempts.length > 0) return false;
    const directive = this.frames.at(-1)?.directive ?? this.directive;
    const nextStatement =
      this.source[at - 1] === '\n' && (isStrictDirective(this.source, at) || isDirective(this.source, at));
    if (at >= this.source.length || nextStatement) return this.fail(`unclosed-${what}`, { directive }, open - 1, open);
    return this.fail(`${what}-closer`, { directive }, at, at);
  }

  /** What follows a complete directive on its line (language.md 1.2). */
  leftover(at: number): false {
    return this.fail('strict-leftover', {}, at, at);
  }

  /** Entries after `when VALUE [` that are no patterns (language.md 7.3). */
  failPatterns(at: number): false {
    if (at >= this.source.length) return this.failCloser('when', this.opening, at);
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
    if (this.frames.length >= MAX_DEPTH) throw new SyntaxFailure('nested-too-deeply', {}, at - 1, at);
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
    const frame = this.frames.at(-1);
    if (frame) frame.braces += 1;
    return true;
  }

  /** True at a brace that closes one in a command; false at the one that ends the command. */
  closeBrace(): boolean {
    const frame = this.frames.at(-1);
    if (!frame || frame.braces === 0) return false;
    frame.braces -= 1;
    return true;
  }

  get kind(): Kind | 'none' {
    return this.frames.at(-1)?.kind ?? 'none';
  }

  /** Offset after the bracket or quote that was opened last. */
  get opening(): number {
    return this.frames.at(-1)?.at ?? this.statementStart;
  }

  get loose(): boolean {
    return this.kind === 'loose';
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

  // ─────────────────────────────────────────────── the document (language.md 10.3)

  /** A statement of the document, or of the fence that is open. */
  emit(statement: Statement): void {
    if (this.fence) {
      this.fence.body.push(statement);
      return;
    }
    this.flushText();
    this.items.push(statement);
  }

  /** Document text: what is adjacent becomes one node. Returns `end`. */
  text(start: number, end: number): number {
    if (end > start) {
      if (this.textEnd !== start) {
        this.flushText();
        this.textStart = start;
      }
      this.textEnd = end;
    }
    return end;
  }

  /** A fence that is not run: its text, as it is. */
  literal(start: number, end: number): void {
    this.flushText();
    this.items.push({ type: 'DocText', text: this.source.slice(start, end), loc: { start, end } });
  }

  openFence(at: number): true {
    this.flushText();
    this.fence = { type: 'RunFence', body: [], loc: { start: this.source.lastIndexOf('```', at), end: at } };
    return true;
  }

  closeFence(at: number): void {
    if (!this.fence) return;
    this.items.push({ ...this.fence, loc: { start: this.fence.loc.start, end: at } });
    this.fence = null;
  }

  get inFence(): boolean {
    return this.fence !== null;
  }

  /**
   * Where the document goes on after a directive: `show` of plain text or a reference swallows all white space that
   * follows.
   */
  swallow(statement: Statement | null, at: number): number {
    if (!statement || !swallows(statement)) return at;
    let end = at;
    while (end < this.source.length && /\s/.test(this.source[end] ?? '')) end += 1;
    if (this.source.slice(at, end).includes('\n')) this.lineStartAt = end;
    return end;
  }

  atLineStart(at: number): boolean {
    return at === this.lineStartAt || at === 0 || this.source[at - 1] === '\n';
  }

  /** Ends the document, or what was read of it before an error. */
  flushText(): void {
    const [start, end] = [this.textStart, this.textEnd];
    this.textStart = -1;
    this.textEnd = -1;
    if (start < 0) return;
    const text = this.source.slice(start, end);
    const loc = { start, end };
    if (/^[\r\n]+$/.test(text)) this.items.push({ type: 'DocBreak', count: text.split('\n').length - 1, loc });
    else this.items.push({ type: 'DocText', text, loc });
  }

  /** Forgets the brackets of a statement that failed. */
  recover(): void {
    this.frames = [];
    this.attempts.length = 0;
  }
}

/** language.md 10.3, rule 2. */
function swallows(statement: Statement): boolean {
  if (statement.type !== 'ShowStatement' || !statement.value) return false;
  const { value } = statement;
  if (value.type === 'Template') return statement.with === null;
  const source = value.type === 'Pipeline' ? value.source : value;
  return source.type === 'Reference';
}
