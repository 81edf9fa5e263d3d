/** What a program learns about its run: inputs, environment, state, project (language.md 11.7, 12). */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { ArgsOf } from '../../../shared/operations.js';
import { findProgram } from '../../isolation/lookup.js';
import { isVisible } from '../exec/environment.js';
import { findPython } from '../exec/python.js';
import type { Services } from '../services.js';
import { type BindingsOf, HostError } from '../types.js';

export interface StateWrite {
  path: string;
  value: unknown;
}

export interface ProjectOptions {
  /** Standard input of the run: text, a stream to read when first asked, or null when there is none. */
  stdin: string | Readable | null;
  /** Receives what `output … to state://…` writes. */
  onStateWrite: (write: StateWrite) => void;
}

export function projectBindings(
  services: Services,
  options: ProjectOptions,
): BindingsOf<'input' | 'env' | 'state' | 'project'> {
  let input: Promise<string | null> | undefined;
  return {
    'input.read': {
      async run() {
        input ??= readInput(options.stdin, services.limits.file);
        return { value: await input, mark: { sources: ['input'] } };
      },
    },
    'env.get': {
      run({ names }) {
        const values: Record<string, string | null> = {};
        const hidden: string[] = [];
        for (const name of names) {
          const visible = isVisible(name, services.allowed);
          const value = Object.hasOwn(services.environment, name) ? services.environment[name] : undefined;
          if (!visible && value !== undefined) hidden.push(name);
          Object.defineProperty(values, name, { value: visible ? (value ?? null) : null, enumerable: true });
        }
        return { value: { values, hidden }, mark: { sources: ['input'] } };
      },
    },
    'env.set': {
      run({ name, text }) {
        if (!/^[A-Za-z_]\w*$/.test(name) || text.includes('\0')) {
          throw new HostError(
            'MlldOutput',
            'EXEC_INVALID_ENV',
            `Output error (env): cannot set the environment variable '${name}'`,
          );
        }
        services.environment[name] = text;
        services.allowed.add(name);
        return { value: null };
      },
    },
    'state.write': {
      run({ path, value }) {
        options.onStateWrite({ path, value });
        return { value: null };
      },
    },
    'project.root': { run: () => ({ value: services.config.root }) },
    'project.missing': { run: async (needs) => ({ value: await missingNeeds(services, needs) }) },
  };
}

async function readInput(stdin: ProjectOptions['stdin'], limit: number): Promise<string | null> {
  if (stdin === null || typeof stdin === 'string') return stdin;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > limit) throw new HostError('Mlld', 'INPUT_TOO_LARGE', `Standard input is larger than ${limit} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What of a `needs` declaration this machine lacks (security.md 6.1). */
async function missingNeeds(services: Services, needs: ArgsOf<'project.missing'>) {
  const { environment, config } = services;
  const lacks = (program: string) => findProgram(program, environment, config.root) === null;
  const require = createRequire(join(config.root, 'mlld.js'));
  return {
    cmd: (needs.cmd ?? []).filter(lacks),
    // npm and its kin come with node, as programs rather than packages.
    node: (needs.node ?? []).filter((name) => !resolves(require, name) && lacks(name)),
    py: needs.py === true && !succeeds(() => findPython(environment, config.root)),
    sh: needs.sh === true && lacks('sh'),
    keychain: needs.keychain === true ? await keychainProblem(services) : null,
  };
}

/** Why no keychain answers, or null. */
async function keychainProblem(services: Services): Promise<string | null> {
  const answer = await (await services.keychain()).available();
  return answer === true ? null : answer;
}

function resolves(require: NodeJS.Require, name: string): boolean {
  return (
    succeeds(() => require.resolve(name)) ||
    (require.resolve.paths(name) ?? []).some((folder) =>
      succeeds(() => require.resolve(join(folder, name, 'package.json'))),
    )
  );
}

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
