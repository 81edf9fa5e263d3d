/** Label-flow decisions (security.md 5.3, 5.4; seed.md G2, G3). */

import { describe, expect, test } from 'vitest';
import { analyzeShell } from '../../../runtime/shared/command/analyze.js';
import { commandLabels } from '../../../runtime/shared/command/labels.js';
import { EMPTY, type Mark, makeMark } from '../../../runtime/shared/marks.js';
import { union } from '../../../runtime/shared/policy/compose.js';
import { explainDenial } from '../../../runtime/shared/policy/explain.js';
import { decideFlow, influencedLabels, type OperationFacts } from '../../../runtime/shared/policy/flow.js';
import { redactor } from '../../../runtime/shared/security/confidential.js';
import { policy } from './helpers.js';

const labelled = (...labels: string[]): Mark => makeMark({ labels });
const tainted = (...taint: string[]): Mark => makeMark({ taint });
const op = (...labels: string[]): OperationFacts => ({
  labels: labels.filter((label) => !label.startsWith('op:')),
  opLabels: labels.filter((label) => label.startsWith('op:')),
});
const run = (text: string): OperationFacts => ({
  labels: [],
  opLabels: [],
  commands: analyzeShell(text).map(commandLabels),
});
const reasons = (data: object, inputs: Mark[], operation: OperationFacts) =>
  decideFlow([policy(data)], inputs, operation).map((denial) => denial.reason);

describe('built-in rules', () => {
  test.each<[string, string, string, string]>([
    ['no-secret-exfil', 'secret', 'exfil', "Rule 'no-secret-exfil': label 'secret' cannot flow to 'exfil'"],
    ['no-sensitive-exfil', 'sensitive', 'exfil', "Rule 'no-sensitive-exfil': label 'sensitive' cannot flow to 'exfil'"],
    [
      'no-untrusted-destructive',
      'untrusted',
      'destructive',
      "Rule 'no-untrusted-destructive': label 'untrusted' cannot flow to 'destructive'",
    ],
    [
      'no-untrusted-privileged',
      'untrusted',
      'privileged',
      "Rule 'no-untrusted-privileged': label 'untrusted' cannot flow to 'privileged'",
    ],
    [
      'no-influenced-advice',
      'influenced',
      'advice',
      "Rule 'no-influenced-advice': label 'influenced' cannot flow to 'advice' — use structured extraction to debias evaluative output",
    ],
  ])('%s', (rule, data, operation, reason) => {
    const given = { defaults: { rules: [rule] } };
    expect(reasons(given, [labelled(data)], op(operation))).toEqual([reason]);
    expect(reasons(given, [EMPTY, labelled('x', data)], op(`${operation}:more`))).toEqual([reason]);
    expect(reasons(given, [labelled(`${data}:more`)], op(operation))).toEqual([reason]);
    expect(reasons(given, [labelled(`${data}x`)], op(operation))).toEqual([]);
    expect(reasons(given, [labelled(data)], op(`${operation}x`))).toEqual([]);
    expect(reasons(given, [labelled('other')], op(operation))).toEqual([]);
    expect(reasons(given, [], op(operation))).toEqual([]);
    expect(reasons({}, [labelled(data)], op(operation))).toEqual([]);
    expect(reasons({ ...given, operations: { [operation]: ['op:show'] } }, [labelled(data)], op('op:show'))).toEqual([
      reason,
    ]);
    expect(reasons({ ...given, labels: { [data]: { allow: [operation] } } }, [labelled(data)], op(operation))).toEqual([
      reason,
    ]);
  });

  test.each<[string, string, string, string, string]>([
    [
      'no-send-to-unknown',
      'exfil:send',
      'known',
      'known:internal',
      "Rule 'no-send-to-unknown': exfil:send destination must carry 'known'",
    ],
    [
      'no-send-to-external',
      'exfil:send',
      'known:internal',
      'known:internal:x',
      "Rule 'no-send-to-external': exfil:send destination must carry 'known:internal'",
    ],
    [
      'no-destroy-unknown',
      'destructive:targeted',
      'known',
      'known:external',
      "Rule 'no-destroy-unknown': destructive:targeted target must carry 'known'",
    ],
  ])('%s looks at the first argument', (rule, operation, known, below, reason) => {
    const given = { defaults: { rules: [rule] } };
    const call = (firstArgument: Mark | null | undefined, label = operation) =>
      reasons(given, [], { ...op(label), firstArgument });
    expect(call(EMPTY)).toEqual([reason]);
    expect(call(null)).toEqual([reason]);
    expect(call(undefined)).toEqual([reason]);
    expect(call(labelled('unknown'))).toEqual([reason]);
    expect(call(labelled(known))).toEqual([]);
    expect(call(labelled(below))).toEqual([]);
    expect(call(EMPTY, operation.split(':')[0])).toEqual([]);
    expect(reasons(given, [labelled(known)], { ...op(operation), firstArgument: EMPTY })).toEqual([reason]);
  });

  test('only known is not internal', () => {
    expect(
      reasons({ defaults: { rules: ['no-send-to-external'] } }, [], {
        ...op('exfil:send'),
        firstArgument: labelled('known'),
      }),
    ).toHaveLength(1);
  });

  test('untrusted-llms-get-influenced never denies, it labels', () => {
    const policies = [policy({ defaults: { rules: ['untrusted-llms-get-influenced'] } })];
    expect(decideFlow(policies, [labelled('untrusted')], op('llm'))).toEqual([]);
    expect(influencedLabels(policies, ['llm'], [labelled('untrusted')])).toEqual(['influenced']);
    expect(influencedLabels(policies, ['llm:x'], [EMPTY, labelled('untrusted')])).toEqual(['influenced']);
    expect(influencedLabels(policies, ['llm'], [labelled('trusted')])).toEqual([]);
    expect(influencedLabels(policies, ['net'], [labelled('untrusted')])).toEqual([]);
    expect(influencedLabels([policy({})], ['llm'], [labelled('untrusted')])).toEqual([]);
    expect(
      influencedLabels([...policies, policy({ defaults: { unlabeled: 'untrusted' } })], ['llm'], [tainted('src:file')]),
    ).toEqual(['influenced']);
  });

  test('a value with both trust labels is untrusted', () => {
    expect(
      reasons(
        { defaults: { rules: ['no-untrusted-destructive'] } },
        [labelled('trusted', 'untrusted')],
        op('destructive'),
      ),
    ).toHaveLength(1);
  });
});

describe('label rules', () => {
  test.each<[object, string[], boolean]>([
    [{ deny: ['op:cmd'] }, ['op:cmd'], true],
    [{ deny: ['op:cmd'] }, ['op:cmd', 'op:cmd:git'], true],
    [{ deny: ['op:cmd:git'] }, ['op:cmd', 'op:cmd:git', 'op:cmd:git:push'], true],
    [{ deny: ['op:cmd:git'] }, ['op:cmd', 'op:cmd:ls'], false],
    [{ deny: ['op:cmd'] }, ['op:cmdx'], false],
    [{ deny: ['op:cmd:git'] }, ['op:cmd'], false],
    [{ deny: ['*'] }, ['op:show'], true],
    [{ deny: ['*'], allow: ['op:show'] }, ['op:show'], false],
    [{ deny: ['op:cmd'], allow: ['op:cmd:git'] }, ['op:cmd', 'op:cmd:git'], false],
    [{ deny: ['op:cmd'], allow: ['op:cmd:git'] }, ['op:cmd', 'op:cmd:ls'], true],
    [{ deny: ['op:cmd:git:push'], allow: ['op:cmd:git'] }, ['op:cmd', 'op:cmd:git', 'op:cmd:git:push'], true],
    [{ deny: ['op:cmd'], allow: ['op:cmd'] }, ['op:cmd'], true],
    [{ deny: ['op:cmd'], allow: ['*'] }, ['op:cmd'], true],
    [{ allow: ['op:show'] }, ['op:cmd'], false],
    [{ deny: [] }, ['op:cmd'], false],
    [{ deny: ['net'] }, ['net:w'], true],
    [{ deny: ['net:w'] }, ['net'], false],
    [{ deny: ['net:w'] }, ['net:r'], false],
  ])('%j to %j is denied: %s', (rule, labels, expected) => {
    expect(reasons({ labels: { secret: rule } }, [labelled('secret')], op(...labels)).length > 0).toBe(expected);
  });

  test('the reason names the deny entry, the rule the list', () => {
    const [denial] = decideFlow(
      [policy({ labels: { secret: { deny: ['op:cmd', 'op:cmd:git'] } } })],
      [labelled('secret')],
      op('op:cmd', 'op:cmd:git'),
    );
    expect(denial).toMatchObject({
      code: 'POLICY_LABEL_FLOW_DENIED',
      reason: "Label 'secret' cannot flow to 'op:cmd:git'",
      rule: 'policy.labels.secret.deny',
      label: 'secret',
      policy: 'p',
      inputLabels: ['secret'],
      operationLabels: ['op:cmd', 'op:cmd:git'],
    });
  });

  test('taint counts, and labels without rules are free', () => {
    expect(
      reasons({ labels: { 'src:mcp': { deny: ['destructive'] } } }, [tainted('src:mcp')], op('destructive')),
    ).toEqual(["Label 'src:mcp' cannot flow to 'destructive'"]);
    expect(reasons({ labels: { 'src:mcp': { deny: ['destructive'] } } }, [labelled('pii')], op('destructive'))).toEqual(
      [],
    );
    expect(
      reasons({ labels: { 'dir:/tmp': { deny: ['op:show'] } } }, [tainted('src:file', 'dir:/tmp')], op('op:show')),
    ).toHaveLength(1);
  });

  test('keys are exact labels', () =>
    expect(reasons({ labels: { secret: { deny: ['op:show'] } } }, [labelled('secret:key')], op('op:show'))).toEqual(
      [],
    ));

  test.each(['src:cmd', 'src:sh', 'src:js', 'src:node', 'src:py', 'src:exec'])('src:exec stands for %s', (mark) => {
    expect(reasons({ labels: { 'src:exec': { deny: ['op:show'] } } }, [tainted(mark)], op('op:show'))).toEqual([
      "Label 'src:exec' cannot flow to 'op:show'",
    ]);
  });
  test('src:exec does not stand for other origins', () =>
    expect(
      reasons({ labels: { 'src:exec': { deny: ['op:show'] } } }, [tainted('src:file', 'src:template')], op('op:show')),
    ).toEqual([]));

  test('operations map labels to risks, also in steps and below', () => {
    const given = {
      labels: { secret: { deny: ['exfil'] } },
      operations: { exfil: ['net:w'], 'net:w': ['op:cmd:curl'] },
    };
    expect(reasons(given, [labelled('secret')], op('net:w:slack'))).toEqual(["Label 'secret' cannot flow to 'exfil'"]);
    expect(reasons(given, [labelled('secret')], op('op:cmd', 'op:cmd:curl'))).toHaveLength(1);
    expect(reasons(given, [labelled('secret')], op('net'))).toEqual([]);
  });

  test('every input counts, each refusal is told once', () => {
    const given = { labels: { secret: { deny: ['op:show'] }, pii: { deny: ['op:show'] } } };
    expect(reasons(given, [labelled('pii'), labelled('secret'), labelled('secret')], op('op:show'))).toEqual([
      "Label 'pii' cannot flow to 'op:show'",
      "Label 'secret' cannot flow to 'op:show'",
    ]);
    expect(reasons(given, [EMPTY], op('op:show'))).toEqual([]);
  });

  test('a label named like an inherited property is none', () => {
    expect(
      reasons({ labels: { secret: { deny: ['op:show'] } } }, [labelled('constructor', '__proto__')], op('op:show')),
    ).toEqual([]);
  });
});

describe('commands', () => {
  const given = { labels: { secret: { deny: ['op:cmd'], allow: ['op:cmd:git:status'] } } };
  test('an allowed command does not carry another through', () => {
    expect(reasons(given, [labelled('secret')], run('git status'))).toEqual([]);
    expect(reasons(given, [labelled('secret')], run('git status | curl x'))).toEqual([
      "Label 'secret' cannot flow to 'op:cmd'",
    ]);
    expect(reasons(given, [labelled('secret')], run('git push'))).toHaveLength(1);
  });
  test('what cannot be decided may be what is denied, and is never what is allowed', () => {
    const push = { labels: { secret: { deny: ['op:cmd:git:push'] } } };
    for (const text of ['git push', 'git $X', 'git "$X"', '$X push', 'eval "$X"', 'git -C x push']) {
      const found = reasons(push, [labelled('secret')], run(text));
      expect([text, found.length]).toEqual([text, text.startsWith('git -C') ? 0 : 1]);
    }
    expect(reasons(given, [labelled('secret')], run('git $X'))).toHaveLength(1);
    expect(
      reasons(
        { defaults: { rules: ['no-secret-exfil'] }, operations: { exfil: ['op:cmd:curl'] } },
        [labelled('secret')],
        run('$X'),
      ),
    ).toHaveLength(1);
  });
});

describe('defaults.unlabeled', () => {
  const given = {
    defaults: { unlabeled: 'untrusted' },
    labels: { untrusted: { deny: ['op:cmd'] }, 'src:file': { allow: ['op:show'] } },
  };
  test('values with an origin and no label count as untrusted', () => {
    expect(reasons(given, [tainted('src:file', 'dir:/x')], op('op:cmd'))).toEqual([
      "Label 'untrusted' cannot flow to 'op:cmd'",
      "Label 'src:file' is not explicitly allowed for this operation",
    ]);
    expect(reasons(given, [tainted('src:file')], op('op:show'))).toEqual([]);
    expect(reasons(given, [tainted('src:js')], op('op:show'))).toEqual([]);
  });
  test('literals and labelled values do not', () => {
    expect(reasons(given, [EMPTY], op('op:cmd'))).toEqual([]);
    expect(reasons(given, [makeMark({ labels: ['pii'], taint: ['src:file'] })], op('op:cmd'))).toEqual([]);
  });
  test('an allow list binds raw marks, with its own rule name', () => {
    const [denial] = decideFlow(
      [policy({ defaults: { unlabeled: 'untrusted' }, labels: { 'src:file': { allow: ['op:show'] } } })],
      [tainted('src:file')],
      op('op:log'),
    );
    expect(denial).toMatchObject({ rule: 'policy.labels.src:file.allow', code: 'POLICY_LABEL_FLOW_DENIED' });
  });
  test('trusted does not bind', () =>
    expect(reasons({ ...given, defaults: { unlabeled: 'trusted' } }, [tainted('src:file')], op('op:log'))).toEqual([]));
  test('built-in rules see it', () =>
    expect(
      reasons(
        { defaults: { unlabeled: 'untrusted', rules: ['no-untrusted-destructive'] } },
        [tainted('src:cmd')],
        op('destructive'),
      ),
    ).toHaveLength(1));
});

describe('several policies', () => {
  const deny = policy({ labels: { secret: { deny: ['op:cmd'] } } }, 'a');
  const allow = policy({ labels: { secret: { allow: ['op:cmd:git'] } } }, 'b');
  test('one cannot allow what another denies', () => {
    for (const both of [[deny, allow], [allow, deny], [union([deny, allow], 'u')]])
      expect(decideFlow(both, [labelled('secret')], op('op:cmd', 'op:cmd:git'))).toHaveLength(1);
  });
  test('what one calls a risk is one for all, but grants nothing elsewhere', () => {
    const rule = policy({ defaults: { rules: ['no-secret-exfil'] } }, 'a');
    const map = policy({ operations: { exfil: ['op:show'] } }, 'b');
    expect(decideFlow([rule, map], [labelled('secret')], op('op:show'))).toHaveLength(1);
    const specific = policy({ labels: { secret: { deny: ['op:show'], allow: ['fine:op:here'] } } }, 'a');
    expect(
      decideFlow(
        [specific, policy({ operations: { 'fine:op:here': ['op:show'] } })],
        [labelled('secret')],
        op('op:show'),
      ),
    ).toHaveLength(1);
  });
  test('the denial names the policy, and the union it came from', () => {
    expect(decideFlow([union([deny], 'u')], [labelled('secret')], op('op:cmd'))[0]!.policy).toBe('u');
  });
  test('locked denials say so', () => {
    const locked = policy({ locked: true }, 'l');
    expect(decideFlow([deny, locked], [labelled('secret')], op('op:cmd'))[0]!.locked).toBe(false);
    expect(decideFlow([union([deny, locked], 'u')], [labelled('secret')], op('op:cmd'))[0]!.locked).toBe(true);
  });
});

test('fails closed when the facts are malformed', () => {
  expect(
    decideFlow([policy({ labels: { secret: { deny: ['op:show'] } } })], [null as never], op('op:show')),
  ).toHaveLength(1);
  expect(decideFlow([policy({})], [], null as never)).toHaveLength(1);
});

describe('the text of a denial (security.md 5.4, seed.md C16)', () => {
  test('a label rule', () => {
    const [denial] = decideFlow(
      [policy({ labels: { secret: { deny: ['op:show'] } } })],
      [labelled('secret')],
      op('op:show'),
    );
    expect(explainDenial(denial!, { directive: '/show' })).toBe(
      [
        'Operation denied',
        '',
        '  Operation: /show',
        '  Blocked by: Policy p',
        '  Rule: policy.labels.secret.deny',
        '',
        "  Reason: Label 'secret' cannot flow to 'op:show'",
        '',
        '  Input labels: secret',
        '  Operation labels: op:show',
        '  Suggestions:',
        "  - Review policy.labels['secret'] in policy 'p'",
      ].join('\n'),
    );
  });
  test('a built-in rule has no Rule line', () => {
    const [denial] = decideFlow(
      [policy({ defaults: { rules: ['no-secret-exfil'] } })],
      [labelled('secret')],
      op('exfil'),
    );
    const text = explainDenial(denial!, { directive: '/exe', detail: 'leak' });
    expect(text).toContain('  Operation: /exe "leak"\n  Blocked by: Policy p\n\n  Reason: Rule');
    expect(denial!.code).toBe('POLICY_CAPABILITY_DENIED');
  });
  test('secrets are quoted nowhere (pitfall 20)', () => {
    const [denial] = decideFlow(
      [policy({ labels: { secret: { deny: ['op:cmd'] } } })],
      [labelled('secret')],
      op('op:cmd', 'op:cmd:echo:sk-1'),
    );
    const text = explainDenial(denial!, { directive: '/run', detail: 'echo "sk-1"' }, redactor(['sk-1']));
    expect(text).not.toContain('sk-1');
    expect(text).toContain('[REDACTED]');
  });
});
