import { parse } from '../../../compiler/parse/index.js';
import type { Mode, Program, TemplatePart, TopLevel } from '../../../grammar/ast.js';

const FILES: Record<Mode, string> = { strict: 'test.mld', markdown: 'test.md', att: 'test.att', mtt: 'test.mtt' };

/** A node without its positions, so that it can be compared as a whole. */
export function plain<T>(node: T): T {
  if (Array.isArray(node)) return node.map(plain) as T;
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => key !== 'loc' && key !== 'codeStart')
      .map(([key, value]) => [key, plain(value)]),
  ) as T;
}

/** The body of a script that has no errors. */
export function body(source: string, mode: 'strict' | 'markdown' = 'strict'): TopLevel[] {
  const { ast, diagnostics } = parse(source, FILES[mode]);
  if (diagnostics.length > 0) throw new Error(diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'));
  return plain((ast as Program).body);
}

/** Its only statement. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into nodes of every type
export function statement(source: string, mode: 'strict' | 'markdown' = 'strict'): any {
  const all = body(source, mode);
  if (all.length !== 1) throw new Error(`${all.length} statements in ${source}`);
  return all[0];
}

/** The value of `var @x = SOURCE`. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export function value(source: string): any {
  return statement(`var @x = ${source}`).value;
}

/** The only statement of a block. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export function inBlock(source: string): any {
  return statement(`if true [ ${source} ]`).consequent.body[0];
}

/** The parts of a template file. */
export function template(source: string, mode: 'att' | 'mtt' = 'att'): TemplatePart[] {
  const { ast, diagnostics } = parse(source, FILES[mode]);
  if (diagnostics.length > 0) throw new Error(diagnostics.map((d) => d.message).join('\n'));
  return plain((ast as { body: TemplatePart[] }).body);
}

/** The syntax errors of a source, as `code` or `line:column code`. */
export function errors(
  source: string,
  mode: Mode = 'strict',
): { code: string; message: string; at: string; hint: string }[] {
  return parse(source, FILES[mode]).diagnostics.map(({ code, message, hint, span }) => ({
    code,
    message,
    at: source.slice(span?.start, span?.end),
    hint: hint ?? '',
  }));
}

/** Text parts, and the sources of the other parts in braces: ``a {@b} c``. */
export function sketch(parts: TemplatePart[]): string {
  return parts
    .map((part) => {
      if (part.type === 'TemplateText') return part.text;
      if (part.type === 'TemplateReference') return `{${part.source}}`;
      return part.type === 'TemplateFileRef' ? `<${sketch(part.file.path.parts)}>` : `for(${sketch(part.body)})`;
    })
    .join('');
}

export const ref = (name: string, ...access: object[]): object => ({ type: 'Reference', name, access });
export const text = (value: string): object => ({ type: 'TemplateText', text: value });
export const literal = (value: unknown): object => ({ type: 'Literal', value });
export const double = (value: string): object => ({
  type: 'Template',
  quote: 'double',
  parts: value ? [text(value)] : [],
});
