import { describe, expect, test } from 'vitest';
import { compile } from '../../../index.js';

const warnings = (condition: string, filter: string) => {
  const source = `guard before ${filter} = when [ ${condition} => deny "no"; * => allow ]`;
  const { diagnostics } = compile({ source, file: 'a.mld' });
  return diagnostics.map(({ severity, code, message, span }) => [
    severity,
    code,
    message.split(' ').at(-1),
    source.slice(span?.start, span?.end),
  ]);
};

describe('guards about operations that take all inputs for one value (security.md 3.3)', () => {
  test.each([
    ['@input == "x"', 'false'],
    ['"x" == @input', 'false'],
    ['@input != "x"', 'true'],
    ['@input == 3', 'false'],
    ['@input == `x`', 'false'],
  ])('are warned of: %s', (condition, always) => {
    expect(warnings(condition, 'op:exe')).toEqual([['warning', 'guard_input_list', always, condition]]);
  });

  test('are warned of wherever in the condition it stands', () => {
    expect(warnings('@mx.op.name == "f" && !(@input == "x")', 'op:show')).toMatchObject([
      ['warning', 'guard_input_list', 'false', '@input == "x"'],
    ]);
  });

  test.each([
    '@input[0] == "x"',
    '@input.length == 1',
    '@input.any.text.includes("x")',
    '@output == "x"',
    '@input == @other',
  ])('are not those that ask something else: %s', (condition) => {
    expect(warnings(condition, 'op:exe')).toEqual([]);
  });

  test('are not those about data, whose input is the value', () => {
    expect(warnings('@input == "x"', 'secret')).toEqual([]);
  });
});
