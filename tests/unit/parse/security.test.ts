import { describe, expect, it } from 'vitest';
import { errors, inBlock, literal, ref, statement, value } from './helpers.js';

describe('guards (security.md 3.1)', () => {
  it.each([
    [
      'guard before secret = when [ * => allow ]',
      { name: null, timing: 'before', filter: { kind: 'label', label: 'secret' } },
    ],
    ['guard @g before secret = when [ * => allow ]', { name: { name: 'g' }, timing: 'before' }],
    [
      'guard before @g for secret = when [ * => allow ]',
      { name: { name: 'g' }, timing: 'before', filter: { label: 'secret' } },
    ],
    ['guard @g for secret = when [ * => allow ]', { name: { name: 'g' }, timing: 'before' }],
    ['guard for secret = when [ * => allow ]', { name: null, timing: 'before' }],
    ['guard after net:w = when [ * => allow ]', { timing: 'after', filter: { label: 'net:w' } }],
    [
      'guard always op:exe = when [ * => allow ]',
      { timing: 'always', filter: { kind: 'operation', operation: 'exe' } },
    ],
    ['guard before op:cmd:git:status = when [ * => allow ]', { filter: { operation: 'cmd:git:status' } }],
    [
      'guard before op:cmd:git:push:origin:main = when [ * => allow ]',
      { filter: { operation: 'cmd:git:push:origin:main' } },
    ],
    [
      'guard before @send = when [ * => allow ]',
      { name: null, filter: { kind: 'function', path: ['send'], prefix: null } },
    ],
    ['guard @g before @ns.tool = when [ * => allow ]', { name: { name: 'g' }, filter: { path: ['ns', 'tool'] } }],
    ['guard before src:mcp = when first [ * => allow ]', { filter: { label: 'src:mcp' } }],
    ['guard before dir:/tmp = when [ * => allow ]', { filter: { label: 'dir:/tmp' } }],
    ['guard privileged @g before secret = when [ * => allow ]', { privileged: true }],
    ['guard before secret = when [ * => allow ] with { privileged: true }', { privileged: true }],
    ['guard before secret = when [ * => allow ]', { privileged: false }],
  ])('%s', (source, expected) => {
    expect(statement(source)).toMatchObject({ type: 'GuardStatement', ...expected });
  });

  it('have local variables, conditions and a default', () => {
    const { body } = statement(
      'guard before secret = when [ let @y = 1; @y == 1 => allow\n @z\n => deny "no"\n * => allow ]',
    );
    expect(body.map((entry: { type: string }) => entry.type)).toEqual([
      'LetStatement',
      'GuardRule',
      'GuardRule',
      'GuardRule',
    ]);
    expect(body[1].test.type).toBe('BinaryExpression');
    expect(body[3].test).toBeNull();
  });

  it.each([
    ['allow', { kind: 'allow', value: null, with: null }],
    ['allow @x', { kind: 'allow', value: ref('x'), with: null }],
    ['allow `a @x`', { kind: 'allow', value: { type: 'Template' } }],
    ['allow with { warning: "w" }', { kind: 'allow', value: null, with: { entries: [{ key: 'warning' }] } }],
    [
      'allow @x with { addLabels: ["a"] }',
      { kind: 'allow', value: ref('x'), with: { entries: [{ key: 'addLabels' }] } },
    ],
    ['deny "no @x \\"q\\""', { kind: 'deny', reason: 'no @x "q"' }],
    ["retry 'again'", { kind: 'retry', hint: 'again' }],
    ['env @cfg', { kind: 'env', value: ref('cfg') }],
    ['env { tools: [] }', { kind: 'env', value: { type: 'ObjectLiteral' } }],
    ['trusted! @output', { kind: 'relabel', modifiers: [{ op: 'bless', label: 'trusted' }], value: ref('output') }],
    ['trusted!,!secret @output', { kind: 'relabel', modifiers: [{ op: 'bless' }, { op: 'remove', label: 'secret' }] }],
    ['clear! @output', { kind: 'relabel', modifiers: [{ op: 'clear' }] }],
    ['pii @output', { kind: 'relabel', modifiers: [{ op: 'add', label: 'pii' }] }],
  ])('may %s', (source, expected) => {
    expect(statement(`guard before secret = when [ * => ${source} ]`).body[0].action).toMatchObject(expected);
  });

  it.each([
    ['* => deny', 'Guard deny actions require a quoted reason: deny "reason"'],
    ['* => deny @x', 'Guard deny actions require a quoted reason: deny "reason"'],
    ['* => retry', 'Guard retry actions require a hint: retry "hint"'],
    ['* => show "x"', 'Expected a guard action, but found "show"'],
    [
      '* => allow ] with { privileged: false }',
      'Guard privilege clause only supports true. Use: with { privileged: true }',
    ],
  ])('refuse %s', (source, message) => {
    expect(errors(`guard before secret = when [ ${source} ]`)[0]?.message).toBe(message);
  });
});

describe('hooks (security.md 11)', () => {
  it.each([
    [
      'hook before untrusted = [ log "x" ]',
      { name: null, timing: 'before', filter: { kind: 'label' }, body: { type: 'BlockExpression' } },
    ],
    [
      'hook @h after @f("prefix") = when [ * => @output ]',
      { name: { name: 'h' }, filter: { path: ['f'], prefix: 'prefix' }, body: { type: 'WhenExpression' } },
    ],
    [
      'hook @h before op:for:iteration = @log(@input)',
      { filter: { operation: 'for:iteration' }, body: { type: 'Reference' } },
    ],
    ['hook after @f = [ append `x` to "f" ]', { timing: 'after', body: { body: [{ type: 'AppendStatement' }] } }],
  ])('%s', (source, expected) => {
    expect(statement(source)).toMatchObject({ type: 'HookStatement', ...expected });
  });
});

describe('policies and needs (security.md 5, 6, seed.md 5)', () => {
  it.each([
    ['policy @p = { deny: { sh: true } }', 'p'],
    ['/policy { deny: { sh } }', null],
    ['policy @p = { deny: { sh } }', 'p'],
  ])('%s', (source, name) => {
    expect(statement(source)).toMatchObject({
      name: name && { name },
      value: { members: [{ key: 'deny', value: { members: [{ key: 'sh', value: literal(true) }] } }] },
    });
  });

  it('unite', () => {
    expect(statement('policy @p = union(@a, @b.c)').value).toMatchObject({ type: 'PolicyUnion', refs: [ref('a'), {}] });
    expect(statement('policy @p = union()').value.refs).toEqual([]);
  });

  it('refer to variables and contain every kind of value', () => {
    const source =
      'policy @p = { allow: ["cmd:git:*", @x], limits: { timeout: 5 }, labels: @l, default: deny, ...@base }';
    expect(statement(source).value.members.map((m: { value: { type: string } }) => m.value.type)).toEqual([
      'ArrayLiteral',
      'ObjectLiteral',
      'Reference',
      'Literal',
      'Reference',
    ]);
  });

  it('need capabilities in bare words', () => {
    const { members } = statement(
      '/needs { sh, cmd: [git, curl], keychain, node: [npm@^1.2, fs], git: { flags: [--force] }, jq: * }',
    ).value;
    expect(members.map((m: { key: string }) => m.key)).toEqual(['sh', 'cmd', 'keychain', 'node', 'git', 'jq']);
    expect(members[0].value).toEqual(literal(true));
    expect(members[1].value.elements).toEqual([
      { value: literal('git'), optional: false },
      { value: literal('curl'), optional: false },
    ]);
    expect(members[3].value.elements[0].value).toEqual(literal('npm@^1.2'));
    expect(members[4].value.members[0].value.elements[0].value).toEqual(literal('--force'));
    expect(members[5].value).toEqual(literal('*'));
    expect(statement('/needs { }').value.members).toEqual([]);
  });

  it('want tiers', () => {
    expect(statement('/wants [ { tier: "x", keychain }, { tier: "y", why: "z" } ]').value.elements).toMatchObject([
      { value: { members: [{ key: 'tier' }, { key: 'keychain', value: literal(true) }] } },
      { value: { members: [{ key: 'tier' }, { key: 'why' }] } },
    ]);
    expect(statement('/wants [ ]').value.elements).toEqual([]);
  });

  it('have profiles', () => {
    expect(
      statement('profiles { full: { requires: { sh, cmd: [echo] }, description: "d" }, low: { requires: { } } }').value
        .members,
    ).toHaveLength(2);
  });

  it.each([
    ['policy p = {}', 'policy-syntax'],
    ['policy @p = @x', 'policy-value'],
    ['needs git', 'needs-object'],
    ['wants { sh }', 'wants-array'],
    ['profiles []', 'profiles-object'],
    ['policy @p = { deny: { sh ', 'unclosed-object'],
  ])('refuse %s', (source, code) => {
    expect(errors(source)[0]?.code).toBe(code);
  });

  it('leave bare words to configuration', () => {
    expect(errors('var @o = { sh }')[0]?.code).toBe('object-closer');
  });
});

describe('credentials and signatures (security.md 7.1, 10.3)', () => {
  it.each([
    ['auth @n = "ENV"', { type: 'AuthStatement', value: { type: 'Template' } }],
    ['auth @n = { from: "keychain:s/a", as: "ENV" }', { value: { type: 'ObjectLiteral' } }],
    ['sign @v with sha256', { type: 'SignStatement', by: null, method: 'sha256' }],
    ['sign @v by "who" with sha256', { by: { type: 'Template' } }],
    ['verify @v', { type: 'VerifyStatement', name: { name: 'v' } }],
  ])('%s', (source, expected) => {
    expect(statement(source)).toMatchObject(expected);
  });
});

describe('box and env (security.md 9.1)', () => {
  it.each([
    ['box [ show "x" ]', { keyword: 'box', config: null, with: null }],
    ['box @cfg [ show "x" ]', { config: ref('cfg') }],
    ['box { tools: ["Read"] } [ show "x" ]', { config: { type: 'ObjectLiteral' } }],
    [
      'box @cfg with { tools: @t, profile: "p" } [ show "x" ]',
      { with: { entries: [{ key: 'tools' }, { key: 'profile' }] } },
    ],
    ['env @cfg [ run cmd { ls } ]', { keyword: 'env', config: ref('cfg') }],
    ['env { tools: [] } [ show "x" ]', { keyword: 'env' }],
  ])('%s', (source, expected) => {
    expect(statement(source)).toMatchObject({ type: 'BoxStatement', box: expected });
    expect(value(source)).toMatchObject({ type: 'BoxExpression', ...expected });
    expect(inBlock(source).type).toBe('BoxStatement');
  });

  it('have a block', () => {
    expect(errors('box @x show "y"')[0]?.code).toBe('box-block');
  });
});
