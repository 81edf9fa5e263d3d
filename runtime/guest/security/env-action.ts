/** `env` actions of guards: the terms one operation runs under (security.md 3.5). */

import { join } from '../../shared/marks.js';
import type { Policy } from '../../shared/policy/types.js';
import { type Box, isObject, memberOf } from '../box.js';
import { type Settings, settingsOf, underPolicies } from '../box-settings.js';
import { isolated } from '../boxes.js';
import { type Context, OPEN_SCOPE } from '../context.js';
import { MlldError } from '../errors.js';
import { parse, policiesFor, withFragment } from './policies.js';
import type { GuardDecision } from './registry.js';

/** What an `env` action asks for. */
export interface EnvRequest {
  /** The configuration children run under, as a box has it; its tools and servers do not concern one operation. */
  readonly settings: Settings | null;
  readonly policy: Policy | null;
  readonly site: number;
}

/**
 * Reads the value of an `env` action: a configuration as `box` takes it, or `{ env, policy }`.
 *
 * @throws MlldError ENV_CONFIG_INVALID, ENV_POLICY_FRAGMENT_INVALID: an action that is not understood is no permission
 */
export function envRequest({ value, site }: Extract<GuardDecision, { kind: 'env' }>): EnvRequest {
  const invalid = (code: string, message: string) => new MlldError('Guard', code, message, { site });
  const config = value?.value;
  if (config === null || config === undefined)
    throw invalid('ENV_CONFIG_INVALID', 'Guard env actions require a config value: env @config');
  if (!isObject(config)) throw invalid('ENV_CONFIG_INVALID', 'Guard env config must be an object');
  const isPair = Object.hasOwn(config, 'env') || Object.hasOwn(config, 'policy');
  const member = (key: string): Box | null => (Object.hasOwn(config, key) ? memberOf(value!, config[key]) : null);
  const env = isPair ? member('env') : value;
  const policy = isPair ? member('policy') : null;
  if (policy !== null && !isObject(policy.value))
    throw invalid('ENV_POLICY_FRAGMENT_INVALID', 'Guard env policy fragment must be an object');
  if (env !== null && !isObject(env.value)) throw invalid('ENV_CONFIG_INVALID', 'Guard env config must be an object');
  if (policy === null && (env === null || Object.keys(env.value as object).length === 0))
    throw invalid('ENV_CONFIG_INVALID', 'Guard env actions require either env config or policy fragment');
  return {
    settings: env === null ? null : settingsOf(env, null, site),
    policy: policy === null ? null : parse(policy, 'env', site),
    site,
  };
}

/** The context of an operation under the terms of an `env` action. */
export function inEnvironment(context: Context, { settings, policy, site }: EnvRequest): Context {
  const under = policy ? withFragment(context, policy, site) : context;
  if (settings === null) return under;
  const terms = underPolicies(settings, null, policiesFor(under), site);
  const around = context.scope ?? OPEN_SCOPE;
  const scope = {
    ...around,
    isolation: isolated(context.scope, settings.isolation, terms.isolation, site),
    auth: [...new Set([...around.auth, ...terms.auth])],
    mark: join(around.mark, terms.mark),
  };
  return under.with({ scope });
}
