/** What a policy says that reaches beyond itself: everything else it says can only take away (security.md 5.6). */

import type { AllowDeny, Policy } from './types.js';

/** The keys of a policy, as they are written, that give something to what other policies decide about. */
export function grantsBeyond({ auth, defaults, env, keychain, signers }: Policy): string[] {
  const adds = (scope: AllowDeny | null | undefined): boolean => scope?.attenuation === 'union';
  const said: Record<string, boolean> = {
    auth: Object.keys(auth).length > 0,
    signers: Object.keys(signers).length > 0,
    'keychain.provider': keychain.provider !== null,
    'defaults.unlabeled': defaults.unlabeled === 'trusted',
    'defaults.trustconflict': defaults.trustconflict === 'warn' || defaults.trustconflict === 'silent',
    'defaults.autosign': defaults.autosign !== null,
    'defaults.autoverify': defaults.autoverify !== null,
    'env.default': env?.default != null,
    'env.providers': Object.values(env?.providers ?? {}).some((rule) => rule.auth.length > 0 || rule.profiles !== null),
    'env.attenuation': adds(env?.tools) || adds(env?.mcps) || adds(env?.net),
  };
  return Object.keys(said).filter((key) => said[key]);
}
