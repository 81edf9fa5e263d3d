import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LoadedFile } from '../../runtime/host/bindings/files/read.js';
import type { Decider } from '../../runtime/host/monitor/index.js';
import { EMPTY, type MarkParts } from '../../runtime/shared/marks.js';
import { parsePolicy } from '../../runtime/shared/policy/schema.js';
import { openDoor, project } from './support.js';

describe('file.read', () => {
  test('answers text and metadata relative to the base directory', async () => {
    const door = openDoor({ files: { 'sub/a.md': '---\nt: 1\n---\ntext é\n' } });
    const value = await door.value('file.read', { path: 'sub/a.md' });
    expect(value.text).toBe('---\nt: 1\n---\ntext é\n');
    expect(value.file).toEqual({
      filename: 'a.md',
      relative: './sub/a.md',
      absolute: `${door.dir}/sub/a.md`,
      dirname: 'sub',
      relativeDir: './sub',
      absoluteDir: `${door.dir}/sub`,
    });
    const inner = await door.value('file.read', { path: './a.md', base: `${door.dir}/sub` });
    expect(inner.file).toMatchObject({ relative: './a.md', relativeDir: '.' });
    expect((await door.value('file.read', { path: `${door.dir}/sub/a.md` })).file.relative).toBe('./sub/a.md');
  });

  test('marks the text with its place, nearest directory first', async () => {
    const door = openDoor({ files: { 'sub/a.md': 'x' } });
    const reply = await door.ask('file.read', { path: 'sub/a.md' }, { path: { labels: ['pii'] } });
    const directories = (reply as { mark?: MarkParts }).mark!.taint!.filter((label) => label.startsWith('dir:'));
    expect(directories.slice(0, 2)).toEqual([`dir:${door.dir}/sub`, `dir:${door.dir}`]);
    expect(directories).not.toContain('dir:/');
    expect(reply).toMatchObject({ mark: { labels: ['pii'], sources: [`${door.dir}/sub/a.md`] } });
  });

  test('suggests names for a missing file', async () => {
    const door = openDoor({ files: { 'docs/notes.txt': '', 'docs/Readme.md': '' } });
    expect(await door.error('file.read', { path: 'docs/note.txt' })).toMatchObject({
      name: 'Mlld',
      code: 'FILE_NOT_FOUND',
      message: 'File not found: docs/note.txt\n\nDid you mean:\n  - docs/notes.txt',
      details: { path: `${door.dir}/docs/note.txt` },
      hint: expect.stringContaining('@root/'),
    });
    expect((await door.error('file.read', { path: 'none.txt' })).message).toBe('File not found: none.txt');
  });

  test('refuses directories, devices and files above the limit', async () => {
    const door = openDoor({ files: { 'big.txt': 'x'.repeat(2_000) }, limits: { file: 1_000 } });
    expect(await door.error('file.read', { path: '.' })).toMatchObject({ code: 'FILE_IS_DIRECTORY' });
    expect(await door.error('file.read', { path: '/dev/zero' })).toMatchObject({ code: 'FILE_NOT_REGULAR' });
    expect(await door.error('file.read', { path: 'big.txt' })).toMatchObject({ code: 'FILE_TOO_LARGE' });
  });
  test.skipIf(!existsSync('/proc/self/environ'))(
    'refuses what belongs to a process, such as its environment',
    async () => {
      const door = openDoor();
      for (const path of ['/proc/self/environ', `/proc/${process.pid}/cmdline`, '/proc/thread-self/../self/environ'])
        expect(await door.error('file.read', { path })).toMatchObject({ code: 'FILE_NOT_REGULAR' });
    },
  );

  test('the monitor sees where a link leads, and the text has the marks of both places', async () => {
    const secret = project({ 'secret.txt': 'hidden' });
    const seen: string[] = [];
    const decider: Decider = (_operation, _request, { subjects }) => {
      for (const subject of subjects) if (subject.kind === 'path') seen.push(subject.path);
      return null;
    };
    const door = openDoor({ deciders: { capability: [decider] } });
    symlinkSync(join(secret, 'secret.txt'), join(door.dir, 'link.txt'));
    symlinkSync(secret, join(door.dir, 'dir'));
    const reply = await door.ask('file.read', { path: 'link.txt' });
    expect(seen).toEqual([`${secret}/secret.txt`]);
    expect(reply).toMatchObject({
      value: { text: 'hidden', file: { absolute: `${door.dir}/link.txt` } },
      mark: { sources: [`${door.dir}/link.txt`, `${secret}/secret.txt`] },
    });
    expect((reply as { mark?: MarkParts }).mark!.taint!).toContain(`dir:${secret}`);
    await door.value('file.read', { path: 'dir/secret.txt' });
    await door.value('file.write', { path: 'dir/new.txt', text: '' });
    expect(seen.slice(1)).toEqual([`${secret}/secret.txt`, `${secret}/new.txt`]);
  });
});

describe('file.glob', () => {
  test('answers matching files ordered by path, each with its metadata and mark', async () => {
    const door = openDoor({
      files: { 'b.md': 'B', 'a.md': 'A', 'sub/c.md': 'C', 'x.txt': '', '.hidden.md': '', 'node_modules/p/d.md': '' },
    });
    const reply = (await door.ask('file.glob', { pattern: '**/*.md' })) as { value: LoadedFile[]; mark: unknown };
    expect(reply.value.map((entry) => [entry.file.relative, entry.text])).toEqual([
      ['./a.md', 'A'],
      ['./b.md', 'B'],
      ['./sub/c.md', 'C'],
    ]);
    expect(reply.value[2]!.mark.sources).toEqual([`${door.dir}/sub/c.md`]);
    expect(reply.mark).toEqual({ taint: ['src:file'] });
    expect(
      (await door.value('file.glob', { pattern: '../*.md', base: `${door.dir}/sub` })).map(
        (entry: LoadedFile) => entry.file.relative,
      ),
    ).toEqual(['../a.md', '../b.md']);
    expect((await door.value('file.glob', { pattern: `${door.dir}/s*/*` })).length).toBe(1);
    expect(await door.value('file.glob', { pattern: '*.none' })).toEqual([]);
  });

  test('loads 5,000 files', async () => {
    const dir = project();
    for (let d = 0; d < 50; d++) {
      mkdirSync(join(dir, `d${d}`));
      for (let f = 0; f < 100; f++) writeFileSync(join(dir, `d${d}`, `f${f}.txt`), `file ${d} ${f}\n`);
    }
    const door = openDoor({ dir });
    const files = await door.value('file.glob', { pattern: '**/*.txt' });
    expect(files.length).toBe(5_000);
  });

  test('asks the monitor about each file, and one refusal refuses the whole', async () => {
    const decider: Decider = (_operation, _request, { subjects }) =>
      subjects.some((subject) => subject.kind === 'path' && subject.path.endsWith('key.txt'))
        ? { code: 'NO', message: 'no keys' }
        : null;
    const door = openDoor({ files: { 'a.txt': '', 'key.txt': '' }, deciders: { capability: [decider] } });
    expect(await door.denial('file.glob', { pattern: '*.txt' })).toEqual({ code: 'NO', message: 'no keys' });
    expect(await door.value('file.glob', { pattern: 'a*.txt' })).toHaveLength(1);
  });
});

test('file.exists knows files, directories and patterns', async () => {
  const door = openDoor({ files: { 'sub/a.md': '' } });
  const exists = (path: string) => door.value('file.exists', { path });
  expect([
    await exists('sub/a.md'),
    await exists('sub'),
    await exists('*/*.md'),
    await exists('b.md'),
    await exists('*.none'),
  ]).toEqual([true, true, true, false, false]);
});

describe('file.write and file.append', () => {
  test('create directories, replace whole files, keep the mode', async () => {
    const door = openDoor();
    expect(await door.value('file.write', { path: 'a/b/c.sh', text: 'one' })).toEqual({
      path: `${door.dir}/a/b/c.sh`,
      changeType: 'created',
    });
    chmodSync(`${door.dir}/a/b/c.sh`, 0o750);
    expect(await door.value('file.write', { path: 'a/b/c.sh', text: 'two' })).toMatchObject({ changeType: 'modified' });
    expect(readFileSync(`${door.dir}/a/b/c.sh`, 'utf8')).toBe('two');
    expect(statSync(`${door.dir}/a/b/c.sh`).mode & 0o777).toBe(0o750);
    expect(readdirSync(`${door.dir}/a/b`)).toEqual(['c.sh']);
  });

  test('write through a link that leads to a file, and leave the link', async () => {
    const door = openDoor({ files: { 'real.txt': 'old' } });
    symlinkSync('real.txt', join(door.dir, 'link.txt'));
    await door.value('file.write', { path: 'link.txt', text: 'new' });
    await door.value('file.append', { path: 'link.txt', text: '+' });
    expect(readFileSync(join(door.dir, 'real.txt'), 'utf8')).toBe('new+');
    expect(readdirSync(door.dir).sort()).toEqual(['.sig', 'link.txt', 'real.txt']);
  });

  test('do not follow a link that leads nowhere', async () => {
    const outside = project();
    const door = openDoor();
    symlinkSync(join(outside, 'planted.txt'), join(door.dir, 'link.txt'));
    expect(await door.error('file.append', { path: 'link.txt', text: 'x' })).toMatchObject({
      code: 'FILE_LINK_REFUSED',
    });
    await door.value('file.write', { path: 'link.txt', text: 'x' });
    expect(existsSync(join(outside, 'planted.txt'))).toBe(false);
  });

  test('append whole lines, also in parallel', async () => {
    const door = openDoor();
    const lines = Array.from({ length: 50 }, (_, i) => `${i}:${'x'.repeat(10_000)}\n`);
    await Promise.all(lines.map((text) => door.value('file.append', { path: 'log.txt', text })));
    expect(readFileSync(`${door.dir}/log.txt`, 'utf8').split('\n').sort()).toEqual(
      ['', ...lines.map((line) => line.trim())].sort(),
    );
  });

  test('stay inside the directory they are told to', async () => {
    const outside = project();
    const door = openDoor();
    symlinkSync(outside, join(door.dir, 'exit'));
    const write = { text: 'x', within: door.dir };
    expect(await door.error('file.write', { path: 'exit/a.txt', ...write })).toMatchObject({
      name: 'MlldOutput',
      code: 'PATH_OUTSIDE',
    });
    expect(await door.error('file.write', { path: '../a.txt', ...write })).toMatchObject({ code: 'PATH_OUTSIDE' });
    expect(await door.value('file.write', { path: 'in/a.txt', ...write })).toMatchObject({ changeType: 'created' });
    expect(readdirSync(outside)).toEqual([]);
  });

  test('say why they cannot write', async () => {
    const door = openDoor({ files: { file: '' } });
    expect(await door.error('file.write', { path: '.', text: '' })).toMatchObject({
      name: 'MlldOutput',
      code: 'FILE_IS_DIRECTORY',
    });
    expect(await door.error('file.write', { path: 'file/below', text: '' })).toMatchObject({ name: 'MlldOutput' });
    expect(await door.value('file.write', { path: '/dev/null', text: 'x' })).toMatchObject({ changeType: 'modified' });
  });

  test.each([
    ['/dev/stdout', 'stdout'],
    ['/dev/fd/1', 'stdout'],
    ['/dev/stderr', 'stderr'],
    ['/proc/self/fd/2', 'stderr'],
  ] as const)('write to %s as to the stream of the run', async (path, stream) => {
    const door = openDoor();
    expect(await door.value('file.write', { path, text: 'a' })).toMatchObject({ path, changeType: 'modified' });
    await door.value('file.append', { path, text: 'b' });
    expect(door.printed[stream]).toBe('ab');
    const parsed = parsePolicy({ deny: [`fs:w:${path}`] }, 'p');
    await door.value('policy.add', { policy: 'policy' in parsed ? parsed.policy : null });
    expect(await door.denial('file.write', { path, text: 'a' })).toMatchObject({ code: 'POLICY_CAPABILITY_DENIED' });
    expect(door.printed[stream]).toBe('ab');
  });

  test.each(['/dev/fd/3', '/dev/stdin', '/dev/fd/0', `/proc/${process.pid}/fd/1`, '/proc/thread-self/fd/7'])(
    'leave %s alone: descriptors of the host are not the program’s',
    async (path) => {
      const door = openDoor();
      for (const op of ['file.write', 'file.append'] as const)
        expect(await door.error(op, { path, text: 'a' })).toMatchObject({ code: 'DESCRIPTOR_REFUSED' });
    },
  );

  test('write to a pipe that is read, and do not wait for a reader', async () => {
    const door = openDoor();
    const pipe = join(door.dir, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const op of ['file.write', 'file.append'] as const)
      expect((await door.error(op, { path: 'pipe', text: 'x' })).message).toContain('nobody reads from it');
    const text = 'x'.repeat(300_000);
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const read = door.value('exec.sh', { shell: 'sh', code: 'wc -c < pipe' });
    await door.value('file.write', { path: 'pipe', text });
    closeSync(reader);
    expect((await read).stdout.trim()).toBe(String(text.length));
  });

  test('refuse a directory that was replaced by a link after the decision', async () => {
    for (const [op, args] of [
      ['file.read', { path: 'sub/a.txt' }],
      ['file.write', { path: 'sub/a.txt', text: 'x' }],
      ['file.append', { path: 'sub/a.txt', text: 'x' }],
    ] as const) {
      const outside = project({ 'a.txt': 'outside' });
      const swap: Decider = () => {
        if (statSync(sub).isDirectory() && !existsSync(`${sub}.old`)) {
          renameSync(sub, `${sub}.old`);
          symlinkSync(outside, sub);
        }
        return null;
      };
      const door = openDoor({ files: { 'sub/a.txt': 'inside' }, deciders: { capability: [swap] } });
      const sub = join(door.dir, 'sub');
      expect([op, (await door.error(op, args)).code]).toEqual([op, 'FILE_LINK_REFUSED']);
      expect(readFileSync(join(outside, 'a.txt'), 'utf8')).toBe('outside');
      expect(readdirSync(outside)).toEqual(['a.txt']);
    }
  });

  test('report what was written, with the mark of the text', async () => {
    const written: unknown[] = [];
    const audit = {
      decision: () => {},
      write: (entry: unknown) => void written.push(entry),
      signed: () => {},
      record: () => {},
      restore: () => EMPTY,
      tainted: () => [],
    };
    const door = openDoor({ audit });
    await door.ask('file.write', { path: 'a.txt', text: 'x' }, { text: { labels: ['secret'] } });
    await door.ask('file.append', { path: 'a.txt', text: 'x' }, { text: { labels: ['pii'] } });
    expect(written).toMatchObject([
      { path: `${door.dir}/a.txt`, changeType: 'created', writer: 'directive:output', mark: { labels: ['secret'] } },
      { path: `${door.dir}/a.txt`, changeType: 'modified', writer: 'directive:append', mark: { labels: ['pii'] } },
    ]);
  });
});

describe('HTML', () => {
  test('becomes Markdown under the page title', async () => {
    const html =
      '<!DOCTYPE html><html><head><title>T &amp; t</title><meta name="description" content="About"></head><body><h1>Head</h1><p>Some <b>bold</b> text.</p><script>bad()</script></body></html>';
    const door = openDoor({ files: { 'p.html': html } });
    const value = await door.value('file.read', { path: 'p.html' });
    expect(value).toMatchObject({
      text: '# T & t\n\n## Head\n\nSome **bold** text.',
      html,
      file: { title: 'T & t', description: 'About' },
    });
  });

  test('that is no page still gives its text', async () => {
    const door = openDoor({ files: { 'f.html': '<p>just <i>this</i></p>', 'e.html': '' } });
    expect((await door.value('file.read', { path: 'f.html' })).text).toContain('just');
    expect((await door.value('file.read', { path: 'e.html' })).text).toBe('');
  });
});
