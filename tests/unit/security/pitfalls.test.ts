/**
 * Known pitfalls (seed.md 3, by number) where the realm decides. Whole programs that meet them are listed in
 * tests/security/catalogue.ts; here each defence stands by itself, so that it can be switched off
 * (scripts/mutants/pitfalls.mjs).
 */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Box } from '../../../runtime/guest/box.js';
import type { ModuleRecord } from '../../../runtime/guest/modules.js';
import { EMPTY, makeMark } from '../../../runtime/shared/marks.js';
import { compiled, guestScript, trace } from '../flow/host.js';
import { type Realm, realm } from './realm.js';

let r: Realm;
/** What the host answers, by operation. */
let answers: Record<string, unknown>;
beforeEach(async () => {
  answers = {};
  r = await realm(({ op }) => answers[op]);
});

const tool = (params: string[], body: (...args: (Box | undefined)[]) => Box) => {
  const target = r.exe('tool', params, (_context, ...args) => body(...args)).value as never;
  return {
    name: 'tool',
    target,
    labels: [],
    description: '',
    bind: new Map(),
    visible: params,
    optional: [],
    controlArgs: null,
  };
};

describe('calls over MCP', () => {
  const answer = async (called: ReturnType<typeof tool>, args: Record<string, unknown>) => {
    const { answerCall } = await import('../../../runtime/guest/tool-calls.js');
    return answerCall(r.context, called, { call: 1, tool: 'tool', wire: 'tool', args }, EMPTY);
  };
  const refuse = (filter: string) =>
    r.rt.registerGuard({
      name: null,
      timing: 'before',
      privileged: false,
      aboutValue: false,
      byMarks: false,
      mayRetry: true,
      site: 0,
      filter: { kind: 'label', value: filter },
      decide: () => ({ kind: 'deny', reason: 'refused here', site: 0 }),
    });

  test('1: guards see where they come from before anything runs', async () => {
    refuse('src:mcp');
    const ran: unknown[] = [];
    const refused = await answer(
      tool(['x'], (x) => {
        ran.push(x);
        return r.box('ran');
      }),
      { x: 'a' },
    );
    expect(refused).toMatchObject({ failed: true, value: { value: expect.stringContaining('refused here') } });
    expect(ran).toEqual([]);
  });
  test('2: also without arguments', async () => {
    refuse('src:mcp');
    expect(
      await answer(
        tool([], () => r.box('ran')),
        {},
      ),
    ).toMatchObject({ failed: true });
  });
  test('3: each argument knows it', async () => {
    const { value } = await answer(
      tool(['x', 'y'], (x, y) => r.box([x?.deep.taint, y?.deep.taint])),
      { x: 'a', y: 'b' },
    );
    expect(value.value).toEqual([
      ['untrusted', 'src:mcp'],
      ['untrusted', 'src:mcp'],
    ]);
  });
  test('4: arguments keep their types', async () => {
    const sent = { n: 3, b: true, z: null, s: '3', list: [1], deep: { x: { y: 1 } } };
    const names = Object.keys(sent);
    const { value } = await answer(
      tool(names, (...args) => r.box(args.map((arg) => arg?.value))),
      sent,
    );
    expect(value.value).toEqual(Object.values(sent));
  });
});

describe('the keychain', () => {
  const module = (): ModuleRecord => ({ id: 7 }) as ModuleRecord;
  const keychain = () => import('../../../runtime/guest/keychain.js');

  test('6: is refused without a declaration before it', async () => {
    const { keychainExports } = await keychain();
    expect(() => keychainExports(module(), 0)).toThrow('Keychain access requires /needs { keychain } declaration.');
    r.rt.needsKeychain(module());
    expect(() => keychainExports(module(), 0)).not.toThrow();
  });
  test.each([
    ['get', ['svc', 'acc']],
    ['set', ['svc', 'acc', 'val']],
    ['delete', ['svc', 'acc']],
  ])('7: all arguments of %s arrive', async (name, args) => {
    answers = { [`keychain.${name}`]: null };
    const { keychainExports } = await keychain();
    r.rt.needsKeychain(module());
    const given = args.map((arg) => r.box(arg));
    await r.rt.callA(r.context, keychainExports(module(), 0).get(name)!, name, given, 0);
    const [asked] = r.asked.filter(({ op }) => op === `keychain.${name}`);
    expect(Object.values(asked!.args).map(({ data }) => data)).toEqual(args);
  });
});

test('11: an imported policy holds', () => {
  const exports = new Map([['p', r.box({ labels: { secret: { deny: ['exfil'] } } })]]);
  r.rt.importPolicy({ exports } as ModuleRecord, 'p', 0);
  const send = r.exe('send', ['x'], () => r.box('sent'), { labels: ['exfil'] });
  expect(() => r.rt.call(r.context, send, 'send', [r.secret('s')], 0)).toThrow("Label 'secret' cannot flow to 'exfil'");
});

describe('entering an environment', () => {
  const enter = async (exports: Record<string, Box>, exported: ModuleRecord['exported'] = null) => {
    const entry = await import('../../../runtime/guest/entry.js');
    const module = { exports: new Map(Object.entries(exports)), exported, unused: new Set(), file: 'm' };
    return entry.enter(module as never, { environment: 'dev', name: 'spawn', args: ['fix "the" bug'] });
  };
  const server = {
    server: 's1',
    label: 'files',
    tools: [{ name: 'read', wire: 'read', description: '', params: [], schema: {} }],
  };

  test('16: calls what the module exports, nothing else', async () => {
    const spawn = r.exe('spawn', ['prompt'], () => r.box('ran'));
    await expect(enter({ spawn }, [['shell', 'spawn']])).rejects.toThrow("Environment 'dev' does not export @spawn");
    await expect(enter({ spawn: r.box('text') })).rejects.toThrow('does not export @spawn');
    await expect(enter({ spawn })).resolves.toBe(0);
  });
  test('17: gives the prompt as one text', async () => {
    let prompt: unknown;
    const body = (_context: unknown, given?: Box) => {
      prompt = given?.value;
      return r.box('ran');
    };
    await enter({ spawn: r.exe('spawn', ['prompt'], body) });
    expect(prompt).toBe('fix "the" bug');
  });
  test.each([
    ['ends', () => r.box('ran')],
    [
      'fails',
      () => {
        throw new Error('no');
      },
    ],
  ])('18: starts the servers of @mcpConfig and closes them when the call %s', async (_how, body) => {
    answers = { 'mcp.configure': [server], 'bridge.open': { bridge: 1, config: '', names: [], sockets: ['/s'] } };
    const mcpConfig = r.exe('mcpConfig', [], () => r.box({ servers: [] }));
    await enter({ mcpConfig, spawn: r.exe('spawn', ['prompt'], body) }).catch(() => 1);
    const asked = r.asked.map(({ op }) => op);
    expect(asked).toContain('mcp.configure');
    expect(asked).toContain('bridge.open');
    expect(asked).toContain('bridge.close');
  });
});

describe('21: labels are not lost', () => {
  test('by members of objects that differ', () => {
    const object = r.rt.makeObject([
      ['a', r.secret('s')],
      ['b', r.box('plain')],
    ]);
    expect(r.rt.field(object, 'a', 0).deep.labels).toEqual(['secret']);
  });
  test('by members of members', () => {
    const inner = r.rt.makeObject([
      ['k', r.secret('s')],
      ['n', r.box(1)],
    ]);
    expect(r.rt.makeArray([inner, r.box('plain')]).deep.labels).toEqual(['secret']);
  });
  test('by an object whose own mark says nothing', () => {
    const object = r.rt.makeObject([['a', r.box('x')]]);
    const labelled = {
      ...object,
      mark: makeMark({ labels: ['secret'] }),
      deep: makeMark({ labels: ['secret'] }),
    } as Box;
    expect(r.rt.field(labelled, 'a', 0).deep.labels).toEqual(['secret']);
  });
});

describe('whole programs', () => {
  let guest: Awaited<ReturnType<typeof guestScript>>;
  const directories: string[] = [];
  beforeAll(async () => {
    guest = await guestScript();
  });
  afterAll(() => {
    for (const directory of directories) fs.rmSync(directory, { recursive: true, force: true });
  });

  async function run(program: string, module = '') {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mlldc-pitfall-'));
    directories.push(directory);
    if (module) fs.writeFileSync(path.join(directory, 'm.mld'), module);
    const { end, events } = await trace(guest, compiled(`${program}\n`, path.join(directory, 'main.mld')), {});
    const shown = events.filter(({ op }) => op === 'console.write').map(({ data }) => (data as { text: string }).text);
    const message =
      end.kind === 'done' ? 'done' : String((end.error.data as { message?: string }).message ?? end.error.message);
    return { message, shown: shown.join('') };
  }
  const REFUSED = `policy @p = { labels: { secret: { deny: ["exfil"] } } }
exe exfil @send(x) = \`sent @x\`
var secret @s = "s"
`;

  test.each([
    ['a when', 'var @r = when [ true => @send(@s); * => "else" ]'],
    ['a for parallel', 'var @r = for parallel(2) @x in [1, 2] => @send(@s)'],
    ['a group', 'var @r = || @send(@s) || @send("x")'],
    ['a loop', 'var @r = loop(2) [ => @send(@s) ]'],
  ])('22: %s does not swallow a refusal', async (_, program) => {
    const { message, shown } = await run(`${REFUSED}${program}\nshow "after"`);
    expect(message).toContain("Label 'secret' cannot flow to 'exfil'");
    expect(shown).not.toContain('after');
  });

  test('23: guards of a module that is imported twice are asked once', async () => {
    const { shown } = await run(
      'import { @a } from "./m.mld"\nimport { @b } from "./m.mld"\n' +
        'exe @f(x) = when [ denied => `denied @mx.guard.reasons.length`; * => `f @x` ]\nshow @f("x")',
      'guard before @f = when [ * => deny "once" ]\nvar @a = "a"\nvar @b = "b"\nexport { @a, @b }\n',
    );
    expect(shown).toContain('denied 1');
  });

  test('25: after-guards see provenance that is no label', async () => {
    const exe = 'exe @f() = js { return "x" }\n';
    const asking = 'guard after @f = when [ @mx.taint.includes("src:js") => deny "refused here" ]\nshow @f()';
    expect((await run(exe + asking)).message).toContain('refused here');
  });
});
