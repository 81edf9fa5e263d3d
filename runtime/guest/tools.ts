/** Tool collections (security.md 8.5): what a scope or a client may call, and under which terms. */

import { nearestName } from '../shared/policy/suggest.js';
import { Box, isObject, memberOf, plain } from './box.js';
import { MlldError } from './errors.js';
import { type Executable, isExecutable } from './executable.js';
import { requireAuthorOf } from './security/settings.js';
import { toText } from './values/display.js';

/** One entry of a collection. */
export interface Tool {
  readonly name: string;
  readonly target: Executable;
  readonly labels: readonly string[];
  readonly description: string;
  /** Values the caller neither sees nor chooses. */
  readonly bind: ReadonlyMap<string, Box>;
  /** Parameters the caller may give, in the executable's order. */
  readonly visible: readonly string[];
  readonly optional: readonly string[];
  /** The parameters that decide what a call does; null where nobody said. */
  readonly controlArgs: readonly string[] | null;
  /** The schema of the server it is passed on from. */
  readonly schema?: unknown;
}

/**
 * `var tools @t = { … }`: checked where it is defined.
 * @param written the names the source gives as `mlld`, by tool
 */
export function toolCollection(value: Box, site: number, written: Readonly<Record<string, string>>): Box {
  toolsOf(value, site, written);
  return value;
}

/** The entries of a collection. */
export function toolsOf(collection: Box, site: number, written: Readonly<Record<string, string>> = {}): Tool[] {
  if (!isObject(collection.value)) throw invalid('Tool collections must be object literals', site);
  return Object.keys(collection.value).map((name) =>
    readTool(name, memberOf(collection, (collection.value as Record<string, unknown>)[name]), site, written[name]),
  );
}

/** True for an object in which at least one member names an executable. */
export function isCollection(value: Box): boolean {
  if (!isObject(value.value)) return false;
  return Object.values(value.value).some((member) => {
    const entry = member instanceof Box ? member.value : member;
    if (!isObject(entry) || !Object.hasOwn(entry, 'mlld')) return false;
    return isExecutable(entry.mlld instanceof Box ? entry.mlld.value : entry.mlld);
  });
}

function readTool(name: string, entry: Box, site: number, written: string | undefined): Tool {
  const fail = (problem: string): never => {
    throw invalid(`Tool '${name}' ${problem}`, site);
  };
  if (!isObject(entry.value)) return fail('must be an object');
  // A key nobody reads would be a restriction that does not hold.
  for (const key of Object.keys(entry.value)) if (!KEYS.includes(key)) fail(unknownKey(key));
  const field = (key: string): Box | null =>
    Object.hasOwn(entry.value as object, key) ? memberOf(entry, (entry.value as Record<string, unknown>)[key]) : null;
  const reference = field('mlld') ?? fail("is missing 'mlld' reference");
  if (!isExecutable(reference.value)) return fail(`references non-executable '@${written ?? toText(reference)}'`);
  const target = reference.value;
  const list = (key: string): string[] | null => {
    const value = field(key);
    const data = value === null ? null : plain(value.value);
    if (data === null || data === undefined) return null;
    if (Array.isArray(data) && data.every((item): item is string => typeof item === 'string')) return data;
    return fail(`${key} must be an array of strings`);
  };
  const require = (problem: string, names: readonly string[]): void => {
    if (names.length > 0) fail(`${problem}: ${names.join(', ')}`);
  };
  for (const key of ['labels', 'controlArgs', 'expose']) requireAuthorOf(entry, key, `${key} of tool '${name}'`, site);
  const bound = field('bind');
  if (bound !== null && !isObject(bound.value)) fail('bind must be an object');
  const bind = new Map(
    Object.keys((bound?.value as object) ?? {}).map((key) => [
      key,
      memberOf(bound!, (bound!.value as Record<string, unknown>)[key]),
    ]),
  );
  const expose = list('expose');
  const optional = list('optional') ?? [];
  const controlArgs = list('controlArgs');
  const known = (param: string): boolean => target.params.includes(param);
  require(`bind keys must match parameters of '@${target.name}'`, [...bind.keys()].filter((key) => !known(key)));
  require(`expose values must match parameters of '@${target.name}'`, (expose ?? []).filter((key) => !known(key)));
  require('expose values cannot include bound parameters', (expose ?? []).filter((key) => bind.has(key)));
  if (optional.length > 0 && expose === null) fail('optional values require expose to be set');
  require('optional values must be a subset of expose', optional.filter((key) => !expose!.includes(key)));
  // Only parameters behind the last one that is given may be left out of a call.
  if (expose !== null) {
    const covered = (param: string): boolean => bind.has(param) || expose.includes(param);
    const last = target.params.findLastIndex(covered);
    require('bind and expose must cover required parameters', target.params
      .slice(0, last + 1)
      .filter((param) => !covered(param)));
  }
  const visible = target.params.filter((param) => (expose === null ? !bind.has(param) : expose.includes(param)));
  require('controlArgs must reference visible parameters', (controlArgs ?? []).filter((key) => !visible.includes(key)));
  const description = field('description');
  return {
    name,
    target,
    labels: list('labels') ?? [],
    description: description === null ? (target.description ?? '') : toText(description),
    bind,
    visible,
    optional,
    controlArgs,
  };
}

const KEYS: readonly string[] = ['mlld', 'labels', 'description', 'bind', 'expose', 'optional', 'controlArgs'];

function unknownKey(key: string): string {
  const near = nearestName(key, KEYS);
  return `has an unknown key '${key}'. ${near === undefined ? `Known are: ${KEYS.join(', ')}` : `Did you mean '${near}'?`}`;
}

/** Labels by executable, as a scope keeps them; entries that share an executable add up. */
export function termsOf(
  tools: readonly Tool[],
  outer: ReadonlyMap<Executable, Tool> = new Map(),
): ReadonlyMap<Executable, Tool> {
  const terms = new Map(outer);
  for (const tool of tools) {
    const known = terms.get(tool.target);
    terms.set(tool.target, known ? { ...tool, labels: [...new Set([...known.labels, ...tool.labels])] } : tool);
  }
  return terms;
}

function invalid(message: string, site: number): MlldError {
  return new MlldError('MlldInterpreter', 'TOOL_COLLECTION_INVALID', message, { site });
}
