/** What the conditions of guards mean: names that nothing can take away from them (security.md 3.3). */

import type vm from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { compiled, guestScript, trace } from './host.js';

let guest: vm.Script;
beforeAll(async () => {
  guest = await guestScript();
});

/** How a program ends: `done`, or the message of what ended it. */
async function end(program: string): Promise<string> {
  const { end } = await trace(guest, compiled(`${program}\n`), {});
  return end.kind === 'done' ? 'done' : String((end.error.data as { message?: string }).message ?? end.error.message);
}

const deny = (condition: string, filter = 'op:show') =>
  `guard @g before ${filter} = when [ ${condition} => deny "refused here" ]\n`;

describe('a guard', () => {
  test.each([
    ['a function called like a helper', 'exe @opIs(x) = `no`\n', '@opIs("show") == true', 'show "x"'],
    [
      'a helper that looks at inputs',
      'exe @inputHas(x) = `no`\n',
      '@inputHas("secret") == true',
      'var secret @s = "x"',
    ],
    ['a variable called output', 'var @output = "y"\n', '@output == "x"', 'show "x"'],
  ])('is not put out of action by %s', async (_what, definition, condition, operation) => {
    const filter = operation.startsWith('var') ? 'secret' : 'op:show';
    expect(await end(definition + deny(condition, filter) + operation)).toContain('refused here');
  });

  test.each(['@nope', '@nope > 3', '@nope.x == "a"', '!@nope && false', '@nope.includes("x")'])(
    'that names nothing is an error: %s',
    async (condition) => {
      expect(await end(`${deny(condition)}show "x"`)).toContain('Variable not found: nope');
    },
  );

  test.each(['@nope ?? false', '@nope.isDefined()', '@exists(@nope)', '@exists(@nope.x)'])(
    'may ask whether a name means anything: %s',
    async (condition) => {
      expect(await end(`${deny(condition)}show "x"`)).toBe('done');
    },
  );

  test.each([
    ['exe', 'run cmd { git push origin }'],
    ['cmd', 'run cmd { git push origin }'],
    ['op:cmd:git', 'run cmd { git push origin }'],
    ['runCommand', 'run cmd { git push origin }'],
    ['net:w', 'exe net:w @f() = `f`\nvar @r = @f()'],
    ['op:net', 'exe net:w @f() = `f`\nvar @r = @f()'],
    ['showTemplate', 'show "x"'],
  ])('asks @opIs(%s) of every name filters know', async (name, operation) => {
    const definitions = operation.split('\n').slice(0, -1).join('\n');
    const guards = ['op:run', 'op:exe', 'op:show']
      .map((filter) => deny(`@opIs("${name}")`, filter).replace('@g', ''))
      .join('');
    expect(await end(`${definitions}\n${guards}${operation.split('\n').at(-1)}`)).toContain('refused here');
  });
});
