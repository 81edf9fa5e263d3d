/** Each defence of the program realm by itself. `scripts/mutate-defences.mjs` switches them off one at a time. */

import { beforeEach, describe, expect, test } from 'vitest';
import type { Box } from '../../../runtime/guest/box.js';
import type { Context } from '../../../runtime/guest/context.js';
import type { Guard } from '../../../runtime/guest/security/registry.js';
import { type Realm, realm } from './realm.js';

let r: Realm;
beforeEach(async () => {
  r = await realm();
});

type Decide = Guard['decide'];
/** In no other message. */
const REASON = 'refused here';
const deny: Decide = () => ({ kind: 'deny', reason: REASON, site: 0 });
const allow: Decide = () => ({ kind: 'allow', value: null, options: {}, site: 0 });

function guard(filter: Guard['filter'], decide: Decide, more: Partial<Omit<Guard, 'id'>> = {}): void {
  r.rt.registerGuard({
    name: null,
    timing: 'before',
    privileged: false,
    aboutValue: false,
    mayRetry: true,
    site: 0,
    filter,
    decide,
    ...more,
  });
}
const label = (value: string): Guard['filter'] => ({ kind: 'label', value });
const operation = (value: string): Guard['filter'] => ({ kind: 'operation', value });

const call = (target: Box, ...args: (Box | undefined)[]): Box => r.rt.call(r.context, target, 'f', args, 0);
const constant = (): Box => r.exe('f', ['x'], () => r.box('c'));
/** A body that does something and answers this. */
const doing =
  <T>(effect: (context: Context) => unknown, answer: T) =>
  (context: Context): T => {
    effect(context);
    return answer;
  };
const labels = (value: Box): readonly string[] => value.deep.labels;

function policy(config: Record<string, unknown>): void {
  r.rt.literalPolicy('p', r.box(config), 0);
}

describe('joins', () => {
  test('a call joins its arguments', () => expect(labels(call(constant(), r.secret('s')))).toEqual(['secret']));
  test('a call joins what its body reads around it', () => {
    const s = r.secret('s');
    expect(labels(call(r.exe('f', [], () => r.box('c'), { captures: () => [s] })))).toEqual(['secret']);
  });
  test('a call joins what it called', () => {
    const inner = r.exe('g', [], () => r.secret('s'));
    expect(
      labels(
        call(
          r.exe(
            'f',
            [],
            doing((c) => r.rt.call(c, inner, 'g', [], 0), r.box('c')),
          ),
        ),
      ),
    ).toEqual(['secret']);
  });
  test('a call adds the labels of the executable', () =>
    expect(labels(call(r.exe('f', [], () => r.box('c'), { labels: ['net:w'] })))).toEqual(['net:w']));
  test('what a program is linked with carries the marks of its file', () => {
    r.fileMarks.labels = ['secret'];
    const options = { file: 'm.mld', path: '/p/m.mld', dir: '/p', root: '/p', exported: null, frontmatter: null };
    expect(r.rt.defineModule({ id: 1, ...options, imported: true }, 0).mark.labels).toEqual(['secret']);
    expect(labels(r.rt.importName(r.rt.dataModule({ k: 1 }, '/p/d.json', 0), 'k', 0))).toEqual(['secret']);
    expect(labels(call(r.exe('t', [], () => r.box('c'), { origin: r.rt.linked('/p/t.att', 0) })))).toEqual(['secret']);
    expect(r.asked.map(({ op, args }) => [op, args.location?.data])).toEqual(
      ['/p/m.mld', '/p/d.json', '/p/t.att'].map((location) => ['file.linked', location]),
    );
  });
  test('a js body joins its arguments', () =>
    expect(r.rt.js('m0', 0, [r.secret('s')], 0).deep.taint).toEqual(['secret', 'src:js']));
  test('js bodies share what they keep only with calls that were given the same labels', async () => {
    for (const given of [r.box('s'), r.secret('s'), r.secret('t'), r.labelled('s', 'pii')]) {
      r.rt.js('m0', 0, [given], 0);
      await r.rt.jsA('m0', 0, [given], 0);
    }
    expect(r.cells).toEqual([0, 0, 1, 1, 1, 1, 2, 2]);
  });
  test('js bodies beyond the bound share a cell, and all that went into it', () => {
    const results = Array.from({ length: 40 }, (_, i) => r.rt.js('m0', 0, [r.labelled('s', `l${i}`)], 0));
    expect(r.cells.at(-1)).toBe(r.cells.at(-2));
    expect(labels(results[3]!)).toEqual(['l3']);
    expect(labels(results[39]!)).toEqual(expect.arrayContaining(['l38', 'l39']));
  });
  test('a template joins its parts', () => expect(labels(r.rt.tpl(['', ''], [r.secret('s')]))).toEqual(['secret']));
  test.each([
    ...(['add', 'subtract', 'multiply', 'divide', 'remainder'] as const),
    ...(['less', 'atMost', 'greater', 'atLeast', 'equal', 'unequal'] as const),
  ])('%s joins both sides, numbers or not', (operator) => {
    for (const value of [1, '1', true]) {
      const of = (left: Box, right: Box) => labels(r.rt[operator](left, right, 0));
      expect(of(r.box(value), r.secret(value))).toEqual(['secret']);
      expect(of(r.secret(value), r.box(value))).toEqual(['secret']);
    }
  });
  test.each(['==', '<', '+'] as const)('%s joins both sides', (operator) => {
    expect(labels(r.rt.binary(operator, r.secret(1), r.box(2), 0))).toEqual(['secret']);
    expect(labels(r.rt.binary(operator, r.box(1), r.secret(2), 0))).toEqual(['secret']);
  });
  test('! keeps the mark', () => expect(labels(r.rt.not(r.secret('s')))).toEqual(['secret']));
  test('&& || ?? join what was evaluated', () => {
    expect(labels(r.rt.and(r.secret('s'), () => r.box('x')))).toEqual(['secret']);
    expect(labels(r.rt.or(r.secret(''), () => r.box('x')))).toEqual(['secret']);
    expect(labels(r.rt.coalesce(r.secret(null), () => r.box('x')))).toEqual(['secret']);
  });
  test('?: joins the condition', () =>
    expect(
      labels(
        r.rt.ternary(
          r.secret('s'),
          () => r.box('a'),
          () => r.box('b'),
        ),
      ),
    ).toEqual(['secret']));
  test('when joins its conditions', () =>
    expect(labels(r.rt.under(r.secret('s').mark, r.box('a')))).toEqual(['secret']));
  test('a when nothing matched joins them too', () =>
    expect(labels(r.rt.noMatch(r.secret('s').mark))).toEqual(['secret']));
  test('a member has the mark of its container', () =>
    expect(labels(r.rt.field(r.secret({ k: 'v' }), 'k', 0))).toEqual(['secret']));
  test('a member has the mark of its computed key', () =>
    expect(labels(r.rt.index(r.box(['v']), r.secret(0), 0))).toEqual(['secret']));
  test('a slice has the marks of its bounds', () => {
    expect(labels(r.rt.slice(r.box(['a', 'b']), r.secret(0), r.box(1), 0))).toEqual(['secret']);
    expect(labels(r.rt.slice(r.box(['a', 'b']), r.box(0), r.secret(1), 0))).toEqual(['secret']);
  });
  test('a method joins receiver and arguments', () => {
    expect(labels(r.rt.method(r.secret('s'), 'trim', [], 's', 0))).toEqual(['secret']);
    expect(labels(r.rt.method(r.box('p'), 'replace', [r.box('p'), r.secret('s')], 's', 0))).toEqual(['secret']);
  });
  test('sizes have the mark', () => expect(labels(r.rt.field(r.secret('s'), 'length', 0))).toEqual(['secret']));
  test('containers know what is inside', () => {
    expect(labels(r.rt.makeArray([r.box('x'), r.secret('s')]))).toEqual(['secret']);
    expect(
      labels(
        r.rt.makeObject([
          ['a', r.box('x')],
          ['k', r.secret('s')],
        ]),
      ),
    ).toEqual(['secret']);
  });
  test('and keep their members apart', () => {
    expect(labels(r.rt.index(r.rt.makeArray([r.box('x'), r.secret('s')]), r.box(0), 0))).toEqual([]);
    expect(
      labels(
        r.rt.field(
          r.rt.makeObject([
            ['a', r.box('x')],
            ['k', r.secret('s')],
          ]),
          'a',
          0,
        ),
      ),
    ).toEqual([]);
  });
  test('a for joins its items and bodies', () => {
    expect(labels(r.rt.forCollect(r.context, r.secret(['a']), () => r.box('c'), 0))).toEqual(['secret']);
    expect(labels(r.rt.forCollect(r.context, r.box(['a']), () => r.secret('c'), 0))).toEqual(['secret']);
  });
  test('a pipeline joins its source', () => {
    const source = { run: () => r.secret('s'), retryable: false };
    const stage = { kind: 'run' as const, run: () => r.box('c'), site: 0 };
    expect(labels(r.rt.pipe(r.context, source, [stage], { site: 0 }))).toEqual(['secret']);
  });
  test('declared labels stay', () =>
    expect(labels(r.rt.declare(r.context, 'x', ['pii'], r.box('v'), 0))).toEqual(['pii']));
  test('what is printed carries the mark to the door', () => {
    r.rt.show(r.context, r.secret('s'), 0);
    expect(r.asked.at(-1)!.args.text!.mark!.labels).toEqual(['secret']);
  });
  test('the document carries what was printed', () => {
    r.rt.show(r.context, r.secret('s'), 0);
    expect(labels(r.rt.document.content())).toEqual(['secret']);
  });
});

describe('guards', () => {
  test('on a label judge inputs', () => {
    guard(label('secret'), deny);
    expect(() => call(constant(), r.secret('s'))).toThrow(`Guard blocked operation: ${REASON}`);
    expect(() => call(constant(), r.box('s'))).not.toThrow();
  });
  test('on provenance judge taint (leak 13)', () => {
    guard(label('src:js'), deny);
    expect(() => call(constant(), r.rt.js('m0', 0, [], 0))).toThrow(REASON);
  });
  test('on a label judge what is inside containers', () => {
    guard(label('secret'), deny);
    expect(() => call(constant(), r.rt.makeArray([r.box('x'), r.secret('s')]))).toThrow(REASON);
  });
  test('on a label judge captured variables (leak 18)', () => {
    guard(label('secret'), deny);
    const s = r.secret('s');
    expect(() => call(r.exe('f', [], () => r.box('c'), { captures: () => [s] }))).toThrow(REASON);
  });
  test('and those read through another executable', () => {
    guard(label('secret'), deny);
    const s = r.secret('s');
    const inner = r.exe('g', [], () => r.box('c'), { captures: () => [s] });
    expect(() => call(r.exe('f', [], () => r.box('c'), { captures: () => [inner] }))).toThrow(REASON);
  });
  test('are asked once, whatever they answer', () => {
    let asked = 0;
    guard(operation('exe'), () => {
      asked++;
      return { kind: 'allow', value: r.box('other'), options: {}, site: 0 };
    });
    expect(
      call(
        r.exe('f', ['x'], (_, x) => x!),
        r.box('s'),
      ).value,
    ).toBe('other');
    guard(operation('exe'), deny);
    expect(() => call(constant(), r.box('s'))).toThrow(REASON);
    expect(asked).toBe(2);
  });
  test('judge effects, also where the path is labelled', () => {
    guard(label('secret'), deny);
    expect(() => r.rt.show(r.context, r.secret('s'), 0)).toThrow(REASON);
    const output = (path: Box): unknown =>
      r.rt.output(r.context, { dir: '/p', root: '/p' } as never, r.box('x'), { kind: 'file', path }, null, 0);
    expect(() => output(r.box('/p/f'))).not.toThrow();
    expect(() => output(r.secret('/p/f'))).toThrow(REASON);
  });
  test('on a label of the operation need no inputs (leak 12)', () => {
    guard(label('destructive'), deny);
    expect(() => call(r.exe('f', [], () => r.box('c'), { labels: ['destructive'] }))).toThrow(REASON);
  });
  test('on op:exe judge stages (leak 14)', () => {
    guard(operation('exe'), deny);
    const target = constant();
    const stage = { kind: 'call' as const, name: 'f', target: () => target, args: null, inputArg: false, site: 0 };
    expect(() => r.rt.pipe(r.context, { run: () => r.box('s'), retryable: false }, [stage], { site: 0 })).toThrow(
      REASON,
    );
  });
  test('on op:run judge js blocks (leak 15)', () => {
    guard(operation('run'), deny);
    expect(() => r.rt.jsBlock(r.context, false, 'm0', 0, [], 0)).toThrow(REASON);
  });
  test('match operations by prefix', () => {
    guard(operation('net'), deny);
    expect(() => call(r.exe('f', [], () => r.box('c'), { labels: ['net:w'] }))).toThrow(REASON);
  });
  test('on a function match its name', () => {
    guard({ kind: 'function', value: 'f' }, deny);
    expect(() => call(constant(), r.box('s'))).toThrow(REASON);
    expect(() => call(r.exe('g', [], () => r.box('c')))).not.toThrow();
  });
  test('judge effects', () => {
    guard(operation('show'), deny);
    expect(() => r.rt.show(r.context, r.box('s'), 0)).toThrow(REASON);
    expect(r.written('stdout')).toBe('');
  });
  test('judge the parts of a shown template', () => {
    guard(label('secret'), (c) => ({
      kind: 'allow',
      value: r.box(`<${String(c.guard!.input!.value)}>`),
      options: {},
      site: 0,
    }));
    r.rt.show(r.context, r.rt.parts(['a ', ''], [r.secret('s')]), 0);
    expect(r.written('stdout')).toBe('a <s>\n');
  });
  test('after an operation judge its result', () => {
    guard(label('secret'), deny, { timing: 'after' });
    expect(() => call(r.exe('f', [], () => r.secret('s')))).toThrow(REASON);
  });
  test('always run in both phases', () => {
    let runs = 0;
    guard(
      operation('exe'),
      doing(() => runs++, null),
      { timing: 'always' },
    );
    call(constant(), r.box('s'));
    expect(runs).toBe(2);
  });
  test('all run and a deny beats an allow, whatever the order', () => {
    guard(operation('exe'), deny);
    guard(operation('exe'), allow);
    expect(() => call(constant(), r.box('s'))).toThrow(REASON);
  });
  test('a deny beats a retry', () => {
    guard(operation('exe'), deny);
    guard(operation('exe'), () => ({ kind: 'retry', hint: 'again', site: 0 }));
    expect(() => call(constant(), r.box('s'))).toThrow(`Guard blocked operation: ${REASON}`);
  });
  test('a before guard cannot retry outside a pipeline', () => {
    guard(operation('exe'), () => ({ kind: 'retry', hint: 'again', site: 0 }));
    expect(() => call(constant(), r.box('s'))).toThrow('guard retry requires pipeline context');
  });
  test('an after guard retries three times at most', () => {
    let runs = 0;
    guard(operation('exe'), () => ({ kind: 'retry', hint: 'again', site: 0 }), { timing: 'after' });
    expect(() =>
      call(
        r.exe(
          'f',
          [],
          doing(() => runs++, r.box('c')),
        ),
      ),
    ).toThrow('Guard retry limit exceeded (3)');
    expect(runs).toBe(3);
  });
  test('a replacement is what runs, and keeps the mark', () => {
    guard(label('secret'), () => ({ kind: 'allow', value: r.box('clean'), options: {}, site: 0 }));
    const result = call(
      r.exe('f', ['x'], (_c, x) => x),
      r.secret('s'),
    );
    expect(result.value).toBe('clean');
    expect(labels(result)).toEqual(['secret']);
  });
  test('are not guarded themselves', () => {
    const helper = constant();
    guard(
      operation('exe'),
      doing((c) => r.rt.call(c, helper, 'f', [], 0), null),
    );
    expect(() => call(constant(), r.box('s'))).not.toThrow();
  });
  test('see streaming refused', () => {
    guard(operation('exe'), allow, { timing: 'after' });
    expect(() => r.rt.call(r.rt.streaming(r.context), constant(), 'f', [], 0)).toThrow(
      'Cannot run after-guards when streaming is enabled.',
    );
  });
  test('have unique names', () => {
    guard(operation('exe'), allow, { name: 'g' });
    expect(() => guard(operation('exe'), allow, { name: 'g' })).toThrow('Guard with name g already exists');
  });
  test('a denial is handled where the executable says so, with the guarded input', () => {
    guard(label('secret'), deny);
    const handles = r.exe('f', ['x'], (c) => r.box(c.guard?.mx.get('denied')?.value === true ? 'handled' : 'ran'), {
      handlesDenied: true,
    });
    expect(call(handles, r.secret('s')).value).toBe('handled');
    expect(r.written('stderr')).toContain(`[Guard Warning] ${REASON}`);
  });
  test('a denial inside a call that passed is handled by it', () => {
    guard(label('secret'), deny);
    const inner = constant();
    const handles = r.exe('g', [], (c) => (c.guard ? r.box('handled') : r.rt.call(c, inner, 'f', [r.secret('s')], 0)), {
      handlesDenied: true,
    });
    expect(call(handles).value).toBe('handled');
  });
  test('previews never show a secret', () => {
    guard(label('secret'), deny);
    try {
      call(constant(), r.secret('sss'));
    } catch (error) {
      expect(JSON.stringify((error as { info: { details: unknown } }).info.details)).toContain('[REDACTED]');
      expect(JSON.stringify((error as { info: { details: unknown } }).info.details)).not.toContain('sss');
    }
    expect.hasAssertions();
  });
});

describe('env actions', () => {
  const env =
    (value: unknown): Decide =>
    () => ({ kind: 'env', value: r.box(value), site: 0 });
  test('restrict the operation', () => {
    guard({ kind: 'function', value: 'f' }, env({ policy: { labels: { secret: { deny: ['op:exe'] } } } }));
    expect(() => call(constant(), r.secret('s'))).toThrow("Label 'secret' cannot flow to 'op:exe'");
    expect(() => call(constant(), r.box('s'))).not.toThrow();
  });
  test.each([[{ policy: 5 }], ['x'], [{}], [null]])('%j is refused', (value) => {
    guard({ kind: 'function', value: 'f' }, env(value));
    expect(() => call(constant(), r.box('s'))).toThrow('Guard env');
  });
});

describe('overrides', () => {
  const off = (value: unknown) => r.rt.overrideGuards(r.context, r.box(value), 0);
  test('are for the call, not for what it does', () => {
    guard({ kind: 'function', value: 'g' }, deny);
    const inner = r.exe('g', [], () => r.box('c'));
    const outer = r.exe('f', [], (c) => r.rt.call(c, inner, 'g', [], 0));
    expect(() => r.rt.call(off(false), outer, 'f', [], 0)).toThrow(REASON);
  });
  test('are not for hooks, whose code is guarded', () => {
    guard({ kind: 'function', value: 'g' }, deny);
    const inner = r.exe('g', [], () => r.box('c'));
    const seen: string[] = [];
    r.rt.registerHook({
      name: null,
      timing: 'before',
      filter: { kind: 'function', value: 'f' },
      site: 0,
      run: (c) => {
        try {
          return r.rt.call(c, inner, 'g', [], 0);
        } catch (error) {
          seen.push((error as Error).message);
          throw error;
        }
      },
    });
    r.rt.call(off(false), constant(), 'f', [r.box(1)], 0);
    call(constant(), r.box(1));
    expect(seen).toEqual([expect.stringContaining(REASON), expect.stringContaining(REASON)]);
  });
  test('false switches guards off', () => {
    guard(operation('exe'), deny);
    expect(() => r.rt.call(off(false), constant(), 'f', [], 0)).not.toThrow();
  });
  test('privileged guards stay', () => {
    guard(operation('exe'), deny, { privileged: true });
    expect(() => r.rt.call(off(false), constant(), 'f', [], 0)).toThrow(REASON);
  });
  test('only keeps the named, except drops them', () => {
    guard(operation('exe'), deny, { name: 'g' });
    expect(() => r.rt.call(off({ only: ['@g'] }), constant(), 'f', [], 0)).toThrow(REASON);
    expect(() => r.rt.call(off({ only: ['@h'] }), constant(), 'f', [], 0)).not.toThrow();
    expect(() => r.rt.call(off({ except: ['@g'] }), constant(), 'f', [], 0)).not.toThrow();
    expect(() => r.rt.call(off({ except: ['@h'] }), constant(), 'f', [], 0)).toThrow(REASON);
  });
  test('are refused where the project forbids them, guards or not', () => {
    r.state.bypass.allowed = false;
    expect(() => off(false)).toThrow('Guard bypass disabled');
    expect(() => off({ only: ['@g'] })).toThrow('Guard bypass disabled');
  });
  test.each([[true], ['x'], [{ only: ['@a'], except: ['@b'] }], [{ only: 'a' }], [{ only: ['a'] }], [{ only: ['@'] }]])(
    '%j is no override',
    (value) => {
      expect(() => off(value)).toThrow('Guard override');
    },
  );
});

describe('labels', () => {
  test('an executable cannot take protected labels away', () => {
    expect(() => r.rt.relabel(r.secret('s'), [{ op: 'remove', label: 'secret' }], 0)).toThrow(
      "Cannot remove protected label 'secret' without privilege",
    );
  });
  test('nor can a guard without privilege', () => {
    guard(label('secret'), () => ({
      kind: 'relabel',
      modifiers: [{ op: 'remove', label: 'secret' }],
      value: null,
      site: 0,
    }));
    expect(() => call(constant(), r.secret('s'))).toThrow("cannot remove protected label 'secret'");
  });
  test('a privileged guard can, and the ledger is told', () => {
    guard(
      label('secret'),
      () => ({ kind: 'relabel', modifiers: [{ op: 'remove', label: 'secret' }], value: null, site: 0 }),
      { privileged: true },
    );
    expect(labels(call(constant(), r.secret('s')))).toEqual([]);
    r.rt.show(r.context, r.box('x'), 0);
    expect(r.events().map(({ event }) => event)).toContain('bless');
  });
});

describe('hooks', () => {
  const hook = (timing: 'before' | 'after', run: () => Box): void =>
    r.rt.registerHook({ name: null, timing, filter: operation('exe'), site: 0, run });
  test('what they answer keeps the marks', () => {
    hook('after', () => r.box('clean'));
    expect(labels(call(constant(), r.secret('s')))).toEqual(['secret']);
    hook('before', () => r.box('clean'));
    expect(
      labels(
        call(
          r.exe('f', ['x'], (_c, x) => x),
          r.secret('s'),
        ),
      ),
    ).toEqual(['secret']);
  });
  test('what they put in the place of an input is guarded', () => {
    hook('before', () => r.secret('s'));
    guard(label('secret'), deny);
    expect(() => call(constant(), r.box('x'))).toThrow(REASON);
  });
  test('a failing hook does not stop the operation', () => {
    hook('before', () => {
      throw new Error('boom');
    });
    expect(call(constant(), r.box('x')).value).toBe('c');
  });
});

describe('policies', () => {
  const exfil = (more: object = {}): Box => r.exe('f', ['x'], () => r.box('c'), { labels: ['exfil'], ...more });
  const RULE = { defaults: { rules: ['no-secret-exfil'] } };
  test('are told to the host', () => {
    policy(RULE);
    expect(r.asked.map(({ op }) => op)).toContain('policy.add');
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

describe('defaults.unlabeled', () => {
  const unlabeled = (label: string) => r.rt.literalPolicy('d', r.box({ defaults: { unlabeled: label } }), 0);
  const made = (more: string[] = []): Box =>
    call(
      r.exe('f', ['x'], () => r.box('c')),
      r.labelled('x', ...more),
    );

  test('labels what executables answer, and no literals', () => {
    expect(labels(made())).toEqual([]);
    unlabeled('untrusted');
    expect(labels(made())).toEqual(['untrusted']);
    expect(labels(made(['pii']))).toEqual(['pii']);
    expect(labels(r.box('x'))).toEqual([]);
  });

  test('labels what code computes', () => {
    unlabeled('untrusted');
    expect(labels(r.rt.js('m', 0, [], 0))).toEqual(['untrusted']);
    expect(labels(r.rt.js('m', 0, [r.labelled('x', 'pii')], 0))).toEqual(['pii']);
  });

  test('stays among labelled data, where it decides', () => {
    unlabeled('untrusted');
    r.rt.literalPolicy('p', r.box({ labels: { untrusted: { deny: ['op:show'] } } }), 0);
    const mixed = r.rt.tpl(['', ' and ', ''], [made(), r.labelled('y', 'pii')]);
    expect(labels(mixed)).toEqual(['untrusted', 'pii']);
    expect(() => r.rt.show(r.context, mixed, 0)).toThrow("Label 'untrusted' cannot flow to 'op:show'");
  });

  test('of two policies trusts nothing that one does not', () => {
    unlabeled('trusted');
    const early = made();
    expect(labels(early)).toEqual(['trusted']);
    r.rt.literalPolicy(
      'p',
      r.box({ defaults: { unlabeled: 'untrusted' }, labels: { untrusted: { deny: ['op:show'] } } }),
      0,
    );
    expect(labels(made())).toEqual(['untrusted']);
    expect(() => r.rt.show(r.context, early, 0)).toThrow("Label 'untrusted' cannot flow to 'op:show'");
  });
});
