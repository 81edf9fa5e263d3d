import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { rollup } from 'rollup';
import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Ledger, LedgerReader, readAnchors, readAudit, verifyAudit } from '../../../runtime/host/audit/index.js';
import { EMPTY, makeMark } from '../../../runtime/shared/marks.js';

let root: string;
const directory = () => join(root, '.mlld', 'sec');
const file = () => join(directory(), 'audit.jsonl');
const lines = (path = file()) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mlldc-audit-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const SECRET = makeMark({ labels: ['secret'] });

test('the records of a batch are one chain with those around them, and are anchored', () => {
  const anchorFile = join(root, 'anchors.jsonl');
  const ledger = new Ledger(root, { anchorFile });
  const mark = (count: number) => {
    for (let i = 0; i < count; i++) ledger.append({ event: 'label', add: ['l'], by: `g${i}` });
  };
  mark(1);
  ledger.batch(() => mark(150));
  ledger.batch(() => mark(0));
  mark(2);
  ledger.batch(() => mark(1));
  const anchors = readAnchors(anchorFile);
  expect(anchors.map(({ seq }) => seq)).toEqual([0, 150]);
  expect(lines()).toHaveLength(154);
  expect(verifyAudit(directory(), null, anchors)).toEqual([]);
});

describe('records (security.md 10.1)', () => {
  test('keys are written in the specified order, chain fields last', () => {
    const ledger = new Ledger(root);
    ledger.append({
      event: 'write',
      writer: 'directive:output',
      taint: ['secret'],
      path: '/p/f',
      changeType: 'created',
      sources: ['s'],
      labels: ['secret'],
    });
    const keys = Object.keys(JSON.parse(lines()[0]!) as object);
    expect(keys).toEqual([
      'id',
      'ts',
      'event',
      'path',
      'changeType',
      'taint',
      'writer',
      'labels',
      'sources',
      'run',
      'seq',
      'prev',
      'digest',
    ]);
    ledger.close();
  });

  test('nothing is made before the first record, and only the owner may read it', () => {
    const ledger = new Ledger(root);
    expect(existsSync(directory())).toBe(false);
    ledger.append({ event: 'label', var: '@x', add: ['pii'], by: 'directive:label' });
    expect(existsSync(file())).toBe(true);
    ledger.close();
  });

  test('a record is in the file when append returns', () => {
    const ledger = new Ledger(root);
    const id = ledger.append({ event: 'bless', var: '@x', add: ['trusted'], remove: ['untrusted'], by: 'guard:g' });
    expect(readAudit(directory())[0]).toMatchObject({ id, event: 'bless', remove: ['untrusted'] });
    ledger.close();
  });

  test('a tool call leaves a trace before its body runs, and its outcome after', () => {
    const ledger = new Ledger(root);
    const end = ledger.call(
      'send',
      { to: { value: 'ann', mark: EMPTY }, key: { value: 'sk-1', mark: SECRET } },
      SECRET,
    );
    expect(readAudit(directory()).map((record) => record.event)).toEqual(['toolStart']);
    end({ ok: true, result: { value: 'done', mark: EMPTY } });
    const record = readAudit(directory(), { event: 'toolCall' })[0]!;
    expect(record).toMatchObject({ tool: 'send', ok: true, resultLength: 4, args: { to: 'ann', key: '[REDACTED]' } });
    expect(record.duration).toBeGreaterThanOrEqual(0);
    ledger.close();
  });

  test('secret arguments, quoted secrets and the length of secret results are never written', () => {
    const ledger = new Ledger(root, { redact: (text) => text.replaceAll('sk-1', '***') });
    const end = ledger.call(
      'f',
      { a: { value: { deep: ['x sk-1 y'] }, mark: EMPTY }, 'sk-1': { value: 'sk-1', mark: SECRET } },
      EMPTY,
    );
    end({ ok: false, result: { value: 'sk-1', mark: SECRET }, detail: 'failed with sk-1' });
    const text = readFileSync(file(), 'utf8');
    expect(text.replaceAll('"sk-1":"[REDACTED]"', '')).not.toContain('sk-1');
    expect(text).not.toContain('resultLength');
    ledger.close();
  });

  test('a ledger that cannot be written warns once and stops nothing', () => {
    writeFileSync(join(root, '.mlld'), 'a file where the directory should be');
    const warnings: string[] = [];
    const ledger = new Ledger(root, { warn: (message) => warnings.push(message) });
    expect(ledger.append({ event: 'label', var: '@x' })).toBeNull();
    expect(ledger.append({ event: 'label', var: '@y' })).toBeNull();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('Audit log write failed');
    ledger.close();
  });

  test('a link in place of the ledger is not followed', () => {
    const ledger = new Ledger(root);
    ledger.append({ event: 'label', var: '@x' });
    ledger.close();
    rmSync(file());
    symlinkSync(join(root, 'elsewhere'), file());
    const warnings: string[] = [];
    const other = new Ledger(root, { warn: (message) => warnings.push(message) });
    other.append({ event: 'label', var: '@x' });
    other.close();
    expect(warnings).toHaveLength(1);
    expect(existsSync(join(root, 'elsewhere'))).toBe(false);
  });
});

describe('restore (security.md 10.2)', () => {
  test('the union of all writes of a path, labels without provenance', () => {
    const ledger = new Ledger(root);
    ledger.append({
      event: 'write',
      path: '/p/f',
      changeType: 'created',
      taint: ['secret', 'src:cmd'],
      writer: 'directive:output',
    });
    ledger.append({ event: 'write', path: '/p/f', changeType: 'modified', taint: [], writer: 'directive:append' });
    ledger.append({
      event: 'write',
      path: '/p/other',
      changeType: 'created',
      taint: ['pii'],
      writer: 'directive:output',
    });
    expect(ledger.restore('/p/f')).toEqual({
      labels: ['secret'],
      taint: ['secret', 'src:cmd'],
      sources: ['directive:output', 'directive:append'],
      intact: true,
    });
    expect(ledger.restore('/p/none')).toEqual({ labels: [], taint: [], sources: [], intact: true });
    ledger.close();
  });

  test('sees what other runs wrote meanwhile', () => {
    const a = new Ledger(root);
    const b = new Ledger(root);
    a.append({ event: 'write', path: '/f', taint: ['secret'], writer: 'w' });
    expect(b.restore('/f').labels).toEqual(['secret']);
    a.append({ event: 'write', path: '/f', taint: ['pii'], writer: 'w' });
    expect(b.restore('/f').labels).toEqual(['secret', 'pii']);
    a.close();
    b.close();
  });

  test('records without a chain, as other tools write them, count but are not trusted', () => {
    const ledger = new Ledger(root);
    ledger.append({ event: 'write', path: '/f', taint: ['pii'], writer: 'w' });
    appendFileSync(file(), '{"event":"write","path":"/f","taint":["secret"],"writer":"x"}\n');
    expect(ledger.restore('/f')).toMatchObject({ labels: ['pii', 'secret'], intact: false });
    ledger.close();
  });

  test('says so when the ledger was tampered with', () => {
    const ledger = new Ledger(root);
    for (const label of ['secret', 'pii', 'x'])
      ledger.append({ event: 'write', path: '/f', taint: [label], writer: 'w' });
    ledger.close();
    writeFileSync(
      file(),
      `${lines()
        .filter((line) => !line.includes('"pii"'))
        .join('\n')}\n`,
    );
    expect(new Ledger(root).restore('/f').intact).toBe(false);
  });
});

describe('the chain', () => {
  function three(options = {}): void {
    const ledger = new Ledger(root, options);
    for (const name of ['@a', '@b', '@c']) ledger.append({ event: 'label', var: name, add: ['x'] });
    ledger.close();
  }
  const rewrite = (change: (all: string[]) => string[]) =>
    writeFileSync(
      file(),
      change(lines())
        .map((line) => `${line}\n`)
        .join(''),
    );

  test('a whole ledger of several runs has no problems', () => {
    three();
    three();
    expect(verifyAudit(directory())).toEqual([]);
  });

  test.each<[string, (all: string[]) => string[]]>([
    ['changed', (all) => all.map((line) => line.replace('"@b"', '"@z"'))],
    ['removed', (all) => [all[0]!, all[2]!]],
    ['removed at the beginning', (all) => all.slice(1)],
    ['repeated', (all) => [all[0]!, all[0]!, ...all.slice(1)]],
    ['moved', (all) => [all[1]!, all[0]!, all[2]!]],
    ['damaged', (all) => [all[0]!, all[1]!.slice(0, 30), all[2]!]],
  ])('a record that was %s is noticed', (_, change) => {
    three();
    rewrite(change);
    expect(verifyAudit(directory())).not.toEqual([]);
  });

  test('a whole earlier run that was removed is noticed', () => {
    three();
    const first = lines().length;
    three();
    rewrite((all) => all.slice(first));
    expect(verifyAudit(directory())).not.toEqual([]);
  });

  test('with a key, a chain recomputed without it is noticed', () => {
    three();
    expect(verifyAudit(directory(), 'the key').length).toBeGreaterThan(0);
    rmSync(root, { recursive: true });
    three({ key: 'the key' });
    expect(verifyAudit(directory(), 'the key')).toEqual([]);
  });

  test('anchors show a ledger that was cut short or deleted', () => {
    const anchorFile = join(root, 'state', 'anchors.jsonl');
    three({ anchorFile });
    expect(verifyAudit(directory(), null, readAnchors(anchorFile))).toEqual([]);
    rewrite((all) => all.slice(0, 2));
    expect(verifyAudit(directory(), null, readAnchors(anchorFile))).not.toEqual([]);
    rmSync(directory(), { recursive: true });
    expect(new Ledger(root, { anchorFile }).restore('/f').intact).toBe(false);
  });

  test('a damaged anchor file is a problem', () => {
    const anchorFile = join(root, 'anchors.jsonl');
    three({ anchorFile });
    writeFileSync(anchorFile, 'garbage\n');
    expect(verifyAudit(directory(), null, readAnchors(anchorFile))).not.toEqual([]);
  });

  test('the rest of a line that was cut off does not swallow the next record', () => {
    three();
    appendFileSync(file(), '{"id":"7f');
    three();
    expect(readAudit(directory())).toHaveLength(6);
    expect(verifyAudit(directory())).toEqual([]);
    appendFileSync(file(), 'garbage\n');
    expect(verifyAudit(directory())).toHaveLength(1);
  });

  test('a record that was cut off in the middle of a run is missing', () => {
    three();
    rewrite((all) => [all[0]!, all[1]!.slice(0, 40), all[2]!]);
    expect(verifyAudit(directory())).toMatchObject([{ line: 3, problem: 'records before this one are missing' }]);
  });
});

describe('rotation', () => {
  test('keeps every record and the chain', () => {
    const ledger = new Ledger(root, { maxBytes: 1000 });
    for (let at = 0; at < 30; at++) ledger.append({ event: 'write', path: `/f${at}`, taint: ['secret'], writer: 'w' });
    ledger.close();
    expect(readdirSync(directory()).length).toBeGreaterThan(2);
    expect(readAudit(directory()).map((record) => record.path)).toEqual(
      Array.from({ length: 30 }, (_, at) => `/f${at}`),
    );
    expect(verifyAudit(directory())).toEqual([]);
    expect(new Ledger(root).restore('/f0').labels).toEqual(['secret']);
  });

  test('a reader goes on where it was', () => {
    const ledger = new Ledger(root, { maxBytes: 600 });
    const reader = new LedgerReader(directory());
    let seen = 0;
    for (let at = 0; at < 20; at++) {
      ledger.append({ event: 'label', var: `@v${at}` });
      seen += reader.next().length;
    }
    expect(seen).toBe(20);
    expect(reader.problems()).toEqual([]);
    ledger.close();
  });
});

describe('parallel runs', () => {
  test('records of processes that write at once and are killed are whole and complete', async () => {
    const script = await bundle(`
      import { Ledger } from ${JSON.stringify(join(process.cwd(), 'runtime/host/audit/index.ts'))};
      const ledger = new Ledger(process.argv[2], { maxBytes: 20000 });
      const long = 'x'.repeat(300);
      for (let at = 0; ; at++) { ledger.append({ event: 'label', var: '@' + at, detail: long }); process.stdout.write(at + '\\n'); }`);
    const writers = [1, 2, 3].map(() =>
      spawn(process.execPath, [script, root], { stdio: ['ignore', 'pipe', 'inherit'] }),
    );
    const reported = await Promise.all(
      writers.map(
        (writer) =>
          new Promise<number>((done) => {
            let text = '';
            writer.stdout.on('data', (chunk: Buffer) => {
              text += chunk.toString();
              if (text.split('\n').length > 60) writer.kill('SIGKILL');
            });
            writer.on('close', () => done(text.split('\n').length - 1));
          }),
      ),
    );
    const records = readAudit(directory());
    expect(verifyAudit(directory())).toEqual([]);
    expect(new Set(records.map((record) => record.run)).size).toBe(3);
    // What a process had reported as written is there.
    expect(records.length).toBeGreaterThanOrEqual(reported.reduce((sum, count) => sum + count, 0));
  }, 30_000);
});

/** A program for a process of its own: the ledger's sources, compiled into one file. */
async function bundle(source: string): Promise<string> {
  const main = join(root, 'writer.ts');
  writeFileSync(main, source);
  const compiled = await rollup({
    input: main,
    external: /^node:/,
    plugins: [
      {
        name: 'typescript',
        resolveId: (id, importer) =>
          id.startsWith('.') && importer ? join(dirname(importer), id.replace(/\.js$/, '.ts')) : null,
        transform: (code) =>
          ts.transpileModule(code, {
            compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
          }).outputText,
      },
    ],
  });
  const file = join(root, 'writer.mjs');
  await compiled.write({ file, format: 'es' });
  return file;
}

describe('readAudit filters', () => {
  test.each([
    [{ event: 'write' }, 1],
    [{ label: 'secret' }, 1],
    [{ label: 'pii' }, 1],
    [{ var: 'x' }, 1],
    [{ var: '@x' }, 1],
    [{ path: '/f' }, 1],
    [{ tool: 'nope' }, 0],
    [{ since: '2100-01-01' }, 0],
    [{ until: '2100-01-01' }, 2],
    [{}, 2],
  ])('%j finds %i', (filter, count) => {
    const ledger = new Ledger(root);
    ledger.append({ event: 'write', path: '/f', taint: ['secret'], writer: 'w' });
    ledger.append({ event: 'label', var: '@x', add: ['pii'] });
    ledger.close();
    expect(readAudit(directory(), filter)).toHaveLength(count);
  });

  test('no ledger is no record', () => {
    expect(readAudit(join(root, 'nowhere'))).toEqual([]);
  });
});
