/** What this machine has, asked on behalf of one module. */

import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import semver from 'semver';
import type { Ecosystem, PackageNeed } from '../../shared/security/needs-types.js';
import type { NeedsProbe } from '../../shared/security/unmet.js';
import type { Services } from '../bindings/services.js';
import { findProgram } from '../isolation/lookup.js';

/** The programs of each language, best first. */
const RUNTIMES: Readonly<Record<Ecosystem, readonly string[]>> = {
  node: ['node'],
  python: ['python3', 'python'],
  ruby: ['ruby'],
  go: ['go'],
  rust: ['cargo', 'rustc'],
};

/** How long a language may take to say what is installed. */
const LISTING_TIMEOUT = 20_000;

const NOT_INSTALLED = 'package not installed';

/** Prints for each argument its version, `?` when it has none, or an empty line when it is not there. */
const PYTHON_LISTING = `
import sys, importlib.util
from importlib import metadata
for name in sys.argv[1:]:
    try: print(metadata.version(name))
    except metadata.PackageNotFoundError:
        try: print('?' if importlib.util.find_spec(name) else '')
        except (ImportError, ValueError): print('')
`;
const RUBY_LISTING = `ARGV.each { |name| puts((Gem::Specification.find_by_name(name).version.to_s rescue '')) }`;

export class MachineProbe implements NeedsProbe {
  /** Directories packages of Node are looked for from: the module's, the project's, where the run was started. */
  readonly places: readonly string[];
  private readonly dir: string;

  /** @param dir the module's directory, from the root of the project it was compiled in */
  constructor(
    private readonly services: Services,
    dir: string,
  ) {
    this.dir = path.resolve(services.config.root, dir);
    this.places = [...new Set([this.dir, services.dir, services.config.root])];
  }

  get environment(): Readonly<Record<string, string | undefined>> {
    return this.services.environment;
  }

  command(name: string): boolean {
    return this.find(name) !== null;
  }

  shell(): boolean {
    return this.find('sh') !== null;
  }

  async keychainProblem(): Promise<string | null> {
    const answer = await (await this.services.keychain()).available();
    return answer === true ? null : answer;
  }

  runtime(ecosystem: Ecosystem): boolean {
    return RUNTIMES[ecosystem].some((program) => this.find(program) !== null);
  }

  async packages(ecosystem: Ecosystem, list: readonly PackageNeed[]): Promise<(string | null)[]> {
    switch (ecosystem) {
      case 'node':
        return list.map((need) => this.nodePackage(need));
      case 'python':
        return this.listed(['-c', PYTHON_LISTING], 'python', list);
      case 'ruby':
        return this.listed(['-e', RUBY_LISTING, '--'], 'ruby', list);
      // Their packages are built into what uses them: there is nothing installed to look for.
      case 'go':
      case 'rust':
        return list.map(() => null);
    }
  }

  private find(program: string): string | null {
    return findProgram(program, this.environment, this.dir);
  }

  private nodePackage({ name, range }: PackageNeed): string | null {
    for (const place of this.places) {
      const require = createRequire(path.join(place, 'mlld.js'));
      const version = versionOf(require, name);
      if (version !== null) return satisfies(version, range);
    }
    // npm and its kin come with Node, as programs rather than packages.
    return this.command(name) ? null : NOT_INSTALLED;
  }

  /** Asks the language itself, once for all packages. */
  private async listed(
    args: readonly string[],
    ecosystem: Ecosystem,
    list: readonly PackageNeed[],
  ): Promise<(string | null)[]> {
    const program = RUNTIMES[ecosystem].map((name) => this.find(name)).find((file) => file !== null)!;
    const names = list.map(({ name }) => name);
    try {
      const { stdout } = await promisify(execFile)(program, [...args, ...names], {
        env: this.environment as NodeJS.ProcessEnv,
        timeout: LISTING_TIMEOUT,
      });
      const versions = stdout.split(/\r?\n/);
      return list.map(({ range }, i) => (versions[i] ? satisfies(versions[i], range) : NOT_INSTALLED));
    } catch (error) {
      const [reason] = (error as Error).message.split('\n');
      return list.map(() => `cannot be looked for: ${reason}`);
    }
  }
}

/** The version of an installed package, `?` for one without (built-in modules), or null. */
function versionOf(require: NodeJS.Require, name: string): string | null {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      const { version } = require(path.join(folder, name, 'package.json')) as { version?: string };
      return version ?? '?';
    } catch {
      // Not in this folder.
    }
  }
  try {
    require.resolve(name);
    return '?';
  } catch {
    return null;
  }
}

function satisfies(version: string, range: string | null): string | null {
  if (range === null || version === '?') return null;
  const known = semver.coerce(version, { includePrerelease: true });
  if (known && semver.satisfies(known, range, { includePrerelease: true })) return null;
  return semver.validRange(range) === null
    ? `'${range}' is no version range`
    : `version ${version} does not satisfy ${range}`;
}
