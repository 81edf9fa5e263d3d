/** `sign` and `verify` (security.md 10.3) are refused: a signature nobody checks would only look like one. */

import { MlldError } from '../errors.js';
import type { ModuleRecord } from '../modules.js';
import type { Variable } from '../refs.js';

/** `sign @v by "who" with sha256`. */
export function sign(
  _module: ModuleRecord,
  variable: Variable,
  name: string,
  _by: unknown,
  method: string,
  site: number,
): never {
  if (variable === undefined) throw refusal('SIGN_VARIABLE', `Variable not found for signing: @${name}`, site);
  if (method !== 'sha256') throw refusal('SIGN_METHOD', `Unsupported signing method: ${method}`, site);
  throw refusal('SIGN_UNAVAILABLE', `mlldc does not sign values; @${name} was not signed`, site);
}

/** `verify @v`. */
export function verify(_module: ModuleRecord, variable: Variable, name: string, site: number): never {
  if (variable === undefined) throw refusal('VERIFY_VARIABLE', `Variable not found for verification: @${name}`, site);
  throw refusal('SIGN_UNAVAILABLE', `mlldc does not verify signatures; @${name} counts as not verified`, site);
}

function refusal(code: string, message: string, site: number): MlldError {
  return new MlldError('MlldSecurity', code, message, { site });
}
