/** `with { guards: … }` (security.md 3.6). */

import { type Box, isObject, plain } from '../box.js';
import type { Context, GuardOverride } from '../context.js';
import { decisive } from '../control.js';
import { note } from '../document.js';
import { MlldError } from '../errors.js';
import type { Operation } from '../operate.js';
import { truthy } from '../values/truth.js';
import { bypass, type Guard, guards } from './registry.js';

const BLOCKED = 'Guard bypass disabled by security config - guards cannot be skipped in this environment';

/** Refuses an override clause that is malformed or not allowed, wherever it stands. */
export function checkOverride(clause: Box, site: number): GuardOverride {
  const override = parseOverride(plain(decisive(clause, site).value), site);
  if (bypass.allowed) return override;
  throw new MlldError('MlldSecurity', 'GUARD_BYPASS_BLOCKED', BLOCKED, {
    site,
    hint: 'Remove the guards clause, or allow it with security.allowGuardBypass in mlld-config.json.',
  });
}

/** The context of a directive with an override clause. */
export function overrideGuards(context: Context, clause: Box, site: number): Context {
  const override = checkOverride(clause, site);
  if (override.mode === 'off') {
    const privileged = guards.some((guard) => guard.privileged);
    note(
      `[Guard Override] ${privileged ? 'Non-privileged guards' : 'All guards'} disabled for this operation`,
      clause.deep,
      site,
    );
  }
  return context.with({ override });
}

/** The context of what streams its results, or is told not to (security.md 3.5). */
export function streaming(context: Context, flag?: Box): Context {
  return context.with({ streaming: flag === undefined || truthy(flag) });
}

function parseOverride(value: unknown, site: number): GuardOverride {
  const fail = (message: string): never => {
    throw new MlldError('MlldSecurity', 'GUARD_OVERRIDE_INVALID', message, { site });
  };
  if (value === false) return { mode: 'off', names: [] };
  if (!isObject(value)) return fail('Guard override must be false or an object');
  const { only, except } = value;
  if (only !== undefined && except !== undefined) return fail('Guard override cannot specify both only and except');
  const mode = except === undefined ? 'only' : 'except';
  const entries = only ?? except;
  if (!Array.isArray(entries)) return fail(`Guard override ${mode} value must be an array`);
  const names = entries.map((entry) => {
    if (typeof entry !== 'string') return fail(`Guard override ${mode} entries must be strings starting with @`);
    if (!entry.startsWith('@')) return fail(`Guard override ${mode} entries must start with @`);
    if (entry.length === 1) return fail(`Guard override ${mode} entries must include a name after @`);
    return entry.slice(1);
  });
  return { mode, names };
}

/** The guards an override leaves; privileged ones always stay. */
export function overrides(context: Context, _operation: Operation, listed: readonly Guard[]): Guard[] {
  const { override } = context;
  if (!override) return listed.slice();
  return listed.filter((guard) => {
    if (guard.privileged) return true;
    if (override.mode === 'off') return false;
    const named = guard.name !== null && override.names.includes(guard.name);
    return override.mode === 'only' ? named : !named;
  });
}
