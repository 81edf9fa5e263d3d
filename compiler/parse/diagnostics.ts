import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { message } from '../diagnostics/messages.js';
import type { SyntaxFailure } from './failure.js';

/**
 * The diagnostic of a syntax error. Its message is the core: the renderer adds `Parse error:` and the place
 * (language.md 13.1).
 */
export function syntaxDiagnostic(failure: SyntaxFailure, file: string): Diagnostic {
  const { text, hint } = message(failure.code, failure.params);
  return {
    severity: 'error',
    code: failure.code,
    name: 'MlldParse',
    message: text,
    file,
    span: { start: failure.start, end: failure.end },
    ...(hint === undefined ? {} : { hint }),
  };
}
