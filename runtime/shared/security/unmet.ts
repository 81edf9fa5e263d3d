/** Which declared needs the machine does not meet, and how that is said (security.md 6.1, seed.md D3). */

import type { Ecosystem, Needs, PackageNeed } from './needs-types.js';

/** What the host can find out. All answers are about the module that declares the needs. */
export interface NeedsProbe {
  /** True when the program is found in PATH. */
  command(name: string): boolean;
  /** True when a POSIX shell can be started. */
  shell(): boolean;
  /** Why no keychain answers on this machine (`requires macOS`), or null when one does. */
  keychainProblem(): Promise<string | null>;
  /** True when the language's own program is there. */
  runtime(ecosystem: Ecosystem): boolean;
  /** For each package why it cannot be used, or null when it can; modules built into the runtime can. */
  packages(ecosystem: Ecosystem, list: readonly PackageNeed[]): Promise<(string | null)[]>;
}

export interface Unmet {
  kind: 'command' | 'sh' | 'keychain' | 'runtime' | 'package';
  name: string;
  ecosystem?: Ecosystem;
  reason: string;
}

/** Every unmet need; `network` and `filesystem` are always there. */
export async function unmetNeeds(needs: Needs, probe: NeedsProbe): Promise<Unmet[]> {
  const unmet: Unmet[] = [];
  if (needs.sh && !probe.shell()) unmet.push({ kind: 'sh', name: 'sh', reason: 'shell executable not available' });
  const keychain = needs.keychain ? await probe.keychainProblem() : null;
  if (keychain !== null) unmet.push({ kind: 'keychain', name: 'keychain', reason: keychain });
  for (const name of Object.keys(needs.commands)) {
    if (!probe.command(name)) unmet.push({ kind: 'command', name, reason: 'command not found in PATH' });
  }
  for (const ecosystem of needs.runtimes) {
    if (!probe.runtime(ecosystem)) {
      unmet.push({ kind: 'runtime', name: ecosystem, ecosystem, reason: `${ecosystem} runtime not available` });
      continue;
    }
    const list = needs.packages[ecosystem];
    const problems = list.length > 0 ? await probe.packages(ecosystem, list) : [];
    list.forEach(({ name }, i) => {
      const reason = problems[i] ?? null;
      if (reason !== null) unmet.push({ kind: 'package', name, ecosystem, reason });
    });
  }
  return unmet;
}

/** The message for a module that may not start; null when nothing is unmet. */
export function needsMessage(unmet: readonly Unmet[]): string | null {
  const packages = unmet.filter((need) => need.kind === 'package').map((need) => need.name);
  const capabilities = unmet.filter((need) => need.kind !== 'package');
  const lines: string[] = [];
  if (capabilities.length) {
    const list = capabilities.map(
      (need) => `${need.kind === 'command' ? `cmd:${need.name}` : need.name} (${need.reason})`,
    );
    lines.push(`Module requires capabilities not available: ${list.join(', ')}`);
  }
  if (packages.length) lines.push(`Missing packages: ${packages.join(', ')}`);
  return lines.length ? lines.join('\n') : null;
}

/** The message for an imported module: the reference starts the module, and reports what it says (security.md 6.1). */
export function importNeedsMessage(source: string, unmet: readonly Unmet[]): string {
  return `Error evaluating imported file '${source}': ${needsMessage(unmet) ?? ''}`;
}
