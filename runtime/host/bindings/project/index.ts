/** What a program learns about its run: inputs, environment, state, project (language.md 11.7, 12). */

import type { Readable } from 'node:stream';
import type { Mark, MarkParts } from '../../../shared/marks.js';
import { isVisible } from '../exec/environment.js';
import { variableSubjects } from '../exec/exported.js';
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
        return { value: { values, hidden }, mark: withSource(services.exported.mark(names), 'input') };
      },
    },
    'env.set': {
      subjects: ({ name, text }) => variableSubjects({ [name]: text }),
      run({ name, text }, { mark }) {
        if (!/^[A-Za-z_]\w*$/.test(name) || text.includes('\0')) {
          throw new HostError(
            'MlldOutput',
            'EXEC_INVALID_ENV',
            `Output error (env): cannot set the environment variable '${name}'`,
          );
        }
        services.environment[name] = text;
        services.exported.set(name, mark);
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
  };
}

function withSource(mark: Mark, source: string): MarkParts {
  return { ...mark, sources: [...mark.sources, source] };
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
