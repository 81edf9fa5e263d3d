/** Boxes, and the tools of models: what they may do and what sticks to what they do (security.md 8, 9). */

import { beforeEach, describe, expect, test } from 'vitest';
import type { Box } from '../../../runtime/guest/box.js';
import type { Context } from '../../../runtime/guest/context.js';
import { suppliedModule } from '../../../runtime/guest/modules.js';
import { type Asked, type Realm, realm } from './realm.js';

interface Call {
  tool: string;
  args: Record<string, unknown>;
}

let r: Realm;
/** What the model calls, in order. */
let calls: Call[];

/** A host whose model makes the planned calls once a bridge is open. */
function answer({ op, args }: Asked): unknown {
  switch (op) {
    case 'bridge.open':
      return { bridge: 1, config: '/c/mcp.json', names: [] };
    case 'bridge.next': {
      const call = calls.shift();
      // One after the other, as a model that reads the answers does.
      return call && new Promise((resolve) => setTimeout(() => resolve({ call: 1, wire: call.tool, ...call }), 5));
    }
    case 'workspace.open':
      return '/work';
    case 'exec.cmd':
      return { stdout: 'out', stderr: '', exitCode: 0 };
    case 'mcp.connect':
      return [{ name: 'echo', wire: 'echo', description: '', params: [], types: [] }];
    case 'mcp.call':
      return { text: 'echoed' };
    default:
      return args === undefined ? undefined : null;
  }
}

beforeEach(async () => {
  calls = [];
  r = await realm(answer);
  await import('../../../runtime/guest/llm.js');
});

const module = suppliedModule('m', { dir: '/', root: '/' }, new Map());

/** A command in an executable's body. */
const command = (context: Context, line: string | Box = 'model'): Promise<Box> =>
  r.rt.command(context, module, typeof line === 'string' ? [line] : [[line, false]], { position: 'exe' }, 0);

/** Asks the model, with these tools. */
function ask(
  tools: unknown[],
  body: (context: Context) => Promise<Box> = (context) => command(context),
  context = r.context,
) {
  const agent = r.exe('ask', ['prompt', 'config'], ((inner: Context) => body(inner)) as never, { labels: ['llm'] });
  return r.rt.callA(
    context,
    agent,
    'ask',
    [r.box('hi'), r.rt.makeObject([['tools', r.rt.makeArray(tools as Box[])]])],
    0,
  );
}

/** A body that runs until the model has so many answers. */
const untilAnswered =
  (count: number) =>
  async (context: Context): Promise<Box> => {
    const output = await command(context);
    while (answers().length < count) await new Promise((resolve) => setTimeout(resolve, 2));
    return output;
  };

/** The marks of what was answered to the model, in order. */
const answers = () =>
  r.asked
    .filter(({ op }) => op === 'bridge.answer')
    .map(({ args }) => ({ failed: args.failed!.data, text: args.value!.data, mark: args.value!.mark }));

const boxed = (config: Record<string, unknown> | null, body: (context: Context) => Promise<Box>, tools?: Box) => {
  const form = { name: null, clause: (tools ? { tools } : {}) as Record<string, Box>, mcpConfig: null, names: [] };
  return r.rt.boxed(r.context, module, config && r.box(config), form, body as never, 0);
};

const policy = (env: object): unknown => r.rt.literalPolicy('p', r.box({ env }), 0);

describe('names of the tools of a model', () => {
  test('are not taken from data', async () => {
    await expect(ask([r.labelled('Bash', 'untrusted')])).rejects.toThrow('A name in config.tools comes from data');
    await expect(ask([r.box('Bash')])).resolves.toBeDefined();
  });
  test('keep their labels where the executable reads them', async () => {
    const shown: Box[] = [];
    await ask([r.secret('Read'), r.box('Write')], async (context) => {
      shown.push(r.rt.mxField(context, 'llm'));
      return command(context);
    });
    expect(shown[0]?.deep.labels).toEqual(['secret']);
  });
});

describe('calls of a model', () => {
  test('are untrusted, with and without arguments', async () => {
    calls = [
      { tool: 'give', args: { x: 'a' } },
      { tool: 'get', args: {} },
    ];
    await ask([r.exe('give', ['x'], (_c, x) => x!), r.exe('get', [], () => r.box('c'))], untilAnswered(2));
    for (const { mark } of answers())
      expect(mark).toMatchObject({
        labels: expect.arrayContaining(['untrusted']),
        taint: expect.arrayContaining(['src:mcp']),
      });
  });

  test('carry what the model has been told, and its answer what it was told', async () => {
    const tools = [r.exe('get', [], () => r.secret('s')), r.exe('give', ['x'], () => r.box('c'))];
    calls = [
      { tool: 'get', args: {} },
      { tool: 'give', args: { x: 'a' } },
    ];
    const result = await ask(tools, untilAnswered(2));
    expect(answers()[1]!.mark!.labels).toContain('secret');
    expect(result.deep.labels).toContain('secret');
  });

  test('carry what its command was given', async () => {
    calls = [{ tool: 'give', args: { x: 'a' } }];
    await ask([r.exe('give', ['x'], () => r.box('c'))], async (context) => {
      const memo = command(context, r.labelled('memo', 'pii'));
      await untilAnswered(1)(context);
      return memo;
    });
    expect(answers()[0]!.mark!.labels).toContain('pii');
  });

  test('of tools it does not have are answered with an error', async () => {
    calls = [{ tool: 'other', args: {} }];
    await ask([r.exe('get', [], () => r.box('c'))], untilAnswered(1));
    expect(answers()).toMatchObject([{ failed: true, text: "Tool not found: 'other'" }]);
  });
});

describe('a collection', () => {
  test('has no keys that nothing reads', () => {
    const entry = (more: [string, Box][]) =>
      r.rt.makeObject([['get', r.rt.makeObject([['mlld', r.exe('get', ['x'], (_c, x) => x!)], ...more])]]);
    const define = (...more: [string, Box][]) => r.rt.toolCollection(entry(more), 0, {});
    expect(() => define(['label', r.box(['net:w'])])).toThrow(
      "Tool 'get' has an unknown key 'label'. Did you mean 'labels'?",
    );
    expect(() => define(['zzzzz', r.box(1)])).toThrow('Known are: mlld, labels');
    expect(() => define(['labels', r.box(['net:w'])])).not.toThrow();
  });
});

test('a box has a profile only where it exists', async () => {
  const run = (profile: string) => boxed({ profile, profiles: { ro: { requires: {} } } }, async () => r.box('ran'));
  expect((await run('ro'))?.value).toBe('ran');
  await expect(run('zz')).rejects.toThrow("Unknown profile 'zz' for box config.");
  await expect(boxed({ profile: 'zz' }, async () => r.box('ran'))).rejects.toThrow("Unknown profile 'zz'");
});

describe('a model in a box', () => {
  const collection = (target: Box, labels: string[]) =>
    r.rt.makeObject([
      [
        'get',
        r.rt.makeObject([
          ['mlld', target],
          ['labels', r.box(labels)],
        ]),
      ],
      ['Bash', r.rt.makeObject([['mlld', r.exe('sh', [], () => r.box(''))]])],
    ]);

  test('has no function the collection of the box does not have', async () => {
    const get = r.exe('get', [], () => r.box('c'));
    const other = r.exe('other', [], () => r.box('c'));
    await expect(boxed(null, (context) => ask([other], undefined, context), collection(get, []))).rejects.toThrow(
      'outside parent: other',
    );
  });

  test('calls functions under the labels of the collection', async () => {
    const get = r.exe('get', [], () => r.box('c'));
    calls = [{ tool: 'get', args: {} }];
    await boxed(null, (context) => ask([get], untilAnswered(1), context), collection(get, ['pub']));
    expect(answers()[0]!.mark!.labels).toContain('pub');
  });

  test('has no tool of its own that the box does not grant', async () => {
    await expect(boxed({ tools: ['Bash'] }, (context) => ask([r.box('Write')], undefined, context))).rejects.toThrow(
      'outside parent: write',
    );
  });

  test('runs its commands in a jail', async () => {
    calls = [{ tool: 'Bash', args: { command: 'ls' } }];
    await boxed(null, (context) => ask([r.box('Bash')], untilAnswered(1), context));
    const shell = r.asked.find(({ op }) => op === 'exec.sh')!;
    expect(shell.args.box!.data).toEqual({ provider: 'sandbox', fs: { read: [], write: [] }, net: 'none' });
  });

  test('reads, writes and lists inside the workspace', async () => {
    calls = [
      { tool: 'Read', args: { file_path: 'a' } },
      { tool: 'Write', args: { file_path: 'a', content: 'b' } },
      { tool: 'Glob', args: { pattern: '*' } },
    ];
    await boxed(null, (context) => ask([r.box('Read, Write, Glob')], untilAnswered(3), context));
    for (const op of ['file.read', 'file.write', 'file.glob'])
      expect(r.asked.find((asked) => asked.op === op)!.args.within!.data).toBe('/work');
  });
});

describe('policy.env in a box', () => {
  test.each([
    [{ tools: ['Read'] }, { tools: ['Bash'] }, "requires 'Bash'"],
    [{ tools: { deny: ['Bash'] } }, null, "requires 'Bash'"],
    [{ providers: { local: false } }, { provider: 'local' }, "Provider 'local' denied by policy"],
  ])('%j is held to', async (env, config, message) => {
    policy(env);
    await expect(boxed(config, (context) => command(context))).rejects.toThrow(message);
  });

  test('gives children its provider, its network and its marks', async () => {
    policy({
      default: 'sandbox',
      net: { allow: ['a.com'], deny: ['b.com'] },
      providers: { sandbox: { taint: ['boxed'] } },
    });
    const result = (await boxed(null, (context) => command(context))) as Box;
    expect(r.asked.find(({ op }) => op === 'exec.cmd')!.args.box!.data).toEqual({
      provider: 'sandbox',
      net: { allow: ['a.com'], deny: ['b.com'] },
    });
    expect(result.deep.taint).toEqual(expect.arrayContaining(['src:env:sandbox', 'boxed']));
  });

  test.each([
    [{ mcps: { deny: ['s'] } }, 'denied by env.mcps'],
    [{ mcps: ['other'] }, 'denied by env.mcps'],
    [{ tools: { deny: ['echo'] } }, "MCP tool 'echo' denied by env.tools"],
  ])('%j refuses servers and their tools', async (env, message) => {
    const server = await r.rt.mcpModule(r.context, module, r.box('s'), null, 0);
    policy(env);
    const echo = server.exports.get('echo')!;
    await expect(boxed({ tools: '*' }, (context) => r.rt.callA(context, echo, 'echo', [], 0))).rejects.toThrow(message);
  });
});
