/** Needs as the data a declaration is written with, and as its text (security.md 6.1). */

import { record } from '../record.js';
import { type CommandNeed, ECOSYSTEMS, type Needs, type PackageNeed } from './needs-types.js';

/** Data that `parseNeeds` reads back to the same needs; what is not needed is left out. */
export function needsData(needs: Needs): Record<string, unknown> {
  const data = record<unknown>();
  for (const flag of ['keychain', 'sh', 'network', 'filesystem'] as const) if (needs[flag]) data[flag] = true;
  const names = Object.keys(needs.commands);
  if (needs.anyCommand) data.cmd = '*';
  else if (names.every((name) => isAnyUse(needs.commands[name]!))) {
    if (names.length > 0) data.cmd = names;
  } else data.cmd = Object.fromEntries(names.map((name) => [name, commandData(needs.commands[name]!)]));
  for (const ecosystem of ECOSYSTEMS)
    if (needs.runtimes.includes(ecosystem)) data[ecosystem] = needs.packages[ecosystem].map(packageText);
  return data;
}

/** The directive that declares these needs, on one line: `needs { sh, cmd: [curl, jq] }`. */
export function needsText(needs: Needs): string {
  const data = needsData(needs);
  const members = Object.keys(data).map((key) => (data[key] === true ? key : `${key}: ${valueText(data[key])}`));
  return members.length === 0 ? 'needs { }' : `needs { ${members.join(', ')} }`;
}

function isAnyUse(use: CommandNeed): boolean {
  return use.subcommands.length === 0 && use.methods.length === 0 && use.flags.length === 0;
}

function commandData(use: CommandNeed): unknown {
  if (isAnyUse(use)) return '*';
  return Object.fromEntries(Object.entries(use).filter(([, list]) => list.length > 0));
}

function packageText({ name, range }: PackageNeed): string {
  return range === null ? name : `${name}@${range}`;
}

function valueText(value: unknown): string {
  if (value === '*') return '*';
  if (Array.isArray(value)) return `[${value.map((member) => wordText(String(member))).join(', ')}]`;
  const members = Object.entries(value as object).map(([key, member]) => `${keyText(key)}: ${valueText(member)}`);
  return `{ ${members.join(', ')} }`;
}

/** A bare word where the grammar has one, else quoted. */
function wordText(word: string): string {
  return /^[A-Za-z][\w.@/^~+-]*$/.test(word) && !['true', 'false', 'null'].includes(word) ? word : JSON.stringify(word);
}

function keyText(key: string): string {
  return /^[A-Za-z_][\w-]*$/.test(key) ? key : JSON.stringify(key);
}
