import { describe, expect, it } from 'vitest';
import { body, double, errors, inBlock, literal, ref, statement, value } from './helpers.js';

describe('var (language.md 4.1)', () => {
  it.each([
    ['var @x = 1', []],
    ['var secret @x = 1', ['secret']],
    ['var secret, net:w,pii @x = 1', ['secret', 'net:w', 'pii']],
    ['var tools @x = 1', ['tools']],
  ])('%s', (source, labels) => {
    expect(statement(source)).toEqual({
      type: 'VarStatement',
      labels,
      name: { type: 'Name', name: 'x' },
      value: literal(1),
    });
  });

  it.each([
    ['"a"', 'Template'],
    ['1', 'Literal'],
    ['[1]', 'ArrayLiteral'],
    ['{ a: 1 }', 'ObjectLiteral'],
    ['@f(1)', 'Reference'],
    ['cmd { ls }', 'CommandExpression'],
    ['run { ls }', 'RunExpression'],
    ['run "ls"', 'RunExpression'],
    ['run @x | cmd { cat }', 'RunExpression'],
    ['run stream sh { ls }', 'RunExpression'],
    ['sh { ls }', 'CodeExpression'],
    ['<f.md>', 'FileExpression'],
    ['when [ @a => 1 ]', 'WhenExpression'],
    ['when @a => 1', 'WhenExpression'],
    ['for @x in @y => @x', 'ForExpression'],
    ['foreach @f(@x)', 'ForeachExpression'],
    ['loop(3) [ done ]', 'LoopExpression'],
    ['[ => 1 ]', 'BlockExpression'],
    ['new @C("a")', 'NewExpression'],
    ['|| @a() || @b()', 'ParallelGroup'],
    ['box [ => 1 ]', 'BoxExpression'],
    ['env @c [ => 1 ]', 'BoxExpression'],
    ['stream @f()', 'StreamExpression'],
    ['mcp @spec', 'McpExpression'],
    ['* ? 1 : 2', 'TernaryExpression'],
    ['@a | @f', 'Pipeline'],
  ])('has the value %s', (source, type) => {
    expect(value(source).type).toBe(type);
  });

  it('continues where something is missing', () => {
    expect(body('var @x =\n  "v"\nvar @y = @a |\n @f\nvar @z = @a\n  | @f\n  | @g\n')).toHaveLength(3);
  });

  it.each([
    ['var x = 2', 'Invalid var syntax. Expected: var @name = value'],
    ['var @x', 'Invalid var syntax. Expected: var @name = value'],
    ['var untrusted secret @x = 1', 'Invalid var syntax. Expected: var @name = value'],
    ['var @1x = 2', 'Invalid variable name in var directive. Variable names must start with a letter or underscore.'],
    ['var @x =', 'Expected a value in var directive, but found the end of the file'],
    ['var net:w:slack @x = 1', "The label 'net:w:slack' has more than one colon"],
    ['var @x = run @f()', 'run @function() is not a value. Write the call alone: @function()'],
    ['let @x = 1', "'let' is for block-scoped variables -- temporary, mutable. Use 'var' for module-level variables."],
  ])('refuses %s', (source, message) => {
    expect(errors(source)).toMatchObject([{ message }]);
  });
});

describe('let and += (language.md 4.2)', () => {
  it('define and change variables of a block', () => {
    expect(inBlock('let pii @x = 1')).toMatchObject({ type: 'LetStatement', labels: ['pii'], value: literal(1) });
    expect(inBlock('let @x += 1')).toMatchObject({ type: 'AugmentStatement', name: { name: 'x' }, value: literal(1) });
    expect(inBlock('@x += [1]')).toMatchObject({ type: 'AugmentStatement', value: { type: 'ArrayLiteral' } });
  });

  it('stand in for var', () => {
    const [error] = errors('if true [ var @x = 1 ]');
    expect(error).toMatchObject({
      message: '`var` cannot be used inside blocks — use `let` for block-scoped bindings',
      at: 'var',
    });
    expect(error?.hint).toContain("Use 'let' inside blocks");
  });
});

describe('exe (language.md 5)', () => {
  it('has labels, parameters and types', () => {
    expect(statement('exe net:w, llm @f(a, @b, c: number) = `x`')).toMatchObject({
      labels: ['net:w', 'llm'],
      params: [
        { type: 'Param', name: 'a', paramType: null },
        { type: 'Param', name: 'b', paramType: null },
        { type: 'Param', name: 'c', paramType: 'number' },
      ],
    });
    expect(statement('exe @f = js { 1 }').params).toBeNull();
    expect(statement('exe @f() = js { 1 }').params).toEqual([]);
  });

  it.each([
    ['"x"', 'Template'],
    ["'x'", 'Template'],
    ['`x`', 'Template'],
    ['::x::', 'Template'],
    [':::x:::', 'Template'],
    ['[[ x ]]', 'Template'],
    ['template "a/@x\\.att"', 'TemplateFileBody'],
    ['cmd { ls }', 'CommandExpression'],
    ['run { ls }', 'RunExpression'],
    ['run cmd { ls } using auth:a', 'RunExpression'],
    ['javascript { 1 }', 'CodeExpression'],
    ['@g', 'Reference'],
    ['@x.field', 'Reference'],
    ['@x\n  .trim()\n  .slice(1)', 'Reference'],
    ['@g(@x) | @h', 'Pipeline'],
    ['{ a: @x, ...@y }', 'ObjectLiteral'],
    ['when [ @x => 1 ]', 'WhenExpression'],
    ['when first [ @x => 1 ]', 'WhenExpression'],
    ['when @x [ 1 => 2 ]', 'WhenExpression'],
    ['for @i in @x => @i', 'ForExpression'],
    ['foreach @g(@x)', 'ForeachExpression'],
    ['loop [ done ]', 'LoopExpression'],
    ['[ => @x ]', 'BlockExpression'],
    ['prose:@cfg { do @x { nested } }', 'ProseBody'],
    ['prose:@cfg "f.prose"', 'ProseBody'],
    ['new @C(@x)', 'NewExpression'],
    ['<@x>', 'FileExpression'],
    ['stream @g(@x)', 'StreamExpression'],
    ['box @c [ => 1 ]', 'BoxExpression'],
  ])('has the body %s', (source, type) => {
    expect(statement(`exe @f(x) = ${source}`).body.type).toBe(type);
  });

  it.each([
    ['42', 'exe-syntax'],
    ['true', 'exe-syntax'],
    ['(1 + 2)', 'exe-syntax'],
    ['if @x [ => 1 ]', 'exe-syntax'],
    ['data { a: 1 }', 'exe-syntax'],
    ['@x + 1', 'exe-expression'],
    ['@x ? 1 : 2', 'exe-expression'],
    ['when @x => 1', 'exe-inline-when'],
    ['[1, 2]', 'block-closer'],
    ['run sh { ls }', 'exe-run-code'],
    ['{ echo "x" }', 'bare-braces'],
    ['cmd { x } using token', 'using-syntax'],
  ])('has not the body %s', (source, code) => {
    expect(errors(`exe @f(x) = ${source}`)[0]?.code).toBe(code);
  });

  it('names what braces without keys may mean', () => {
    expect(errors('exe @f() = { echo "x" }')[0]?.message).toBe(
      'Use cmd { ... } for commands or data { ... } for objects.',
    );
  });

  it('keeps the clause of its body', () => {
    expect(statement('exe @f(x) = run cmd { cat } with { stdin: @x, description: "d" }')).toMatchObject({
      body: { type: 'RunExpression' },
      with: { entries: [{ key: 'stdin' }, { key: 'description' }] },
    });
    expect(statement('exe @f(x) = run cmd { cat } with { stdin: @x, description: "d", pipeline: [@g] }')).toMatchObject(
      {
        body: {
          type: 'Pipeline',
          source: { type: 'RunExpression', with: { entries: [{ key: 'stdin' }] } },
          stages: [{ kind: 'call' }],
        },
        with: { entries: [{ key: 'description' }] },
      },
    );
  });

  it('publishes functions to a language', () => {
    const expected = {
      type: 'ShadowEnvStatement',
      language: 'node',
      entries: [
        { name: 'f', alias: 'f' },
        { name: 'g', alias: 'h' },
      ],
    };
    expect(statement('exe nodejs = { f, h: g }')).toEqual(expected);
    expect(statement('exe @nodejs = { f, h: g }')).toEqual(expected);
  });

  it('may be called like a language', () => {
    expect(statement('exe @js() = `x`').type).toBe('ExeStatement');
  });
});

describe('blocks (language.md 5.6, 7.1)', () => {
  it('separate statements with line ends, semicolons and blanks', () => {
    const source =
      'exe @f() = [\n >> c\n let @a = 1 >> d\n let @b = 2; let @c = 3 show "x" @g(1) @x | show\n "a" | append "f" => @a + @b\n]';
    expect(statement(source).body.body.map((s: { type: string }) => s.type)).toEqual([
      'LetStatement',
      'LetStatement',
      'LetStatement',
      'ShowStatement',
      'CallStatement',
      'EffectStatement',
      'EffectStatement',
      'ReturnStatement',
    ]);
  });

  it.each([
    ['@x', 'bare-reference'],
    ['=> 1, 2', 'return-several'],
    ['=> ]', 'return-value'],
    ['junk', 'block-closer'],
    ['/show "x"', 'slash-in-block'],
    ['exe @g() = `x`', 'directive-in-block'],
    ['while (@x) [ show @x ]', 'while-statement'],
  ])('refuse %s', (source, code) => {
    expect(errors(`exe @f() = [ ${source} ]`)[0]?.code).toBe(code);
  });

  it('say which directive they were opened in', () => {
    expect(errors('exe @f() = [ let @a = 1')[0]?.message).toBe(
      "Unclosed block in exe directive. Expected ']' to close the block.",
    );
  });
});

describe('=> (language.md 7.9, security.md 2.1)', () => {
  const modifiers = (source: string): string[] =>
    statement(source).modifiers.map((m: { op: string; label: string }) => `${m.op} ${m.label}`.trim());

  it.each([
    ['=> known @x', ['add known']],
    ['=> secret,untrusted "p"', ['add secret', 'add untrusted']],
    ['=> trusted!, !secret @x', ['bless trusted', 'remove secret']],
    ['=> clear! @x', ['clear']],
    ['=> !@x', []],
    ['=> when [ @a => 1 ]', []],
    ['=> cmd { ls }', []],
    ['=> null', []],
    ['=> foreach @f(@x)', []],
  ])('%s', (source, expected) => {
    expect(modifiers(source)).toEqual(expected);
  });

  it('takes any value', () => {
    expect(statement('=> @a + 1 | @f').value.type).toBe('Pipeline');
    expect(statement('/=> "v"', 'markdown').value).toEqual(double('v'));
    expect(statement('=> [@a, 1]').value.elements[0].value).toEqual(ref('a'));
  });
});
