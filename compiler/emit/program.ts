/** What the modules of one program share while they are emitted. */

import type { Span } from '../../grammar/ast.js';
import { BUILTIN_METHODS } from '../../runtime/guest/values/methods.js';
import type { PlacedBody, Site } from '../../runtime/shared/bundle.js';
import { LineIndex } from '../parse/lines.js';
import type { SourceUnit, TemplateUnit } from '../resolve/unit.js';
import type { Binding } from './scope.js';

/** A body as it is emitted. */
export interface EmittedBody extends PlacedBody {
  /** True when the module had declared no functions for js blocks yet: it gets those declared first. */
  beforeShadow: boolean;
}

/** More would be more variables than a function of the engine may use of those around it. */
const MAX_CONSTANTS = 1000;

export class ProgramState {
  readonly runtime = new Set<string>();
  readonly bodies: EmittedBody[] = [];
  readonly sites: Site[] = [];
  /** Values that are made once, by the text that makes them; see `Emitter.constant`. */
  readonly constants = new Map<string, string>();
  nextName = 1;
  /** Names of checkpoints that are written as plain texts. */
  readonly checkpoints: string[] = [];
  /** True when the program has guards, hooks or policies. */
  security = false;
  /** True when the program reads what was called, `@mx.tools`. */
  tracksTools = false;
  /** Set where the lineage of values is read. */
  tracksLineage = false;
  /** True when the program calls tools of MCP servers, which may take arguments by name. */
  usesMcp = false;
  /** Set by everything this pass that brings such tools. */
  sawMcp = false;
  /** Names of built-in methods that some object of the program may hold an executable under. */
  readonly memberNames = new Set<string>();

  private readonly siteIndex = new Map<string, number>();
  private readonly lines = new Map<number, LineIndex>();
  private readonly sources = new Map<number, string>();
  private readonly waiting: Set<string>;
  private readonly exports = new Map<number, Map<string, Pick<Binding, 'async' | 'waitKey'>>>();
  private readonly openTemplates = new Map<string, readonly string[]>();
  /** Definitions emitted as if what they call did not wait, by what they call. */
  private readonly reliant = new Map<string, Set<string>>();
  private grew = false;
  /** Whether the program has guards, as of the pass before. */
  readonly hasGuards: boolean = false;
  /** Whether it has guards or hooks, as of the pass before. */
  readonly isWatched: boolean = false;
  /** Set by every hook this pass. */
  sawHooks = false;
  /** Whether it has policies, as of the pass before. */
  readonly hasPolicies: boolean = false;
  /** Set by every policy this pass. */
  sawPolicies = false;
  /** Set by every guard this pass. */
  sawGuards = false;

  constructor(
    units: readonly (SourceUnit | TemplateUnit)[],
    /** What an earlier pass found to wait; see `settle`. */
    previous: ProgramState | null,
  ) {
    for (const unit of units) this.sources.set(unit.id, unit.source);
    this.waiting = previous?.waiting ?? new Set();
    if (previous) {
      this.lines = previous.lines;
      this.hasGuards = previous.sawGuards;
      this.hasPolicies = previous.sawPolicies;
      this.isWatched = previous.sawGuards || previous.sawHooks;
      this.usesMcp = previous.sawMcp;
      for (const name of previous.memberNames) this.memberNames.add(name);
    }
  }

  /**
   * Whether calling an executable (or evaluating a module or a lazy literal) may wait. Emission
   * starts from "nothing waits" and is repeated until no pass finds anything new.
   */
  waits(key: string): boolean {
    return this.waiting.has(key);
  }

  /** Whether calling an executable may wait: its body may, or those who have a say about calls. */
  callsWait(key: string): boolean {
    return this.waits(key) || this.guardsWait;
  }

  markWaiting(key: string): void {
    if (this.waiting.has(key)) return;
    this.waiting.add(key);
    this.grew = true;
  }

  /** A definition does not wait as long as what it calls does not. */
  relies(definition: string, callee: string): void {
    const known = this.reliant.get(callee);
    if (known) known.add(definition);
    else this.reliant.set(callee, new Set([definition]));
  }

  /** Follows what was found to wait to everything that relied on it, which another pass would find caller by caller. */
  private spread(): void {
    for (const key of this.waiting) for (const definition of this.reliant.get(key) ?? []) this.markWaiting(definition);
  }

  /** Whether calling an export of a unit may wait; unknown names may. */
  exportWaits(unit: number, name: string): Pick<Binding, 'async' | 'waitKey'> {
    return this.exports.get(unit)?.get(name) ?? { async: null };
  }

  recordExport(unit: number, name: string, waits: Pick<Binding, 'async' | 'waitKey'>): void {
    const names = this.exports.get(unit) ?? new Map<string, Pick<Binding, 'async' | 'waitKey'>>();
    names.set(name, waits);
    this.exports.set(unit, names);
  }

  /** An exported template with placeholders for whoever imports it. */
  recordOpen(unit: number, name: string, placeholders: readonly (string | null)[]): void {
    this.openTemplates.set(`${unit}:${name}`, [...new Set(placeholders.filter((placeholder) => placeholder !== null))]);
  }

  openPlaceholders(unit: number, name: string): readonly string[] | undefined {
    return this.openTemplates.get(`${unit}:${name}`);
  }

  /** Objects of the program may hold executables under these names; calls of such a name ask the object first. */
  mayHold(names: Iterable<string>): void {
    for (const name of names) if (BUILTIN_METHODS.has(name)) this.memberNames.add(name);
  }

  /** Functions declared for js blocks: blocks defined before them may call them too (language.md 5.8). */
  publishFunctions(unit: number, entries: readonly { name: string; body: number | null }[]): void {
    for (const body of this.bodies) {
      if (body.unit !== unit || !body.beforeShadow) continue;
      body.scope = entries.flatMap(({ name, body: index }) =>
        index === null || body === this.bodies[index] ? [] : [{ name, body: index }],
      );
    }
  }

  /** Ends the pass: true when it found nothing that the one before did not know. */
  settle(): boolean {
    this.spread();
    return (
      !this.grew &&
      this.hasGuards === this.sawGuards &&
      this.hasPolicies === this.sawPolicies &&
      this.isWatched === (this.sawGuards || this.sawHooks) &&
      this.usesMcp === this.sawMcp
    );
  }

  /** True when a guard or hook of the program may wait, so every operation may. */
  get guardsWait(): boolean {
    return this.waiting.has('guards');
  }

  /** The name of a value that is made once; null when there are too many. */
  constant(text: string): string | null {
    const known = this.constants.get(text);
    if (known || this.constants.size >= MAX_CONSTANTS) return known ?? null;
    const name = `l${this.nextName++}`;
    this.constants.set(text, name);
    return name;
  }

  position(unit: number, offset: number): { line: number; column: number } {
    let index = this.lines.get(unit);
    if (!index) {
      index = new LineIndex(this.sources.get(unit) ?? '');
      this.lines.set(unit, index);
    }
    return index.at(offset);
  }

  site(unit: number, span: Span): number {
    const key = `${unit}:${span.start}:${span.end}`;
    const known = this.siteIndex.get(key);
    if (known !== undefined) return known;
    const { line, column } = this.position(unit, span.start);
    const index = this.sites.push([unit, line, column, span.end - span.start]) - 1;
    this.siteIndex.set(key, index);
    return index;
  }
}
