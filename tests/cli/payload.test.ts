import { describe, expect, it } from 'vitest';
import { parsePayload } from '../../cli/payload.js';
import { parseDuration, parseSize } from '../../cli/values.js';

describe('parsePayload()', () => {
  it('defines fields whatever their name, and never touches a prototype', () => {
    const payload = parsePayload(['--constructor', 'a', '--a.b', 'c', '--x-y-z=1']);
    expect(Object.entries(payload)).toEqual([
      ['constructor', 'a'],
      ['a.b', 'c'],
      ['x-y-z', '1'],
      ['xYZ', '1'],
    ]);
    expect(Object.getPrototypeOf(payload)).toBe(Object.prototype);
  });

  it('keeps values as they are', () => {
    expect(parsePayload(['--a', '', '--b', 'x=y', '--c=--d', '--e', '-'])).toEqual({
      a: '',
      b: 'x=y',
      c: '--d',
      e: '-',
    });
  });

  it.each([['value'], ['--'], ['--1'], ['--__proto__']])('refuses or skips %s', (arg) => {
    if (arg === '--') expect(parsePayload([arg])).toEqual({});
    else expect(() => parsePayload([arg])).toThrow(`Unexpected argument '${arg}'`);
  });
});

describe('option values', () => {
  it.each([
    ['500ms', 500],
    ['5s', 5000],
    ['1.5m', 90_000],
    ['1h', 3_600_000],
    ['2', 2000],
  ])('%s is a duration', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each([
    ['64mb', 64 * 2 ** 20],
    ['1GB', 2 ** 30],
    ['512kb', 2 ** 19],
    ['3', 3 * 2 ** 20],
  ])('%s is a size', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', '0', '-1s', 'soon', '1e3', 'Infinity', '5 years'])('%j is neither', (text) => {
    expect(() => parseDuration(text)).toThrow('Expected a duration');
    expect(() => parseSize(text)).toThrow('Expected a size');
  });
});
