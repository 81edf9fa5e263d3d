/**
 * What the tests of single defences share: a realm that is new for each test, and short words for what is put in it.
 * `scripts/mutate-defences.mjs` switches the defences off one at a time.
 */

import { beforeEach } from 'vitest';
import type { Box } from '../../../../runtime/guest/box.js';
import type { Context } from '../../../../runtime/guest/context.js';
import type { Guard } from '../../../../runtime/guest/security/registry.js';
import { type Realm, realm } from '../realm.js';

export let r: Realm;
beforeEach(async () => {
  r = await realm();
});

export type Decide = Guard['decide'];
/** In no other message. */
export const REASON = 'refused here';
export const deny: Decide = () => ({ kind: 'deny', reason: REASON, site: 0 });
export const allow: Decide = () => ({ kind: 'allow', value: null, options: {}, site: 0 });

export function guard(filter: Guard['filter'], decide: Decide, more: Partial<Omit<Guard, 'id'>> = {}): void {
  r.rt.registerGuard({
    name: null,
    timing: 'before',
    privileged: false,
    aboutValue: false,
    byMarks: false,
    mayRetry: true,
    site: 0,
    filter,
    decide,
    ...more,
  });
}
export const label = (value: string): Guard['filter'] => ({ kind: 'label', value });
export const operation = (value: string): Guard['filter'] => ({ kind: 'operation', value });

export const call = (target: Box, ...args: (Box | undefined)[]): Box => r.rt.call(r.context, target, 'f', args, 0);
export const constant = (): Box => r.exe('f', ['x'], () => r.box('c'));
/** A body that does something and answers this. */
export const doing =
  <T>(effect: (context: Context) => unknown, answer: T) =>
  (context: Context): T => {
    effect(context);
    return answer;
  };
export const labels = (value: Box): readonly string[] => value.deep.labels;

export function policy(config: Record<string, unknown>): void {
  r.rt.literalPolicy('p', r.box(config), 0);
}
