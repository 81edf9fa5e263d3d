/** What js bodies keep between calls does not lose its labels (runtime/guest/compartments.ts). */

import { expect, test } from 'vitest';
import { lastLines } from './batch.js';

const KEEPERS: Record<string, string> = {
  'a global': 'globalThis.kept = x; return 1',
  'a prototype': 'Object.prototype.kept = x; return 1',
  'a changed built-in': 'Array.prototype.map = () => x; return 1',
  'a timer': 'setTimeout(() => { globalThis.kept = x }, 0); return 1',
  'a promise': 'Promise.resolve(x).then((value) => { globalThis.kept = value }); return 1',
};

test('nothing a js body kept is answered to a call that was given other labels', async () => {
  const programs = Object.fromEntries(
    Object.entries(KEEPERS).map(([how, body]) => [
      how,
      `exe @put(x) = js { ${body} }
exe @get() = js { await 0; return [typeof globalThis.kept, typeof ({}).kept, typeof [1].map(String)].join() }
var secret @s = "k"
var @ignored = @put(@s)
show @get()
`,
    ]),
  );
  const results = await lastLines(programs);
  for (const how of Object.keys(KEEPERS)) expect([how, results[how]]).toEqual([how, 'undefined,undefined,object']);
});

test('calls given the same labels share what they keep, under these labels', async () => {
  const count = 'exe @count(x) = js { globalThis.n = (globalThis.n ?? 0) + 1; return globalThis.n }\n';
  const results = await lastLines({
    plain: `${count}var @a = @count(1)\nvar @b = @count(@a)\nshow \`@count(@b) @b.mx.labels\`\n`,
    secret: `${count}var secret @s = 1\nvar @a = @count(@s)\nvar @b = @count(@a)\nshow \`@b @b.mx.labels\`\n`,
  });
  expect(results).toEqual({ plain: '3 []', secret: '2 ["secret"]' });
});

test('calls beyond the bound share a cell whose results carry all that went in', async () => {
  const calls = Array.from({ length: 30 }, (_, i) => `var l${i} @v${i} = ${i}\nvar @r${i} = @last(@v${i})\n`).join('');
  const results = await lastLines({
    many: `exe @last(x) = js { const last = globalThis.last; globalThis.last = x; return last ?? "none" }
${calls}show \`@r3 @r3.mx.labels @r29 @r29.mx.labels\`
`,
  });
  expect(results.many).toMatch(/^none \["l3"\] 28 \[.*"l28".*\]$/);
});
