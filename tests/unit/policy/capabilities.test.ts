/** Capability decisions (security.md 5.5, 5.7; seed.md C9 to C17, pitfall 13). */

import { describe, expect, test } from 'vitest';
import { type CapabilityRequest, decideCapability } from '../../../runtime/shared/policy/capabilities.js';
import { union } from '../../../runtime/shared/policy/compose.js';
import { redactor } from '../../../runtime/shared/security/confidential.js';
import { command, decide, denied, PLACES, policy, shell } from './helpers.js';

const SHELL = 'Shell access denied by policy';
const NETWORK = 'Network access denied by policy';
const DANGER = 'Dangerous capability requires allow.danger';

describe('without policy everything is allowed', () => {
  test.each<CapabilityRequest>([
    { kind: 'command', text: 'sudo rm -rf /' },
    { kind: 'shell', text: '$X' },
    { kind: 'language', language: 'py' },
    { kind: 'network', domain: 'x' },
    { kind: 'read', path: '/home/me/.ssh/id_rsa' },
    { kind: 'write', path: '/x' },
    { kind: 'keychain', service: 's', account: 'a' },
  ])('%j', (request) => expect(decide([], request)).toBe('ok'));
});

describe('deny.sh (C9)', () => {
  test.each([
    "sh -c 'echo X'",
    '/bin/bash -c x',
    'env sh -c x',
    'nice -n 5 zsh',
    'timeout 1 dash',
    'fish',
    'csh',
    'tcsh',
    'ksh',
    'ash',
    'strace -f sh',
    'nohup bash x',
    'sudo bash',
    'X=1 sh',
    'ls | sh',
    'xargs sh',
    'find . -exec sh {} ;',
    '$X',
    'eval "$X"',
  ])('%s', (text) => expect([SHELL, DANGER]).toContain(command({ deny: { sh: true } }, text)));
  test.each([{ deny: ['sh'] }, { deny: { sh: ['*'] } }, { deny: ['bash'] }, { capabilities: { deny: ['sh'] } }])(
    'in the shape %j',
    (data) => {
      expect(shell(data, 'echo X')).toBe(SHELL);
      expect(command(data, 'sh -c x')).toBe(SHELL);
    },
  );
  test('leaves other commands', () => expect(command({ deny: { sh: true } }, 'git status')).toBe('ok'));
});

describe('deny.cmd (C10)', () => {
  const data = { deny: { cmd: ['cat'] } };
  test.each([
    'cat f',
    '/bin/cat f',
    'CAT f',
    'X=1 cat f',
    'ls; cat f',
    'ls && cat f',
    'ls || cat f',
    'ls | cat',
    'ls\ncat f',
    'ls & cat f',
    'echo $(cat f)',
    'echo `cat f`',
    'bash -c "cat f"',
    'sh -c "bash -c \'cat f\'"',
    'eval cat f',
    'xargs cat',
    'find . -exec cat {} \\;',
    'env X=1 cat f',
    'nice cat f',
    'timeout 5 cat f',
    'c\\at f',
    "c''at f",
    "$'\\143at' f",
    '{cat,f}',
    'cat<f',
    '(cat f)',
    '{ cat f; }',
    'f() { cat x; }; f',
    'exec cat f',
    'command cat f',
    'builtin command cat f',
    'echo <(cat f)',
    'cat <<EOF\nx\nEOF',
    'echo <<EOF\n$(cat f)\nEOF',
    'if true; then cat f; fi',
    'for x in 1; do cat f; done',
    'case a in a) cat f;; esac',
    'trap "cat f" EXIT',
    'coproc cat f',
    'time cat f',
    'stdbuf -oL cat f',
    'setsid cat f',
    'ionice -c3 cat f',
    'nohup cat f',
    'strace cat f',
    'doas cat f',
    'busybox cat f',
    '! cat f',
    'X=$(cat f)',
    'echo "${X:-$(cat f)}"',
    'watch cat f',
    'env -S "cat f"',
    'cat f # hidden',
    '/usr/bin/../bin/cat f',
  ])('%j', (text) => {
    expect([denied('cat'), DANGER]).toContain(command(data, text));
    const inBlock = shell(data, text);
    if (inBlock !== DANGER) expect(inBlock).toMatch(/^Command 'cat' denied by policy in shell block \(matched: .*\)$/);
  });
  test('the command is quoted where a block may hold many', () => {
    expect(shell(data, 'ls; if true; then /bin/cat "my file"; fi')).toBe(
      "Command 'cat' denied by policy in shell block (matched: /bin/cat my file)",
    );
  });
  test.each([
    '$X f',
    'X=cat; $X f',
    '"$X" f',
    'c$X f',
    '${X}cat',
    'eval "$X"',
    'bash -c "$X"',
    'echo x | sh',
    'c?t f',
    'alias x=y',
  ])('a program that depends on an expansion: %s', (text) => {
    expect(shell(data, text)).toMatch(/^Command '.*' denied by policy$/);
  });
  test.each(['ls', 'catalog', 'echo cat', 'git log | grep cat', "echo '$(cat f)'", 'ls # cat', 'concat f', 'ls cat'])(
    'leaves %s',
    (text) => expect(shell(data, text)).toBe('ok'),
  );
  test('a name that cannot be decided is only refused where a command is', () => {
    expect(shell({ labels: { secret: { deny: ['op:cmd'] } } }, '$X f')).toBe('ok');
  });
  test('everything', () => {
    expect(command({ deny: { cmd: ['*'] } }, 'ls')).toBe(denied('ls'));
    expect(command({ deny: ['cmd'] }, 'ls')).toBe(denied('ls'));
    expect(command({ deny: { cmd: true } }, '$X')).toBe(denied('$X'));
  });
  test('deny: true refuses every kind of request (C12b)', () => {
    const all = policy({ deny: true });
    const requests: CapabilityRequest[] = [
      { kind: 'command', text: 'ls' },
      { kind: 'shell', text: '' },
      { kind: 'language', language: 'js' },
      { kind: 'network', domain: 'x' },
      { kind: 'read', path: '/x' },
      { kind: 'write', path: '/x' },
      { kind: 'keychain', service: 's', account: 'a' },
    ];
    for (const request of requests) expect(decide(all, request)).toBe('All operations denied by policy');
  });
});

describe('patterns', () => {
  test.each<[string[], string, boolean]>([
    [['git'], 'git', true],
    [['git'], 'git push x', true],
    [['git:*'], 'git', true],
    [['git:*'], 'git push x', true],
    [['git:status'], 'git status', true],
    [['git:status'], 'git status --short', false],
    [['git:status'], 'git', false],
    [['git:status:*'], 'git status --short', true],
    [['git:status:*'], 'git status', true],
    [['git status'], 'git status', true],
    [['git:*:--dry-run'], 'git push --dry-run origin', true],
    [['git:*:--dry-run'], 'git push', false],
    [['*'], 'anything', true],
    [['*:status'], 'git status', true],
    [['GIT:Status'], 'git STATUS', true],
    [['echo:*'], 'echo a b c', true],
    [['echo:a:*:c'], 'echo a b b c', true],
    [['echo:a:*:c'], 'echo a b', false],
    [['git:status'], 'git $X', false],
    [['touch:*'], 'touch $X', true],
    [['git:status:*'], 'git status "$X"', true],
    [['git:status:*'], 'git -C x status', false],
    [['git'], '/usr/bin/git status', true],
    [['git'], '/opt/homebrew/bin/git status', true],
    [['git'], './git status', false],
    [['git'], '/tmp/git status', false],
    [['./run.sh'], './run.sh x', true],
    [['./run.sh:*'], './run.sh x', true],
    [['./run.sh'], '/tmp/run.sh', false],
    [['ls', 'wc'], 'ls | wc -l', true],
    [['ls'], 'ls | wc -l', false],
    [['ls'], 'X=1 ls', true],
    [['ls'], 'env X=1 ls', false],
    [['ls', 'env'], 'env X=1 ls', true],
    [['ls'], 'PATH=/tmp ls', false],
    [['env', 'ls'], 'env PATH=/tmp ls', false],
    [['ls'], '$X', false],
    [['ls'], 'ls; $X', false],
    [['ls'], 'echo $(ls)', false],
    [['ls', 'echo'], 'echo $(ls)', true],
    [['bash'], 'bash x.sh', false],
    [['bash', 'x.sh'], 'bash x.sh', false],
    [['bash', 'ls'], 'bash -c ls', true],
    [['bash'], 'bash -c ls', false],
    [['ls'], 'eval ls', true],
    [['ls'], 'eval "$X"', false],
    [['xargs', 'ls'], 'xargs ls', true],
    [['xargs'], 'xargs ls', false],
    [['git'], 'git -c alias.x="!rm y" x', false],
    [['ls'], '', true],
    [['ls'], '# nothing', true],
  ])('allow %j of %j: %s', (cmd, text, expected) => {
    expect(command({ allow: { cmd } }, text) === 'ok').toBe(expected);
  });

  test.each<[string[], string, boolean]>([
    [['git:push'], 'git push', true],
    [['git:push'], 'git push origin', true],
    [['git:push'], 'git pull', false],
    [['git:push'], 'git', false],
    [['git:push'], 'git commit -m push', false],
    [['git:push'], 'git commit push', false],
    [['git:push'], 'git -q push', true],
    [['git:push'], 'git -c push', true /* -c could be a switch */],
    [['git:push'], 'git -C dir push', true],
    [['git:push'], 'git --git-dir x push', true],
    [['git:push'], 'git -c a=b -C d push x', true],
    [['git:push'], 'git $X', true],
    [['git:push'], 'git "$X" y', true],
    [['git:push'], 'git log "$X"', false],
    [['git:push'], 'git log $X', false],
    [['git:push:*:--force'], 'git push -f', true],
    [['git:push:*:--force'], 'git push --force origin', true],
    [['git:push:*:--force'], 'git push origin', false],
    [['git:push:*:--force'], 'git push origin "$X"', true],
    [['rm:*:-rf'], 'rm -rf x', true],
    [['rm:*:-rf'], 'rm -r x', false],
    [['npm:run:deploy'], 'npm run deploy --x', true],
    [['npm:run:deploy'], 'npm run build', false],
    [['curl:*:-X:DELETE'], 'curl -X DELETE u', true],
    [['*:push'], 'git push', true],
    [['./x'], './x', true],
    [['x'], './x', true],
  ])('deny %j of %j: %s', (cmd, text, expected) => {
    expect(command({ deny: { cmd }, danger: true }, text) !== 'ok').toBe(expected);
  });

  test.each<[object, string, boolean]>([
    [{ allow: { cmd: ['git:*'] }, deny: { cmd: ['git:push'] } }, 'git push origin', false],
    [{ allow: { cmd: ['git:*'] }, deny: { cmd: ['git:push'] } }, 'git pull', true],
    [{ allow: { cmd: ['git:status:*'] }, deny: { cmd: ['git'] } }, 'git status', true],
    [{ allow: { cmd: ['git'] }, deny: { cmd: ['git'] } }, 'git status', false],
    [{ allow: { cmd: ['git:push:origin:*'] }, deny: { cmd: ['git:push'] } }, 'git push origin', true],
    [{ allow: { cmd: ['ls'] }, deny: { cmd: ['*'] } }, 'ls', true],
    [{ allow: { cmd: ['ls'] }, deny: { cmd: ['*'] } }, 'cat', false],
  ])('the more specific wins, denials win ties: %j, %j: %s', (data, text, expected) => {
    expect(command(data, text) === 'ok').toBe(expected);
  });

  test('all policies have to agree', () => {
    const [a, b] = [policy({ allow: ['cmd:git:*'] }, 'a'), policy({ deny: { cmd: ['git:push'] } }, 'b')];
    for (const both of [[a, b], [b, a], [union([a, b], 'u')], [union([b, a], 'u')]]) {
      expect(decide(both, { kind: 'command', text: 'git status' })).toBe('ok');
      expect(decide(both, { kind: 'command', text: 'git push' })).toBe(denied('git'));
      expect(decide(both, { kind: 'command', text: 'ls' })).toBe(denied('ls'));
    }
  });
});

describe('allow lists (C12)', () => {
  const data = { allow: ['cmd:echo'] };
  test.each<[CapabilityRequest, string]>([
    [{ kind: 'command', text: 'echo x' }, 'ok'],
    [{ kind: 'command', text: 'ls' }, denied('ls')],
    [{ kind: 'shell', text: 'echo x' }, SHELL],
    [{ kind: 'language', language: 'js' }, 'JavaScript access denied by policy'],
    [{ kind: 'language', language: 'node' }, 'Node access denied by policy'],
    [{ kind: 'language', language: 'py' }, 'Python access denied by policy'],
    [{ kind: 'language', language: 'prose' }, 'Prose access denied by policy'],
    [{ kind: 'network', domain: 'x' }, NETWORK],
    [{ kind: 'read', path: '/project/f' }, 'Filesystem read denied by policy'],
    [{ kind: 'write', path: '/project/f' }, 'Filesystem write denied by policy'],
    [{ kind: 'command', text: 'echo x > f' }, 'Filesystem write denied by policy'],
    [{ kind: 'command', text: 'echo x > /dev/null 2>&1' }, 'ok'],
    [{ kind: 'command', text: '> /dev/tcp/h/1' }, NETWORK],
  ])('%j: %s', (request, expected) => expect(decide(policy(data), request)).toBe(expected));

  test.each([
    { allow: {} },
    { allow: [] },
    { allow: false },
    { allow: { sh: false } },
    { default: 'deny' },
    { allow: { cmd: [] } },
  ])('%j refuses everything', (given) => {
    expect(command(given, 'ls')).toBe(denied('ls'));
    expect(decide(policy(given), { kind: 'language', language: 'js' })).toBe('JavaScript access denied by policy');
    expect(decide(policy(given), { kind: 'read', path: '/x' })).toBe('Filesystem read denied by policy');
  });
  test('default: "deny" with an allow list leaves what is listed', () => {
    expect(command({ default: 'deny', allow: ['cmd:ls'] }, 'ls')).toBe('ok');
    expect(command({ default: 'allow' }, 'ls')).toBe('ok');
  });
  test('a granted shell runs anything where no command is named, and only those named otherwise', () => {
    expect(shell({ allow: ['sh'] }, 'ls | $X')).toBe('ok');
    expect(command({ allow: ['sh'] }, 'sh -c "ls | wc"')).toBe('ok');
    expect(command({ allow: ['sh'] }, 'ls')).toBe(denied('ls'));
    expect(shell({ allow: ['sh', 'cmd:ls'] }, 'cd x && ls; [ -f y ]')).toBe('ok');
    expect(shell({ allow: ['sh', 'cmd:ls'] }, 'ls | wc')).toBe(denied('wc'));
    expect(shell({ allow: ['sh', 'cmd:ls'] }, '$X')).toBe(denied('$X'));
    expect(shell({ allow: ['sh', 'cmd:*'] }, '$X')).toBe('ok');
  });
  test('nested and flat lists both have to permit', () => {
    const both = { allow: ['cmd:a', 'cmd:b'], capabilities: { allow: ['cmd:b', 'cmd:c'] } };
    expect(['a', 'b', 'c'].map((text) => command(both, text))).toEqual([denied('a'), 'ok', denied('c')]);
  });
  test('allow: true permits everything but what is dangerous', () => {
    expect(command({ allow: true }, 'ls')).toBe('ok');
    expect(command({ allow: true }, 'sudo ls')).toBe(DANGER);
  });
});

describe('the network', () => {
  test.each([
    'curl x',
    'wget x',
    'nc h 1',
    'netcat h 1',
    'ssh h',
    'scp a h:',
    'rsync a h:',
    'ftp h',
    'telnet h',
    'bash -c "curl x"',
    'echo $(wget x)',
    '/usr/bin/curl x',
    'env X=1 curl x',
    'echo x > /dev/tcp/h/1',
    '$X',
  ])('deny.network refuses %s (C11)', (text) => {
    expect(command({ deny: ['network'], danger: true }, text)).toBe(NETWORK);
  });
  test.each([{ deny: { network: true } }, { deny: { network: ['*'] } }, { deny: ['net'] }])('in the shape %j', (data) =>
    expect(command(data, 'curl x')).toBe(NETWORK),
  );
  test.each<[object, string, string]>([
    [{ allow: { network: true } }, 'a.org', 'ok'],
    [{ allow: { network: { domains: ['a.org', '*.b.org'] } } }, 'A.org.', 'ok'],
    [{ allow: { network: ['*.b.org'] } }, 'x.b.org', 'ok'],
    [{ allow: { network: ['*.b.org'] } }, 'b.org', NETWORK],
    [{ allow: { network: ['*.b.org'] } }, 'evilb.org', NETWORK],
    [{ allow: { network: ['a.org'] } }, 'a.org.evil', NETWORK],
    [{ deny: { network: ['evil.org'] } }, 'evil.org', NETWORK],
    [{ deny: { network: ['evil.org'] } }, 'good.org', 'ok'],
  ])('%j: %s is %s', (data, domain, expected) =>
    expect(decide(policy(data), { kind: 'network', domain })).toBe(expected),
  );
  test('denying one domain denies the programs, whose host cannot be told', () =>
    expect(command({ deny: { network: ['evil.org'] } }, 'curl x')).toBe(NETWORK));
});

describe('languages', () => {
  test.each(['js', 'node', 'py', 'prose'] as const)('deny %s', (language) => {
    expect(decide(policy({ deny: [language] }), { kind: 'language', language })).toMatch(/ access denied by policy$/);
    expect(decide(policy({ allow: [language] }), { kind: 'language', language })).toBe('ok');
    expect(decide(policy({ allow: [language], deny: [language] }), { kind: 'language', language })).toMatch(
      / access denied by policy$/,
    );
  });
  test('denying a language denies the programs that run it', () => {
    expect(command({ deny: ['py'] }, 'python3.11 -c x')).toBe('Python access denied by policy');
    expect(command({ deny: ['node'] }, 'env node x.js')).toBe('Node access denied by policy');
  });
});

describe('denials', () => {
  test('carry code, policy, rule and suggestions', () => {
    const decision = decideCapability(
      [policy({ allow: ['cmd:echo'] }, 'net')],
      { kind: 'command', text: 'ls' },
      { places: PLACES },
    );
    expect(decision).toMatchObject({
      allow: false,
      code: 'POLICY_CAPABILITY_DENIED',
      policy: 'net',
      rule: 'allow.cmd',
      reason: denied('ls'),
      suggestions: ["Add 'cmd:ls:*' to capabilities.allow", 'Review active policies with @mx.policy.activePolicies'],
    });
    expect(
      decideCapability([policy({ deny: { cmd: ['ls'] } })], { kind: 'command', text: 'ls' }, { places: PLACES }),
    ).toMatchObject({
      rule: 'deny.cmd',
      suggestions: ["Remove 'cmd:ls:*' from deny list", 'Review active policies with @mx.policy.activePolicies'],
    });
  });
  test('never quote a secret', () => {
    const context = { places: PLACES, redact: redactor(['sk-123']) };
    expect(
      JSON.stringify(decideCapability([policy({ allow: [] })], { kind: 'command', text: 'sk-123 x' }, context)),
    ).not.toContain('sk-123');
  });
});

describe('fails closed', () => {
  test.each([
    null,
    undefined,
    {},
    { kind: 'zork' },
    { kind: 'command' },
    { kind: 'command', text: 5 },
    { kind: 'read' },
    { kind: 'language', language: 'perl' },
    { kind: 'language', language: '__proto__' },
    { kind: 'toString' },
    'command',
  ])('on the request %j', (request) => {
    for (const policies of [[], [policy({ allow: true })]]) {
      expect(decideCapability(policies, request as unknown as CapabilityRequest, { places: PLACES })).toMatchObject({
        allow: false,
      });
    }
  });
  test('on policies that are none', () => {
    for (const policies of [null, [null], [{}], [{ parts: [] }]]) {
      expect(decideCapability(policies as never, { kind: 'command', text: 'ls' }, { places: PLACES }).allow).toBe(
        false,
      );
    }
  });
  test('on a context without places', () =>
    expect(decideCapability([policy({ allow: ['fs:r:x'] })], { kind: 'read', path: '/x' }, {} as never).allow).toBe(
      false,
    ));
});
