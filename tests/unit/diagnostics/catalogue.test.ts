import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MESSAGES } from '../../../compiler/diagnostics/generated.js';
import { message } from '../../../compiler/diagnostics/messages.js';
import { type Group, readCatalogue, readGroup } from '../../../scripts/lib/catalogue.mjs';
import { toMarkdown, toTypeScript } from '../../../scripts/lib/catalogue-output.mjs';

function read(source: string): { group: Group; problems: string[] } {
  const problems: string[] = [];
  return { group: readGroup('test.md', source, problems), problems };
}

describe('reading the catalogue', () => {
  it('takes a message of several lines, its fields and its explanation apart', () => {
    const { group, problems } = read(
      [
        '# Group',
        '',
        'About it.',
        '',
        '## some-error',
        '',
        '> First %name%',
        '>',
        '> third',
        '',
        'class: MlldParse',
        'hint: Try %other%.',
        '',
        'Why.',
        '',
        '```mlld',
        '## not a key',
        '```',
      ].join('\n'),
    );
    expect(problems).toEqual([]);
    expect(group).toMatchObject({ title: 'Group', intro: 'About it.' });
    expect(group.entries).toEqual([
      {
        key: 'some-error',
        line: 5,
        text: 'First %name%\n\nthird',
        class: 'MlldParse',
        hint: 'Try %other%.',
        params: ['name', 'other'],
        explanation: 'Why.\n\n```mlld\n## not a key\n```',
      },
    ]);
  });

  it.each([
    [
      'no message',
      '# G\n\n## a\n\nText.',
      "test.md:3: 'a' has no message: the first thing under the key is '> message'",
    ],
    ['no explanation', '# G\n\n## a\n\n> m', "test.md:3: 'a' has no explanation"],
    ['an invalid key', '# G\n\n## a b\n\n> m\n\nText.', "test.md:3: 'a b' is not a valid key"],
    ['an empty field', '# G\n\n## a\n\n> m\n\nhint:\n\nText.', "test.md:3: 'a' has an empty 'hint:'"],
    ['no title', '## a\n\n> m\n\nText.', "test.md:1: the group has no '# Title'"],
  ])('reports an entry with %s', (_, source, problem) => {
    expect(read(source).problems).toEqual([problem]);
  });

  it('refuses a key that two groups define', () => {
    const directory = fs.mkdtempSync('/tmp/mlldc-catalogue-');
    try {
      fs.writeFileSync(`${directory}/a.md`, '# A\n\n## twice\n\n> m\n\nText.\n');
      fs.writeFileSync(`${directory}/b.md`, '# B\n\n## twice\n\n> m\n\nText.\n');
      expect(() => readCatalogue(directory)).toThrow("b.md:3: 'twice' is already defined in a.md:3");
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  });
});

describe('what is made from the catalogue', () => {
  const groups = readCatalogue('messages');

  it('is current in docs/errors.md (npm run docs:errors)', () => {
    expect(fs.readFileSync('docs/errors.md', 'utf8')).toBe(toMarkdown(groups));
  });

  it('is current in the generated module', () => {
    expect(fs.readFileSync('compiler/diagnostics/generated.ts', 'utf8')).toBe(toTypeScript(groups));
    expect(Object.keys(MESSAGES)).toEqual(groups.flatMap((group) => group.entries.map((entry) => entry.key)));
  });
});

describe('message()', () => {
  it('fills in every parameter, in the message and in the hint', () => {
    expect(message('variable_not_found', { name: 'x' })).toEqual({
      text: 'Variable not found: x',
      hint: 'Define it above this line, or write @x ?? "default" where it may be missing.',
    });
  });

  it('does not look for parameters in the values it fills in', () => {
    expect(message('variable_not_found', { name: '%name%' }).text).toBe('Variable not found: %name%');
  });

  it('throws on an unknown code, an inherited name and a missing parameter', () => {
    expect(() => message('no-such-code', {})).toThrow("Unknown message 'no-such-code'");
    expect(() => message('constructor', {})).toThrow("Unknown message 'constructor'");
    expect(() => message('variable_not_found', {})).toThrow("needs the parameter 'name'");
  });
});
