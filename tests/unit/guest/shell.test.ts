import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box } from '../../../runtime/guest/box.js';
import { joined } from '../../../runtime/guest/files/globs.js';
import { type CommandPart, commandStdin, commandText, shellText } from '../../../runtime/guest/shell/interpolate.js';
import { failure, fileExtra, mixedArray, plainBox } from './values.js';

const sh = (command: string): string =>
  execFileSync('/bin/sh', ['-c', command], {
    encoding: 'utf8',
    env: { HOME: '/h', SECRET: 'leaked', PATH: process.env.PATH },
  });
const value = (data: unknown, quoted = false): CommandPart => [plainBox(data), quoted];
/** Prints every word on a line of its own, in brackets. */
const WORDS = "printf '[%s]\\n' ";
const words = (...parts: CommandPart[]): string[] =>
  sh(commandText([WORDS, ...parts]))
    .trimEnd()
    .split('\n');

describe('values in commands (language.md 6.2)', () => {
  it.each<[string, unknown, string[]]>([
    ['a flat array is its elements', ['f1.txt', 'f2.txt'], ['[f1.txt]', '[f2.txt]']],
    ['mixed scalars', ['text', 42, true, null], ['[text]', '[42]', '[true]', '[null]']],
    ['a nested array is one word of JSON', [[1, 2], [3]], ['[[[1,2],[3]]]']],
    ['one object among the elements', ['simple', { complex: 'a b' }], ['[["simple",{"complex":"a b"}]]']],
    [
      'an object is one word',
      { 'k v': "it's $HOME `id` \\ \n" },
      [`[${JSON.stringify({ 'k v': "it's $HOME `id` \\ \n" })}]`],
    ],
    ['text is split at blanks', 'a b  c', ['[a]', '[b]', '[c]']],
    ['null', null, ['[null]']],
    ['newlines split like blanks', 'a\nid\nb', ['[a]', '[id]', '[b]']],
  ])('%s', (_name, data, result) => expect(words(value(data))).toEqual(result));

  it('an empty array is nothing', () => {
    expect(words('before ', value([]), ' after')).toEqual(['[before]', '[after]']);
  });

  it.each([
    '; echo pwned',
    '$(echo pwned)',
    '`echo pwned`',
    '| echo pwned',
    '&& echo pwned',
    '> /tmp/x',
    "'; echo pwned; '",
    '" ; echo pwned',
    '\\',
    '$SECRET',
    '${SECRET}',
    '~',
    '*',
    '#x',
    '!x',
    'A=1',
    '{a,b}',
  ])('the shell takes nothing in %j for itself', (text) => {
    expect(words('"', value(text, true), '"')).toEqual([`[${text}]`]);
    expect(words(value(text)).join(' ')).toBe(
      text
        .split(' ')
        .map((word) => `[${word}]`)
        .join(' '),
    );
  });

  it('any text arrives exactly inside double quotes', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab \n\t\\"\'$`!();|&<>*?[]{}#~=%é') });
    fc.assert(
      fc.property(text, (data) => {
        expect(sh(commandText(['printf %s "', value(data, true), '"']))).toBe(data);
      }),
      { numRuns: 60 },
    );
  });

  it('any JSON arrives as one word without quotes', () => {
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), fc.string()), { minLength: 1 }), (data) => {
        const clean = JSON.parse(JSON.stringify(data).replaceAll('\\u0000', '')) as unknown;
        expect(sh(commandText(['printf %s ', value(clean)]))).toBe(JSON.stringify(clean));
      }),
      { numRuns: 60 },
    );
  });

  it('unquoted text is the same words the shell would make of a variable', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab \n\\"\'$`;|&<>*(){}#~=') });
    fc.assert(
      fc.property(text, (data) => {
        const expected = data.split(/[ \t\n]+/).filter((word) => word !== '');
        expect(words(value(data))).toEqual(expected.length === 0 ? ['[]'] : expected.map((word) => `[${word}]`));
      }),
      { numRuns: 60 },
    );
  });

  it('a value inside a substitution inside quotes stands unquoted', () => {
    expect(sh(commandText(['echo "<$(echo ', value('; echo pwned', true), ')>"']))).toBe('<; echo pwned>\n');
    expect(sh(commandText(['echo "<$(echo "', value('$(echo pwned)  x', true), '")>"']))).toBe('<$(echo pwned)  x>\n');
  });

  it('a dollar sign or backslash before a value is text', () => {
    expect(sh(commandText(['echo "$', value('(echo pwned)', true), '"']))).toBe('$(echo pwned)\n');
    expect(sh(commandText(['echo $', value('SECRET')]))).toBe('$SECRET\n');
    expect(words('\\', value(';x'))).toEqual(['[\\;x]']);
  });

  it('comments and escaped quotes do not confuse it', () => {
    expect(sh(commandText(['echo a # it"s\necho "', value('b  c', true), '"']))).toBe('a\nb  c\n');
    expect(sh(commandText(['echo \\" "', value('b  c', true), '"']))).toBe('" b  c\n');
    expect(sh(commandText(['echo \'a"b\' "', value('b  c', true), '"']))).toBe('a"b b  c\n');
  });

  it.each<[string, CommandPart[]]>([
    ['backticks', ['echo `echo ', value('x'), '`']],
    ['quoted backticks', ['echo "`echo ', value('x', true), '`"']],
    ['single quotes inside a quoted substitution', ['echo "$(echo \'', value('x', true), '\')"']],
  ])('refuses a value inside %s', (_name, parts) => {
    expect(failure(() => commandText(parts))).toMatchObject({ kind: 'MlldDirective', code: 'VALUE_IN_QUOTING' });
  });

  it('the grammar and the text must agree before double quotes are trusted', () => {
    expect(commandText(['echo ', value(';', true)])).toBe('echo \\;');
    expect(commandText(['echo "', value(';'), '"'])).toBe('echo "\\;"');
  });

  it('a pair of values that are a quote makes one word', () => {
    expect(words(value("'"), value({ id: 1, name: 'A b' }), value("'"))).toEqual(['[{"id":1,"name":"A b"}]']);
    expect(words(value("'"), value("'"))).toEqual(['[]']);
    expect(words(value("'"), ' x ', value("'"))).toEqual(["[']", '[x]', "[']"]);
  });

  it('members of mixed marks are members like any other', () => {
    expect(shellText(mixedArray(), false)).toBe('s pub');
    expect(shellText(mixedArray(), true)).toBe('s pub');
  });
});

describe('stdin (language.md 6.6)', () => {
  it.each<[unknown, string]>([
    ['{"a":  1}', '{"a":  1}'],
    [['a', 1, true], 'a\n1\ntrue'],
    [[{ a: 1 }], '[{"a":1}]'],
    [[[1], [2]], '[[1],[2]]'],
    [{ a: 1 }, '{"a":1}'],
    [null, ''],
    [5, '5'],
  ])('%j', (data, text) => expect(commandStdin(plainBox(data))).toBe(text));

  it('a glob is its texts', () => {
    const files: Box[] = [plainBox('A\n', fileExtra('A\n')), plainBox('B\n', fileExtra('B\n'))];
    expect(commandStdin(joined(files))).toBe('A\n\nB');
  });
});
