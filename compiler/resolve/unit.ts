/** One source file of a program and what its imports resolved to. */

import type { ExeStatement, ImportStatement, Program, TemplateFile } from '../../grammar/ast.js';

export interface SourceUnit {
  readonly id: number;
  /** Path as messages show it. */
  readonly file: string;
  /** Absolute path; for standard input and `-e`, a name in the working directory. */
  readonly path: string;
  readonly dir: string;
  readonly source: string;
  readonly ast: Program;
  /** True for every file but the one that was asked for. */
  readonly imported: boolean;
  readonly imports: Map<ImportStatement, ResolvedImport>;
  /** Parsed files of `exe … = template "file"` bodies; absent where the file does not exist. */
  readonly templates: Map<ExeStatement, TemplateUnit>;
}

export interface TemplateUnit {
  readonly id: number;
  readonly file: string;
  readonly path: string;
  readonly dir: string;
  readonly source: string;
  readonly ast: TemplateFile;
}

/** A tree of template files: `import templates from "dir"`. */
export interface TemplateTree {
  readonly templates: Map<string, TemplateUnit>;
  readonly children: Map<string, TemplateTree>;
}

export type ResolvedImport =
  | { kind: 'unit'; unit: SourceUnit }
  | { kind: 'data'; data: unknown; path: string }
  | { kind: 'directory'; members: Map<string, SourceUnit>; path: string }
  | { kind: 'templates'; tree: TemplateTree }
  | { kind: 'node'; package: string }
  | { kind: 'mcp' }
  | { kind: 'builtin'; name: string };
