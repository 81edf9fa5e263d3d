import type { RunFence, Statement, TopLevel } from '../../grammar/ast.js';
import { fence } from './scan/template.js';

/** Collects the nodes of a file in order, text and breaks as language.md 10.3 has them. */
export class DocumentBuilder {
  readonly nodes: TopLevel[] = [];
  private textStart = -1;
  private textEnd = -1;
  private runFence: RunFence | null = null;
  /** Marks of fences that are known to have no end, so that no text is searched twice. */
  private readonly openEnded = new Set<string>();

  /**
   * @param source the file
   * @param lineStart where its first line begins, after a byte order mark and frontmatter
   */
  constructor(
    private readonly source: string,
    private lineStart: number,
  ) {}

  /** A statement of the document, or of the fence that is open. */
  emit(statement: Statement): void {
    if (this.runFence) {
      this.runFence.body.push(statement);
      return;
    }
    this.flush();
    this.nodes.push(statement);
  }

  /** Document text: what is adjacent becomes one node. Returns `end`. */
  text(start: number, end: number): number {
    if (end > start) {
      if (this.textEnd !== start) {
        this.flush();
        this.textStart = start;
      }
      this.textEnd = end;
    }
    return end;
  }

  /** The end of a literal fence that starts at an offset, which becomes text; -1 where there is none. */
  literalFence(start: number): number {
    const mark = /^[ \t]*(`*)/.exec(this.source.slice(start, start + 80))?.[1] ?? '';
    if (this.openEnded.has(mark)) return -1;
    const end = fence(this.source, start);
    if (end < 0) {
      if (mark.length <= 5) this.openEnded.add(mark);
      return -1;
    }
    this.flush();
    this.nodes.push({ type: 'DocText', text: this.source.slice(start, end), loc: { start, end } });
    return end;
  }

  /** The statements up to `closeFence` belong to a fence that runs. */
  openFence(at: number): true {
    this.flush();
    this.runFence = { type: 'RunFence', body: [], loc: { start: this.source.lastIndexOf('```', at), end: at } };
    return true;
  }

  closeFence(at: number): void {
    if (!this.runFence) return;
    this.nodes.push({ ...this.runFence, loc: { start: this.runFence.loc.start, end: at } });
    this.runFence = null;
  }

  get inFence(): boolean {
    return this.runFence !== null;
  }

  /**
   * Where the document goes on after a directive: `show` of plain text or a reference swallows all white space that
   * follows, unless a `with` clause ends it.
   */
  swallow(statement: Statement | null, at: number): number {
    if (!statement || !swallows(statement)) return at;
    const space = /\s*/y;
    space.lastIndex = at;
    const end = at + (space.exec(this.source)?.[0].length ?? 0);
    if (this.source.slice(at, end).includes('\n')) this.lineStart = end;
    return end;
  }

  /** True at the start of a line, and where a directive has swallowed the line start before. */
  atLineStart(at: number): boolean {
    return at === this.lineStart || at === 0 || this.source[at - 1] === '\n';
  }

  /** Makes a node of the text so far: before another node, at the end, and before an error. */
  flush(): void {
    const [start, end] = [this.textStart, this.textEnd];
    this.textStart = -1;
    this.textEnd = -1;
    if (start < 0) return;
    const text = this.source.slice(start, end);
    const loc = { start, end };
    if (/^[\r\n]+$/.test(text)) this.nodes.push({ type: 'DocBreak', count: text.split('\n').length - 1, loc });
    else this.nodes.push({ type: 'DocText', text, loc });
  }
}

/** language.md 10.3, rule 2. */
function swallows(statement: Statement): boolean {
  if (statement.type !== 'ShowStatement' || !statement.value || statement.with) return false;
  const { value } = statement;
  if (value.type === 'Template') return true;
  const source = value.type === 'Pipeline' ? value.source : value;
  return source.type === 'Reference';
}
