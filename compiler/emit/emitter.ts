/** The state visitors share while they turn one module into JavaScript. */

import type {
  Action,
  CodeLanguage,
  Expression,
  Name,
  Reference,
  Span,
  Statement,
  WithClause,
} from '../../grammar/ast.js';
import type { ModuleName } from '../analyze/names.js';
import type { SourceUnit, TemplateUnit } from '../resolve/unit.js';
import type { Session } from '../session.js';
import { type Code, js, str, textOf } from './code.js';
import { guardsClause } from './overrides.js';
import type { ProgramState } from './program.js';
import { operationsIn, Reach } from './reach.js';
import type { Region } from './regions.js';
import { type Binding, type BindingKind, Scope } from './scope.js';
import { visitors } from './visitors/index.js';

/** What kind of function the emitted statements stand in; decides what `=>` and control words become. */
export type FunctionKind = 'module' | 'exe' | 'iteration' | 'each' | 'loop' | 'value' | 'guard';

/** One JavaScript function under construction. */
export interface FunctionState {
  readonly kind: FunctionKind;
  /** The JavaScript name of the context variable. */
  readonly context: string;
  readonly parent: FunctionState | null;
  usesAwait: boolean;
  /** True when all the function does is choose what it returns (see regions.ts). */
  isPure?: boolean;
}

export interface LambdaOptions {
  kind: FunctionKind;
  scope?: Scope['kind'];
  /** Parameters after the context. */
  params?: readonly string[];
  /** When false, the function uses the context of the code around it and takes none. */
  ownContext?: boolean;
  parallel?: boolean;
}

/** A function of a shadow environment (language.md 5.8). */
export interface ShadowEntry {
  name: string;
  params: readonly string[];
  code: string;
  /** For js: its index in the program's table of bodies. */
  body: number | null;
  waits: boolean;
}

/** The engine refuses functions with more variables than fit in 16 bits; a module is one. */
const MAX_NAMES = 60_000;

export class Emitter {
  /** Functions code blocks may call, by language, as of the statement being emitted. */
  readonly shadows = new Map<CodeLanguage, ShadowEntry[]>();
  /** Executables whose body is a code block, by their JavaScript name. */
  readonly codeExes = new Map<string, ShadowEntry & { language: CodeLanguage }>();
  scope: Scope;
  /** What the executables of the module may do. */
  readonly reach: Reach;
  private readonly lastName: number;
  private readonly operations = new WeakMap<readonly unknown[], string>();
  fn: FunctionState;
  /** True while references to undefined variables are values (language.md 4.4). */
  tolerant = false;
  /** True where a script asks whether a name means anything, or says what to take when it does not. */
  missable = false;
  /** Code of the mark of the conditions around, inside this function; joined to what it returns. */
  condition: Code | null = null;
  /** The record of the module, or of the template file that is emitted: where paths start. */
  module: Code = 'M';
  /** The directive named in "Directive error (var): …" messages. */
  directive: string | null = null;
  /** The call a `run` directive or a line of its own consists of; its failure has words of its own. */
  running: Reference | null = null;

  constructor(
    readonly program: ProgramState,
    public unit: SourceUnit,
    readonly session: Session,
  ) {
    this.lastName = program.nextName + MAX_NAMES;
    this.scope = new Scope(null, 'module');
    this.reach = new Reach(this.scope);
    this.fn = { kind: 'module', context: 'c', parent: null, usesAwait: false };
  }

  expr(node: Expression): Code {
    const visit = visitors[node.type] as (node: Expression, e: Emitter) => Code;
    return visit(node, this);
  }

  statement(node: Statement): Code {
    if (this.program.nextName > this.lastName) return this.tooLarge(node.loc);
    const visit = visitors[node.type] as (node: Statement, e: Emitter) => Code;
    return { unit: this.unit.id, span: node.loc, name: null, code: visit(node, this) };
  }

  /** Reports a module that the engine could not load, once. */
  private tooLarge({ start }: Span): Code {
    if (!this.session.failed)
      this.session.error('MlldParse', 'module_too_large', {}, this.unit.file, { start, end: start + 1 });
    return '';
  }

  /** Statements in order, in the scope that is current. */
  statements(nodes: readonly Statement[]): Code {
    return nodes.map((node) => [this.statement(node), '\n']);
  }

  /** Statements in a scope of their own. */
  block(nodes: readonly Statement[], kind: Scope['kind'] = 'block'): Code {
    return this.inScope(kind, () => js`{\n${this.statements(nodes)}}`);
  }

  inScope<T>(kind: Scope['kind'], emit: () => T): T {
    const outer = this.scope;
    this.scope = new Scope(outer, kind);
    try {
      return emit();
    } finally {
      this.scope = outer;
    }
  }

  /** Evaluates `emit` with undefined variables tolerated. */
  tolerating<T>(emit: () => T): T {
    const outer = this.tolerant;
    this.tolerant = true;
    try {
      return emit();
    } finally {
      this.tolerant = outer;
    }
  }

  /** The same, of names that nothing defines too where these are refused: in guards. */
  missing<T>(emit: () => T): T {
    const outer = this.missable;
    this.missable = true;
    try {
      return this.tolerating(emit);
    } finally {
      this.missable = outer;
    }
  }

  strictly<T>(emit: () => T): T {
    const outer = this.tolerant;
    this.tolerant = false;
    try {
      return emit();
    } finally {
      this.tolerant = outer;
    }
  }

  /**
   * An arrow function. Whether it is asynchronous follows from its body; the answer says so, and the
   * caller awaits what it makes of it.
   */
  lambda(options: LambdaOptions, emit: () => Code): { code: Code; async: boolean } {
    const outerFn = this.fn;
    const outerScope = this.scope;
    const outerCondition = this.condition;
    this.condition = null;
    const own = options.ownContext !== false;
    const context = own ? this.unique('c') : outerFn.context;
    this.fn = { kind: options.kind, context, parent: outerFn, usesAwait: false };
    this.scope = new Scope(outerScope, options.scope ?? 'block', outerScope.parallelDepth + (options.parallel ? 1 : 0));
    try {
      const body = emit();
      const params = [...(own ? [context] : []), ...(options.params ?? [])].join(', ');
      const async = this.fn.usesAwait;
      return { code: js`${async ? 'async ' : ''}(${params}) => ${body}`, async };
    } finally {
      this.fn = outerFn;
      this.scope = outerScope;
      this.condition = outerCondition;
    }
  }

  /** The definition that is emitted; whether it waits depends on what it calls. */
  private definition = '';

  /** Emits a definition that may wait, by the key others ask for it with. */
  defining<T>(key: string, emit: () => T): T {
    const outer = this.definition;
    this.definition = key;
    try {
      return emit();
    } finally {
      this.definition = outer;
    }
  }

  /** Whether calling what a name is bound to may wait. */
  mayWait(binding: Binding): boolean {
    if (binding.async !== false) return true;
    return binding.waitKey !== undefined && this.waitsFor(binding.waitKey);
  }

  /** Whether a definition or module waits, as far as that is known; what is emitted now relies on the answer. */
  waitsFor(key: string): boolean {
    if (this.program.waits(key)) return true;
    this.program.relies(this.definition, key);
    return false;
  }

  /** Emits code that runs under a condition whose mark is in the variable `mark`. */
  underCondition<T>(mark: string, emit: () => T): T {
    const outer = this.condition;
    this.condition = outer === null ? mark : js`${this.rt('join')}(${outer}, ${mark})`;
    try {
      return emit();
    } finally {
      this.condition = outer;
    }
  }

  /** A value under the conditions that led to it. */
  conditioned(value: Code): Code {
    return this.condition === null ? value : js`${this.rt('under')}(${this.condition}, ${value})`;
  }

  /** The truth of `test`, which decides about a region; `alternatives` is what may happen in it. */
  decides(region: Region, test: Code, loc: Span, alternatives: readonly unknown[]): Code {
    return region.isPure ? js`${this.rt('holds')}(${test})` : this.deciding('branch', region, test, loc, alternatives);
  }

  /** A value that decides about a region, told to the runtime when the region is more than a choice of values. */
  deciding(
    how: 'branch' | 'decisive' | 'sized',
    region: Region,
    value: Code,
    loc: Span,
    alternatives: readonly unknown[],
  ): Code {
    if (region.isPure) return value;
    // The conditions of one `when` decide about the same entries.
    const operations = this.operations.get(alternatives) ?? operationsIn(alternatives, this);
    this.operations.set(alternatives, operations);
    return js`${this.rt(how)}(${value}, ${this.site(loc)}${operations ? js`, ${str(operations)}` : ''})`;
  }

  /** Statements behind a region: what it may have assigned depends on what decided about it. */
  dependent({ assigned }: Region, mark: Code): Code {
    return assigned.map((binding) => js`${binding.js} = ${this.rt('depends')}(${binding.js}, ${mark});\n`);
  }

  /** An expression that runs statements: an immediately called function. */
  inline(kind: FunctionKind, emit: () => Code): Code {
    const { code, async } = this.lambda({ kind, ownContext: false }, () => js`{\n${emit()}}`);
    return async ? this.await(js`(${code})()`) : js`(${code})()`;
  }

  /** Waits for a promise; the function around becomes asynchronous. */
  await(code: Code): Code {
    this.fn.usesAwait = true;
    return js`(await ${code})`;
  }

  /** A call of a runtime function that has two forms, `name` and `nameA`. */
  runtime(name: string, async: boolean, args: Code): Code {
    return async ? this.await(js`${this.rt(`${name}A`)}(${args})`) : js`${this.rt(name)}(${args})`;
  }

  /** A call that performs an operation guards or hooks may see: waits when one of those may wait. */
  operation(name: string, args: Code): Code {
    return this.runtime(name, this.program.guardsWait, args);
  }

  shadow(language: CodeLanguage): readonly ShadowEntry[] {
    return this.shadows.get(language) ?? [];
  }

  /** The name of a runtime function; remembered, so that the bundle binds what it uses. */
  rt(name: string): string {
    this.program.runtime.add(name);
    return name;
  }

  /** A value that never changes: made once for the program, not each time the code runs. */
  constant(code: Code): Code {
    return this.program.constant(textOf(code)) ?? code;
  }

  get context(): string {
    return this.fn.context;
  }

  /** The index of a position in the program's site table. */
  site(span: Span): string {
    return String(this.program.site(this.unit.id, span));
  }

  unique(stem: string): string {
    return `${stem}${this.program.nextName++}`;
  }

  /** Declares a name in the current scope. */
  declare(
    name: string,
    kind: BindingKind,
    span: Span,
    more: Partial<Pick<Binding, 'async' | 'item' | 'definite' | 'params'>> = {},
  ): Binding {
    return this.scope.declare({
      name,
      js: this.unique(`v_${name.replace(/-/g, '$')}_`),
      kind,
      span,
      moduleLevel: this.scope.kind === 'module',
      definite: more.definite ?? true,
      async: more.async ?? null,
      item: more.item,
      parallelDepth: this.scope.parallelDepth,
      params: more.params,
    });
  }

  /** Declares every top-level name of the module, so that bodies may refer to what comes later. */
  declareModule(names: readonly ModuleName[]): void {
    for (const { name, kind, span, node, params } of names) {
      const known = this.scope.own(name);
      if (known) {
        known.definitions = (known.definitions ?? 1) + 1;
        continue;
      }
      const binding = this.declare(name, kind, span, { definite: false, params });
      binding.definitions = 1;
      if (kind === 'import') binding.kind = 'import';
      if (node.type === 'ExeStatement') binding.exe = node;
      const key = this.waitKey(node.loc);
      if (kind === 'exe') Object.assign(binding, { async: this.program.callsWait(key), waitKey: key });
      if (this.program.waits(`lazy:${key}`)) Object.assign(binding, { kind: 'lazy', async: true });
    }
  }

  /** The binding of a top-level name, now that its definition is reached. */
  moduleBinding(name: Name, more: Pick<Binding, 'kind' | 'async' | 'waitKey' | 'params'>): Binding {
    const binding = this.scope.enclosing('module')!.own(name.name) ?? this.declare(name.name, more.kind, name.loc);
    Object.assign(binding, more);
    if (this.scope.kind === 'module') binding.definite = true;
    return binding;
  }

  /** Code that fails when a name with several definitions already has a value. */
  redefinitionCheck(name: Name): Code {
    const binding = this.scope.lookup(name.name);
    if (!binding?.moduleLevel || (binding.definitions ?? 1) < 2) return '';
    return js`${this.rt('fresh')}(${binding.js}, ${str(name.name)}, ${str(this.origin(binding.span))}, ${this.site(name.loc)});
`;
  }

  /** Reports a `let` that takes a name it may not (language.md 4.3). */
  checkLet(name: Name): void {
    const found = this.scope.lookup(name.name);
    const exe = this.scope.enclosing('exe');
    const clash =
      (found?.kind === 'param' && exe?.own(name.name) === found) ||
      (found?.moduleLevel &&
        (found.kind === 'var' || found.kind === 'lazy') &&
        (exe !== null || this.scope.enclosing('loop') !== null));
    if (!clash) return;
    this.session.error(
      'VariableRedefinition',
      found!.kind === 'param' ? 'parameter_redefined' : 'variable_redefined',
      { name: name.name, origin: this.origin(found!.span) },
      this.unit.file,
      name.loc,
    );
  }

  emptyScope(): Scope {
    return new Scope(null, 'module');
  }

  /** Identifies a definition across emission passes. */
  waitKey(span: Span): string {
    return `${this.unit.id}:${span.start}`;
  }

  /** The context for an operation with `with { guards: …, policy: … }`; the current one without. */
  overridden(clause: WithClause | null): Code {
    let context: Code = this.context;
    for (const { key, value, loc } of clause?.entries ?? []) {
      if (value.type === 'StageList') continue;
      if (key === 'stream') context = this.streamed(context, value);
      if (key === 'policy') context = js`${this.rt('underPolicy')}(${context}, ${this.expr(value)}, ${this.site(loc)})`;
      if (key === 'guards')
        context = js`${this.rt('overrideGuards')}(${context}, ${guardsClause(value, this)}, ${this.site(loc)})`;
    }
    return context;
  }

  /** A clause where nothing is guarded, which is refused like any other where overriding is. */
  checkedOverride(clause: WithClause | null): Code {
    const entry = clause?.entries.find((candidate) => candidate.key === 'guards');
    if (!entry || entry.value.type === 'StageList') return '';
    return js`${this.rt('checkOverride')}(${guardsClause(entry.value, this)}, ${this.site(entry.loc)});\n`;
  }

  /** An expression under `with { guards: …, policy: … }`: everything it does runs in that context. */
  overriding(clause: WithClause | null, emit: () => Code): Code {
    return this.under(this.overridden(clause), emit);
  }

  /** The context of what streams, or is told not to: guards would judge it too late. */
  streamed(context: Code = this.context, flag: Expression | null = null): Code {
    return js`${this.rt('streaming')}(${context}${flag ? js`, ${this.expr(flag)}` : ''})`;
  }

  /** The context of what `with { stream: … }` is written on. */
  streamedBy(clause: WithClause | null): Code {
    const flag = clause?.entries.find(({ key }) => key === 'stream')?.value;
    return flag && flag.type !== 'StageList' ? this.streamed(this.context, flag) : this.context;
  }

  /** An expression in another context. */
  under(context: Code, emit: () => Code): Code {
    if (context === this.context) return emit();
    const { code, async } = this.lambda({ kind: 'value' }, () => js`(${emit()})`);
    const value = js`(${code})(${context})`;
    return async ? this.await(value) : value;
  }

  /** A directive under `with { guards: …, policy: … }`: what it evaluates and what it does run in that context. */
  directiveUnder(clause: WithClause | null, emit: () => Code): Code {
    const context = this.overridden(clause);
    return context === this.context ? emit() : this.withContext(this.unique('c'), context, emit);
  }

  /** Emits statements that use another context. */
  withContext(name: string, value: Code, emit: () => Code): Code {
    const outer = this.fn;
    const inner = { kind: outer.kind, context: name, parent: outer.parent, usesAwait: false };
    this.fn = inner;
    try {
      return js`{ const ${name} = ${value}; ${emit()} }`;
    } finally {
      this.fn = outer;
      if (inner.usesAwait) outer.usesAwait = true;
    }
  }

  /** Emits a template file: its paths are relative to itself, its names are the module's. */
  inTemplateFile<T>(file: TemplateUnit, emit: () => T): T {
    const outer = this.unit;
    this.unit = { ...outer, id: file.id, file: file.file, path: file.path, dir: file.dir, source: file.source };
    if (file.dir !== outer.dir) this.module = js`${this.rt('templateModule')}(M, ${str(file.dir)})`;
    try {
      return emit();
    } finally {
      this.unit = outer;
      this.module = 'M';
    }
  }

  /** `file:line:column` of a span, for messages about where something was defined. */
  origin(span: Span): string {
    const { line, column } = this.program.position(this.unit.id, span.start);
    return `${this.unit.file}:${line}:${column}`;
  }

  source(span: Span): string {
    return this.unit.source.slice(span.start, span.end);
  }
}

/** The statements of an action: a block's, or the one statement. */
export function statementsOf(action: Action): readonly Statement[] {
  return action.type === 'Block' ? action.body : [action];
}
