/** The choices a program is made of, and the names in sight (see ../programs.ts). */

export type Type = 'text' | 'number' | 'flag' | 'list' | 'object';

export interface Variable {
  name: string;
  type: Type;
  /** An accumulator of the block it was made in: `+=` may change it. */
  grows?: boolean;
  /** True when it may carry the label; effects mostly use what does not, or no program got far. */
  isLabelled?: boolean;
}

export interface Callable {
  name: string;
  params: readonly Type[];
  result: Type;
  /** True when it reads labelled variables around it. */
  isLabelled: boolean;
}

export const INDENT = '  ';

export class Choices {
  protected at = 0;
  protected names = 0;
  protected readonly functions: Callable[] = [];
  /** Functions that ask for a retry: they can only be stages. */
  protected readonly repeaters: string[] = [];
  protected scope: Variable[] = [];
  protected depth = 0;
  protected inExe = false;
  protected inLoop = false;

  constructor(private readonly choices: readonly number[]) {}

  /** A number below `count`. */
  protected pick(count: number): number {
    return (this.choices[this.at++] ?? 0) % count;
  }

  protected one<T>(list: readonly T[]): T {
    return list[this.pick(list.length)]!;
  }

  protected fresh(stem = 'v'): string {
    return `${stem}${++this.names}`;
  }

  /** The name of a variable of a type; those made last, and so the interesting ones, come first. */
  protected variable(type: Type): string {
    const known = this.scope.filter((each) => each.type === type).reverse();
    return `@${this.one(known).name}`;
  }

  /** Binds a name to a value, which is labelled when something in it is. */
  protected bind(name: string, type: Type, value: string, grows = false): void {
    this.scope.push({ name, type, grows, isLabelled: this.mentionsLabelled(value) });
  }

  protected mentionsLabelled(code: string): boolean {
    const names = new Set([...code.matchAll(/@(\w+)/g)].map(([, name]) => name!));
    return (
      this.scope.some(({ name, isLabelled }) => isLabelled && names.has(name)) ||
      this.functions.some(({ name, isLabelled }) => isLabelled && names.has(name))
    );
  }

  protected literal(type: Type): string {
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
  protected atom(type: Type): string {
    return this.pick(4) === 3 ? this.literal(type) : this.variable(type);
  }
}
