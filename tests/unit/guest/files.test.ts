import { describe, expect, it } from 'vitest';
import { memberOf, plain } from '../../../runtime/guest/box.js';
import { splitFrontmatter } from '../../../runtime/guest/files/frontmatter.js';
import { joined, joinedText, sectionListing } from '../../../runtime/guest/files/globs.js';
import { headingsOf } from '../../../runtime/guest/files/headings.js';
import { listSections, renameSection, selectSections } from '../../../runtime/guest/files/sections.js';
import { field, index } from '../../../runtime/guest/values/access.js';
import { display, toText } from '../../../runtime/guest/values/display.js';
import { failure, fileExtra, labels, plainBox, secret } from './values.js';

describe('frontmatter (language.md 1.5)', () => {
  it('splits a closed block at the very start', () => {
    expect(splitFrontmatter('---\na: 1\n---\n\nbody')).toEqual({ data: { a: 1 }, body: '\nbody' });
    expect(splitFrontmatter('---\n---\nbody')).toEqual({ data: {}, body: 'body' });
    expect(splitFrontmatter('---\r\na: 1\r\n---\r\nbody')).toEqual({ data: { a: 1 }, body: 'body' });
  });

  it.each(['text\n---\na: 1\n---\n', '---\na: 1\n', '----\na: 1\n---\n', ''])('%j has none', (text) => {
    expect(splitFrontmatter(text)).toEqual({ data: null, body: text });
  });

  const yaml = (text: string): unknown => splitFrontmatter(`---\n${text}\n---\n`).data;

  it('reads the subset', () => {
    expect(
      yaml(
        'title: Test Document\ndate: 2024-01-15\ntags:\n- test\n- mlld\nsettings:\n  debug: true\n  version: 1.0.0\n  deep:\n    n: -1.5\nlist: [1, "two", \'3\']\nempty: []\nnone: ~\nquoted: "a: \\"b\\""\nsingle: \'it\'\'s\'\nurl: https://x.y/z # comment\nversion: 1.10',
      ),
    ).toEqual({
      title: 'Test Document',
      date: '2024-01-15',
      tags: ['test', 'mlld'],
      settings: { debug: true, version: '1.0.0', deep: { n: -1.5 } },
      list: ['1', 'two', '3'],
      empty: [],
      none: null,
      quoted: 'a: "b"',
      single: "it's",
      url: 'https://x.y/z',
      version: '1.10',
    });
  });

  it('reads lists of maps, indented lists, literal and folded text', () => {
    expect(
      yaml(
        'needs:\n  - name: a\n    v: 1\n  - name: b\ntext: |\n  one\n   two\n\n  three\nfolded: >-\n  a\n  b\nafter: 1',
      ),
    ).toEqual({
      needs: [{ name: 'a', v: 1 }, { name: 'b' }],
      text: 'one\n two\n\nthree\n',
      folded: 'a b',
      after: 1,
    });
    expect(yaml('- a\n- - b\n- c: 1')).toEqual(['a', '- b', { c: 1 }]);
  });

  it('skips comments and lines that fit nowhere', () => {
    expect(yaml('# c\na: 1\n  stray\nb: "x # y"')).toEqual({ a: 1, b: 'x # y' });
    expect(yaml('a: b: c')).toEqual({ a: 'b: c' });
    expect(yaml('a: 1\nstray\nb:\n- x\n    stray\n- y')).toEqual({ a: 1, b: ['x', 'y'] });
    expect(yaml('just text')).toBe('just text');
  });

  it('a key __proto__ is a key', () =>
    expect(Object.keys(yaml('__proto__:\n  x: 1') as object)).toEqual(['__proto__']));
});

const DOC =
  '---\nx: 1\n# no heading\n---\n# Doc\n\n## TL;DR\n\nSkip.\n\n## Titled section\n\nBody.\n\n### Child\n\nChild body.\n\n```sh\n# no heading\n```\n\n## Other\n\nAlso.\n\n## Another section title\n\nExclude.\n';

describe('sections (language.md 9.5)', () => {
  const want = (...titles: string[]) => titles.map((title) => ({ title, optional: false }));

  it('finds headings outside fences and frontmatter', () => {
    expect(headingsOf(DOC).map(({ level, title }) => `${level} ${title}`)).toEqual([
      '1 Doc',
      '2 TL;DR',
      '2 Titled section',
      '3 Child',
      '2 Other',
      '2 Another section title',
    ]);
    expect(headingsOf('## Closed ##\n#none\n####### seven\n# C#')).toMatchObject([
      { title: 'Closed' },
      { title: 'C#' },
    ]);
  });

  it('takes a section with its child headings, trimmed', () => {
    expect(selectSections(DOC, want('titled'), [], 'f.md')).toBe(
      '## Titled section\n\nBody.\n\n### Child\n\nChild body.\n\n```sh\n# no heading\n```',
    );
    expect(selectSections(DOC, want('Child'), [], 'f.md')).toBe('### Child\n\nChild body.\n\n```sh\n# no heading\n```');
  });

  it('includes several, excludes sections and sub-sections', () => {
    const text = selectSections(
      DOC,
      want('TL;DR', 'Titled section', 'Other'),
      want('tldr', 'Another section title', 'child'),
      'f.md',
    );
    expect(text).toBe('## Titled section\n\nBody.\n\n## Other\n\nAlso.');
  });

  it('leaves out what is optional and missing', () => {
    expect(selectSections(DOC, [{ title: 'Nope', optional: true }, ...want('Other')], [], 'f.md')).toBe(
      '## Other\n\nAlso.',
    );
    expect(selectSections(DOC, [{ title: 'Nope', optional: true }], [], 'f.md')).toBe(null);
  });

  it('names the file and the section that is missing', () => {
    const { message } = failure(() => selectSections(DOC, want('Nope'), [], 'f.md'));
    expect(message).toContain('Failed to load content: f.md\n\nSection "Nope" not found in content\n\n');
  });

  it('lists titles, of one level or all', () => {
    expect(listSections(DOC, 2)).toEqual(['TL;DR', 'Titled section', 'Other', 'Another section title']);
    expect(listSections(DOC, null)).toHaveLength(6);
  });

  it('renames one section', () => {
    expect(renameSection('# Old\nbody', '# New', 1)).toBe('# New\nbody');
    expect(renameSection('## Old\nbody', 'New', 1)).toBe('## New\nbody');
    expect(renameSection('## Old', '# New', 1)).toBe('# New');
    expect(failure(() => renameSection('# a', '# b', 2)).message).toBe(
      'Renaming multiple sections is not supported yet',
    );
  });
});

describe('globs (language.md 9.3)', () => {
  const files = joined([
    plainBox('A\n', fileExtra('A\n', 'a.md')),
    secret({ b: 1 }, fileExtra('{"b":1}\n', 'b.json')),
    plainBox('C', fileExtra('C', 'c.md')),
  ]);

  it('is shown and interpolated as the texts with blank lines between', () => {
    expect(toText(files)).toBe('A\n\n{"b":1}\n\nC');
    expect(display(files)).toBe('A\n\n{"b":1}\n\nC');
    expect(joinedText(files)).toBe(toText(files));
    expect(toText(joined([]))).toBe('');
  });

  it('keeps each element’s data, metadata and marks', () => {
    const second = index(files, plainBox(1));
    expect(field(second, 'b').value).toBe(1);
    expect(field(field(second, 'mx'), 'filename').value).toBe('b.json');
    expect(labels(second)).toEqual(['secret']);
    expect(labels(memberOf(files, (files.value as unknown[])[0]))).toEqual([]);
    expect(labels(files)).toEqual(['secret']);
  });

  it('lists sections file by file', () => {
    const listing = sectionListing(
      [plainBox('# D\n## A\n## B\n', fileExtra('', 'doc1.md')), secret('## S', fileExtra('', 'doc2.md'))],
      2,
    );
    expect(plain(listing)).toEqual([
      { file: 'doc1.md', names: ['A', 'B'] },
      { file: 'doc2.md', names: ['S'] },
    ]);
    expect(labels(field(index(listing, plainBox(1)), 'names'))).toEqual(['secret']);
    expect(labels(field(index(listing, plainBox(0)), 'names'))).toEqual([]);
  });
});
