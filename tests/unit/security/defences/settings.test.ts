/** Settings of security that come as values: the author's may permit, those from data may not. */

import { describe, expect, test } from 'vitest';
import type { Box } from '../../../../runtime/guest/box.js';
import type { Context } from '../../../../runtime/guest/context.js';
import { makeMark } from '../../../../runtime/shared/marks.js';
import { outsideLabels } from '../../../../runtime/shared/security/origin.js';
import { allow, call, guard, operation, r } from './setup.js';

const FROM_DATA = 'comes from data (untrusted)';
const untrusted = (value: unknown): Box => r.labelled(value, 'untrusted');
const isBox = (value: unknown): value is Box => typeof value === 'object' && value !== null && 'deep' in value;
/** An object as programs write it, of values and boxes. */
const object = (config: Record<string, unknown>): Box =>
  r.rt.makeObject(
    Object.entries(config).map(([key, value]) => {
      if (isBox(value)) return [key, value];
      const isPlain = typeof value === 'object' && value !== null && !Array.isArray(value);
      return [key, isPlain ? object(value as Record<string, unknown>) : r.box(value)];
    }),
  );
const literal = (config: Record<string, unknown>) => r.rt.literalPolicy('p', object(config), 0);

describe('whose a value is', () => {
  const isProgram = (place: string): boolean => place === '/p/m.mld';
  const labelsOf = (taint: string[], sources: string[] = []) => outsideLabels(makeMark({ taint, sources }), isProgram);

  test.each([
    'untrusted',
    'untrusted:web',
    'influenced',
    'llm',
    'src:mcp',
    'src:cmd',
    'src:sh',
    'src:node',
    'src:py',
    'src:user',
    'src:dynamic',
    'src:file',
    'src:network',
    'src:env:docker',
    'src:new',
  ])('%s is not the author’s', (label) => expect(labelsOf([label])).toEqual([label]));

  test.each([['secret'], ['trusted', 'net:w'], ['src:exe'], ['src:template'], ['src:js'], ['dir:/p']])(
    '%s says nothing of the kind',
    (...taint) => expect(labelsOf(taint)).toEqual([]),
  );

  test('a module of the program is, as long as nothing else was loaded', () => {
    expect(labelsOf(['src:file', 'dir:/p'], ['/p/m.mld', 'guard:g'])).toEqual([]);
    expect(labelsOf(['src:file', 'dir:/p'], ['/p/m.mld', '/p/d.json'])).toEqual(['src:file']);
    expect(labelsOf(['src:network'], ['https://a.example/m.mld'])).toEqual(['src:network']);
  });
  test('what the code of a module computes is not', () =>
    expect(labelsOf(['src:js', 'src:file', 'dir:/p'], ['/p/m.mld'])).toEqual(['src:js']));
});

describe('a policy', () => {
  test('permits nothing by what data says in it', () => {
    expect(() => literal({ signers: untrusted({ 'user:*': ['trusted'] }) })).toThrow(
      `'signers' of policy @p ${FROM_DATA}`,
    );
    expect(() => r.rt.unionPolicy('p', [['c', untrusted({ auth: { a: 'KEY' } })]], 0)).toThrow(FROM_DATA);
    expect(() => r.rt.underPolicy(r.context, untrusted({ auth: { a: 'KEY' } }), 0)).toThrow(FROM_DATA);
    expect(() => literal({ signers: { 'user:*': ['trusted'] } })).not.toThrow();
  });
  test('is two where a part comes from data: neither lifts what the other refuses', () => {
    literal({ labels: { secret: { deny: ['exfil'], allow: untrusted(['exfil:send']) } } });
    const send = r.exe('send', ['x'], () => r.box('sent'), { labels: ['exfil:send'] });
    expect(() => call(send, r.secret('s'))).toThrow("Label 'secret' cannot flow to 'exfil'");
  });
  test('is not washed by being read back', () => {
    const config = untrusted({ deny: { sh: true }, authorizations: { allow: { f: true } } });
    expect(r.rt.unionPolicy('p', [['c', config]], 0).deep.labels).toEqual(['untrusted']);
    const configs = r.rt.field(r.rt.mxField(r.context, 'policy'), 'configs', 0);
    expect(configs.deep.labels).toEqual(['untrusted']);
  });
  test('has lists that mean something as a whole', () => {
    literal({ allow: { cmd: untrusted(['echo']), js: true } });
    const [added] = r.asked.filter(({ op }) => op === 'policy.add');
    expect((added!.args.policy!.data as { allow: unknown[] }).allow).toHaveLength(1);
  });
  test('the host is told of what comes from data', () => {
    r.rt.unionPolicy('p', [['c', untrusted({ deny: { sh: true } })]], 0);
    const [added] = r.asked.filter(({ op }) => op === 'policy.add');
    expect(added!.args.policy!.data).toMatchObject({ dataLabels: ['untrusted'] });
  });
});

describe('what permits is not taken from data', () => {
  const module = () => ({ id: 0, mark: makeMark({}) }) as never;
  const tool = (entry: Record<string, unknown>) =>
    r.rt.toolCollection(object({ f: object({ mlld: r.exe('f', ['x'], () => r.box('c')), ...entry }) }), 0, {});

  test('credentials and their names', () => {
    expect(() => r.rt.defineAuth(module(), 'a', object({ from: untrusted('env:X'), as: 'X' }), 0)).toThrow(FROM_DATA);
    expect(() => r.rt.authNames(untrusted('a'), 0)).toThrow(FROM_DATA);
    expect(r.rt.authNames(r.box('a'), 0)).toEqual(['a']);
  });
  test.each(['auth', 'provider', 'profile'])('the %s of a box', async (field) => {
    const form = { name: null, clause: {}, mcpConfig: null, names: [] };
    const enter = (config: Box) => r.rt.boxed(r.context, module(), config, form, () => r.box('in'), 0);
    await expect(enter(object({ [field]: untrusted('a') }))).rejects.toThrow(`box ${field} ${FROM_DATA}`);
  });
  test('the profile in the clause of a box', async () => {
    const form = { name: null, clause: { profile: untrusted('a') }, mcpConfig: null, names: [] };
    await expect(r.rt.boxed(r.context, module(), null, form, () => r.box('in'), 0)).rejects.toThrow(FROM_DATA);
  });
  test.each(['labels', 'controlArgs', 'expose'])('%s of a tool', (field) => {
    expect(() => tool({ [field]: untrusted(['x']) })).toThrow(FROM_DATA);
    expect(() => tool({ [field]: r.box(['x']) })).not.toThrow();
  });
  test('what tiers and profiles need', () => {
    expect(() => r.rt.wants(r.context, module(), untrusted([{ tier: 'a' }]), 0)).toThrow(FROM_DATA);
    expect(() => r.rt.profiles(r.context, module(), untrusted({ a: { requires: {} } }), 0)).toThrow(FROM_DATA);
  });
  test('labels that guards add or remove', () => {
    const options = () => ({ removeLabels: untrusted(['secret']) });
    guard(operation('f'), (...args) => ({ ...(allow(...args) as object), options: options() }) as never, {
      privileged: true,
    });
    expect(() =>
      call(
        r.exe('f', ['x'], () => r.box('c'), { labels: ['f'] }),
        r.secret('s'),
      ),
    ).toThrow(FROM_DATA);
  });
  test('who signs', () => {
    expect(() => r.rt.sign(r.context, r.box('t'), 'x', null, untrusted('ann'), 'sha256', 0)).toThrow(FROM_DATA);
  });
});

test('names of tools keep their labels, and what a policy or a box is told of them', async () => {
  const form = { name: null, clause: {}, mcpConfig: null, names: [] };
  const module = { id: 0, mark: makeMark({}) } as never;
  const config = object({ tools: r.secret(['Bash']) });
  let allowed: Box | undefined;
  let inner: Context | undefined;
  const body = (context: Context) => {
    inner = context;
    allowed = r.rt.field(r.rt.mxField(context, 'tools'), 'allowed', 0);
    return r.box('in');
  };
  await r.rt.boxed(r.context, module, config, form, body, 0);
  expect(allowed!.deep.labels).toEqual(['secret']);
  const wider = r.rt.boxed(inner!, module, object({ tools: r.secret(['Read']) }), form, body, 0);
  await expect(wider).rejects.toMatchObject({
    mark: { labels: ['secret'] },
    message: expect.not.stringContaining('Read'),
  });
  const policy = () => literal({ allow: r.secret(['zork']) });
  expect(policy).toThrow(expect.objectContaining({ mark: expect.objectContaining({ labels: ['secret'] }) }));
  expect(policy).not.toThrow('zork');
});

test('a policy that holds for a call holds for the boxes in it', async () => {
  const form = { name: null, clause: {}, mcpConfig: null, names: [] };
  const module = { id: 0, mark: makeMark({}) } as never;
  const under = r.rt.underPolicy(r.context, r.box({ env: { tools: { allow: ['Read'] } } }), 0);
  let tools: readonly string[] | null | undefined;
  const body = (context: Context) => {
    tools = context.scope?.tools;
    return r.box('in');
  };
  await r.rt.boxed(under, module, r.box({ tools: ['Bash', 'Read'] }), form, body, 0);
  expect(tools).toEqual(['Read']);
});
