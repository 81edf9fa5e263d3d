/** Globals that cells add to the engine do what Node's own do. */

import { expect, test } from 'vitest';
import { replies } from './setup.js';

/** Expressions that are evaluated here and in a cell; the results have to be the same. */
const EXPRESSIONS = [
  '[...new TextEncoder().encode("aé漢😀\\ud800x\\udc00")]',
  '[...new TextEncoder().encode()]',
  'new TextDecoder().decode(new TextEncoder().encode("\\ufeffaé漢😀"))',
  'new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x41])).length',
  'new TextDecoder().decode(new Uint8Array([0x41, 0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0xe6, 0xbc, 0x42, 0xf0, 0x9f, 0x98]))',
  'new TextDecoder().decode(new Uint8Array([0xf4, 0x90, 0x80, 0x80, 0xe0, 0x9f, 0xbf]).buffer)',
  'btoa("hello") + btoa("a") + btoa("ab") + btoa("") + btoa("\\xff\\xfe\\0")',
  'atob("aGVsbG8=") + atob(" YQ = = ") + atob("YWI") + atob("") + atob("//4A")',
  '["é", "a", "Z", "z", "A", "b", "_", "1", "10", "2", " ", "zebra", "Äpfel", "apfel"].sort((a, b) => a.localeCompare(b))',
  '["a10", "a2", "a1", "B", "b"].sort((a, b) => a.localeCompare(b, "en", { numeric: true }))',
  '["a".localeCompare("A", "en", { sensitivity: "base" }), "a".localeCompare("á", "en", { sensitivity: "base" })]',
  '["a".localeCompare("A"), "A".localeCompare("a"), "a".localeCompare("a"), "résumé".localeCompare("resume")]',
  '[0, -0, 5, 1234.5, 1234567.891234, -98765.4321, 0.0005, 1e21, NaN, Infinity].map((n) => n.toLocaleString())',
  '(1234.5).toLocaleString("en-US", { minimumFractionDigits: 2 }) + (1234.567).toLocaleString("en", { maximumFractionDigits: 1 })',
  '(1234).toLocaleString("en-US", { useGrouping: false })',
  'structuredClone({ a: [1, { b: null }], d: new Date(5), u: undefined }).d.getTime()',
  'JSON.stringify([...structuredClone(new Map([["k", new Set([1, 2])]])).get("k")])',
  '(() => { const a = { n: 1 }; a.self = a; const b = structuredClone(a); return b !== a && b.self === b })()',
  'structuredClone(new Error("x", { cause: 1 })).cause + structuredClone(new TypeError("y")).name',
  'structuredClone(/a+/gi).flags + structuredClone(new Uint8Array([1, 2, 3]).subarray(1)).join()',
  '(() => { const o = structuredClone(JSON.parse(\'{"__proto__":{"x":1}}\')); return [o.x, Object.keys(o)] })()',
  'new URL("https://user:pa%20ss@Example.com:8080/a/./b/../c d?x=1&y=é#frag ment").href',
  '["https://example.com:443", "http://a.b/", "ws://h:81/p", "mailto:a@b.c", "file:///etc/x"].map((u) => new URL(u).href)',
  '["/x", "../y", "z?q", "?q", "#h", "//other/p", "", "http:rel", "./"].map((u) => new URL(u, "http://h/a/b/c?old#o").href)',
  '((u) => [u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, u.username])(new URL("http://me@h:99/p/q?s#t"))',
  '["no url", "http://", "http://a b/", "http://h:99999/", "/x"].map((u) => { try { return new URL(u).href } catch (e) { return e.message } })',
  'URL.canParse("http://a") + "" + URL.canParse("nope")',
  '(() => { const u = new URL("http://h/?a=1"); u.searchParams.append("b", "x y&"); u.searchParams.delete("a"); return u.href })()',
  'JSON.stringify({ u: new URL("http://h") }) + `${new URL("http://h/p")}`',
  'new URLSearchParams("?a=1&b=2&a=%203+4").getAll("a").concat([new URLSearchParams({ q: "é*~\'()!" }).toString()])',
  '((p) => { p.set("a", 9); p.append("c", ""); p.sort(); return [p.toString(), p.has("c"), p.get("zz"), p.size, [...p]] })(new URLSearchParams([["b", 1], ["a", 2], ["a", 3]]))',
  'typeof queueMicrotask + typeof setTimeout + typeof clearInterval + typeof performance.now()',
];

test('as in Node', async () => {
  const results = await replies(EXPRESSIONS);
  // biome-ignore lint/security/noGlobalEval: the expressions above, for comparison
  const indirect = globalThis.eval;
  EXPRESSIONS.forEach((expression, index) => {
    const expected = JSON.parse(JSON.stringify(indirect(`(${expression})`))) as unknown;
    expect({ expression, ...results[index] }).toEqual({ expression, value: expected });
  });
});

test('what cannot be encoded or cloned throws', async () => {
  const bad = [
    'btoa("漢")',
    'atob("a")',
    'atob("é")',
    'structuredClone(() => 1)',
    'structuredClone({ s: Symbol() })',
    'new TextDecoder("latin7")',
  ];
  const fatal = 'new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([0xff]))';
  for (const result of await replies([...bad, fatal])) expect(result).toHaveProperty('error');
});

test('global is the cell itself', async () => {
  expect(await replies(['global === globalThis'])).toEqual([{ value: true }]);
});

test('they can be replaced by scripts', async () => {
  expect(await replies(['globalThis.URL = 5; return URL', 'structuredClone = 6; return structuredClone'])).toEqual([
    { value: 5 },
    { value: 6 },
  ]);
});
