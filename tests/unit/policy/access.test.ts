/** The danger list, files and the keychain (security.md 5.5, 7.3). */

import { describe, expect, test } from 'vitest';
import { command, decide, denied, policy, shell } from './helpers.js';

const DANGER = 'Dangerous capability requires allow.danger';

describe('danger (active while any policy is)', () => {
  const labelsOnly = { labels: { x: { deny: ['op:show'] } } };
  test.each([
    'rm -rf x',
    'rm -fr x',
    'rm -r -f x',
    'rm -f -r x',
    'rm -Rf x',
    'rm --recursive --force x',
    'rm -r --force x',
    'rm --recurs -f x',
    'rm -rfv x',
    'rm -v -rf x',
    'rm x -rf',
    '/bin/rm -rf x',
    'sudo ls',
    'doas ls',
    'chmod 777 x',
    'chown a x',
    'dd if=a of=b',
    'mkfs /dev/x',
    'mkfs.ext4 /dev/x',
    'git push --force',
    'git push -f',
    'git push origin main -f',
    'git -C x push --force',
    'git push origin +main',
    'git push --mirror',
    'git remote add x y',
    'kill 1',
    'pkill x',
    'killall x',
    'curl --upload-file x u',
    'curl -T x u',
    'curl -sT x u',
    'curl -sSfT x u',
    'curl --upload x u',
    'scp a b',
    'rsync a b',
    'nc h 1',
    'security find-generic-password',
    'pass show x',
    'op read x',
    'claude -p x --dangerously-skip-permissions',
    'codex x --full-auto',
    'codex --dangerously-bypass-approvals-and-sandbox',
    'mlld x --no-policy',
    'mlldc x --no-guards',
    'mlld keychain get x',
    'ls; rm -rf x',
    'bash -c "rm -rf x"',
    'env rm -rf x',
    'echo $(rm -rf x)',
    'xargs rm -rf',
    'find . -exec rm -rf {} \\;',
    'time sudo ls',
  ])('%s', (text) => expect(command(labelsOnly, text)).toBe(DANGER));
  test.each([
    'rm x',
    'rm -r x',
    'rm -f x',
    'rm "$x"',
    'git push',
    'git push origin main',
    'git push --force-with-lease',
    'git remote -v',
    'curl u',
    'curl -XPOST u',
    'curl -utest:x u',
    'curl -o out u',
    'claude -p x',
    'git add -f x',
    'git commit -m "push --force"',
    'echo rm -rf',
  ])('leaves %s', (text) => {
    expect(command(labelsOnly, text)).toBe('ok');
  });
  test.each<[string, string, boolean]>([
    ['cmd:sudo:*', 'sudo ls', true],
    ['cmd:sudo', 'sudo ls', true],
    ['cmd:rm:*:-rf', 'rm -r -f x', true],
    ['cmd:rm:*', 'rm -rf x', true],
    ['cmd:git:push:*:--force', 'git push -f', true],
    ['cmd:git:push:*', 'git push -f', true],
    ['cmd:git:*', 'git push -f', true],
    ['cmd:git:pull:*', 'git push -f', false],
    ['*', 'sudo ls', true],
    ['cmd:sudo', 'rm -rf x', false],
  ])('danger %j lifts %j: %s', (entry, text, expected) =>
    expect(command({ danger: [entry] }, text) === 'ok').toBe(expected),
  );
  test('does not lift a denial', () =>
    expect(command({ danger: ['cmd:sudo'], deny: { cmd: ['sudo'] } }, 'sudo ls')).toBe(denied('sudo')));
  test('comes before denials and allow lists', () =>
    expect(command({ deny: { cmd: ['sudo'] } }, 'sudo ls')).toBe(DANGER));
  test('has to be granted by every policy', () => {
    const both = [policy({ danger: ['cmd:sudo'] }, 'a'), policy({ labels: {} }, 'b')];
    expect(decide(both, { kind: 'command', text: 'sudo ls' })).toBe(DANGER);
  });
  test.each([
    '/home/me/.ssh/id',
    '/home/me/.ssh/keys/a',
    '/home/me/.aws/credentials',
    '/home/me/.config/gh/hosts.yml',
    '/home/me/.netrc',
    '/project/.env',
    '/project/a/.env',
    '/x/k.pem',
    '/x/id_rsa',
    '/x/id_ed25519',
    '/x/.anthropic/k',
    '/x/.openai/k',
    '/project/a/../.env',
  ])('reading %s', (path) => {
    expect(decide(policy(labelsOnly), { kind: 'read', path })).toBe(DANGER);
    expect(decide(policy(labelsOnly), { kind: 'write', path })).toBe(DANGER);
    expect(decide(policy({ danger: [`fs:w:${path}`] }), { kind: 'read', path })).toBe('ok');
  });
  test.each([
    '/project/.claude/settings.json',
    '/project/.codex/x',
    '/project/.mlld/sec/audit.jsonl',
    '/project/.cursor/x',
    '/project/.continue/x',
  ])('writing %s', (path) => {
    expect(decide(policy(labelsOnly), { kind: 'write', path })).toBe(DANGER);
    expect(decide(policy(labelsOnly), { kind: 'read', path })).toBe('ok');
    expect(decide(policy({ danger: ['fs:r:**'] }), { kind: 'write', path })).toBe(DANGER);
  });
  test('a redirection is an access like any other', () => expect(shell(labelsOnly, 'cat < .env')).toBe(DANGER));
});

describe('files', () => {
  test.each<[string[], 'read' | 'write', string, boolean]>([
    [['fs:r:@base/src/**'], 'read', '/project/src/a/b', true],
    [['fs:r:@base/src/**'], 'read', '/project/x', false],
    [['fs:r:@base/src/**'], 'write', '/project/src/a', false],
    [['fs:r:@root/src/**'], 'read', '/project/src/a', true],
    [['fs:w:@base/tmp/**'], 'write', '/project/tmp/a', true],
    [['fs:w:@base/tmp/**'], 'read', '/project/tmp/a', true],
    [['fs:w:@base/tmp/**'], 'write', '/project/a', false],
    [['fs:w:@base/tmp/**'], 'write', '/project/tmp/../a', false],
    [['fs:r:src/*.ts'], 'read', '/project/src/a.ts', true],
    [['fs:r:src/*.ts'], 'read', '/project/src/x/a.ts', false],
    [['fs:r:~/notes/*'], 'read', '/home/me/notes/a', true],
    [['fs'], 'write', '/anything', true],
    [['fs:r'], 'read', '/anything', true],
    [['fs:r'], 'write', '/anything', false],
    [['fs:r:**'], 'read', '/project/.hidden/x', true],
    [['fs:r:src/**'], 'read', '/project/src2/a', false],
  ])('allow %j of %s %s: %s', (allow, kind, path, expected) =>
    expect(decide(policy({ allow }), { kind, path }) === 'ok').toBe(expected),
  );
  test.each<[string[], 'read' | 'write', string, boolean]>([
    [['fs:w:**/*.lock'], 'write', '/project/a.lock', true],
    [['fs:w:**/*.lock'], 'read', '/project/a.lock', false],
    [['fs:rw:**/x'], 'read', '/a/x', true],
    [['fs:r:**/x'], 'write', '/a/x', false],
    [['fs:r:**/*.key'], 'read', '/a/.key', true],
    [['fs'], 'read', '/a', true],
  ])('deny %j of %s %s: %s', (deny, kind, path, expected) =>
    expect(decide(policy({ deny }), { kind, path }) !== 'ok').toBe(expected),
  );
  test('a deny list narrows an allow list', () =>
    expect(decide(policy({ allow: ['fs'], deny: ['fs:r:x/**'] }), { kind: 'read', path: '/project/x/y' })).toBe(
      'Filesystem read denied by policy',
    ));
  test('redirections are taken from the working directory', () => {
    const data = policy({ allow: ['cmd:echo', 'fs:w:@base/tmp/**'] });
    expect(decide(data, { kind: 'command', text: 'echo x > f', cwd: '/project/tmp' })).toBe('ok');
    expect(decide(data, { kind: 'command', text: 'echo x > ../f', cwd: '/project/tmp' })).toBe(
      'Filesystem write denied by policy',
    );
    expect(decide(data, { kind: 'command', text: 'echo x > "$F"', cwd: '/project/tmp' })).toBe(
      'Filesystem write denied by policy',
    );
    expect(decide(policy({ deny: ['fs:w:x'] }), { kind: 'shell', text: 'echo > $F' })).toBe(
      'Filesystem write denied by policy',
    );
  });
});

describe('the keychain (security.md 7.3)', () => {
  const request = { kind: 'keychain', service: 'mlld-box-demo', account: 'blocked', project: 'demo' } as const;
  test('needs danger, except from a standalone auth', () => {
    expect(decide(policy({}), request)).toBe(DANGER);
    expect(decide(policy({}), { ...request, standalone: true })).toBe('ok');
    expect(decide(policy({ danger: ['@keychain'] }), request)).toBe('ok');
  });
  test.each<[object, string]>([
    [{ allow: ['mlld-box-{projectname}/*'] }, 'ok'],
    [
      { allow: ['mlld-box-{projectname}/*'], deny: ['mlld-box-{projectname}/blocked'] },
      'Keychain access denied by policy',
    ],
    [{ allow: ['other/*'] }, 'Keychain access denied by policy'],
    [{ deny: ['*'] }, 'Keychain access denied by policy'],
    [{ allow: ['*'] }, 'ok'],
    [{ allow: [] }, 'Keychain access denied by policy'],
    [{ deny: ['*/blo*'] }, 'Keychain access denied by policy'],
  ])('%j: %s', (keychain, expected) =>
    expect(decide(policy({ keychain, danger: ['@keychain'] }), request)).toBe(expected),
  );
  test('a project name is no pattern', () => {
    expect(
      decide(policy({ keychain: { allow: ['s-{projectname}/*'] }, danger: ['@keychain'] }), {
        ...request,
        service: 's-abc',
        project: '*',
      }),
    ).toBe('Keychain access denied by policy');
  });
  test('deny as a capability', () =>
    expect(decide(policy({ deny: ['@keychain'], danger: ['@keychain'] }), request)).toBe(
      'Keychain access denied by policy',
    ));
});
