/** What tests of signatures and of filesystem_integrity share. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePolicy } from '../../runtime/shared/policy/schema.js';
import { openDoor, project, type TestDoor } from './support.js';

/** A door of a user with a home of their own. */
export function open(dir = project(), home = project(), name = 'ann'): TestDoor & { home: string } {
  return Object.assign(openDoor({ dir, environment: { HOME: home, USER: name, PATH: process.env.PATH } }), { home });
}

/** What the journal of signatures says. */
export const journal = (door: TestDoor): { event: string; subject: string; by?: string }[] =>
  readFileSync(join(door.dir, '.sig/audit.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

/** Adds a policy. */
export async function declare(door: TestDoor, data: Record<string, unknown>): Promise<void> {
  const parsed = parsePolicy(data, 'p');
  if (!('policy' in parsed)) throw new Error('no policy');
  await door.value('policy.add', { policy: parsed.policy });
}
