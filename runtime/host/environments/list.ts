import type { Keychain } from '../bindings/keychain/open.js';
import type { Report } from './report.js';
import { ENVIRONMENT_SERVICE, type Environment, environmentsIn, type Places, printable, storeFolder } from './store.js';

/** Whether the entry `capture` makes is in the keychain; unknown where no keychain can be asked. */
type CredentialStatus = 'stored' | 'missing' | 'unknown';

type Listed = Environment & { readonly credentials: CredentialStatus };

export interface ListOptions {
  readonly json?: boolean;
  /** Asked for presence only. */
  readonly keychain: Pick<Keychain, 'has'>;
}

/** `env list`: text for people (seed.md D19, D21) or one JSON object (D20). */
export async function listEnvironments(places: Places, { json, keychain }: ListOptions): Promise<Report> {
  const statuses = new Statuses(keychain);
  const local = await statuses.of(environmentsIn(places, 'local'));
  const global = await statuses.of(environmentsIn(places, 'global'));
  if (json) return { exitCode: 0, out: [asJson(local, global)], err: [] };
  const note = statuses.failure === null ? [] : [`Credentials are not shown: ${statuses.failure}`];
  return { exitCode: 0, out: asText(places, local, global), err: note };
}

/** Looks entries up until the keychain fails once: what failed for one fails for all. */
class Statuses {
  failure: string | null = null;

  constructor(private readonly keychain: ListOptions['keychain']) {}

  async of(environments: readonly Environment[]): Promise<Listed[]> {
    const listed: Listed[] = [];
    for (const environment of environments)
      listed.push({ ...environment, credentials: await this.status(environment.name) });
    return listed;
  }

  private async status(name: string): Promise<CredentialStatus> {
    if (this.failure !== null) return 'unknown';
    try {
      return (await this.keychain.has(ENVIRONMENT_SERVICE, name)) ? 'stored' : 'missing';
    } catch (error) {
      // A directory may have a name that no entry can have.
      if ((error as { code?: unknown }).code === 'KEYCHAIN_INVALID_ENTRY') return 'missing';
      this.failure = (error as Error).message;
      return 'unknown';
    }
  }
}

function asJson(local: readonly Listed[], global: readonly Listed[]): string {
  const entry = ({ name, manifest, folder, credentials }: Listed) => ({
    name,
    about: manifest.about,
    version: manifest.version,
    path: folder,
    credentials,
  });
  return JSON.stringify({ local: local.map(entry), global: global.map(entry) }, null, 2);
}

function asText(places: Places, local: readonly Listed[], global: readonly Listed[]): string[] {
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

function describe({ name, manifest, credentials }: Listed): string {
  return ['', printable(name), printable(manifest.version), printable(manifest.about), CREDENTIALS[credentials]]
    .filter((part, index) => index === 0 || part !== '')
    .join('  ');
}

const CREDENTIALS: Record<CredentialStatus, string> = {
  stored: '[credentials: ✓]',
  missing: '[credentials: missing]',
  unknown: '',
};
