/**
 * Random programs over labelled data. A list of numbers (what fast-check makes and shrinks) decides
 * every choice; a list that has run out answers 0, the plainest choice, so shorter lists are smaller
 * programs. Steps bind variables one at a time: every operand is a variable or a literal.
 *
 * Labelled inputs come from `@payload`, so one compiled program runs with any of them.
 */

import { INDENT, type Type } from './programs/choices.js';
import { Statements } from './programs/statements.js';

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

/** The program the choices make. */
export function program(choices: readonly number[], options: ProgramOptions): string {
  return new Generator(choices).program(options);
}

class Generator extends Statements {
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
