import type { Report } from './report.js';
import { type Environment, environmentsIn, type Places, printable, storeFolder } from './store.js';

/** `env list`: text for people (seed.md D19) or one JSON object (D20). */
export function listEnvironments(places: Places, options: { readonly json?: boolean } = {}): Report {
  const local = environmentsIn(places, 'local');
  const global = environmentsIn(places, 'global');
  return { exitCode: 0, out: options.json ? [asJson(local, global)] : asText(places, local, global), err: [] };
}

function asJson(local: readonly Environment[], global: readonly Environment[]): string {
  const entry = ({ name, manifest, folder }: Environment) => ({
    name,
    about: manifest.about,
    version: manifest.version,
    path: folder,
  });
  return JSON.stringify({ local: local.map(entry), global: global.map(entry) }, null, 2);
}

function asText(places: Places, local: readonly Environment[], global: readonly Environment[]): string[] {
  const total = local.length + global.length;
  if (total === 0)
    return [
      'No environment modules found.',
      '',
      "Run 'mlldc env capture NAME' to make one from your Claude configuration.",
    ];
  const lines = ['Available environments:', ''];
  for (const [title, scope, found] of [
    ['Local', 'local', local],
    ['Global', 'global', global],
  ] as const) {
    if (found.length === 0) continue;
    lines.push(`${title} (${storeFolder(places, scope)}):`, ...found.map(describe), '');
  }
  lines.push(total === 1 ? '(1 environment total)' : `(${total} environments total)`);
  return lines;
}

function describe({ name, manifest }: Environment): string {
  return ['', name, printable(manifest.version), printable(manifest.about)]
    .filter((part, index) => index === 0 || part !== '')
    .join('  ');
}
