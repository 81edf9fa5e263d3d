/** Policies, their limits and the ledger, each defence by itself. */

import { describe, expect, test, vi } from 'vitest';
import type { Box } from '../../../../runtime/guest/box.js';
import { allow, call, constant, doing, guard, labels, operation, policy, r } from './setup.js';

describe('policies', () => {
  const exfil = (more: object = {}): Box => r.exe('f', ['x'], () => r.box('c'), { labels: ['exfil'], ...more });
  const RULE = { defaults: { rules: ['no-secret-exfil'] } };
  test('are told to the host', () => {
    policy(RULE);
    expect(r.asked.map(({ op }) => op)).toContain('policy.add');
  });
  test('a module that came as a policy is read once its values are asked for', () => {
    const options = { file: 'm.mld', path: '/p/m.mld', dir: '/p', root: '/p', exported: null, frontmatter: null };
    const module = r.rt.defineModule({ id: 1, ...options, imported: true }, 0, true);
    module.exports.set('x', r.box('x'));
    const reads = () => r.asked.filter(({ op }) => op === 'file.linked').map(({ args }) => args.policy?.data === true);
    expect(reads()).toEqual([true]);
    r.rt.importName(module, 'x', 0);
    r.rt.namespaceOf(module, 0);
    expect(reads()).toEqual([true, false]);
  });
  test('judge arguments', () => {
    policy(RULE);
    expect(() => call(exfil(), r.secret('s'))).toThrow("label 'secret' cannot flow to 'exfil'");
    expect(() => call(exfil(), r.box('s'))).not.toThrow();
  });
  test('judge captured variables (leak 18)', () => {
    policy(RULE);
    const s = r.secret('s');
    expect(() => call(exfil({ captures: () => [s] }))).toThrow("cannot flow to 'exfil'");
  });
  test('judge what a guard has put in', () => {
    policy(RULE);
    guard(operation('exe'), () => ({ kind: 'allow', value: r.secret('s'), options: {}, site: 0 }));
    expect(() => call(exfil(), r.box('x'))).toThrow("cannot flow to 'exfil'");
  });
  test('hold inside guards', () => {
    policy(RULE);
    guard(
      operation('show'),
      doing((c) => r.rt.call(c, exfil(), 'f', [r.secret('s')], 0), null),
    );
    expect(() => r.rt.show(r.context, r.box('x'), 0)).toThrow("cannot flow to 'exfil'");
  });
  test('judge label rules on effects', () => {
    policy({ labels: { secret: { deny: ['op:show'] } } });
    expect(() => r.rt.show(r.context, r.secret('s'), 0)).toThrow("Label 'secret' cannot flow to 'op:show'");
  });
  test('refuse languages', () => {
    policy({ deny: { js: true } });
    expect(() => r.rt.jsBlock(r.context, false, 'm0', 0, [], 0)).toThrow('JavaScript access denied by policy');
    expect(() => call(r.exe('f', [], () => r.box('c'), { medium: 'js' }))).toThrow(
      'JavaScript access denied by policy',
    );
  });
  test('an explicit privileged allow lifts a flow, falling through does not', () => {
    policy(RULE);
    guard(operation('exe'), () => null, { privileged: true });
    expect(() => call(exfil(), r.secret('s'))).toThrow("cannot flow to 'exfil'");
    guard(operation('exe'), allow, { privileged: true });
    expect(() => call(exfil(), r.secret('s'))).not.toThrow();
  });
  test('an allow without privilege lifts nothing', () => {
    policy(RULE);
    guard(operation('exe'), allow);
    expect(() => call(exfil(), r.secret('s'))).toThrow("cannot flow to 'exfil'");
  });
  test('a locked policy is never lifted', () => {
    policy({ ...RULE, locked: true });
    guard(operation('exe'), allow, { privileged: true });
    expect(() => call(exfil(), r.secret('s'))).toThrow("cannot flow to 'exfil'");
  });
  test('commands do what all calls around them are labelled with', async () => {
    policy(RULE);
    const module = { root: '/', dir: '/' } as never;
    const runs = r.exe(
      'g',
      ['x'],
      (c, x) => r.rt.command(c, module, ['echo ', [x!, false]], { position: 'exe' }, 0) as never,
      {
        medium: 'cmd',
      },
    );
    const makes = (labels: string[]) =>
      r.exe('f', ['x'], (c) => r.rt.callA(c, runs, 'g', [r.secret('s')], 0) as never, { labels });
    const run = (labels: string[]) => r.rt.callA(r.context, makes(labels), 'f', [r.box('x')], 0);
    await expect(run(['exfil'])).rejects.toThrow("label 'secret' cannot flow to 'exfil'");
    const asked = () => r.asked.filter(({ op }) => op.startsWith('exec.')).length;
    expect(asked()).toBe(0);
    void run([]);
    await vi.waitUntil(() => asked() === 1);
  });
  test('a capability is never lifted', () => {
    policy({ deny: { js: true } });
    guard(operation('run'), allow, { privileged: true });
    expect(() => r.rt.jsBlock(r.context, false, 'm0', 0, [], 0)).toThrow('denied by policy');
  });
  test('what has no label gets the default one', () => {
    policy({ defaults: { rules: ['no-untrusted-destructive'], unlabeled: 'untrusted' } });
    const wipe = r.exe('f', ['x'], () => r.box('c'), { labels: ['destructive'] });
    expect(() => call(wipe, r.rt.js('m0', 0, [], 0))).toThrow("label 'untrusted' cannot flow to 'destructive'");
  });
  test('influence is passed on', () => {
    policy({ defaults: { rules: ['untrusted-llms-get-influenced'] } });
    expect(
      labels(
        call(
          r.exe('f', ['x'], () => r.box('c'), { labels: ['llm'] }),
          r.labelled('x', 'untrusted'),
        ),
      ),
    ).toContain('influenced');
  });
  test('the policy of a clause holds for what is behind it, and the host is told', () => {
    const config = { labels: { secret: { deny: ['op:show'] } } };
    const inside = r.rt.underPolicy(r.context, r.box(config), 0);
    expect(() => r.rt.show(inside, r.secret('s'), 0)).toThrow("Label 'secret' cannot flow to 'op:show'");
    r.rt.show(r.context, r.secret('s'), 0);
    expect(r.asked.filter(({ op }) => op === 'policy.add')).toMatchObject([{ args: { fragment: { data: true } } }]);
    r.rt.fileExists(inside, { dir: '/p', root: '/p' } as never, r.box('f'), 0);
    expect(r.asked.at(-1)).toMatchObject({ op: 'file.exists', under: [7] });
  });
  test('the policy of a definition holds for every call', () => {
    const policy = r.rt.definitionPolicy(r.box({ labels: { secret: { deny: ['op:show'] } } }), 0);
    const shows = r.exe('f', ['x'], (c, x) => r.rt.show(c, x!, 0), { policy });
    expect(() => call(shows, r.secret('s'))).toThrow("Label 'secret' cannot flow to 'op:show'");
    call(shows, r.box('plain'));
    r.rt.show(r.context, r.secret('s'), 0);
  });
  test('unknown keys are errors', () => expect(() => policy({ zork: 1 })).toThrow("Unknown policy key 'zork'"));
});

describe('limits.maxTokens', () => {
  const ask = (body: () => Box, labels = ['llm']) => r.exe('ask', ['x'], body, { labels });
  const limited = (maxTokens: number) => r.rt.literalPolicy('budget', r.box({ limits: { maxTokens } }), 0);

  test('refuses a call that is given more, before it runs', () => {
    limited(5);
    let ran = false;
    const target = ask(() => {
      ran = true;
      return r.box('');
    });
    expect(() => call(target, r.box('x'.repeat(24)))).toThrow(
      'The call was given about 6 tokens, more than limits.maxTokens (5)',
    );
    expect(ran).toBe(false);
  });

  test('counts what is answered as well', () => {
    limited(5);
    expect(() =>
      call(
        ask(() => r.box('y'.repeat(16))),
        r.box('x'.repeat(8)),
      ),
    ).toThrow('The call was given and answered about 6 tokens, more than limits.maxTokens (5)');
    expect(
      call(
        ask(() => r.box('y'.repeat(12))),
        r.box('x'.repeat(8)),
      ).value,
    ).toBe('y'.repeat(12));
  });

  test('names the policy and says nothing of how long a secret is', () => {
    limited(2);
    const given = () => call(constantOf('llm'), r.secret('s'.repeat(40)));
    expect(given).toThrow(/Blocked by: Policy budget\n[\s\S]*The call was given more than limits.maxTokens \(2\)/);
  });

  test('is about models', () => {
    limited(0);
    expect(call(constantOf('net:w'), r.box('x'.repeat(40))).value).toBe('c');
  });

  const constantOf = (label: string): Box => r.exe('f', ['x'], () => r.box('c'), { labels: [label] });
});

describe('the ledger', () => {
  test('is told of a call before the effect in it', () => {
    call(
      r.exe('f', ['x'], (c, x) => r.rt.show(c, x!, 0)),
      r.secret('s'),
    );
    expect(r.asked[0]).toMatchObject({ op: 'console.write', events: [{ event: 'toolStart', tool: 'f' }] });
  });
  test('never gets a secret', () => {
    call(constant(), r.secret('sss'));
    r.rt.show(r.context, r.box('x'), 0);
    expect(JSON.stringify(r.events())).not.toContain('sss');
  });
  test('is told in parts of what asks the host for nothing', () => {
    const f = constant();
    for (let i = 0; i < 300; i++) call(f, r.labelled('x'.repeat(1000), 'pii'));
    expect(r.asked.map(({ op }) => op)).toContain('audit.flush');
    r.rt.show(r.context, r.box('x'), 0);
    expect(r.events()).toHaveLength(600);
  });
  test('gets texts cut, and data as data', () => {
    call(constant(), r.labelled({ list: [1, null], text: '"\u0000' }, 'pii'));
    call(constant(), r.labelled('x'.repeat(5000), 'pii'));
    r.rt.show(r.context, r.box('x'), 0);
    const args = r.events().flatMap((event) => ('args' in event ? [event.args] : []));
    const mark = { labels: ['pii'], taint: ['pii'] };
    expect(args).toEqual([
      { x: { data: { list: [1, null], text: '"\u0000' }, mark } },
      { x: { data: `${'x'.repeat(2000)}…`, mark } },
    ]);
  });
  test('is not written by programs without labels', () => {
    call(constant(), r.box('x'));
    r.rt.show(r.context, r.box('x'), 0);
    expect(r.events()).toEqual([]);
  });
});
