/** Comparing what is declared with what is used (seed.md 5 item 4). */

import { ECOSYSTEMS, type Needs } from './needs-types.js';

/** What `used` has and `declared` does not, as a `needs` directive would name it. */
export function uncovered(declared: Needs, used: Needs): string[] {
  const missing: string[] = [];
  for (const flag of ['keychain', 'sh', 'network', 'filesystem'] as const)
    if (used[flag] && !declared[flag]) missing.push(flag);
  if (!declared.anyCommand) {
    if (used.anyCommand) missing.push('cmd: *');
    for (const name of Object.keys(used.commands))
      if (!Object.hasOwn(declared.commands, name)) missing.push(`cmd:${name}`);
  }
  for (const ecosystem of ECOSYSTEMS) {
    if (used.runtimes.includes(ecosystem) && !declared.runtimes.includes(ecosystem)) missing.push(ecosystem);
    for (const { name } of used.packages[ecosystem])
      if (!declared.packages[ecosystem].some((other) => other.name === name)) missing.push(`${ecosystem}:${name}`);
  }
  return missing;
}
