/** Builders of commands and code blocks. */
import type { CodeLanguage, Template, TemplatePart } from '../../../grammar/ast.js';
import { javascriptEnd } from '../scan/javascript.js';

const LANGUAGES: Record<string, CodeLanguage> = {
  javascript: 'js',
  nodejs: 'node',
  python: 'py',
  shell: 'sh',
  js: 'js',
  node: 'node',
  py: 'py',
  sh: 'sh',
  bash: 'bash',
};

/** The name the AST has for a language as written. */
export function language(name: string): CodeLanguage {
  return LANGUAGES[name] ?? 'sh';
}

/** `@name` that is not part of an address. */
const AT_NAME = /(?<![\w@\\.])@([A-Za-z_]\w*)/;

/**
 * Finds `@name` in JavaScript (language.md 5.4): in code and in template literals; strings, comments and regular
 * expressions may contain it.
 *
 * @returns the name, its offset in the code and the line it stands on, or null
 */
export function checkJavaScript(name: string, code: string): { name: string; at: number; line: string } | null {
  const written = language(name);
  if (written !== 'js' && written !== 'node') return null;
  if (!code.includes('@')) return null;
  const hidden: { start: number; end: number }[] = [];
  javascriptEnd(code, 0, (piece) => {
    if (piece.kind !== 'template') hidden.push(piece);
  });
  let visible = '';
  let at = 0;
  for (const { start, end } of hidden) {
    visible += code.slice(at, start) + ' '.repeat(end - start);
    at = end;
  }
  visible += code.slice(at);
  const match = AT_NAME.exec(visible);
  if (!match?.[1]) return null;
  const lineStart = code.lastIndexOf('\n', match.index) + 1;
  const lineStop = code.indexOf('\n', match.index);
  return { name: match[1], at: match.index, line: code.slice(lineStart, lineStop < 0 ? undefined : lineStop).trim() };
}

type Quote = "'" | '"' | null;

/** The quote a shell is in after a text. */
function quoteAfter(text: string, before: Quote): Quote {
  let quote = before;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '\\' && quote !== "'") at += 1;
    else if (quote === null && (char === "'" || char === '"')) quote = char;
    else if (char === quote) quote = null;
  }
  return quote;
}

/** Where an operator stands outside quotes in the text of a quoted command, -1 where none does. */
function operatorIn(text: string, before: Quote): number {
  let quote = before;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === '\\' && quote !== "'") at += 1;
    else if (quote === null && (char === "'" || char === '"')) quote = char;
    else if (char === quote) quote = null;
    else if (quote === null && (/[&;<>]/.test(char) || text.startsWith('||', at))) return at;
  }
  return -1;
}

/** What a quoted command needs of the parser: to refuse operators. */
export interface OperatorRefusal {
  refuseIn(text: string, at: number, offset: number): boolean;
}

/**
 * The parts of `run "…"`: as in `cmd { … }`, references know whether they stand in double quotes, and in single quotes
 * they are text.
 */
export function commandParts(template: Template, refusal: OperatorRefusal): TemplatePart[] {
  let quote: Quote = null;
  return template.parts.map((part): TemplatePart => {
    if (part.type === 'TemplateText') {
      const at = operatorIn(part.text, quote);
      if (at >= 0) refusal.refuseIn(part.text, at, part.loc.start + at);
      quote = quoteAfter(part.text, quote);
      return part;
    }
    if (part.type !== 'TemplateReference') return part;
    if (quote === "'") return { type: 'TemplateText', text: part.source, loc: part.loc };
    return { ...part, quoted: quote === '"' };
  });
}
