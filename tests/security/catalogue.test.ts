/** Every leak and every pitfall of the reference has a test, and that test is there. */

import { describe, expect, test } from 'vitest';
import { hasTest } from '../docs/titles.js';
import { type Entry, LEAKS, PITFALLS } from './catalogue.js';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

test('the catalogue has 18 leaks and 31 pitfalls, each once and in order', () => {
  expect(LEAKS.map(({ number }) => number)).toEqual(upTo(18));
  expect(PITFALLS.map(({ number }) => number)).toEqual(upTo(31));
});

describe.each<[string, readonly Entry[]]>([
  ['leak', LEAKS],
  ['pitfall', PITFALLS],
])('%s', (_, entries) => {
  test.each(entries.map((entry) => [entry.number, entry.what, entry] as const))('%i, %s', (_number, _what, entry) => {
    for (const [file, ...titles] of entry.tests) {
      expect(titles).not.toEqual([]);
      expect(titles.filter((title) => !hasTest(file, title))).toEqual([]);
    }
  });
});
