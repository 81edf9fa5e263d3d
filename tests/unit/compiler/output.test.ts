import { describe, expect, it } from 'vitest';
import { writeBundle } from '../../../compiler/link/write.js';
import { compiled } from './helpers.js';

const FILES = {
  'lib.mld':
    'var @prefix = "> "\nexe @quote(text) = `@prefix@text`\nexe @shell(x) = sh { echo "$x" }\nexport { @quote, @shell }',
  'letter.att': 'Dear @name',
};

const SOURCE = `import { @quote, @shell as @run-it } from "./lib.mld"
var untrusted @list = [1, {"a": @quote("x")}]
exe @letter(name) = template "letter.att"
exe @js(n) = js { return n * 2 }
guard @g before secret = when [ * => allow ]
for parallel @x in @list => show @run-it(@x)
show @letter("Ada") | @upper | @quote
show @js(2)
`;

describe('the same sources', () => {
  it('give the same bundle, map included', async () => {
    const once = async (): Promise<unknown> => {
      const { bundle, emitted } = compiled(SOURCE, FILES);
      return writeBundle(bundle!, emitted!, { file: 'app.mjs' });
    };
    expect(await once()).toEqual(await once());
  });

  it('give the same program when something else was compiled in between', () => {
    const first = compiled(SOURCE, FILES).bundle?.program;
    compiled('var @other = 1\nshow @other');
    expect(compiled(SOURCE, FILES).bundle?.program).toBe(first);
  });

  it('depend on no clock and no random number', () => {
    expect(compiled(SOURCE, FILES).bundle?.program).not.toMatch(/\d{13}|Date\.|random/i);
  });
});

describe('a bundle', () => {
  it('lists its sources with hashes, and nothing twice', () => {
    const { sources } = compiled(SOURCE, FILES).bundle!;
    expect(sources.map(({ file }) => file).sort()).toEqual(['letter.att', 'lib.mld', 'main.mld']);
    for (const { hash } of sources) expect(hash).toMatch(/^sha256-[A-Za-z0-9+/]{43}=$/);
  });

  it('changes its hash with a source', () => {
    const hashOf = (text: string): string | undefined => compiled(text).bundle?.sources[0]?.hash;
    expect(hashOf('show "a"')).not.toBe(hashOf('show "b"'));
  });
});
