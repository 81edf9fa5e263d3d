/** `box { fs, net, limits, provider }` (security.md 9.1): children of that box run under a provider. */

import { RESOURCES, strictestLimit } from '../../../shared/policy/limits.js';
import type { Policy } from '../../../shared/policy/types.js';
import type { Box, Command, Limits, SpawnPlan } from '../../isolation/types.js';
import type { Services } from '../services.js';
import { type Binding, HostError } from '../types.js';
import type { Child } from './credentials.js';

/** A binding whose children run inside the box their request names. */
export function withBox<Name extends Child>(
  services: Services,
  make: (services: Services) => Binding<Name>,
): Binding<Name> {
  const free = make(services);
  const boxed = new Map<string, Binding<Name>>();
  return {
    ...(free.subjects && { subjects: free.subjects }),
    run(args, context) {
      const { box, bridge } = args as { box?: unknown; bridge?: number };
      const permitted = permittedResources(context.policies);
      if (box === undefined && permitted === null) return free.run(args, context);
      const config = readConfig(box ?? {});
      config.limits = strictest(config.limits, permitted ?? {});
      const folder = bridge === undefined ? null : services.bridgeFolder(bridge);
      // The bridge's relay is run by this very Node, from the folder its socket is in.
      if (folder !== null && (config.read ?? config.write) !== null)
        config.read = [...(config.read ?? []), folder, process.execPath];
      const key = JSON.stringify(config);
      // Processes that live on, such as those of node bodies, are shared inside one box only.
      const binding = boxed.get(key) ?? make({ ...services, isolate: (command) => planIn(config, command) });
      boxed.set(key, binding);
      return binding.run(args, context);
    },
  };
}

/** What a box asks for; null where it does not say. */
interface BoxConfig {
  provider: string | null;
  read: string[] | null;
  write: string[] | null;
  net: Box['net'] | null;
  limits: Limits;
}

/**
 * The plan that starts an MCP server in a box. Unlike a command, which works in the box's
 * workspace, it runs in the project, and gets of it what the box lists.
 * @throws HostError when the box says something that cannot be enforced as it stands
 * @throws IsolationError when this machine cannot enforce it
 */
export async function planInBox(box: unknown, command: Command): Promise<SpawnPlan> {
  return planIn(readConfig(box), command, null);
}

async function planIn(config: BoxConfig, command: Command, workspace: string | null = command.cwd): Promise<SpawnPlan> {
  const { builtinProviders, chooseProvider } = await import('../../isolation/choose.js');
  const { read, write, net, limits } = config;
  // A box that speaks of files at all grants what it lists, and its workspace.
  const silent = read === null && write === null;
  const box: Box = {
    fsRead: silent ? ['/'] : (read ?? []),
    fsWrite: silent ? ['/'] : [...(write ?? []), ...(workspace === null ? [] : [workspace])],
    net: net ?? { allow: ['*'] },
    limits,
  };
  const provider = await chooseProvider(box, builtinProviders(), config.provider ?? undefined);
  return provider.wrap(command, box);
}

/** What policies permit every child (security.md 5.2); null when none says anything. */
function permittedResources(policies: readonly Policy[]): Limits | null {
  const found = RESOURCES.flatMap((name) => {
    const limit = strictestLimit(policies, name);
    return limit === null ? [] : [[name, limit.value] as const];
  });
  return found.length === 0 ? null : Object.fromEntries(found);
}

function strictest(box: Limits, permitted: Limits): Limits {
  const lesser = RESOURCES.map((name) => [name, Math.min(box[name] ?? Infinity, permitted[name] ?? Infinity)] as const);
  return { ...box, ...Object.fromEntries(lesser.filter(([, value]) => value !== Infinity)) };
}

const LIMITS: Readonly<Record<string, keyof Limits>> = {
  timeMs: 'timeMs',
  timeout: 'timeMs',
  outputBytes: 'outputBytes',
  memoryBytes: 'memoryBytes',
  processes: 'processes',
  fileBytes: 'fileBytes',
  openFiles: 'openFiles',
};

/** @throws HostError when the box says something that cannot be enforced as it stands */
function readConfig(value: unknown): BoxConfig {
  const config = objectOf(value, 'box', ['provider', 'fs', 'net', 'limits']);
  const { provider, fs, net } = config;
  if (!isNothing(provider) && typeof provider !== 'string') throw invalid('box provider must be a name');
  const files = isNothing(fs) ? {} : objectOf(fs, 'box fs', ['read', 'write']);
  return {
    provider: (provider as string | undefined) ?? null,
    read: isNothing(files.read) ? null : stringsOf(files.read, 'box fs.read'),
    write: isNothing(files.write) ? null : stringsOf(files.write, 'box fs.write'),
    net: isNothing(net) ? null : netOf(net),
    limits: limitsOf(config.limits),
  };
}

function netOf(net: unknown): Box['net'] {
  if (net === 'none' || net === false) return 'none';
  if (net === '*' || net === true) return { allow: ['*'] };
  const { allow, deny } = Array.isArray(net) ? { allow: net } : objectOf(net, 'box net', ['allow', 'deny']);
  const hosts = isNothing(allow) && !isNothing(deny) ? ['*'] : stringsOf(allow, 'box net.allow');
  if (hosts.length === 0) return 'none';
  return isNothing(deny) ? { allow: hosts } : { allow: hosts, deny: stringsOf(deny, 'box net.deny') };
}

function limitsOf(value: unknown): Limits {
  if (isNothing(value)) return {};
  const limits: { -readonly [Name in keyof Limits]: Limits[Name] } = {};
  for (const [name, limit] of Object.entries(objectOf(value, 'box limits', Object.keys(LIMITS)))) {
    if (typeof limit !== 'number' || !(limit > 0)) throw invalid(`box limits.${name} must be a positive number`);
    limits[LIMITS[name]!] = limit;
  }
  return limits;
}

function objectOf(value: unknown, what: string, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${what} must be an object`);
  const unknown = Object.keys(value).filter((key) => !known.includes(key));
  // Something that is meant to restrict and is not understood must not be left out.
  if (unknown.length > 0)
    throw invalid(`${what} has unknown entries: ${unknown.join(', ')}. Known: ${known.join(', ')}`);
  return value as Record<string, unknown>;
}

function stringsOf(value: unknown, what: string): string[] {
  const list = typeof value === 'string' ? [value] : value;
  if (Array.isArray(list) && list.every((item): item is string => typeof item === 'string')) return list;
  throw invalid(`${what} must be a list of strings`);
}

function isNothing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function invalid(message: string): HostError {
  return new HostError('MlldInterpreter', 'ENV_CONFIG_INVALID', message);
}
