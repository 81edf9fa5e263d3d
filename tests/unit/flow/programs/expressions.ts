/** What values are made of. */

import { type Callable, Choices, type Type } from './choices.js';

export class Expressions extends Choices {
  protected condition(): string {
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

  protected template(): string {
    const type = this.one<Type>(['text', 'number', 'flag', 'list']);
    return `\`${this.one(['i ', '', 'u:'])}${this.variable('text')} ${this.variable(type)}\``;
  }

  /** One step that makes a value of a type. */
  protected step(type: Type): string {
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

  protected text(): string {
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

  protected number(): string {
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

  protected list(): string {
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

  protected object(): string {
    switch (this.pick(3)) {
      case 0:
        return `{ a: ${this.atom('text')}, z: ${this.atom('number')} }`;
      case 1:
        return `{ ...${this.variable('object')}, a: ${this.atom('text')} }`;
      default:
        return `{ a: ${this.atom('text')}, z: ${this.atom('number')}, w?: ${this.variable('text')} }`;
    }
  }

  protected when(type: Type): string {
    return `when [ ${this.condition()} => ${this.atom(type)}; ${this.pick(2) ? `${this.condition()} => ${this.atom(type)}; ` : ''}* => ${this.atom(type)} ]`;
  }

  /** A pipeline through functions of the program and inline effects. */
  protected stages(source: string): string {
    const stages = [source];
    for (let i = 1 + this.pick(2); i > 0; i--) {
      const target = this.callable(['text'], 'text');
      const names = [...(target ? [target.name] : []), ...this.repeaters, 'upper', 'trim'].map((name) => `@${name}`);
      stages.push(this.one([...names, 'log "stage"']));
    }
    return stages.join(' | ');
  }

  protected callable(params: readonly Type[], result?: Type): Callable | null {
    const fitting = this.functions.filter(
      (each) => String(each.params) === String(params) && (result === undefined || each.result === result),
    );
    return fitting.length > 0 ? this.one(fitting) : null;
  }

  protected callOf(type: Type): string | null {
    const fitting = this.functions.filter(({ result }) => result === type);
    return fitting.length > 0 ? this.call(this.one(fitting)) : null;
  }

  protected call({ name, params }: Callable): string {
    return `@${name}(${params.map((type) => this.atom(type)).join(', ')})`;
  }
}
