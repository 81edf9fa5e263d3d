/**
 * Random programs over labelled data. A list of numbers (what fast-check makes and shrinks) decides
 * every choice; a list that has run out answers 0, the plainest choice, so shorter lists are smaller
 * programs. Steps bind variables one at a time: every operand is a variable or a literal.
 *
 * Labelled inputs come from `@payload`, so one compiled program runs with any of them.
 */

export type Type = 'text' | 'number' | 'flag' | 'list' | 'object';

/** Labelled inputs, by the variable they are bound to. */
const INPUTS: readonly (readonly [name: string, type: Type])[] = [
  ['s', 'text'],
  ['n', 'number'],
  ['b', 'flag'],
  ['l', 'list'],
  ['o', 'object'],
];

export interface ProgramOptions {
  /** The label of the inputs. */
  label: string;
  /** Labels of operations the policy forbids them. */
  deny: readonly string[];
  flow: 'strict' | 'explicit';
}

interface Variable {
  name: string;
  type: Type;
  /** An accumulator of the block it was made in: `+=` may change it. */
  grows?: boolean;
  /** True when it may carry the label; effects mostly use what does not, or no program got far. */
  isLabelled?: boolean;
}

interface Callable {
  name: string;
  params: readonly Type[];
  result: Type;
  /** True when it reads labelled variables around it. */
  isLabelled: boolean;
}

const INDENT = '  ';

/** The program the choices make. */
export function program(choices: readonly number[], options: ProgramOptions): string {
  return new Generator(choices).program(options);
}

class Generator {
  private at = 0;
  private names = 0;
  private readonly functions: Callable[] = [];
  /** Functions that ask for a retry: they can only be stages. */
  private readonly repeaters: string[] = [];
  private scope: Variable[] = [];
  private depth = 0;
  private inExe = false;
  private inLoop = false;

  constructor(private readonly choices: readonly number[]) {}

  program({ label, deny, flow }: ProgramOptions): string {
    const lines = [
      `policy @p = { defaults: { flow: "${flow}" }, labels: { ${label}: { deny: ${JSON.stringify(deny)} } } }`,
      ...INPUTS.map(([name, type]) => {
        this.scope.push({ name, type, isLabelled: true });
        return `var ${label} @${name} = @payload.${name}`;
      }),
      'var @t = "pub"',
      'var @k = 2',
      'var @q = true',
      'var @c = ["x", "y", "a"]',
      'var @d = { a: "one", z: 3 }',
    ];
    this.scope.push({ name: 't', type: 'text' }, { name: 'k', type: 'number' }, { name: 'q', type: 'flag' });
    this.scope.push({ name: 'c', type: 'list' }, { name: 'd', type: 'object' });
    for (let i = this.pick(4); i >= 0; i--) lines.push(...this.definition(label));
    for (let i = 3 + this.pick(10); i > 0; i--) lines.push(...this.statement('var'));
    return `${lines.join('\n')}\n`;
  }

  // ── choices

  /** A number below `count`. */
  private pick(count: number): number {
    return (this.choices[this.at++] ?? 0) % count;
  }

  private one<T>(list: readonly T[]): T {
    return list[this.pick(list.length)]!;
  }

  private fresh(stem = 'v'): string {
    return `${stem}${++this.names}`;
  }

  /** The name of a variable of a type; those made last, and so the interesting ones, come first. */
  private variable(type: Type): string {
    const known = this.scope.filter((each) => each.type === type).reverse();
    return `@${this.one(known).name}`;
  }

  /** Binds a name to a value, which is labelled when something in it is. */
  private bind(name: string, type: Type, value: string, grows = false): void {
    this.scope.push({ name, type, grows, isLabelled: this.mentionsLabelled(value) });
  }

  private mentionsLabelled(code: string): boolean {
    const names = new Set([...code.matchAll(/@(\w+)/g)].map(([, name]) => name!));
    return (
      this.scope.some(({ name, isLabelled }) => isLabelled && names.has(name)) ||
      this.functions.some(({ name, isLabelled }) => isLabelled && names.has(name))
    );
  }

  private literal(type: Type): string {
    switch (type) {
      case 'text':
        return this.one(['"a"', '"x"', '"zz"', '""']);
      case 'number':
        return this.one(['1', '0', '3']);
      case 'flag':
        return this.one(['true', 'false']);
      case 'list':
        return this.one(['["a", "q"]', '[]']);
      case 'object':
        return '{ a: "lit", z: 1 }';
    }
  }

  /** A variable, or sometimes a literal. */
  private atom(type: Type): string {
    return this.pick(4) === 3 ? this.literal(type) : this.variable(type);
  }

  // ── expressions

  private condition(): string {
    switch (this.pick(7)) {
      case 0:
        return `${this.variable('text')} == ${this.atom('text')}`;
      case 1:
        return `${this.variable('number')} > ${this.atom('number')}`;
      case 2:
        return this.variable('flag');
      case 3:
        return `!${this.variable('flag')}`;
      case 4:
        return `${this.variable('text')}.includes(${this.atom('text')})`;
      case 5:
        return `${this.variable('flag')} ${this.one(['&&', '||'])} ${this.variable('text')} != ${this.atom('text')}`;
      default:
        return `${this.variable('list')}.length > ${this.atom('number')}`;
    }
  }

  private template(): string {
    const type = this.one<Type>(['text', 'number', 'flag', 'list']);
    return `\`${this.one(['i ', '', 'u:'])}${this.variable('text')} ${this.variable(type)}\``;
  }

  /** One step that makes a value of a type. */
  private step(type: Type): string {
    const call = this.callOf(type);
    if (call && this.pick(3) === 0) return call;
    switch (type) {
      case 'text':
        return this.text();
      case 'number':
        return this.number();
      case 'flag':
        return this.pick(3) === 0 ? this.atom('flag') : this.condition();
      case 'list':
        return this.list();
      case 'object':
        return this.object();
    }
  }

  private text(): string {
    const v = this.variable('text');
    switch (this.pick(13)) {
      case 0:
        return this.template();
      case 1:
        return `${this.condition()} ? ${this.atom('text')} : ${this.atom('text')}`;
      case 2:
        return `${v}.toUpperCase()`;
      case 3:
        return `${v}.replace("a", ${this.atom('text')})`;
      case 4:
        return `${v} ${this.one(['&&', '||', '??'])} ${this.atom('text')}`;
      case 5:
        return `${this.variable('object')}.a`;
      case 6:
        return `${this.variable('list')}.join(${this.atom('text')})`;
      case 7:
        return `${v} | ${this.one(['@upper', '@trim'])}`;
      case 8:
        return this.when('text');
      case 9:
        return `${v}.slice(0, ${this.atom('number')})`;
      case 10:
        return this.stages(v);
      case 11:
        return `cmd { echo "${this.variable('text')}" }`;
      default:
        return this.template();
    }
  }

  private number(): string {
    const v = this.variable('number');
    switch (this.pick(6)) {
      case 0:
        return `${v} + ${this.atom('number')}`;
      case 1:
        return `${this.variable('text')}.length`;
      case 2:
        return `${this.variable('list')}.length`;
      case 3:
        return `${this.condition()} ? ${this.atom('number')} : ${this.atom('number')}`;
      case 4:
        return `${this.variable('object')}.z`;
      default:
        return this.when('number');
    }
  }

  private list(): string {
    const v = this.variable('list');
    const item = this.fresh('i');
    switch (this.pick(8)) {
      case 0:
        return `[${this.atom('text')}, ${this.variable('text')}]`;
      case 1:
        return `[${this.atom('text')}, ${this.variable('text')}?]`;
      case 2:
        return `for @${item} in ${v} => \`@${item} ${this.variable('text')}\``;
      case 3:
        return `for @${item} in ${v} when @${item} ${this.one(['==', '!='])} ${this.atom('text')} => @${item}`;
      case 4:
        return `${v}.slice(0, ${this.atom('number')})`;
      case 5:
        return `${v}.concat([${this.atom('text')}])`;
      case 6: {
        const mapped = this.callable(['text']);
        return mapped ? `foreach @${mapped.name}(${v})` : `[${this.variable('text')}]`;
      }
      default: {
        const mapped = this.callable(['text']);
        const parallel = this.one(['', ' parallel(2)']);
        return mapped ? `for${parallel} @${item} in ${v} => @${mapped.name}(@${item})` : `[${this.variable('text')}]`;
      }
    }
  }

  private object(): string {
    switch (this.pick(3)) {
      case 0:
        return `{ a: ${this.atom('text')}, z: ${this.atom('number')} }`;
      case 1:
        return `{ ...${this.variable('object')}, a: ${this.atom('text')} }`;
      default:
        return `{ a: ${this.atom('text')}, z: ${this.atom('number')}, w?: ${this.variable('text')} }`;
    }
  }

  private when(type: Type): string {
    return `when [ ${this.condition()} => ${this.atom(type)}; ${this.pick(2) ? `${this.condition()} => ${this.atom(type)}; ` : ''}* => ${this.atom(type)} ]`;
  }

  /** A pipeline through functions of the program and inline effects. */
  private stages(source: string): string {
    const stages = [source];
    for (let i = 1 + this.pick(2); i > 0; i--) {
      const target = this.callable(['text'], 'text');
      const names = [...(target ? [target.name] : []), ...this.repeaters, 'upper', 'trim'].map((name) => `@${name}`);
      stages.push(this.one([...names, 'log "stage"']));
    }
    return stages.join(' | ');
  }

  private callable(params: readonly Type[], result?: Type): Callable | null {
    const fitting = this.functions.filter(
      (each) => String(each.params) === String(params) && (result === undefined || each.result === result),
    );
    return fitting.length > 0 ? this.one(fitting) : null;
  }

  private callOf(type: Type): string | null {
    const fitting = this.functions.filter(({ result }) => result === type);
    return fitting.length > 0 ? this.call(this.one(fitting)) : null;
  }

  private call({ name, params }: Callable): string {
    return `@${name}(${params.map((type) => this.atom(type)).join(', ')})`;
  }

  // ── statements

  private block(statements: number, indent: string, kind: 'let' = 'let'): string[] {
    const outer = this.scope;
    this.scope = outer.slice();
    this.depth++;
    const lines: string[] = [];
    for (let i = 0; i < statements; i++) lines.push(...this.statement(kind).map((line) => indent + line));
    this.depth--;
    this.scope = outer;
    return lines;
  }

  private statement(declare: 'var' | 'let'): string[] {
    const isFlat = this.depth >= 3;
    switch (this.pick(isFlat ? 7 : 14)) {
      case 0:
      case 1: {
        const type = this.one<Type>(['text', 'number', 'flag', 'list', 'object']);
        const name = this.fresh();
        const value = this.step(type);
        this.bind(name, type, value);
        return [`${declare} @${name} = ${value}`];
      }
      case 2:
        return [this.effect()];
      case 3:
        return this.accumulate(declare);
      case 4:
        return [this.effect()];
      case 5:
        return [this.callStatement()];
      case 6:
        return this.leave();
      case 7:
      case 8:
        return this.ifStatement();
      case 9:
        return this.whenStatement();
      case 10:
      case 11:
        return this.forStatement();
      case 12:
        return this.choice(declare);
      default:
        return this.loopStatement();
    }
  }

  private effect(): string {
    const outer = this.scope;
    if (this.pick(8) > 0) this.scope = outer.filter(({ isLabelled }) => !isLabelled);
    const effect = this.effectOf();
    this.scope = outer;
    return effect;
  }

  private effectOf(): string {
    const value = this.one([this.atom('text'), this.template(), this.literal('text'), this.variable('number')]);
    switch (this.pick(6)) {
      case 0:
        return `log ${value}`;
      case 1:
        return `output ${value} to "out.txt"`;
      case 2:
        return `append ${value} to "log.txt"`;
      case 3:
        return `run cmd { echo "${this.variable('text')}" }`;
      default:
        return `show ${value}`;
    }
  }

  private callStatement(): string {
    if (this.functions.length === 0) return this.effect();
    const outer = this.scope;
    if (this.pick(4) > 0) this.scope = outer.filter(({ isLabelled }) => !isLabelled);
    const call = this.call(this.one(this.functions));
    this.scope = outer;
    return this.pick(2) ? `show ${call}` : call;
  }

  /** A new accumulator, or something added to one. */
  private accumulate(declare: 'var' | 'let'): string[] {
    const growing = this.scope.filter(({ grows }) => grows);
    if (growing.length > 0 && this.pick(3) > 0 && declare === 'let') {
      const { name, type } = this.one(growing);
      return [`let @${name} += ${type === 'list' ? `[${this.atom('text')}]` : this.atom(type)}`];
    }
    const type = this.one<Type>(['text', 'number', 'list']);
    const name = this.fresh('g');
    const value = this.one([this.literal(type), type === 'list' ? '["m"]' : this.variable(type)]);
    this.bind(name, type, value, true);
    return [`${declare} @${name} = ${value}`];
  }

  private leave(): string[] {
    const kinds: string[] = [];
    if (this.inExe) kinds.push(`=> ${this.atom('text')}`, `=> ${this.template()}`);
    if (this.depth > 0) kinds.push('bail "stop"');
    if (this.inLoop && this.depth > 0) kinds.push('done', 'skip');
    return kinds.length > 0 && this.depth > 1 ? [this.one(kinds)] : [this.effect()];
  }

  private ifStatement(): string[] {
    const lines = [`if ${this.condition()} [`, ...this.branch(INDENT)];
    if (this.pick(2)) lines.push('] else [', ...this.branch(INDENT));
    return [...lines, ']'];
  }

  /** Half of the alternatives only choose values: those keep what decides to the values. */
  private branch(indent: string): string[] {
    const growing = this.scope.filter(({ grows }) => grows);
    if (growing.length === 0 || this.pick(2) === 0) return this.block(1 + this.pick(2), indent);
    const { name, type } = this.one(growing);
    return [`${indent}let @${name} += ${type === 'list' ? `[${this.atom('text')}]` : this.atom(type)}`];
  }

  private whenStatement(): string[] {
    const lines = ['when ['];
    for (let i = 1 + this.pick(2); i > 0; i--) {
      lines.push(`${INDENT}${this.condition()} => [`, ...this.branch(INDENT + INDENT), `${INDENT}]`);
    }
    if (this.pick(2)) lines.push(`${INDENT}* => [`, ...this.branch(INDENT + INDENT), `${INDENT}]`);
    return [...lines, ']'];
  }

  private forStatement(): string[] {
    const item = this.fresh('i');
    const list = this.variable('list');
    const outer = { scope: this.scope, inLoop: this.inLoop };
    const parallel = this.pick(5) === 4;
    // The body of a parallel loop may not change what is around it.
    this.scope = outer.scope.map((each) => ({ ...each, grows: each.grows === true && !parallel }));
    this.bind(item, 'text', list);
    this.inLoop = true;
    const body = this.branch(INDENT);
    this.scope = outer.scope;
    this.inLoop = outer.inLoop;
    return [`for${parallel ? ' parallel(2)' : ''} @${item} in ${list} [`, ...body, ']'];
  }

  private loopStatement(): string[] {
    const { inLoop } = this;
    this.inLoop = true;
    const body = this.block(1 + this.pick(2), INDENT);
    this.inLoop = inLoop;
    return [`loop(2)${this.pick(2) ? ` until ${this.condition()}` : ''} [`, ...body, ']'];
  }

  /** A function chosen by a condition, and a call of it. */
  private choice(declare: 'var' | 'let'): string[] {
    const [first, second] = [this.callable(['text'], 'text'), this.callable(['text'], 'text')];
    if (!first || !second) return [this.effect()];
    const [chosen, result] = [this.fresh('f'), this.fresh()];
    const choice = `${this.condition()} ? @${first.name} : @${second.name}`;
    const argument = this.atom('text');
    this.bind(result, 'text', `${choice} ${argument}`);
    return [`${declare} @${chosen} = ${choice}`, `${declare} @${result} = @${chosen}(${argument})`];
  }

  // ── definitions

  private definition(label: string): string[] {
    const name = this.fresh('x');
    const outer = this.scope;
    const params: Type[] = this.one<Type[]>([['text'], ['text'], ['text', 'number'], ['list'], []]);
    const names = params.map((type) => ({ name: this.fresh('a'), type }));
    const head = `exe @${name}(${names.map((each) => each.name).join(', ')})`;
    this.scope = [...outer, ...names];
    let lines: string[];
    let result: Type = 'text';
    switch (this.pick(9)) {
      case 0:
        lines = [`${head} = ${this.template()}`];
        break;
      case 1:
        lines = [`exe exfil @${name}(${names.map((each) => each.name).join(', ')}) = ${this.template()}`];
        break;
      case 2:
        lines = [`${head} = cmd { echo "${this.variable('text')}" }`];
        break;
      case 3:
        lines = [`${head} = js { return "j" + ${names[0]?.name ?? '1'} }`];
        break;
      case 4:
        lines = [
          `${head} = when [`,
          `${INDENT}${this.condition()} => ${this.atom('text')}`,
          `${INDENT}* => ${this.atom('text')}`,
          ']',
        ];
        break;
      case 5: {
        const inner = this.callable(['text'], 'text');
        lines = [
          `${head} = when [`,
          `${INDENT}denied => "refused"`,
          `${INDENT}* => ${inner ? `@${inner.name}(${this.variable('text')})` : this.variable('text')}`,
          ']',
        ];
        break;
      }
      case 6:
        lines = [
          `${head} = when [`,
          `${INDENT}@mx.try < 3 && ${this.condition()} => retry "again"`,
          `${INDENT}* => ${this.atom('text')}`,
          ']',
        ];
        // Only a pipeline can repeat.
        this.scope = outer;
        this.repeaters.push(name);
        return lines;
      case 7:
        this.scope = outer;
        return this.guard(label);
      default: {
        this.inExe = true;
        const inLoop = this.inLoop;
        this.inLoop = false;
        const body = this.bodyOf(2 + this.pick(2));
        this.inLoop = inLoop;
        this.inExe = false;
        result = body.result;
        lines = [`${head} = [`, ...body.lines, ']'];
      }
    }
    this.scope = outer;
    this.functions.push({ name, params, result, isLabelled: this.mentionsLabelled(lines.join('\n')) });
    return lines;
  }

  /** Statements and the value they end with; what the block binds may be it. */
  private bodyOf(statements: number): { lines: string[]; result: Type } {
    this.depth++;
    const lines: string[] = [];
    for (let i = 0; i < statements; i++) lines.push(...this.statement('let').map((line) => INDENT + line));
    this.depth--;
    const result = this.one<Type>(['text', 'text', 'number', 'list']);
    const growing = this.scope.filter((each) => each.grows && each.type === result);
    const value = growing.length > 0 ? `@${this.one(growing).name}` : this.variable(result);
    lines.push(`${INDENT}=> ${value}`);
    return { lines, result };
  }

  private guard(label: string): string[] {
    const filter = this.one([label, 'op:show', 'op:exe', 'op:cmd']);
    const content = filter === label ? '@input == "a"' : '@input.any.text.includes("a")';
    const test = this.one([content, `@mx.taint.includes("${label}")`, this.condition()]);
    return [`guard before ${filter} = when [`, `${INDENT}${test} => deny "no"`, `${INDENT}* => allow`, ']'];
  }
}
