/** Labels of values: each join, each way to set and lose one, by itself. */

import { describe, expect, test } from 'vitest';
import type { Box } from '../../../../runtime/guest/box.js';
import { call, constant, doing, guard, label, labels, r } from './setup.js';

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

describe('labels', () => {
  test('an executable cannot take protected labels away', () => {
    expect(() => r.rt.relabel(r.context, r.secret('s'), [{ op: 'remove', label: 'secret' }], 0)).toThrow(
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
