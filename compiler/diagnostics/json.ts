/** Diagnostics for programs that read them: editors, CI (`mlldc check --json`; the fields are in docs/cli.md). */

import type { Diagnostic } from './diagnostic.js';
import { LineIndex } from './location.js';

/** Goes up when a field changes its meaning or goes away; new fields may come without. */
const VERSION = 1;

interface Place {
  file: string;
  /** All null when the problem belongs to the file as a whole. */
  line: number | null;
  column: number | null;
  endLine: number | null;
  endColumn: number | null;
}

export interface JsonDiagnostic extends Place {
  severity: Diagnostic['severity'];
  code: string;
  class: string;
  message: string;
  hint: string | null;
  /** Empty unless the problem has a way to it. */
  path: (Place & { text: string })[];
  details: Record<string, unknown>;
}

export interface JsonReport {
  version: typeof VERSION;
  diagnostics: JsonDiagnostic[];
}

/** The diagnostics of one script after another, as a report. */
export class JsonReporter {
  readonly #diagnostics: JsonDiagnostic[] = [];

  add(diagnostics: readonly Diagnostic[], sources: ReadonlyMap<string, string>): void {
    const indexes = new Map<string, LineIndex>();
    const place = ({ file, span }: Pick<Diagnostic, 'file' | 'span'>): Place => {
      const text = sources.get(file);
      if (text === undefined || span === null)
        return { file, line: null, column: null, endLine: null, endColumn: null };
      const index = indexes.get(file) ?? new LineIndex(text);
      indexes.set(file, index);
      return { file, ...index.range(span) };
    };
    for (const each of diagnostics) {
      this.#diagnostics.push({
        ...place(each),
        severity: each.severity,
        code: each.code,
        class: each.name,
        message: each.message,
        hint: each.hint ?? null,
        path: (each.path ?? []).map((step) => ({ ...place(step), text: step.text })),
        details: each.details ?? {},
      });
    }
  }

  get report(): JsonReport {
    return { version: VERSION, diagnostics: this.#diagnostics };
  }
}
