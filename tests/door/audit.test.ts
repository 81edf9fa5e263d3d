import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Ledger, readAudit } from '../../runtime/host/audit/index.js';
import { ledgerSink } from '../../runtime/host/monitor/audit.js';
import { parsePolicy } from '../../runtime/shared/policy/schema.js';
import { openDoor, project } from './support.js';

describe('ledgerSink', () => {
  test('what was written to a file comes back with its content, appended and in globs too', async () => {
    const dir = project();
    const door = openDoor({ dir, audit: ledgerSink(new Ledger(dir)) });
    await door.ask('file.write', { path: 'a.txt', text: 'x' }, { text: { labels: ['secret'], taint: ['src:cmd'] } });
    await door.ask('file.append', { path: 'b.txt', text: 'y' }, { text: { labels: ['pii'] } });
    expect(await door.ask('file.read', { path: 'a.txt' })).toMatchObject({
      mark: { labels: ['secret'], taint: expect.arrayContaining(['secret', 'src:file', 'src:cmd']) },
    });
    const files = await door.value('file.glob', { pattern: '*.txt' });
    expect(files.map((file: { mark: { labels?: string[] } }) => file.mark.labels)).toEqual([['secret'], ['pii']]);
    const later = openDoor({ dir, audit: ledgerSink(new Ledger(dir)) });
    expect(await later.ask('file.read', { path: 'b.txt' })).toMatchObject({ mark: { labels: ['pii'] } });
  });

  test('a child that names a labelled file has its labels, and is judged by them', async () => {
    const dir = project();
    const door = openDoor({ dir, audit: ledgerSink(new Ledger(dir)) });
    await door.ask('file.write', { path: 'a.txt', text: 'x' }, { text: { labels: ['secret'] } });
    expect(await door.ask('exec.cmd', { command: 'cp a.txt b.txt' })).toMatchObject({
      mark: { labels: ['secret'], sources: expect.arrayContaining([`${dir}/a.txt`]) },
    });
    expect(await door.ask('file.read', { path: 'b.txt' })).toMatchObject({ mark: { labels: ['secret'] } });
    const policy = parsePolicy({ defaults: { rules: ['no-secret-exfil'] } }, 'p');
    await door.ask('policy.add', { policy: 'policy' in policy ? policy.policy : null });
    const denial = { denied: { rule: 'no-secret-exfil' } };
    expect(await door.ask('exec.cmd', { command: 'cp a.txt c.txt', labels: ['exfil'] })).toMatchObject(denial);
    expect(await door.ask('exec.sh', { shell: 'sh', code: 'cat b.txt', labels: ['exfil'] })).toMatchObject(denial);
    expect(await door.ask('exec.cmd', { command: 'echo c.txt', labels: ['exfil'] })).toHaveProperty('value');
    expect(existsSync(`${dir}/c.txt`)).toBe(false);
  });

  test('denials are recorded with what was asked for', async () => {
    const dir = project();
    const ledger = new Ledger(dir);
    const door = openDoor({
      dir,
      audit: ledgerSink(ledger),
      deciders: { flow: [() => ({ code: 'NO', message: 'no' })] },
    });
    await door.ask('file.read', { path: 'a.txt' }, { path: { labels: ['secret'] } });
    expect(readAudit(ledger.directory)).toMatchObject([
      { event: 'denied', path: `${dir}/a.txt`, labels: ['secret'], detail: 'file.read: NO' },
    ]);
  });
});
