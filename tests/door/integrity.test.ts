/** Files a policy protects (`filesystem_integrity`, security.md 5.2): from directives, and from what children write. */

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { watchedFiles } from '../../runtime/host/bindings/exec/protected-files.js';
import type { DoorReply } from '../../runtime/shared/protocol.js';
import { declare, journal, open } from './signed.js';
import type { TestDoor } from './support.js';

describe('filesystem_integrity', () => {
  const integrity = (rule: Record<string, unknown>) => ({ filesystem_integrity: { 'safe/**': rule } });
  const write = (door: TestDoor, path: string): Promise<DoorReply> => door.ask('file.write', { path, text: 'x' });

  test('refuses to change what may not change, and puts it on record', async () => {
    const door = open();
    await declare(door, integrity({ mutable: false }));
    expect(await write(door, 'safe/a')).toMatchObject({
      denied: {
        rule: 'filesystem_integrity',
        message: expect.stringContaining('Filesystem write denied by integrity policy'),
      },
    });
    expect(await write(door, 'free')).toMatchObject({ value: { changeType: 'created' } });
    expect(journal(door)).toContainEqual(
      expect.objectContaining({ event: 'update_denied', subject: 'file:safe/a', by: 'user:ann' }),
    );
  });

  test('is about who writes', async () => {
    for (const [name, allowed] of [
      ['user:ann', true],
      ['user:bob', false],
      ['user:*', true],
    ] as const) {
      const door = open();
      await declare(door, integrity({ authorizedIdentities: [name] }));
      expect('denied' in (await write(door, 'safe/a'))).toBe(!allowed);
    }
  });

  describe('holds for what children write', () => {
    const protectedProject = () => {
      const door = open();
      mkdirSync(join(door.dir, 'safe'));
      writeFileSync(join(door.dir, 'safe/a'), 'kept', { mode: 0o640 });
      return door;
    };
    const text = (door: TestDoor, path: string) => readFileSync(join(door.dir, path), 'utf8');

    test.each<[string, string, Record<string, unknown>]>([
      ['changed', 'exec.sh', { shell: 'sh', code: 'echo x > safe/a' }],
      ['changed in place by another name', 'exec.sh', { shell: 'sh', code: 'ln safe/a b; echo x >> b' }],
      ['taken away', 'exec.sh', { shell: 'sh', code: 'rm -r safe' }],
      ['replaced by a link', 'exec.sh', { shell: 'sh', code: 'echo x > b; ln -sf ../b safe/a' }],
      ['replaced by a directory', 'exec.sh', { shell: 'sh', code: 'rm safe/a; mkdir safe/a; echo x > safe/a/b' }],
      ['changed by a child that fails', 'exec.sh', { shell: 'sh', code: 'echo x > safe/a; exit 1' }],
      ['changed by a command', 'exec.cmd', { command: 'cp other safe/a' }],
      ['changed by python', 'exec.py', { params: [], values: {}, code: 'open("safe/a", "w").write("x")' }],
      [
        'changed by node',
        'exec.node',
        { params: [], values: {}, scope: 'main', code: 'require("fs").writeFileSync("safe/a", "x")' },
      ],
    ])('a file that is %s', async (_, op, args) => {
      const door = protectedProject();
      writeFileSync(join(door.dir, 'other'), 'x');
      await declare(door, integrity({ mutable: false }));
      expect(await door.denial(op, args)).toMatchObject({
        rule: 'filesystem_integrity',
        message: expect.stringContaining('Filesystem write denied by integrity policy'),
      });
      expect(text(door, 'safe/a')).toBe('kept');
      expect(statSync(join(door.dir, 'safe/a')).mode & 0o777).toBe(0o640);
      expect(readdirSync(join(door.dir, 'safe'))).toEqual(['a']);
      expect(journal(door)).toContainEqual(expect.objectContaining({ event: 'update_denied', subject: 'file:safe/a' }));
    });

    test('a file that is new', async () => {
      const door = protectedProject();
      await declare(door, integrity({ mutable: false }));
      expect(await door.denial('exec.sh', { shell: 'sh', code: 'echo x > safe/new; echo y > free' })).toMatchObject({
        rule: 'filesystem_integrity',
      });
      expect([existsSync(join(door.dir, 'safe/new')), text(door, 'free')]).toEqual([false, 'y\n']);
    });

    test.each<[string, string, string]>([
      ['far down', 'safe/**', 'safe/1/2/3/4/5/6/7/8/9/10/11/12/a'],
      ['in a directory that is looked into only where it is named', '.git/hooks/**', '.git/hooks/a'],
      ['that is named itself', 'CLAUDE.md', 'CLAUDE.md'],
      ['outside of the project', '~/notes/*', '~/notes/a'],
    ])('a file %s', async (_, pattern, path) => {
      const door = open();
      const file = path.startsWith('~') ? join(door.home, path.slice(1)) : join(door.dir, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, 'kept');
      await declare(door, { filesystem_integrity: { [pattern]: { mutable: false } } });
      const written = await door.denial('exec.sh', { shell: 'sh', code: `echo x > '${file}'` });
      expect(written).toMatchObject({ rule: 'filesystem_integrity' });
      expect(readFileSync(file, 'utf8')).toBe('kept');
    });

    test('or nothing runs, where there are more than can be watched', async () => {
      const door = protectedProject();
      const places = { root: door.dir, home: door.home };
      const watch = (pattern: string, limit: number) => watchedFiles([pattern], [door.dir], places, limit);
      await expect(watch('**/safe/**', 1)).rejects.toMatchObject({ code: 'INTEGRITY_LIMIT' });
      mkdirSync(join(door.dir, 'other'));
      for (const name of ['b', 'c', 'd']) writeFileSync(join(door.dir, 'other', name), '');
      // What no pattern is about does not count.
      expect(await watch('safe/*', 3)).toEqual([join(door.dir, 'safe/a')]);
    });

    test('is about who writes, and not about reading', async () => {
      for (const [name, allowed] of [
        ['user:ann', true],
        ['user:bob', false],
      ] as const) {
        const door = protectedProject();
        await declare(door, integrity({ authorizedIdentities: [name] }));
        expect(await door.value('exec.sh', { shell: 'sh', code: 'cat safe/a; touch safe/a' })).toMatchObject({
          stdout: 'kept',
        });
        expect('denied' in (await door.ask('exec.sh', { shell: 'sh', code: 'echo x > safe/a' }))).toBe(!allowed);
      }
    });
  });
});
