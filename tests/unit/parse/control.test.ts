import { describe, expect, it } from 'vitest';
import { body, double, errors, inBlock, literal, ref, statement, value } from './helpers.js';

describe('if (language.md 7.2)', () => {
  it('has a block and may have another', () => {
    expect(statement('if @a && !@b [ show "x" ]\nelse [ show "y" ]')).toMatchObject({
      test: { type: 'BinaryExpression' },
      consequent: { body: [{ type: 'ShowStatement' }] },
      alternate: { body: [{ type: 'ShowStatement' }] },
    });
  });

  it.each([
    ['if @a show "x"', 'if-block'],
    ['if @a [ show "x" ] else if @b [ show "y" ]', 'else-if'],
    ['if @a [ show "x" ] else show "y"', 'else-block'],
    ['if @a [ show "x"', 'unclosed-block'],
  ])('refuses %s', (source, code) => {
    expect(errors(source)[0]?.code).toBe(code);
  });
});

describe('when (language.md 7.3)', () => {
  it('has an inline form', () => {
    expect(statement('when @a > 1 => show "x"').when).toMatchObject({
      inline: true,
      subject: null,
      entries: [{ test: { kind: 'condition', value: { operator: '>' } }, action: { type: 'ShowStatement' } }],
    });
  });

  it.each(['when [', 'when first ['])('lists conditions after %s', (start) => {
    const { when } = statement(
      `${start}\n let @y = 1\n @y += 1; @a => "x" * && @b => "y"\n denied => skip\n none => [ => 1 ]\n]`,
    );
    expect(when).toMatchObject({ inline: false, subject: null });
    expect(when.entries.map((e: { type: string; test?: { kind: string } }) => e.test?.kind ?? e.type)).toEqual([
      'LetStatement',
      'AugmentStatement',
      'condition',
      'condition',
      'condition',
      'none',
    ]);
  });

  it.each(['when @v [', 'when @v: [', 'when @v : [', 'when @v first ['])('lists patterns after %s', (start) => {
    const { when } = statement(
      `${start} "a" || "b" => 1; >= 0.3 && < 0.7 => 2; [1, 2] => 3; null => 4; @x + 1 => 5; * => 6; none => 7 ]`.replace(
        '* => 6; ',
        '',
      ),
    );
    expect(when.subject).toEqual(ref('v'));
    expect(when.entries.map((entry: { test: unknown }) => entry.test)).toEqual([
      {
        kind: 'pattern',
        pattern: {
          kind: 'or',
          patterns: [
            { kind: 'value', value: double('a') },
            { kind: 'value', value: double('b') },
          ],
        },
      },
      {
        kind: 'pattern',
        pattern: {
          kind: 'and',
          patterns: [
            { kind: 'compare', operator: '>=', value: literal(0.3) },
            { kind: 'compare', operator: '<', value: literal(0.7) },
          ],
        },
      },
      { kind: 'pattern', pattern: { kind: 'value', value: expect.objectContaining({ type: 'ArrayLiteral' }) } },
      { kind: 'pattern', pattern: { kind: 'value', value: literal(null) } },
      { kind: 'pattern', pattern: { kind: 'value', value: expect.objectContaining({ operator: '+' }) } },
      { kind: 'none' },
    ]);
  });

  it('takes * for any pattern', () => {
    expect(statement('when @v [ * => show "x" ]').when.entries[0].test).toEqual({ kind: 'any' });
  });

  it.each([
    ['"text"', 'ExpressionStatement'],
    ['@f(1)', 'ExpressionStatement'],
    ['{ a: 1 }', 'ExpressionStatement'],
    ['["a"]', 'ExpressionStatement'],
    ['[]', 'ExpressionStatement'],
    ['cmd { ls }', 'ExpressionStatement'],
    ['@x | @f', 'ExpressionStatement'],
    ['[ show "x" ]', 'Block'],
    ['[continue]', 'Block'],
    ['show "x" | @f', 'ShowStatement'],
    ['log "x"', 'LogStatement'],
    ['output @x to "f"', 'OutputStatement'],
    ['run @f()', 'RunStatement'],
    ['var @y = 1', 'VarStatement'],
    ['for @x in @y => show @x', 'ForStatement'],
    ['when @b => "x"', 'WhenStatement'],
    ['skip', 'ControlStatement'],
    ['done "x"', 'ControlStatement'],
    ['retry { code: 1 }', 'ControlStatement'],
    ['continue (@n - 1)', 'ControlStatement'],
    ['bail "x"', 'BailStatement'],
    ['=> 1', 'ReturnStatement'],
  ])('has the action %s', (source, type) => {
    expect(statement(`when @a => ${source}`).when.entries[0].action.type).toBe(type);
  });

  it('keeps the next condition of a line', () => {
    expect(value('when [ @a => retry * => "no" ]').entries).toMatchObject([
      { action: { keyword: 'retry', value: null } },
      { test: { kind: 'any' } },
    ]);
  });

  it.each([
    [
      'when [ @a => "x", @b => "y" ]',
      "Unexpected ',' in when condition list. Separate conditions with whitespace or newlines (no commas).",
    ],
    ['when all: [ @a ] => show "x"', "The 'all' modifier has been removed from mlld. Use the && operator instead."],
    ['when any: [ @a ] => show "x"', "The 'any' modifier has been removed from mlld. Use the || operator instead."],
    ['when: [ @a => show "x" ]', "Invalid when syntax. 'when:' without a value is not supported"],
    ['when true => @x', 'Invalid when syntax. A reference alone does nothing as the action of a directive.'],
    ['when @a => /show "x"', 'Directives inside blocks and actions are written without a slash'],
    [
      'when @active [\n  show "hello"\n]',
      'when @active [...] is ambiguous. Did you mean: when @active => [ ... ] for a condition, or when @active [ pattern => action ] to compare?',
    ],
    ['when [ none => "x"; @a => "y" ]', "The 'none' keyword must be the last condition(s) in a when block"],
    [
      'when [ * => "x"; none => "y" ]',
      "The 'none' keyword cannot appear after a wildcard (*) as it would never execute",
    ],
    ['when [ none && @a => "x" ]', "The 'none' keyword cannot be used in compound expressions with operators"],
    ['when !none => show "x"', "The 'none' keyword cannot be used with operators"],
    ['var @x = none', "The 'none' keyword can only be used as a condition within /when directives"],
    ['when [ @a show "x" ]', 'Expected \'=>\' after the condition, but found "show"'],
    ['when [ @a => show "x"', "Unclosed when list in when directive. Expected ']' to close the list."],
  ])('refuses %j', (source, message) => {
    expect(errors(source)).toMatchObject([{ message }]);
  });

  it('as an expression may give back a reference', () => {
    expect(errors('var @r = when @a => @x')).toEqual([]);
    expect(errors('exe @f(x) = [ when @x => @x ]')).toEqual([]);
    expect(errors('var @r = for @x in @y => when @x => @x')).toEqual([]);
  });
});

describe('for (language.md 7.4, 7.5)', () => {
  it.each([
    ['for @v in @l => show @v', { key: null, value: 'v', valuePath: [] }],
    ['for @k, @v in @l [ show @k ]', { key: 'k', value: 'v', valuePath: [] }],
    ['for @v.a.b in @l => show @v', { key: null, value: 'v', valuePath: ['a', 'b'] }],
    ['for parallel @v in @l => show @v', { parallel: { limit: null, delay: null } }],
    ['for parallel(2) @v in @l => show @v', { parallel: { limit: literal(2), delay: null } }],
    ['for parallel(@n, 10ms) @v in @l => show @v', { parallel: { limit: ref('n'), delay: '10ms' } }],
    ['for parallel(2, @d) @v in @l => show @v', { parallel: { limit: literal(2), delay: ref('d') } }],
  ])('%s', (source, expected) => {
    expect(statement(source).for).toMatchObject({ items: ref('l'), filter: null, batch: [], ...expected });
  });

  it('filters and lists', () => {
    expect(value('for @x in @l when @x > 1 => @x')).toMatchObject({
      filter: { operator: '>' },
      body: { type: 'ExpressionStatement' },
    });
    expect(value('for @x in @l when [ @x > 1 => @x ]')).toMatchObject({
      filter: null,
      body: { type: 'WhenStatement' },
    });
    expect(value('for @x in @l [ => @x ]').body.type).toBe('Block');
    expect(value('for @x in @l => { a: @x }').body.value.type).toBe('ObjectLiteral');
  });

  it('passes the result on', () => {
    expect(value('for @x in @l => @f(@x) | @g => | @h | @i')).toMatchObject({
      body: { value: { type: 'Pipeline', stages: [{ ref: ref('g') }] } },
      batch: [
        { kind: 'call', ref: ref('h') },
        { kind: 'call', ref: ref('i') },
      ],
    });
    expect(value('for @x in @l => @x => || @a() || @b()').batch).toMatchObject([
      { kind: 'parallel', stages: [{}, {}] },
    ]);
    expect(value('for @x in @l [ => @x ] => | @h').batch).toHaveLength(1);
    expect(value('for @x in @l => when [ @x => 1 ] => | @h').batch).toHaveLength(1);
  });

  it('nests', () => {
    expect(statement('for @x in @l => for @y in @m => show "@x-@y"').for.body).toMatchObject({ type: 'ForStatement' });
  });

  it.each([
    ['for @x in @y show @x', 'for-body'],
    ['for @x @y => show @x', 'for-syntax'],
    ['for parallel(2, soon) @x in @y => show @x', 'delay'],
  ])('refuses %s', (source, code) => {
    expect(errors(source)[0]?.code).toBe(code);
  });
});

describe('foreach and loop (language.md 7.6, 7.7)', () => {
  it('foreach has a callee, arguments, stages and options', () => {
    expect(value('foreach @o.f(@a, [1]) => | @g')).toMatchObject({
      callee: ref('o', { kind: 'field', name: 'f' }),
      args: [ref('a'), {}],
      batch: [{ kind: 'call' }],
    });
    expect(statement('show foreach @f(@a) with {separator: " | "}').value.with.entries[0].key).toBe('separator');
  });

  it.each([
    ['loop [ done ]', { limit: null, delay: null, until: null }],
    ['loop(endless) [ done ]', { limit: null }],
    ['loop endless [ done ]', { limit: null }],
    ['loop(5, 1s) [ done ]', { limit: literal(5), delay: '1s' }],
    ['loop(@n) until @input >= 3 [ continue @next ]', { limit: ref('n'), until: { operator: '>=' } }],
  ])('%s', (source, expected) => {
    expect(statement(source).loop).toMatchObject(expected);
  });

  it('control statements take a value on their line', () => {
    expect(inBlock('continue @x')).toEqual({ type: 'ControlStatement', keyword: 'continue', value: ref('x') });
    expect(body('loop [\n done\n @f()\n]')[0]).toMatchObject({
      loop: { body: { body: [{ value: null }, { type: 'CallStatement' }] } },
    });
  });
});
