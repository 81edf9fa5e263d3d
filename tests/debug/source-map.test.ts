/** Source maps of built bundles: a string of the source and the place it has in the bundle denote each other. */

import fs from 'node:fs';
import path from 'node:path';
import { SourceMapConsumer } from 'source-map';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directory, mlldc } from '../cli/harness.js';

const MAIN = `import { @quote } from "./lib/quote.mld"
var @first = "alpha-text"
exe @letter(name) = template "letter.att"
if @first == "alpha-text" [
  show \`beta @first\`
]
show @quote("gamma-text")
show @letter("delta-text")
`;
const LIB = `var @open = "open-text"
exe @quote(text) = [
  let @inner = "inner-text"
  => \`@open @text @inner\`
]
`;

let bundle: string[];
let map: SourceMapConsumer;

// One bundle serves all tests; the harness empties its directories after each.
beforeAll(async () => {
  const cwd = directory({ 'main.mld': MAIN, 'lib/quote.mld': LIB, 'letter.att': 'Dear @name, epsilon-text\n' });
  const built = await mlldc(['build', 'main.mld', '-o', 'out.mjs'], { cwd });
  expect(built).toMatchObject({ code: 0, stderr: '' });
  bundle = fs.readFileSync(path.join(cwd, 'out.mjs'), 'utf8').split('\n');
  map = await new SourceMapConsumer(JSON.parse(fs.readFileSync(path.join(cwd, 'out.mjs.map'), 'utf8')));
});
afterAll(() => map?.destroy());

/** Line (from 1) and column (from 0) of a text in a list of lines. */
function placeOf(lines: readonly string[], text: string, occurrence = 0): { line: number; column: number } {
  const places = lines.flatMap((line, index) =>
    line.includes(text) ? [{ line: index + 1, column: line.indexOf(text) }] : [],
  );
  return places[occurrence]!;
}

describe('a source map', () => {
  it('names the sources relative to itself, with their text', () => {
    const sources = [...(map as unknown as { sources: string[] }).sources].sort();
    expect(sources).toEqual(['letter.att', 'lib/quote.mld', 'main.mld']);
    expect(map.sourceContentFor('main.mld')).toBe(MAIN);
    expect(map.sourceContentFor('lib/quote.mld')).toBe(LIB);
  });

  it.each([
    ['main.mld', 'alpha-text', 2],
    ['main.mld', 'gamma-text', 7],
    ['main.mld', 'delta-text', 8],
    ['lib/quote.mld', 'open-text', 1],
    ['letter.att', 'epsilon-text', 1],
    ['lib/quote.mld', 'inner-text', 3],
  ])('%s: the place of %s in the bundle leads back to it', (source, text, line) => {
    const generated = placeOf(bundle, text);
    const original = map.originalPositionFor({ ...generated, bias: SourceMapConsumer.GREATEST_LOWER_BOUND });
    expect(original).toMatchObject({ source, line });
    // The segment the text stands in begins, in the source, at or before the text and on its line.
    const sourceLine = map.sourceContentFor(source)!.split('\n')[line - 1]!;
    expect(original.column).toBeLessThanOrEqual(sourceLine.indexOf(text));
    expect(sourceLine.slice(original.column!)).toContain(text);
  });

  it.each([
    ['main.mld', 'alpha-text'],
    ['main.mld', 'gamma-text'],
    ['lib/quote.mld', 'inner-text'],
  ])('%s: the place of %s in the source leads to it in the bundle', (source, text) => {
    const original = placeOf(map.sourceContentFor(source)!.split('\n'), text);
    const generated = map.generatedPositionFor({
      source,
      line: original.line,
      column: original.column - 1,
      bias: SourceMapConsumer.GREATEST_LOWER_BOUND,
    });
    expect(generated.line).not.toBeNull();
    expect(bundle[generated.line! - 1]!.slice(generated.column!)).toContain(text);
  });

  it('gives names of the script to what is made of them', () => {
    const names = new Set<string>();
    map.eachMapping((mapping) => {
      if (mapping.name) names.add(mapping.name);
    });
    for (const name of names) expect(`${MAIN}${LIB}`).toContain(name);
  });

  it('maps every line with program text that came from the script', () => {
    const mapped = new Set<number>();
    map.eachMapping((mapping) => mapped.add(mapping.generatedLine));
    for (const text of ['alpha-text', 'gamma-text', 'delta-text', 'open-text', 'inner-text']) {
      expect(mapped.has(placeOf(bundle, text).line), text).toBe(true);
    }
  });
});
