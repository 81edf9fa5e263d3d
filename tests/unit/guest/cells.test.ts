/** js bodies as the guest runtime sees them: arguments on their way out, replies on their way in. */

import { describe, expect, it } from 'vitest';
import { Box, box } from '../../../runtime/guest/box.js';
import { js } from '../../../runtime/guest/cells.js';
import { connect } from '../../../runtime/guest/door.js';
import type { MlldError } from '../../../runtime/guest/errors.js';
import { EMPTY } from '../../../runtime/shared/marks.js';

let sent: unknown[] = [];

/** Runs a body whose cell replies with a certain text. */
function run(reply: string, ...args: (Box | undefined)[]): Box {
  connect((body, text) => {
    sent = [body, text];
    return reply;
  });
  return js('m0', 3, args, 7);
}

describe('arguments', () => {
  it.each<[what: string, arg: Box | undefined, text: string]>([
    ['a number', box(5), '5'],
    ['a number without JSON', box(Number.NaN), 'null'],
    ['text', box('a"b'), '"a\\"b"'],
    ['null', box(null), 'null'],
    ['nothing', undefined, '[]'],
    ['undefined', box(undefined), '[]'],
    ['a list', box([1, [2]]), '[[1,[2]]]'],
    [
      'an object with the text it was read from',
      new Box({ a: 1 }, EMPTY, { raw: '{ "a": 1 }' }),
      '[{"a":1},"{ \\"a\\": 1 }"]',
    ],
    ['an object of code', new Box({ a: 1 }, EMPTY, { origin: 'code' }), '[{"a":1},null]'],
  ])('%s', (_what, arg, text) => {
    run('1', arg);
    expect(sent).toEqual([3, `[${text}]`]);
  });
});

describe('replies', () => {
  it.each<[reply: string, value: unknown]>([
    ['1', 1],
    ['"x"', 'x'],
    ['{"a":[1]}', { a: [1] }],
    ['null', null],
    ['?', undefined],
    ['#NaN', Number.NaN],
    ['#-Infinity', Number.NEGATIVE_INFINITY],
    ['+["one","two"]\n[]\n?', 'one\ntwo'],
    ['+["one"]\n[]\n2', 2],
  ])('%j', (reply, value) => {
    expect(run(reply).value).toEqual(value);
  });

  it('an error has its place in the body that failed', () => {
    const fail = (reply: string) => {
      try {
        return run(reply);
      } catch (error) {
        return (error as MlldError).info.body;
      }
    };
    expect(fail('!{"name":"E","message":"m","line":2,"column":4}')).toEqual({ index: 3, line: 2, column: 4 });
    expect(fail('!{"name":"E","message":"m","line":2,"body":9}')).toEqual({ index: 9, line: 2, column: 1 });
  });

  it.each(['', '1,"mark":{}', '1 2', '?1', '#1', '#', '+[]\n1', '+[]\n[]\n1\n1', '{}{}', '~1'])(
    'with anything added ends the run: %j',
    (reply) => {
      expect(() => run(reply)).toThrow(expect.objectContaining({ name: 'InternalError' }));
    },
  );
});
