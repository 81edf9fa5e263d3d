import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../../compiler/diagnostics/diagnostic.js';
import { type RuntimeError, renderDiagnostics, renderRuntimeError } from '../../../compiler/diagnostics/render.js';

const FILE = './f.mld';

/** A diagnostic whose span covers what stands between the two bars in the source. */
function marked(source: string, extra: Partial<Diagnostic> = {}): { text: string; diagnostic: Diagnostic } {
  const [before = '', inside = '', after = ''] = source.split('|');
  const span = { start: before.length, end: before.length + inside.length };
  const diagnostic = { severity: 'error', code: 'x', name: 'MlldX', message: 'Broken', file: FILE, span, ...extra };
  return { text: before + inside + after, diagnostic: diagnostic as Diagnostic };
}

function render(source: string, extra: Partial<Diagnostic> = {}, width = 60): string {
  const { text, diagnostic } = marked(source, extra);
  return renderDiagnostics([diagnostic], new Map([[FILE, text]]), { color: false, width });
}

/** The excerpt alone: everything after the headline and before the closing rule. */
function frame(source: string, extra: Partial<Diagnostic> = {}, width = 60): string {
  return render(source, extra, width).split('\n').slice(5, -3).join('\n');
}

describe('a rendered diagnostic', () => {
  it('has the rule, the class and message, the excerpt, details, hint and closing rule', () => {
    const text = render('var @a = |[1, 2, 3|\n', {
      name: 'MlldParse',
      message: "Unclosed array in var directive. Expected ']' to close the array.",
      details: { opened: 'line 1', expected: [']'] },
      hint: 'Close it.\nThen go on.',
    });
    expect(text).toMatchInlineSnapshot(`
      "
      ━━━━━━━━━━━━━━━━━━━━━━━━ mlld error ━━━━━━━━━━━━━━━━━━━━━━━━

        MlldParse: Parse error: Unclosed array in var directive. Expected ']' to close the array. at line 1, column 10 in ./f.mld

        ./f.mld:1:10
        1 | var @a = [1, 2, 3
                     ^^^^^^^^
        2 |

        Details:
          opened: line 1
          expected: ["]"]

        💡 Close it.
           Then go on.

      ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
      "
    `);
  });

  it('counts several diagnostics and shows each', () => {
    const { text, diagnostic } = marked('|var|');
    const warning: Diagnostic = { ...diagnostic, severity: 'warning', message: 'Odd' };
    const all = renderDiagnostics([diagnostic, diagnostic, warning], new Map([[FILE, text]]), { color: false });
    expect(all.match(/ mlld error /g)).toHaveLength(2);
    expect(all.match(/ mlld warning /g)).toHaveLength(1);
    expect(all.endsWith('2 errors, 1 warning\n')).toBe(true);
  });

  it('names the file alone when there is no source or no span', () => {
    const { diagnostic } = marked('|x|');
    expect(renderDiagnostics([diagnostic], () => undefined, { color: false })).toContain('\n  ./f.mld\n');
    expect(render('|x|', { span: null })).toContain('\n  ./f.mld\n');
  });

  it('prints nothing for no diagnostics', () => {
    expect(renderDiagnostics([], new Map(), { color: false })).toBe('');
  });

  it('uses colours only when asked to', () => {
    const { text, diagnostic } = marked('|x|');
    const sources = new Map([[FILE, text]]);
    expect(renderDiagnostics([diagnostic], sources, { color: true })).toContain('\u001b[31m');
    expect(renderDiagnostics([diagnostic], sources, { color: false })).not.toContain('\u001b');
  });
});

describe('the excerpt', () => {
  it('shows one line before and after, with line numbers aligned', () => {
    const source = `${'x\n'.repeat(8)}nine\n|ten|\neleven\n`;
    expect(frame(source)).toMatchInlineSnapshot(`
      "  ./f.mld:10:1
         9 | nine
        10 | ten
             ^^^
        11 | eleven"
    `);
  });

  it('marks every line of a range and leaves out the middle of a long one', () => {
    expect(frame('|exe @f() = [\n  a\n  b\n  c\n  d\n  e\n  f\n  g\n]|\n')).toMatchInlineSnapshot(`
      "  ./f.mld:1:1
         1 | exe @f() = [
             ^^^^^^^^^^^^
         2 |   a
               ^
         · |
         9 | ]
             ^
        10 |"
    `);
  });

  it('puts the caret after the last character at the end of a line', () => {
    expect(frame('var @x =||\n')).toMatchInlineSnapshot(`
      "  ./f.mld:1:9
        1 | var @x =
                    ^
        2 |"
    `);
  });

  it('expands tabs and counts wide characters as two columns', () => {
    expect(frame('\t\tshow |@x|')).toMatchInlineSnapshot(`
      "  ./f.mld:1:8
        1 |         show @x
                         ^^"
    `);
    expect(frame('show "日本👩‍💻" |junk|')).toMatchInlineSnapshot(`
      "  ./f.mld:1:16
        1 | show "日本👩‍💻" junk
                          ^^^^"
    `);
  });

  it('clips a long line around what it marks', () => {
    expect(frame(`var @x = "${'a'.repeat(100)}|?|${'b'.repeat(100)}"`)).toMatchInlineSnapshot(`
      "  ./f.mld:1:111
        1 | …aaaaaaaaaaaaaaaaaaaa?bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…
                                 ^"
    `);
    expect(frame(`|var| @x = "${'a'.repeat(100)}"`)).toMatchInlineSnapshot(`
      "  ./f.mld:1:1
        1 | var @x = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…
            ^^^"
    `);
  });

  it('shows control characters and text direction overrides instead of sending them to the terminal', () => {
    const shown = render('show |"\u001b[31mred\u202e"|', { message: 'bad \u001b[2J name' });
    expect(shown).not.toContain('\u001b');
    expect(shown).not.toContain('\u202e');
    expect(shown).toContain('␛[31mred<U+202E>');
    expect(shown).toContain('bad ␛[2J name');
  });

  it('takes Windows line ends and offsets beyond the text', () => {
    expect(frame('var @x\r\n|vra|\r\nshow "x"\r\n')).toMatchInlineSnapshot(`
      "  ./f.mld:2:1
        1 | var @x
        2 | vra
            ^^^
        3 | show "x""
    `);
    expect(frame('abc', { span: { start: 99, end: 120 } })).toMatchInlineSnapshot(`
      "  ./f.mld:1:4
        1 | abc
               ^"
    `);
  });
});

describe('a rendered run-time error', () => {
  const sources = new Map([[FILE, 'exe @f(x) = js {\n  throw new Error("no " + x)\n}\nshow @f(1)\n']]);
  const error: RuntimeError = {
    name: 'MlldCommandExecution',
    message: 'no 1',
    position: { file: FILE, line: 2, column: 9, endLine: 2, endColumn: 29 },
    directive: 'show',
    target: '@f(1)',
    stack: [{ name: 'f', position: { file: FILE, line: 4, column: 6 } }],
    details: { exitCode: 1 },
  };

  it('has the directive, the frame and the mlld call stack', () => {
    expect(renderRuntimeError(error, sources, { color: false, width: 60 })).toMatchInlineSnapshot(`
      "
      ━━━━━━━━━━━━━━━━━━━━━━━━ mlld error ━━━━━━━━━━━━━━━━━━━━━━━━

        show @f(1) ..... ./f.mld:2

        MlldCommandExecution: no 1

        ./f.mld:2:9
        1 | exe @f(x) = js {
        2 |   throw new Error("no " + x)
                    ^^^^^^^^^^^^^^^^^^^^
        3 | }

        at @f (./f.mld:4:6)

        Details:
          exitCode: 1

      ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
      "
    `);
  });

  it('prints a plain error by its message and a position without source as a place', () => {
    const text = renderRuntimeError({ ...error, name: '', stack: [] }, new Map(), { color: false });
    expect(text).toContain('\n  no 1\n\n  ./f.mld:2:9\n');
  });

  it('shortens the stack of a deep recursion', () => {
    const stack = Array.from({ length: 64 }, () => ({ name: 'down', position: null }));
    const text = renderRuntimeError({ ...error, stack }, sources, { color: false });
    expect(text.match(/at @down/g)).toHaveLength(12);
    expect(text).toContain('… 52 more');
  });
});
