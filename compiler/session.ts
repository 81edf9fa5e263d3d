/** What a compilation collects while its stages run: sources and problems. */

import type { Span } from '../grammar/ast.js';
import type { Diagnostic } from './diagnostics/diagnostic.js';
import { message } from './diagnostics/messages.js';

export class Session {
  readonly diagnostics: Diagnostic[] = [];
  /** Source texts by the path messages show, for frames. */
  readonly sources = new Map<string, string>();

  /** True once an error (not just a warning) was reported. */
  get failed(): boolean {
    return this.diagnostics.some((d) => d.severity === 'error');
  }

  add(diagnostics: readonly Diagnostic[]): void {
    this.diagnostics.push(...diagnostics);
  }

  /** Reports a problem of the catalogue. */
  error(name: string, code: string, params: Record<string, string | number>, file: string, span: Span | null): void {
    const { text, hint } = message(code, params);
    this.diagnostics.push({ severity: 'error', code, name, message: text, file, span, hint });
  }

  warning(name: string, code: string, params: Record<string, string | number>, file: string, span: Span | null): void {
    const { text, hint } = message(code, params);
    this.diagnostics.push({ severity: 'warning', code, name, message: text, file, span, hint });
  }
}
