/** The parse stage: source text to AST, with all syntax errors of a file at once. */
import type { Mode, Program, TemplateFile, TemplatePart } from '../../grammar/ast.js';
import { parse as parseGrammar, type StartRule } from '../../grammar/generated/parser.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import * as ast from './build/index.js';
import { ParseContext } from './context.js';
import { syntaxDiagnostic } from './diagnostics.js';
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
  const { resume, end } = mode === 'strict' ? scan.resumeHeader(source, header.end) : { resume: null, end: header.end };
  const context = new ParseContext(source, end);
  const diagnostics: Diagnostic[] = [];
  const rest = mode === 'strict' ? 'StrictFenceRest' : 'MarkdownFenceRest';
  for (let at: number | null = end; at !== null; ) {
    context.statementStart = at;
    const rule: StartRule = context.inFence ? rest : mode === 'strict' ? 'StrictDocument' : 'MarkdownDocument';
    const failure = attempt(source, rule, at, context);
    if (!failure) break;
    diagnostics.push(syntaxDiagnostic(failure, file));
    context.recover();
    at = resumeAt(source, mode === 'strict' || context.inFence, context.statementStart, Math.max(at, failure.start));
  }
  context.flushText();
  const loc = { start: 0, end: source.length };
  return {
    ast: { type: 'Program', mode, frontmatter: header.yaml, resume, body: context.items, loc },
    diagnostics,
  };
}

function parseTemplate(source: string, file: string, mode: 'att' | 'mtt'): ParseResult {
  const context = new ParseContext(source, 0);
  const rule = mode === 'att' ? 'AttFile' : 'MttFile';
  let body: TemplatePart[] = [];
  const failure = attempt(source, rule, 0, context, (parts) => {
    body = parts as TemplatePart[];
  });
  if (failure) return { ast: null, diagnostics: [syntaxDiagnostic(failure, file)] };
  return { ast: { type: 'TemplateFile', mode, body, loc: { start: 0, end: source.length } }, diagnostics: [] };
}

/** Runs the grammar; what it throws becomes a failure with a place. */
function attempt(
  source: string,
  startRule: StartRule,
  at: number,
  context: ParseContext,
  done: (result: unknown) => void = () => {},
): SyntaxFailure | null {
  try {
    done(parseGrammar(source, { startRule, peg$currPos: at, context, ast, scan }));
    return null;
  } catch (error) {
    if (error instanceof SyntaxFailure) return error;
    // The grammar is deeper than the stack: the brackets that were opened last are at fault.
    if (error instanceof RangeError)
      return new SyntaxFailure('nested-too-deeply', {}, Math.max(context.opening - 1, 0), context.opening);
    throw error;
  }
}
