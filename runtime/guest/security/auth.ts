/**
 * `auth`, `policy.auth` and `using` (security.md 7). The program names credentials; what they are
 * is found by the host and never enters the realm. For everything that decides about labels an
 * injected credential is an input labelled `secret`.
 */

import { EMPTY, makeMark } from '../../shared/marks.js';
import { nearestName } from '../../shared/policy/suggest.js';
import { Box, isObject, plain } from '../box.js';
import type { DoorArgument } from '../door.js';
import { MlldError } from '../errors.js';
import type { ModuleRecord } from '../modules.js';
import { opt, type Variable } from '../refs.js';
import { activePolicies } from './policies.js';
import { requireAuthor } from './settings.js';

/** A credential as the host is asked for it. */
interface Credential {
  readonly name: string;
  readonly from: string;
  readonly as?: string;
  /** Declared with `auth`: the danger list of policies does not concern it. */
  readonly standalone: boolean;
}

/** What `auth` directives declared, by module. The main script's win everywhere (security.md 7.1). */
const declared = new Map<number, Map<string, Credential>>();
let mainModule = -1;

/** `auth @name = "ENV"` or `{ from, as }`; the last one of a name wins. */
export function defineAuth(module: ModuleRecord, name: string, value: Box, site: number): void {
  if (module.mark === EMPTY) mainModule = module.id;
  requireAuthor(value, `auth @${name}`, site);
  const own = declared.get(module.id) ?? new Map<string, Credential>();
  declared.set(module.id, own.set(name, { name, ...sourceOf(name, plain(value.value), site), standalone: true }));
}

function sourceOf(name: string, value: unknown, site: number): { from: string; as?: string } {
  if (typeof value === 'string' && value !== '') return { from: 'keychain', as: value };
  if (isObject(value)) {
    const { from, as } = value;
    const unknown = Object.keys(value).find((key) => key !== 'from' && key !== 'as');
    if (unknown !== undefined) {
      const near = nearestName(unknown, ['from', 'as']);
      throw new MlldError(
        'MlldInterpreter',
        'AUTH_SOURCE_INVALID',
        `auth @${name}: Unknown auth key '${unknown}'${near === undefined ? '' : `. Did you mean '${near}'?`}`,
        { site },
      );
    }
    if (typeof from === 'string' && from !== '' && as === undefined) return { from };
    if (typeof from === 'string' && from !== '' && typeof as === 'string' && as !== '') return { from, as };
  }
  throw new MlldError(
    'MlldInterpreter',
    'AUTH_SOURCE_INVALID',
    `auth @${name} must be the name of an environment variable, or { from: "keychain:service/account" | "keychain" | "env:VAR", as: "ENV" }`,
    { site },
  );
}

/** `with { auth: "a" }`, `with { auth: ["a", "b"] }`. */
export function authNames(value: Box, site: number): string[] {
  requireAuthor(value, 'with { auth }', site);
  const data = plain(value.value);
  const names = Array.isArray(data) ? data : [data];
  if (names.every((name): name is string => typeof name === 'string' && name !== '')) return names;
  throw new MlldError(
    'MlldInterpreter',
    'AUTH_NOT_CONFIGURED',
    'with { auth } must be the name of a credential or a list of names',
    { site },
  );
}

/** The value of `using @name as ENV`. */
export function usingValue(variable: Variable, name: string, site: number): Box {
  const value = variable === undefined ? undefined : opt(variable);
  if (value !== undefined && value.value !== undefined && value.value !== null) return value;
  throw new MlldError('MlldInterpreter', 'USING_VARIABLE_NOT_FOUND', `Variable not found: ${name}`, {
    site,
    hint: `Define it before this line: var secret @${name} = …`,
  });
}

/** Credentials a child gets: what the door is asked for, and the inputs they count as. */
export interface Injected {
  readonly argument: DoorArgument | undefined;
  readonly inputs: readonly Box[];
}

const NOTHING: Injected = { argument: undefined, inputs: [] };

/** Looks credentials up: the main script's `auth`, then policies, then what the module itself declares. */
export function injected(module: ModuleRecord | null, names: readonly string[] | undefined, site: number): Injected {
  if (!names?.length) return NOTHING;
  const credentials = [...new Set(names)].map((name) => lookup(module, name, site));
  const inputs = credentials.map(
    ({ name }) => new Box(`auth:${name}`, makeMark({ labels: ['secret'], sources: [`auth:${name}`] })),
  );
  const mark = makeMark({ labels: ['secret'], sources: credentials.map(({ name }) => `auth:${name}`) });
  return { argument: new Box(credentials, mark), inputs };
}

function lookup(module: ModuleRecord | null, name: string, site: number): Credential {
  const policies = activePolicies();
  const found =
    declared.get(mainModule)?.get(name) ??
    policyCredential(policies, name) ??
    declared.get(module?.id ?? mainModule)?.get(name);
  if (found) return found;
  throw new MlldError(
    'MlldInterpreter',
    'AUTH_NOT_CONFIGURED',
    `Auth config '${name}' is not defined. Declare auth @${name} = ... or policy.auth.${name}.`,
    { site },
  );
}

function policyCredential(policies: ReturnType<typeof activePolicies>, name: string): Credential | null {
  for (let i = policies.length - 1; i >= 0; i--) {
    const { auth } = policies[i]!;
    if (Object.hasOwn(auth, name)) return { name, ...auth[name]!, standalone: false };
  }
  return null;
}
