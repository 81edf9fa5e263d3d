/** The bundle: what the linker writes and a run needs of a compiled program (DESIGN: one ES module). */

/** The bundle format this compiler writes and this runtime understands. */
export const BUNDLE_FORMAT = 1;

/** A position an operation or expression stands at: `[source, line, column, length]`, 1-based. */
export type Site = readonly [source: number, line: number, column: number, length: number];

/** A `js { … }` body; it runs in a cell. */
export interface JsBody {
  /** For messages: the executable's name, or a description of the place. */
  name: string;
  /** The text between the braces. */
  code: string;
  params: readonly string[];
  /** Bodies that are callable by name inside this one (language.md 5.8). */
  scope?: readonly { name: string; body: number }[];
}

/** A body with its place in a source, for error positions. */
export interface PlacedBody extends JsBody {
  /** The source the body stands in, and the offset of its first character. */
  unit: number;
  start: number;
}

export interface BundleSource {
  id: number;
  /** Path as messages show it. */
  file: string;
  /** `sha256-…` of the source text. */
  hash: string;
  /** The text, for frames; a bundle is meant to explain itself. */
  text: string;
}

/** What one module declares (security.md 6); one that declares nothing and is not imported has no entry. */
export interface ModuleManifest {
  /** Id of its source. */
  source: number;
  imported: boolean;
  /** Directory of the file, from the root of the project. */
  dir: string;
  /** Declarations an importable module makes that this one does not: `/needs`, `/wants`. */
  missing: string[];
  /** Its `needs` directives, with their places in the source. */
  needs: { start: number; end: number; needs: Record<string, unknown> }[];
}

/** Whether cached answers of llm calls are used: by themselves, when asked for, or not even kept. */
export type ResumeMode = 'auto' | 'manual' | 'never';

export function isResumeMode(value: unknown): value is ResumeMode {
  return value === 'auto' || value === 'manual' || value === 'never';
}

export interface Manifest {
  format: number;
  name: string;
  /** As `needs` directives write them: what the program is seen to use, and what its modules declare. */
  needs: { inferred: Record<string, unknown>; modules: ModuleManifest[] };
  /** Capabilities the program may use, by the operations it contains. */
  /** The script's `resume:` header, `manual` without one (language.md 1.5). */
  resume?: ResumeMode;
  /** Names of `checkpoint` directives that are known before the program runs (security.md 12). */
  checkpoints?: string[];
  exports: { name: string; params: { name: string; type: string | null }[] }[];
}

export interface Bundle {
  manifest: Manifest;
  /** The program's text; evaluated in the sandbox only. */
  program: string;
  bodies: PlacedBody[];
  sites: readonly Site[];
  sources: BundleSource[];
  /** Directory the script was compiled in, absolute. */
  dir: string;
  root: string;
}
