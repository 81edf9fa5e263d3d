/** Names of commands, as the command line itself knows them (seed.md 2.A). */

import { afterEach, expect, test, vi } from 'vitest';
import { main } from '../../../cli/main.js';

afterEach(() => vi.restoreAllMocks());

async function said(...args: string[]) {
  const written: string[] = [];
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  return { code: await main(args), text: written.join('') };
}

test.each(['env', 'box'])('%s is a command and no file to run', async (name) => {
  const { code, text } = await said(name);
  expect(code).toBe(0);
  for (const command of ['list', 'capture', 'spawn', 'shell']) expect(text).toContain(command);
  expect((await said(name, 'frob')).code).toBe(1);
});
