/**
 * `import { get, set, delete } from @keychain` and `keychain.get(…)` (security.md 7.4, seed.md 2.D):
 * entries of the machine's keychain, for modules that declare the need.
 */

import { EMPTY } from '../shared/marks.js';
import { Box } from './box.js';
import type { Context } from './context.js';
import { doorPost } from './door.js';
import { MlldError } from './errors.js';
import { Executable } from './executable.js';
import type { ModuleRecord } from './modules.js';
import { declaresKeychain } from './security/needs.js';
import { toText } from './values/display.js';

/** The functions of the keychain; refused in a module without `needs { keychain }` before this line. */
export function keychainExports(module: ModuleRecord, site: number): Map<string, Box> {
  if (!declaresKeychain(module)) {
    throw new MlldError(
      'MlldImport',
      'KEYCHAIN_DIRECT_ACCESS_DENIED',
      'Keychain access requires /needs { keychain } declaration. It has to stand before the access, in the same module. Direct keychain imports are not available. Use policy.auth with using auth:*.',
      {
        site,
        hint: 'Write needs { keychain } first, or declare auth @name = "…" and use it: run cmd { … } using auth:name',
      },
    );
  }
  return new Map([
    ['get', operation('get', ['service', 'account'], site)],
    ['set', operation('set', ['service', 'account', 'value'], site)],
    ['delete', operation('delete', ['service', 'account'], site)],
  ]);
}

function operation(name: 'get' | 'set' | 'delete', params: readonly string[], site: number): Box {
  const body = (context: Context, ...args: (Box | undefined)[]): Promise<Box> => {
    const given: Record<string, Box> = {};
    params.forEach((param, i) => {
      const arg = args[i];
      if (arg === undefined || arg.value === null || arg.value === undefined) {
        throw new MlldError(
          'MlldInterpreter',
          'KEYCHAIN_ARGUMENTS',
          `keychain.${name} needs ${params.join(', ')}; ${param} is missing`,
          { site },
        );
      }
      given[param] = new Box(toText(arg), arg.deep);
    });
    return doorPost(`keychain.${name}`, given, site, context);
  };
  return new Box(new Executable({ name, params, medium: 'keychain', body, site }), EMPTY);
}
