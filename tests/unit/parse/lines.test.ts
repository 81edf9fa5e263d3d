import { describe, expect, it } from 'vitest';
import { LineIndex } from '../../../compiler/parse/lines.js';

describe('LineIndex', () => {
  const index = new LineIndex('ab\n\ncd\r\ne');

  it.each([
    [0, 1, 1],
    [2, 1, 3],
    [3, 2, 1],
    [4, 3, 1],
    [6, 3, 3],
    [8, 4, 1],
    [9, 4, 2],
    [99, 4, 2],
    [-1, 1, 1],
  ])('offset %i is %i:%i', (offset, line, column) => {
    expect(index.at(offset)).toEqual({ line, column });
  });

  it('knows where lines start', () => {
    expect([1, 2, 3, 4, 9].map((line) => index.offsetOf(line))).toEqual([0, 3, 4, 8, 8]);
    expect(index.count).toBe(4);
    expect(new LineIndex('').at(0)).toEqual({ line: 1, column: 1 });
  });
});
