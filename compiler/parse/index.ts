/** The parse stage: source text to AST, with all syntax errors of a file at once. */
import type { Mode, Program, TemplateFile, TemplatePart } from '../../grammar/ast.js';
import { parse as parseGrammar, type StartRule } from '../../grammar/generated/parser.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import * as ast from './build/index.js';
import { ParseContext } from './context.js';
import { findTooDeep } from './depth.js';
import { syntaxDiagnostic } from './diagnostics.js';
import { DocumentBuilder } from './document.js';
import { SyntaxFailure } from './failure.js';
import { modeOf } from './mode.js';
import { resumeAt } from './recover.js';
import * as scan from './scan/index.js';

export { LineIndex } from './lines.js';
export { modeOf } from './mode.js';

export interface ParseResult {
  /** What could be read; null when nothing could. */
  ast: Program | TemplateFile | null;
  diagnostics: Diagnostic[];
}

/**
 * Parses one file (language.md 1).
 *
 * @param source its text
 * @param file its path, as messages show it; its name says the mode
 * @param options `mode` overrides what the name says
 * @returns the AST, and every syntax error: after one, parsing goes on at the next line that starts a directive
 */
export function parse(source: string, file: string, options: { mode?: Mode } = {}): ParseResult {
  const mode = options.mode ?? modeOf(file);
  return mode === 'att' || mode === 'mtt' ? parseTemplate(source, file, mode) : parseProgram(source, file, mode);
}

function parseProgram(source: string, file: string, mode: 'strict' | 'markdown'): ParseResult {
  const header = scan.frontmatter(source);
  const { resume, end } = scan.resumeHeader(source, header.end, mode);
  const state = { context: new ParseContext(source), document: new DocumentBuilder(source, end) };
  const { context, document } = state;
  const diagnostics: Diagnostic[] = [];
  for (let at: number | null = end; at !== null; ) {
    context.recover(at);
    const failure = attempt(source, startRule(mode, document.inFence), at, state);
    if (!(failure instanceof SyntaxFailure)) break;
    diagnostics.push(syntaxDiagnostic(failure, file));
    const strict = mode === 'strict' || document.inFence;
    at = resumeAt(source, strict, context.statementStart, Math.max(at, failure.start));
  }
  document.flush();
  const loc = { start: 0, end: source.length };
  const failure = findTooDeep(document.nodes);
  if (failure) return { ast: null, diagnostics: [...diagnostics, syntaxDiagnostic(failure, file)] };
  return {
    ast: { type: 'Program', mode, frontmatter: header.yaml, resume, body: document.nodes, loc },
    diagnostics,
  };
}

function startRule(mode: 'strict' | 'markdown', inFence: boolean): StartRule {
  if (mode === 'strict') return inFence ? 'StrictFenceRest' : 'StrictDocument';
  return inFence ? 'MarkdownFenceRest' : 'MarkdownDocument';
}

function parseTemplate(source: string, file: string, mode: 'att' | 'mtt'): ParseResult {
  const state = { context: new ParseContext(source), document: new DocumentBuilder(source, 0) };
  const result = attempt(source, mode === 'att' ? 'AttFile' : 'MttFile', 0, state);
  const failure = result instanceof SyntaxFailure ? result : findTooDeep(result);
  if (failure) return { ast: null, diagnostics: [syntaxDiagnostic(failure, file)] };
  const body = result as TemplatePart[];
  return { ast: { type: 'TemplateFile', mode, body, loc: { start: 0, end: source.length } }, diagnostics: [] };
}

/** Runs the grammar from an offset; answers its result, or why it stopped. */
function attempt(
  source: string,
  startRule: StartRule,
  at: number,
  state: { context: ParseContext; document: DocumentBuilder },
): unknown {
  try {
    return parseGrammar(source, { startRule, peg$currPos: at, ...state, ast, scan });
  } catch (error) {
    if (error instanceof SyntaxFailure) return error;
    // The brackets are deeper than the stack of the parser: those that were opened last are at fault.
    if (error instanceof RangeError) return state.context.tooDeep();
    throw error;
  }
}
