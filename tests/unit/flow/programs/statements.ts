/** What blocks are made of. */

import { INDENT, type Type } from './choices.js';
import { Expressions } from './expressions.js';

export class Statements extends Expressions {
  protected block(statements: number, indent: string, kind: 'let' = 'let'): string[] {
    const outer = this.scope;
    this.scope = outer.slice();
    this.depth++;
    const lines: string[] = [];
    for (let i = 0; i < statements; i++) lines.push(...this.statement(kind).map((line) => indent + line));
    this.depth--;
    this.scope = outer;
    return lines;
  }

  protected statement(declare: 'var' | 'let'): string[] {
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

  protected effect(): string {
    const outer = this.scope;
    if (this.pick(8) > 0) this.scope = outer.filter(({ isLabelled }) => !isLabelled);
    const effect = this.effectOf();
    this.scope = outer;
    return effect;
  }

  protected effectOf(): string {
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

  protected callStatement(): string {
    if (this.functions.length === 0) return this.effect();
    const outer = this.scope;
    if (this.pick(4) > 0) this.scope = outer.filter(({ isLabelled }) => !isLabelled);
    const call = this.call(this.one(this.functions));
    this.scope = outer;
    return this.pick(2) ? `show ${call}` : call;
  }

  /** A new accumulator, or something added to one. */
  protected accumulate(declare: 'var' | 'let'): string[] {
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

  protected leave(): string[] {
    const kinds: string[] = [];
    if (this.inExe) kinds.push(`=> ${this.atom('text')}`, `=> ${this.template()}`);
    if (this.depth > 0) kinds.push('bail "stop"');
    if (this.inLoop && this.depth > 0) kinds.push('done', 'skip');
    return kinds.length > 0 && this.depth > 1 ? [this.one(kinds)] : [this.effect()];
  }

  protected ifStatement(): string[] {
    const lines = [`if ${this.condition()} [`, ...this.branch(INDENT)];
    if (this.pick(2)) lines.push('] else [', ...this.branch(INDENT));
    return [...lines, ']'];
  }

  /** Half of the alternatives only choose values: those keep what decides to the values. */
  protected branch(indent: string): string[] {
    const growing = this.scope.filter(({ grows }) => grows);
    if (growing.length === 0 || this.pick(2) === 0) return this.block(1 + this.pick(2), indent);
    const { name, type } = this.one(growing);
    return [`${indent}let @${name} += ${type === 'list' ? `[${this.atom('text')}]` : this.atom(type)}`];
  }

  protected whenStatement(): string[] {
    const lines = ['when ['];
    for (let i = 1 + this.pick(2); i > 0; i--) {
      lines.push(`${INDENT}${this.condition()} => [`, ...this.branch(INDENT + INDENT), `${INDENT}]`);
    }
    if (this.pick(2)) lines.push(`${INDENT}* => [`, ...this.branch(INDENT + INDENT), `${INDENT}]`);
    return [...lines, ']'];
  }

  protected forStatement(): string[] {
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

  protected loopStatement(): string[] {
    const { inLoop } = this;
    this.inLoop = true;
    const body = this.block(1 + this.pick(2), INDENT);
    this.inLoop = inLoop;
    return [`loop(2)${this.pick(2) ? ` until ${this.condition()}` : ''} [`, ...body, ']'];
  }

  /** A function chosen by a condition, and a call of it. */
  protected choice(declare: 'var' | 'let'): string[] {
    const [first, second] = [this.callable(['text'], 'text'), this.callable(['text'], 'text')];
    if (!first || !second) return [this.effect()];
    const [chosen, result] = [this.fresh('f'), this.fresh()];
    const choice = `${this.condition()} ? @${first.name} : @${second.name}`;
    const argument = this.atom('text');
    this.bind(result, 'text', `${choice} ${argument}`);
    return [`${declare} @${chosen} = ${choice}`, `${declare} @${result} = @${chosen}(${argument})`];
  }
}
