/** What a person can do about unmet needs: the names they may have meant, and how to install the rest. */

import { readdirSync } from 'node:fs';
import path from 'node:path';
import { suggestions } from '../../../compiler/diagnostics/suggest.js';
import type { Ecosystem } from '../../shared/security/needs-types.js';
import type { Unmet } from '../../shared/security/unmet.js';
import type { MachineProbe } from './probe.js';

const INSTALL: Readonly<Partial<Record<Ecosystem, string>>> = {
  node: 'npm install',
  python: 'pip install',
  ruby: 'gem install',
};

/** One line for each kind of thing to do. */
export function remedies(unmet: readonly Unmet[], probe: MachineProbe): string[] {
  const lines = unmet.flatMap((need) => {
    const near = suggestions(need.name, namesLike(need, probe));
    return near.length > 0 ? [`Instead of ${need.name}, did you mean ${near.join(' or ')}?`] : [];
  });
  const programs = unmet.filter(({ kind }) => kind === 'command' || kind === 'runtime' || kind === 'sh');
  if (programs.length > 0) lines.push(`Install ${names(programs)} so that it is found in PATH.`);
  for (const [ecosystem, command] of Object.entries(INSTALL)) {
    const packages = unmet.filter((need) => need.kind === 'package' && need.ecosystem === ecosystem);
    if (packages.length > 0) lines.push(`Install with: ${command} ${packages.map(({ name }) => name).join(' ')}`);
  }
  return [...lines, 'What the module can do without does not belong in needs.'];
}

function names(list: readonly Unmet[]): string {
  return list.map(({ name }) => name).join(', ');
}

/** What is there under names of the same kind. */
function namesLike({ kind, ecosystem }: Unmet, probe: MachineProbe): string[] {
  if (kind === 'command') return (probe.environment.PATH ?? '').split(path.delimiter).flatMap(entriesOf);
  if (kind === 'package' && ecosystem === 'node')
    return probe.places.flatMap((place) => packagesOf(path.join(place, 'node_modules')));
  return [];
}

function packagesOf(folder: string): string[] {
  return entriesOf(folder).flatMap((name) =>
    name.startsWith('@') ? entriesOf(path.join(folder, name)).map((inner) => `${name}/${inner}`) : [name],
  );
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
