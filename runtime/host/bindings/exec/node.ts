/** `exec.node` and `node.*`: node bodies and imported packages, all in child processes. */

import type { Services } from '../services.js';
import { type Binding, type BindingContext, type BindingResult, type BindingsOf, HostError } from '../types.js';
import { workingDirectory } from './directory.js';
import { childEnvironment } from './environment.js';
import { variableSubjects } from './exported.js';
import type { NodeReply } from './node-child/protocol.js';
import { NodeProcess } from './node-process.js';

/** One process for each scope, directory and environment. */
class NodeProcesses {
  readonly #processes = new Map<string, NodeProcess>();

  constructor(private readonly services: Services) {}

  get(scope: string, given: { cwd?: string; env?: Record<string, string> } = {}): NodeProcess {
    const cwd = workingDirectory(given.cwd, this.services.dir, this.services.environment.HOME);
    const env = childEnvironment(this.services.environment, this.services.allowed, given.env);
    const key = JSON.stringify([scope, cwd, env]);
    const known = this.#processes.get(key);
    if (known) return known;
    const made = new NodeProcess(this.services, cwd, env);
    this.#processes.set(key, made);
    return made;
  }
}

/** Node bodies: `{ value }` or `{}` for undefined, with what the body logged (language.md 5.5). */
export function nodeBinding(services: Services): Binding<'exec.node'> {
  const processes = new NodeProcesses(services);
  return {
    subjects: (args) => [{ kind: 'script', language: 'node', code: args.code }, ...variableSubjects(args.env)],
    async run(args, { timeout, mark }) {
      const { code, params, values } = args;
      const request = {
        kind: 'run',
        code,
        params,
        values,
        functions: args.functions ?? [],
        dir: args.dir ?? services.dir,
      } as const;
      const reply = await processes.get(args.scope, args).ask(request, timeout, mark);
      if (reply.error) throw bodyFailure(code, reply.error);
      return { value: { ...('value' in reply ? { value: reply.value } : {}), logs: reply.logs } };
    },
  };
}

/** The longest piece of a body an error message quotes. */
const QUOTED = 50;

function bodyFailure(code: string, error: NonNullable<NodeReply['error']>): HostError {
  const message = `Command execution failed: node: ${code.trim().slice(0, QUOTED)}...`;
  const stderr =
    error.stack.startsWith(error.name) || error.stack.includes(error.message)
      ? error.stack
      : `${error.name}: ${error.message}`;
  return new HostError('MlldCommandExecution', 'COMMAND_EXECUTION_FAILED', message, {
    error: `${error.name}: ${error.message}`,
    exitCode: 1,
    stderr,
  });
}

/** The scope of imported packages; their objects live in one process for the whole run. */
const IMPORTS = '#imports';

/** Imported packages (language.md 11.6): values that are not plain data stay in the child under a name. */
export function nodeImportBindings(services: Services): BindingsOf<'node'> {
  const processes = new NodeProcesses(services);

  async function ask(
    request: Parameters<NodeProcess['ask']>[0],
    { timeout, mark }: BindingContext,
  ): Promise<BindingResult> {
    const reply = await processes.get(IMPORTS).ask(request, timeout, mark);
    if (reply.error) throw packageFailure(reply.error);
    return { value: reply.value };
  }

  return {
    'node.import': {
      inherits: true,
      subjects: (args) => [{ kind: 'package', name: args.package }],
      async run(args, context) {
        try {
          return await ask({ kind: 'import', package: args.package, dir: args.dir ?? services.config.root }, context);
        } catch (error) {
          throw isMissing(error, args.package) ? packageNotFound(args.package) : error;
        }
      },
    },
    'node.get': { inherits: true, run: ({ target, path }, context) => ask({ kind: 'get', target, path }, context) },
    'node.call': {
      inherits: true,
      run: ({ target, path, args }, context) => ask({ kind: 'call', target, path, args: asList(args) }, context),
    },
    'node.new': {
      inherits: true,
      run: ({ target, path, args }, context) => ask({ kind: 'new', target, path, args: asList(args) }, context),
    },
  };
}

function asList(args: unknown): unknown[] {
  if (Array.isArray(args)) return args;
  throw new HostError('MlldInterpreter', 'NODE_ARGUMENTS', 'The arguments of a node function must be a list');
}

function packageFailure(error: NonNullable<NodeReply['error']>): HostError {
  const code = error.code?.startsWith('NODE_') ? error.code : 'COMMAND_EXECUTION_FAILED';
  return new HostError('MlldCommandExecution', code, error.message, {
    error: `${error.name}: ${error.message}`,
    cause: error.code,
    stderr: error.stack,
  });
}

function isMissing(error: unknown, name: string): boolean {
  if (!(error instanceof HostError)) return false;
  const { cause } = error.details;
  return (cause === 'ERR_MODULE_NOT_FOUND' || cause === 'MODULE_NOT_FOUND') && error.message.includes(name);
}

function packageNotFound(name: string): HostError {
  return new HostError(
    'MlldImport',
    'NODE_PACKAGE_NOT_FOUND',
    `Node package '${name}' not found. Install it with: npm install ${name}`,
    { package: name },
  );
}
