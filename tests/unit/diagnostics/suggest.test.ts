import { describe, expect, it } from 'vitest';
import { suggestions } from '../../../compiler/diagnostics/suggest.js';

describe('suggestions()', () => {
  it('finds slips of the finger, the closest first', () => {
    expect(suggestions('nmae', ['name', 'total'])).toEqual(['name']);
    expect(suggestions('reprot.mld', ['report.mld', 'repro.mld', 'other.mld'])).toEqual(['repro.mld', 'report.mld']);
    expect(suggestions('README.MD', ['README.md'])).toEqual(['README.md']);
  });

  it('suggests nothing far away, nothing equal and at most three', () => {
    expect(suggestions('abc', ['xyz', 'abc'])).toEqual([]);
    expect(suggestions('item', ['item1', 'item2', 'item3', 'item4'])).toEqual(['item1', 'item2', 'item3']);
  });
});
