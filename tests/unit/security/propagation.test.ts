/** The propagation table (security.md 1.4): its shape, what each row computes, and its leaks closed. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMPTY, makeMark } from '../../../runtime/shared/marks.js';
import {
  ancestors,
  originMark,
  PROPAGATION,
  type PropagationKey,
  propagate,
  withExecutableLabels,
} from '../../../runtime/shared/propagation.js';
import { exampleProgram, PROPAGATION_EXAMPLES } from '../../../runtime/shared/propagation-examples.js';
import { contradictions, only } from './table.js';

const keys = Object.keys(PROPAGATION) as PropagationKey[];
const inputs = keys.flatMap((key) => PROPAGATION[key].inputs.map((input, index) => [key, input, index] as const));

describe('shape', () => {
  test.each(keys)('%s has at most three inputs and an example for each', (key) => {
    const row = PROPAGATION[key];
    expect(row.inputs.length).toBeLessThanOrEqual(3);
    expect(row.joins & row.strict).toBe(0);
    expect(Object.keys(PROPAGATION_EXAMPLES[key]).sort()).toEqual([...row.inputs].sort());
  });

  test('every row of security.md 1.4 is covered, except the one that is a syntax error', () => {
    const covered = new Set(keys.flatMap((key) => PROPAGATION[key].reference));
    expect(Array.from({ length: 55 }, (_, index) => index + 1).filter((number) => !covered.has(number))).toEqual([14]);
  });

  test.each(inputs)('%s: the example of %s says what the table says', (key, input, index) => {
    const { joins, strict } = PROPAGATION[key];
    const example = PROPAGATION_EXAMPLES[key][input]!;
    expect(example.carries).toBe(((joins | strict) >> index) % 2 === 1);
    expect(example.strict === true).toBe((strict >> index) % 2 === 1);
  });

  test('examples are programs about the label asked for', () => {
    const program = exampleProgram(PROPAGATION_EXAMPLES.method.arguments!, 'pii');
    expect(program).toContain('var pii @s');
    expect(program).not.toContain('LABEL');
  });
});

describe('each input alone', () => {
  test('table and examples agree', () => expect(contradictions()).toEqual([]));
  const secret = makeMark({ labels: ['secret'], taint: ['src:mcp'], sources: ['mcp:x'] });
  test.each(inputs)('%s: %s', (key, input, index) => {
    const example = PROPAGATION_EXAMPLES[key][input]!;
    const explicit = only(key, index, secret);
    const strict = only(key, index, secret, true);
    for (const [mark, expected] of [
      [explicit, example.carries && !example.strict],
      [strict, example.carries],
    ] as const) {
      expect(mark.taint.includes('secret')).toBe(expected);
      expect(mark.taint.includes('src:mcp')).toBe(expected);
      expect(mark.sources.includes('mcp:x')).toBe(expected);
    }
  });
});

describe('the leaks of the reference are closed', () => {
  const secret = makeMark({ labels: ['secret'] });
  test.each<[string, PropagationKey, string]>([
    ['1 method arguments', 'method', 'arguments'],
    ['2 && keeps its left operand', 'and', 'left'],
    ['2 || too', 'or', 'left'],
    ['2 ?? too', 'coalesce', 'left'],
    ['3 the test of a ternary', 'ternary', 'test'],
    ['4 for bodies', 'forEach', 'body'],
    ['4 for filters', 'forEach', 'filter'],
    ['4 elements of for results', 'forVariable', 'items'],
    ['5 stages', 'stage', 'call'],
    ['6 inline loads are parts', 'template', 'parts'],
    ['7 append', 'append', 'value'],
    ['8 host writes', 'hostWrite', 'inputs'],
    ['9 index keys', 'index', 'key'],
    ['9 field keys', 'field', 'key'],
    ['10 parallel groups', 'parallel', 'members'],
    ['11 error texts', 'failure', 'inputs'],
    ['sizes', 'size', 'receiver'],
  ])('%s', (_, key, input) =>
    expect(only(key, PROPAGATION[key].inputs.indexOf(input), secret).labels).toEqual(['secret']),
  );
});

describe('what rows add', () => {
  test.each<[PropagationKey, string[]]>([
    ['exeTemplate', ['src:template']],
    ['exeBlock', ['src:exe']],
    ['exeCommand', ['src:cmd']],
    ['exeShell', ['src:sh']],
    ['exeJs', ['src:js']],
    ['exeNode', ['src:node']],
    ['exePython', ['src:py']],
    ['mcp', ['src:mcp']],
    ['command', ['src:cmd']],
    ['shell', ['src:sh']],
    ['js', ['src:js']],
    ['node', ['src:node']],
    ['python', ['src:py']],
    ['file', ['src:file']],
    ['network', ['src:network']],
    ['import', ['src:file']],
    ['input', ['src:user']],
    ['dynamic', ['src:dynamic']],
    ['keychain', ['secret', 'src:keychain']],
    ['transformer', []],
    ['literal', []],
    ['template', []],
    ['credential', ['secret']],
  ])('%s adds %j', (key, taint) => expect(propagate(PROPAGATION[key], false).taint).toEqual(taint));

  test('labels of inputs come first, then provenance', () => {
    expect(propagate(PROPAGATION.exeJs, false, makeMark({ labels: ['secret'] })).taint).toEqual(['secret', 'src:js']);
  });

  test('an executable adds its labels after those of the inputs (security.md 1.2)', () => {
    const mark = propagate(PROPAGATION.exeJs, false, makeMark({ labels: ['secret'] }));
    expect(withExecutableLabels(PROPAGATION.exeJs, mark, ['net:w', 'llm']).labels).toEqual(['secret', 'net:w', 'llm']);
    expect(withExecutableLabels(PROPAGATION.template, mark, ['net:w'])).toBe(mark);
  });

  test('declared labels come first', () => {
    expect(
      propagate(PROPAGATION.declaration, false, makeMark({ labels: ['pii'] }), makeMark({ labels: ['secret'] })).labels,
    ).toEqual(['pii', 'secret']);
  });

  test('sources and directories depend on the operation', () => {
    expect(originMark(PROPAGATION.exeCommand, 'git').sources).toEqual(['command:git']);
    expect(originMark(PROPAGATION.mcp, 'get_time').sources).toEqual(['mcp:get_time']);
    expect(originMark(PROPAGATION.guardTransform, 'g').sources).toEqual(['guard:g']);
    const file = originMark(PROPAGATION.file, '/a/$&/f.txt', ancestors('/a/$&/f.txt'));
    expect(file.taint).toEqual(['dir:/a/$&', 'dir:/a']);
    expect(file.sources).toEqual(['/a/$&/f.txt']);
    expect(originMark(PROPAGATION.template, 'x')).toBe(EMPTY);
    expect(originMark(PROPAGATION.input, '').sources).toEqual(['input']);
    expect(originMark(PROPAGATION.environment, '', ['docker']).taint).toEqual(['src:env:docker']);
  });

  test('ancestors are nearest first, without the root', () => {
    expect(ancestors('/a/b/c.txt')).toEqual(['/a/b', '/a']);
    expect(ancestors('/c.txt')).toEqual([]);
  });
});

describe('precision and cost', () => {
  test('unmarked inputs of a row that adds nothing give the empty mark', () => {
    for (const key of keys) {
      const row = PROPAGATION[key];
      if (row.labels.length + row.taint.length === 0) expect(propagate(row, true)).toBe(EMPTY);
    }
  });

  test('results are monotone: more in, more out; strict flow only adds', () => {
    const mark = fc
      .subarray(['secret', 'untrusted', 'pii', 'src:mcp', 'dir:/x'])
      .map((taint) => makeMark({ labels: taint.filter((label) => !label.includes(':')), taint }));
    fc.assert(
      fc.property(fc.constantFrom(...keys), mark, mark, mark, mark, (key, a, b, c, more) => {
        const row = PROPAGATION[key];
        const before = propagate(row, false, a, b, c);
        const larger = propagate(
          row,
          false,
          makeMark({ labels: [...a.labels, ...more.labels], taint: [...a.taint, ...more.taint] }),
          b,
          c,
        );
        const strict = propagate(row, true, a, b, c);
        for (const label of before.taint) {
          expect(larger.taint).toContain(label);
          expect(strict.taint).toContain(label);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
