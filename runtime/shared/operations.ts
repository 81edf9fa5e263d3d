/**
 * The operation catalogue: everything a program can ask of the host. Each entry states the type
 * the operation has for guards and policies (security.md 4), the capability it needs
 * (security.md 5.5), the schema of its arguments and the provenance its result carries
 * (security.md 1.3). The bindings are a mapped type over this table, so an operation cannot be
 * implemented without being declared here.
 */

import { PROPAGATION } from './propagation.js';

/** What a policy, `needs` or a box grants; `none` is for operations that reach nothing outside the run. */
export type Capability =
  | 'none'
  | 'cmd'
  | 'sh'
  | 'js'
  | 'node'
  | 'py'
  | 'fs:r'
  | 'fs:w'
  | 'network'
  | 'keychain'
  | 'mcp';

/**
 * The type of one argument. `strings` is a list of strings, `texts` an object of strings, `values`
 * an object of any JSON; an array lists the literals allowed; `{ listOf }` is a list of objects.
 */
export type FieldType =
  | 'string'
  | 'integer'
  | 'boolean'
  | 'json'
  | 'strings'
  | 'texts'
  | 'values'
  | readonly string[]
  | { readonly listOf: Schema };

/** Argument names and their types; a name that ends in `?` may be absent. */
export type Schema = { readonly [argument: string]: FieldType };

export interface Operation {
  /** The type guards and policies see. */
  readonly type: string;
  readonly subtype?: string;
  readonly capability: Capability;
  readonly args: Schema;
  /** Provenance marks every result carries, besides what the binding adds for concrete origins. */
  readonly taint: readonly string[];
}

/**
 * Parts that several operations share: where a child process runs, what it is given, and the labels
 * of the executables around it, which are what it does.
 */
const CHILD = {
  'cwd?': 'string',
  'env?': 'texts',
  'timeout?': 'integer',
  'box?': 'json',
  'labels?': 'strings',
  'bridge?': 'integer',
} as const;
/** Credentials the host finds and puts into the environment of a child (security.md 7). */
const AUTH = {
  'auth?': { listOf: { name: 'string', from: 'string', 'as?': 'string', standalone: 'boolean' } },
} as const;
const FEED = { 'stdin?': 'string', 'stream?': 'boolean' } as const;
/** The command gets the user's terminal; only in runs that were given it. */
const TERMINAL = { 'terminal?': 'boolean' } as const;
/** Functions published by `exe node = { … }` and `exe py = { … }` (language.md 5.8). */
const FUNCTIONS = { listOf: { name: 'string', params: 'strings', code: 'string' } } as const;
const ENTRY = { service: 'string', account: 'string' } as const;
const PATH = { path: 'string', 'base?': 'string' } as const;

export const OPERATIONS = {
  'console.write': entry('show', 'outputStream', 'none', { stream: ['stdout', 'stderr'], text: 'string' }),

  'file.read': entry('load', 'file', 'fs:r', { ...PATH, 'within?': 'string' }, PROPAGATION.file.taint),
  'file.glob': entry(
    'load',
    'glob',
    'fs:r',
    { pattern: 'string', 'base?': 'string', 'within?': 'string' },
    PROPAGATION.file.taint,
  ),
  'file.exists': entry('load', 'exists', 'fs:r', PATH, PROPAGATION.file.taint),
  'file.select': entry(
    'load',
    'select',
    'fs:r',
    {
      ...PATH,
      items: {
        listOf: {
          kind: ['name', 'type', 'list', 'all'],
          pattern: 'string',
          'usage?': 'boolean',
          'optional?': 'boolean',
        },
      },
    },
    PROPAGATION.file.taint,
  ),
  // Code and data the program was linked with count as read where the program imports them.
  'file.linked': entry('import', 'import', 'fs:r', { location: 'string', 'policy?': 'boolean' }),
  'file.write': entry('output', 'outputFile', 'fs:w', { ...PATH, text: 'string', 'within?': 'string' }),
  'file.append': entry('append', 'appendFile', 'fs:w', { ...PATH, text: 'string', 'within?': 'string' }),

  // Signatures of what variables say; the host keeps them, and the key they are made with (security.md 10.3).
  'signature.sign': entry('sign', 'sign', 'none', {
    name: 'string',
    text: 'string',
    'by?': 'string',
    method: ['sha256'],
  }),
  'signature.verify': entry('verify', 'verify', 'none', { name: 'string', 'text?': 'string', caller: 'string' }),

  'exec.cmd': entry(
    'run',
    'runCommand',
    'cmd',
    { command: 'string', ...FEED, ...TERMINAL, ...CHILD, ...AUTH },
    PROPAGATION.command.taint,
  ),
  'exec.sh': entry(
    'run',
    'sh',
    'sh',
    { shell: ['sh', 'bash'], code: 'string', 'params?': 'texts', ...FEED, ...TERMINAL, ...CHILD, ...AUTH },
    PROPAGATION.shell.taint,
  ),
  'exec.node': entry(
    'run',
    'node',
    'node',
    {
      code: 'string',
      params: 'strings',
      values: 'values',
      scope: 'string',
      'dir?': 'string',
      'functions?': FUNCTIONS,
      ...CHILD,
      ...AUTH,
    },
    PROPAGATION.node.taint,
  ),
  'exec.py': entry(
    'run',
    'py',
    'py',
    { code: 'string', params: 'strings', values: 'values', 'functions?': FUNCTIONS, ...FEED, ...CHILD, ...AUTH },
    PROPAGATION.python.taint,
  ),

  'node.import': entry('import', 'importNode', 'node', { package: 'string', 'dir?': 'string' }, PROPAGATION.node.taint),
  'node.get': entry('exe', 'nodeFunction', 'node', { target: 'string', path: 'strings' }, PROPAGATION.node.taint),
  'node.call': entry(
    'exe',
    'nodeFunction',
    'node',
    { target: 'string', path: 'strings', args: 'json' },
    PROPAGATION.node.taint,
  ),
  'node.new': entry(
    'exe',
    'nodeFunction',
    'node',
    { target: 'string', path: 'strings', args: 'json' },
    PROPAGATION.node.taint,
  ),

  'net.fetch': entry('load', 'url', 'network', { url: 'string', 'timeout?': 'integer' }, PROPAGATION.network.taint),

  'keychain.get': entry('exe', 'keychain', 'keychain', ENTRY),
  'keychain.set': entry('exe', 'keychain', 'keychain', { ...ENTRY, value: 'string' }),
  'keychain.delete': entry('exe', 'keychain', 'keychain', ENTRY),

  'mcp.connect': entry('import', 'importMcp', 'mcp', { server: 'string', 'names?': 'strings' }, PROPAGATION.mcp.taint),
  'mcp.configure': entry(
    'import',
    'importMcp',
    'mcp',
    { config: 'json', 'environment?': 'boolean', 'box?': 'json' },
    PROPAGATION.mcp.taint,
  ),
  'mcp.call': entry(
    'exe',
    'mcp',
    'mcp',
    {
      server: 'string',
      tool: 'string',
      'box?': 'json',
      args: { listOf: { value: 'json', 'variable?': 'string', 'literal?': 'boolean' } },
    },
    PROPAGATION.mcp.taint,
  ),

  // Calls of served tools: the program publishes them, takes calls and answers (security.md 8.4).
  'serve.ready': entry('serve', 'serve', 'none', { tools: 'json' }),
  'serve.publish': entry('serve', 'serve', 'none', { 'value?': 'json' }),
  'serve.next': entry('serve', 'serve', 'none', {}),
  'serve.answer': entry('serve', 'serve', 'none', { call: 'integer', failed: 'boolean', value: 'json' }),

  // Tools for the program an `exe llm` runs: it reaches them through a bridge, while the call lasts.
  'bridge.open': entry('serve', 'bridge', 'none', { servers: { listOf: { name: 'string', tools: 'json' } } }),
  'bridge.next': entry('serve', 'bridge', 'none', { bridge: 'integer' }),
  'bridge.answer': entry('serve', 'bridge', 'none', {
    bridge: 'integer',
    call: 'integer',
    failed: 'boolean',
    value: 'json',
  }),
  'bridge.close': entry('serve', 'bridge', 'none', { bridge: 'integer' }),

  // Answers of llm calls that an interrupted run may take up again (security.md 12).
  'checkpoint.get': entry('exe', 'checkpoint', 'none', {
    fn: 'string',
    args: 'json',
    guards: 'strings',
    mode: ['auto', 'manual', 'never'],
    again: 'boolean',
    'ttl?': 'integer',
    'scope?': 'string',
    'site?': 'integer',
  }),
  'checkpoint.put': entry('exe', 'checkpoint', 'none', {
    ticket: 'integer',
    value: 'json',
    extra: 'json',
    mark: 'json',
  }),
  'checkpoint.reach': entry('checkpoint', 'checkpoint', 'none', { name: 'string' }),
  'checkpoint.complete': entry('checkpoint', 'checkpoint', 'none', { name: 'string', complete: 'boolean' }),

  'clock.now': entry('var', 'clock', 'none', {}),
  'clock.sleep': entry('var', 'clock', 'none', { ms: 'integer' }),

  'input.read': entry('import', 'input', 'none', {}, PROPAGATION.input.taint),
  'env.get': entry('import', 'input', 'none', { names: 'strings' }, PROPAGATION.input.taint),
  'env.set': entry('output', 'outputEnv', 'none', { name: 'string', text: 'string' }),
  'state.write': entry('output', 'outputState', 'none', { path: 'string', value: 'json' }),
  'progress.report': entry('progress', 'progress', 'none', { loop: 'integer', done: 'integer', total: 'integer' }),
  // Asks for nothing: what requests carry for the audit ledger is written before they are looked at.
  'audit.flush': entry('audit', 'audit', 'none', {}),
  'policy.add': entry('policy', 'policy', 'none', { policy: 'json', 'fragment?': 'boolean' }),
  'workspace.open': entry('var', 'workspace', 'none', {}),
  'project.root': entry('var', 'project', 'none', {}),
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof OPERATIONS;

/** The arguments of an operation as a binding receives them, derived from its schema. */
export type ArgsOf<Name extends OperationName> = ArgsOfSchema<(typeof OPERATIONS)[Name]['args']>;

/** True when `name` is in the catalogue; inherited names such as `constructor` are not. */
export function isOperation(name: string): name is OperationName {
  return Object.hasOwn(OPERATIONS, name);
}

type ArgsOfSchema<S extends Schema> = {
  [K in keyof S as K extends `${string}?` ? never : K]: TypeOf<S[K]>;
} & {
  [K in keyof S as K extends `${infer Name}?` ? Name : never]?: TypeOf<S[K]>;
};

type TypeOf<F> = F extends 'string'
  ? string
  : F extends 'integer'
    ? number
    : F extends 'boolean'
      ? boolean
      : F extends 'strings'
        ? string[]
        : F extends 'texts'
          ? Record<string, string>
          : F extends 'values'
            ? Record<string, unknown>
            : F extends readonly (infer Literal)[]
              ? Literal
              : F extends { readonly listOf: infer Inner extends Schema }
                ? ArgsOfSchema<Inner>[]
                : unknown;

/** One catalogue entry; the literal types of its parts are kept for `ArgsOf`. */
function entry<const Args extends Schema>(
  type: string,
  subtype: string,
  capability: Capability,
  args: Args,
  taint: readonly string[] = [],
) {
  return Object.freeze({ type, subtype, capability, args, taint });
}
