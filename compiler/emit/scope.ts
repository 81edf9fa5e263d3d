/**
 * Names at compile time (language.md 4.3). Every declaration gets a JavaScript name of its own, so
 * shadowing, and initialisers that read the name they shadow, need no care in the emitted code.
 */

import type { ExeStatement, Span } from '../../grammar/ast.js';
import { GUARD_NAMES } from './ambient.js';
import type { Code } from './code.js';

export type BindingKind = 'var' | 'let' | 'param' | 'exe' | 'import' | 'item' | 'lazy';

/** What a variable holds from its first value on, whatever `+=` adds. */
export type Shape = 'text' | 'number' | 'list';

export interface Binding {
  readonly name: string;
  /** The JavaScript variable. */
  readonly js: string;
  kind: BindingKind;
  readonly span: Span;
  readonly moduleLevel: boolean;
  /** True when the variable certainly has a value wherever the name resolves to it. */
  definite: boolean;
  /** For an executable: whether calling it may wait. Null when the name is not one statically. */
  async: boolean | null;
  /** What `async` was asked of, where a later pass may know better (see ProgramState.waits). */
  waitKey?: string;
  /** For loop items: JavaScript names of the index and of the key. */
  item?: { index: string; key: string };
  /** How many `for parallel` bodies enclose the declaration. */
  readonly parallelDepth: number;
  /** For an imported template: placeholders this module may fill. */
  open?: readonly string[];
  /** Parameters of a statically known executable. */
  params?: readonly string[];
  shape?: Shape | null;
  /** For a template: its text with the placeholders, and its labels, as code (security.md 10.3). */
  written?: Code;
  /** The definition of an executable of the module. */
  exe?: ExeStatement;
  /** How many statements of the module define the name. */
  definitions?: number;
}

export class Scope {
  private readonly names = new Map<string, Binding>();
  /** Of the scope of an executable: what its body reads from around it, in order of first use. */
  readonly captures = new Set<Binding>();

  constructor(
    readonly parent: Scope | null,
    readonly kind: 'module' | 'exe' | 'block' | 'box' | 'iteration' | 'loop' | 'action' | 'guard',
    readonly parallelDepth: number = parent?.parallelDepth ?? 0,
  ) {}

  declare(binding: Binding): Binding {
    this.names.set(binding.name, binding);
    return binding;
  }

  own(name: string): Binding | undefined {
    return this.names.get(name);
  }

  lookup(name: string): Binding | undefined {
    let executable: Scope | null = null;
    for (let scope: Scope | null = this; scope; scope = scope.parent) {
      const found = scope.names.get(name);
      if (found) {
        executable?.captures.add(found);
        return found;
      }
      if (scope.kind === 'guard' && GUARD_NAMES.has(name)) return undefined;
      if (scope.kind === 'exe') executable = scope;
    }
    return undefined;
  }

  /** What is declared in this very scope. */
  bindings(): Iterable<Binding> {
    return this.names.values();
  }

  /** All names that mean something here. */
  visible(): string[] {
    const names = new Set<string>();
    for (let scope: Scope | null = this; scope; scope = scope.parent)
      for (const name of scope.names.keys()) names.add(name);
    return [...names];
  }

  /** The nearest enclosing scope of a kind. */
  enclosing(kind: Scope['kind']): Scope | null {
    for (let scope: Scope | null = this; scope; scope = scope.parent) if (scope.kind === kind) return scope;
    return null;
  }
}
