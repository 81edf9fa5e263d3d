/** `when` in all its forms (language.md 7.3): arms tried in order, conditions counted in the mark. */

import type { Pattern, Span, WhenArm, WhenExpression, WhenTest } from '../../grammar/ast.js';
import { action } from './actions.js';
import { type Code, js } from './code.js';
import type { Emitter } from './emitter.js';
import { operation } from './operators.js';
import { type Region, whenRegion } from './regions.js';
import type { Use } from './use.js';

/**
 * Statements that try the arms. With use `value` the statements end in a return on every path; a
 * `when` without a match answers `otherwise`, or null.
 */
export function whenArms(
  node: WhenExpression,
  use: Use,
  e: Emitter,
  otherwise: ((mark: string) => Code) | null = null,
): Code {
  const region = whenRegion(node, use, e);
  return e.inScope('block', () => {
    const mark = e.unique('k');
    const subject = node.subject ? e.unique('s') : null;
    const temp = e.unique('t');
    const parts: Code[] = [js`let ${mark} = ${e.rt('EMPTY')}, ${temp};\n`];
    if (subject) {
      parts.push(
        js`const ${subject} = ${e.deciding(
          'decisive',
          region,
          e.tolerating(() => e.expr(node.subject!)),
          node.subject!.loc,
          node.entries,
        )};\n${mark} = ${e.rt('joinSubject')}(${mark}, ${subject}.deep);\n`,
      );
    }
    const label = e.unique('w');
    for (const entry of node.entries) {
      if (entry.type !== 'WhenArm') parts.push(e.statement(entry), '\n');
      else parts.push(arm(entry, { subject, mark, temp, label, region, entries: node.entries }, use, e));
    }
    if (use === 'value') return js`{\n${parts}return ${otherwise?.(mark) ?? js`${e.rt('noMatch')}(${mark})`};\n}`;
    if (region.assigned.length > 0)
      return js`{\n${parts[0]!}${label}: {\n${parts.slice(1)}}\n${e.dependent(region, mark)}}`;
    return js`${label}: {\n${parts}}`;
  });
}

/** JavaScript names the arms of one `when` share. */
interface Names {
  subject: string | null;
  mark: string;
  temp: string;
  label: string;
  region: Region;
  entries: WhenExpression['entries'];
}

function arm(node: WhenArm, names: Names, use: Use, e: Emitter): Code {
  const body = (): Code => {
    const code = e.underCondition(names.mark, () =>
      use === 'value' && isDenied(node.test) && node.action.type === 'ShowStatement'
        ? js`${e.statement(node.action)}\nreturn ${e.rt('NOTHING')};`
        : action(node.action, use, e),
    );
    return use === 'value' ? code : js`${code}\nbreak ${names.label};`;
  };
  if (node.test.kind === 'any' || node.test.kind === 'none') return js`{\n${body()}\n}\n`;
  return js`if (${test(node.test, names, node.loc, e)}) {\n${body()}\n}\n`;
}

/** A `denied` arm reports; what it shows is not a value as well (security.md 3.7). */
function isDenied(test: WhenTest): boolean {
  return test.kind === 'condition' && test.value.type === 'KeywordCondition' && test.value.keyword === 'denied';
}

function test(node: Exclude<WhenTest, { kind: 'any' | 'none' }>, names: Names, loc: Span, e: Emitter): Code {
  const { subject, mark, temp, region } = names;
  const value = node.kind === 'condition' ? e.tolerating(() => e.expr(node.value)) : pattern(node.pattern, subject!, e);
  return js`(${temp} = ${value}, ${mark} = ${e.rt('joinCondition')}(${mark}, ${temp}.deep), ${e.decides(region, temp, loc, names.entries)})`;
}

/** A pattern as a boolean value. */
function pattern(node: Pattern, subject: string, e: Emitter): Code {
  switch (node.kind) {
    case 'value':
      return operation(
        '==',
        subject,
        e.tolerating(() => e.expr(node.value)),
        node.value.loc,
        e,
      );
    case 'compare':
      return operation(
        node.operator,
        subject,
        e.tolerating(() => e.expr(node.value)),
        node.value.loc,
        e,
      );
    case 'or':
      return js`${e.rt('anyOf')}([${node.patterns.map((p, i) => [i ? ', ' : '', '() => ', pattern(p, subject, e)])}])`;
    case 'and':
      return js`${e.rt('allOf')}([${node.patterns.map((p, i) => [i ? ', ' : '', '() => ', pattern(p, subject, e)])}])`;
  }
}
