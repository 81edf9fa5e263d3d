import { describe, expect, it } from 'vitest';
import type { TemplatePart } from '../../../grammar/ast.js';
import { errors, literal, ref, sketch, statement, value } from './helpers.js';

// biome-ignore lint/suspicious/noExplicitAny: nodes of every type
const run = (source: string): any => statement(`run ${source}`).value;
const quotes = (parts: TemplatePart[]): unknown[] =>
  parts.filter((p) => p.type === 'TemplateReference').map((p) => p.quoted);

describe('run (language.md 6.1)', () => {
  it.each([
    ['cmd { ls }', 'CommandExpression'],
    ['{ ls }', 'CommandExpression'],
    ['"ls"', 'CommandExpression'],
    ['sh { ls }', 'CodeExpression'],
    ['js (@a, @b) { 1 }', 'CodeExpression'],
    ['@f(1).x', 'Reference'],
    ['@f', 'Reference'],
    ['@x | cmd { cat }', 'Pipeline'],
    ['@x | { cat }', 'Pipeline'],
    ['|| @a() || @b() (2, 1s)', 'ParallelGroup'],
  ])('%s', (source, type) => {
    expect(run(source).type).toBe(type);
  });

  it('streams', () => {
    expect(statement('run stream sh { ls }')).toMatchObject({ stream: true, value: { language: 'sh' } });
    expect(statement('run stream @f()')).toMatchObject({ stream: true, value: { name: 'f' } });
  });

  it('passes input with the command and the rest with the stages', () => {
    expect(statement('run { cat } with { stdin: @x }')).toMatchObject({
      value: { type: 'CommandExpression' },
      with: { entries: [{ key: 'stdin' }] },
    });
    expect(statement('run { cat } with { stdin: @x, pipeline: [@f], format: "json" }')).toMatchObject({
      value: {
        type: 'Pipeline',
        source: { type: 'RunExpression', value: { type: 'CommandExpression' }, with: { entries: [{ key: 'stdin' }] } },
        with: { entries: [{ key: 'format' }] },
      },
      with: null,
    });
    expect(value('cmd { cat } with { stdin: @x }')).toMatchObject({
      type: 'RunExpression',
      with: { entries: [{ key: 'stdin' }] },
    });
  });

  it('has directories and variables in either order', () => {
    expect(run('cmd(@a):/dir { ls }')).toMatchObject({ args: [ref('a')], cwd: { parts: [{ text: '/dir' }] } });
    expect(run('sh:@d (@a, @b) { ls }')).toMatchObject({ args: [ref('a'), ref('b')], cwd: ref('d') });
    expect(run('cmd:~ { ls }').cwd.parts).toMatchObject([{ text: '~' }]);
    expect(sketch(run('cmd:@root/sub { ls }').cwd.parts)).toBe('{@root}/sub');
  });

  it('uses credentials', () => {
    expect(run('cmd { x } using auth:a using @t as TOK').using).toEqual([
      { type: 'UsingClause', kind: 'auth', name: 'a', env: null },
      { type: 'UsingClause', kind: 'var', name: 't', env: 'TOK' },
    ]);
  });

  it.each([
    ['run echo hi', 'run-syntax'],
    ['run js (1) { 1 }', 'code-argument'],
    ['run cmd { x } using token', 'using-syntax'],
    ['run @x | { cat', 'unclosed-command'],
    ['var @x = @y | { cat }', 'bare-braces'],
  ])('refuses %s', (source, code) => {
    expect(errors(source)[0]?.code).toBe(code);
  });
});

describe('commands (language.md 6.2)', () => {
  it.each([
    [`{ echo '@x' "@y" @z }`, ` echo '@x' "{@y}" {@z} `],
    [
      '{echo "{\\"k\\": \\"@x\\"}" $HOME ${A} $(ls) `date` {a,b}}',
      'echo "{\\"k\\": \\"{@x}\\"}" $HOME ${A} $(ls) `date` {a,b}',
    ],
    [`{ awk '{print $1}' | sed 's/}/x/' }`, ` awk '{print $1}' | sed 's/}/x/' `],
    ['{ echo @@a \\@b user@@c.com @u\\@d me@e.com }', ' echo @a @b user@c.com {@u}@d me{@e.com} '],
    ['{ echo @x.txt @x\\.txt @a[0] @f("b)") }', ' echo {@x.txt} {@x}.txt {@a[0]} {@f("b)")} '],
    ['{ echo @t?`T: ` @n??"d" @x|@up }', ' echo {@t?`T: `} {@n??"d"} {@x|@up} '],
    ['{ printf "@x\\n" "a && b; c > d" \\; \\& }', ' printf "{@x}\\n" "a && b; c > d" \\; \\& '],
    ['{ echo "$(echo "a } && b" \'@c\')" }', ' echo "$(echo "a } && b" \'@c\')" '],
    ['{ /bin/sh -c "x && \\\ny"\nls }', ' /bin/sh -c "x && \\\ny"\nls '],
    ['{ echo $((1 + 2)) }', ' echo $((1 + 2)) '],
  ])('%s', (source, expected) => {
    expect(sketch(run(source).parts)).toBe(expected);
  });

  it('know which references stand in double quotes', () => {
    expect(quotes(run('{ echo @a "@b" @c }').parts)).toEqual([false, true, false]);
    expect(quotes(run('"echo @a \\"@b\\" @c"').parts)).toEqual([false, true, false]);
  });

  it('interpolate nothing in single quotes of a quoted command', () => {
    expect(sketch(run(`"echo '@a' @b"`).parts)).toBe("echo '@a' {@b}");
  });

  it.each([
    ['{ sleep 5 & }', 'Background execution (&) is not allowed in mlld. All commands run synchronously.'],
    ['{ a && b }', 'Shell operator AND (&&) is not allowed in cmd { }. Use sh { } for shell scripts.'],
    ['{ a || b }', 'Shell operator OR (||) is not allowed in cmd { }. Use sh { } for shell scripts.'],
    ['{ a; b }', 'Shell semicolon (;) is not allowed in cmd { }. Use sh { } for shell scripts.'],
    ['{ a > b }', 'Shell redirection (>) is not allowed in cmd { }. Use shell blocks instead: sh { … }.'],
    ['{ a 2> b }', 'Shell redirection (>) is not allowed in cmd { }. Use shell blocks instead: sh { … }.'],
    ['{ a < b }', 'Shell redirection (<) is not allowed in cmd { }. Use shell blocks instead: sh { … }.'],
    ['"a && b"', 'Shell operator AND (&&) is not allowed in cmd { }. Use sh { } for shell scripts.'],
    ['"a @x > b"', 'Shell redirection (>) is not allowed in cmd { }. Use shell blocks instead: sh { … }.'],
    ["{ echo it's }", "Unclosed quote (') in a command"],
    ['{ echo', 'Unclosed command in run directive. Expected closing brace.'],
  ])('refuse %s', (source, message) => {
    expect(errors(`run ${source}`)).toMatchObject([{ message }]);
  });
});

describe('code blocks (language.md 5.2, 6.1)', () => {
  const code = (source: string): string => run(source).code;

  it.each([
    ['javascript', 'js'],
    ['nodejs', 'node'],
    ['python', 'py'],
    ['shell', 'sh'],
    ['bash', 'bash'],
  ])('of %s are %s', (name, language) => {
    expect(run(`${name} { x }`)).toMatchObject({ type: 'CodeExpression', language, code: ' x ' });
  });

  it.each([
    ['js', 'return { a: { b: 1 } }'],
    ['js', 'return "}" + \'}\' + `}${ {a: "}"}.a }}` + 1 // }\n'],
    ['js', '/* } */ return /[}/]\\/}/.test(x) ? 4 / 2 : a[0] / 2'],
    ['js', "if (x) { return `a${`b${c}`}` } // it's\n"],
    ['js', "const re = x.match(/'/g); return re"],
    ['py', 'print(f"{x}}}" + \'}\') # }\n'],
    ['py', 'x = """\n } " \n""" + r\'}\'\nd = {1: {2: 3}}'],
    ['sh', 'echo "${x#\\}}" \'}\' "}" # it\'s }\n'],
    ['sh', "cat <<EOF\n it's } here \"\nEOF\ncat <<-'X'\n }\n\tX\necho }{"],
    ['sh', 'f() { echo "$(echo "}" \'}\')"; }\nf'],
    ['sh', 'echo ${#x} $(( ${#x} + 1 )) $# ; case x in a) echo "}" ;; esac'],
    ['bash', 'for n in "${names[@]}"; do echo "$n\'s }"; done'],
    ['js', ' unbalanced " quote\n'],
  ])('%s ends at its brace: %j', (language, source) => {
    const closed = source.endsWith('}{') ? source.slice(0, -2) : source;
    expect(code(`${language} {${closed}}`)).toBe(closed);
  });

  it('say where their code starts', async () => {
    const { parse } = await import('../../../compiler/parse/index.js');
    const source = 'run js (@a) { return a }';
    // biome-ignore lint/suspicious/noExplicitAny: the node is known
    const { codeStart, code: text } = (parse(source, 'a.mld').ast as any).body[0].value;
    expect(source.slice(codeStart, codeStart + text.length)).toBe(' return a ');
  });

  it('are closed', () => {
    expect(errors('exe @f() = js { return 1')[0]?.message).toBe('Unclosed js code block. Expected closing brace.');
  });

  it.each([
    ['const x = @payload;', true],
    ['f(@x)', true],
    ['JSON.parse(`@payload | @json`)', true],
    ['`${@x}`', true],
    ['"@x a@b.com" + `me@b.com`', false],
    ['// @x\n/* @y */ 1', false],
    ['/^[^\\s@]+@[^\\s@]+$/.test(x)', false],
    ["o['@id']", false],
  ])('of JavaScript do not take @name: %s', (source, refused) => {
    expect(errors(`exe @f() = js { ${source} }`).map((e) => e.code)).toEqual(refused ? ['js-at-sign'] : []);
    expect(errors(`exe @f() = sh { ${source} }`)).toEqual([]);
  });

  it('quote the line with @name', () => {
    expect(errors('exe @f() = js {\n  const x = @payload;\n}')[0]).toMatchObject({
      message: expect.stringMatching(
        /^Cannot use @payload syntax inside JavaScript code blocks[\s\S]*Found: const x = @payload;$/,
      ),
      at: '@payload',
    });
  });
});

it('a parallel group has a cap and a delay', () => {
  expect(run('|| @a() || @b() (2, 10ms)')).toMatchObject({
    members: [{ name: 'a' }, { name: 'b' }],
    limit: literal(2),
    delay: '10ms',
  });
});
