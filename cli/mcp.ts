import type { Command } from 'commander';
import type { ServedModule } from '../runtime/host/serve.js';
import { CommandLineError } from './errors.js';
import { EXIT } from './exit-codes.js';

interface McpOptions {
  tools?: string[];
  toolsCollection?: string;
  env?: string[];
  config?: string;
}

const list = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);

/** `mlldc mcp`: serves executables as MCP tools, and accepts the tools of other servers. */
export function defineMcp(program: Command, exit: (code: number) => void): void {
  const mcp = program
    .command('mcp')
    .summary('serve the executables of a module as MCP tools')
    .description(
      'Serves exported executables as MCP tools on standard input and output, under the guards and policies of their module.',
    )
    .argument('[path]', 'a module, a directory or a pattern of modules; llm/mcp when it is absent')
    .option('--tools <names>', 'serve only these tools, separated by commas', list)
    .option('--tools-collection <@name>', 'serve the tools of this collection')
    .option('--env <K=V,...>', 'set environment variables; their names start with MLLD_', list)
    .option('--config <module>', 'a module that exports @config: { tools: [...], env: { MLLD_K: "V" } }')
    .action(async (path: string | undefined, options: McpOptions) => exit(await serve(path, options)));
  mcp
    .command('accept')
    .description('Writes the tools a server has now to mlld-lock.json. From then on it is refused when they change.')
    .argument('<server...>', 'the server as an import names it')
    .action(async (words: string[]) => exit(await accept(words.join(' '))));
}

async function serve(path: string | undefined, options: McpOptions): Promise<number> {
  const { moduleFiles } = await import('./module-files.js');
  const files = moduleFiles(path ?? 'llm/mcp');
  if (files.length === 0) {
    throw new CommandLineError(
      path === undefined ? 'No module given, and llm/mcp has none' : `No modules found at ${path}`,
      'mlldc mcp <file | directory | pattern>',
    );
  }
  setVariables(options.env ?? []);
  const { claimStdout, serveStream } = await import('../runtime/host/bindings/mcp/server.js');
  // From here on standard output belongs to the protocol.
  const output = claimStdout();
  const { readMcpConfig } = await import('./mcp-config.js');
  const config = options.config === undefined ? {} : await readMcpConfig(options.config);
  if (config === null) return EXIT.failed;
  for (const [name, value] of Object.entries(config.env ?? {})) setVariable(name, value, '--config');
  const tools = options.tools ?? config.tools;
  const modules = await start(files, { ...options, ...(tools && { tools }) });
  if (modules === null) return EXIT.failed;
  try {
    const served = select(modules, tools, options.tools ? '--tools' : '--config');
    if (served.size === 0) {
      process.stderr.write('No tools available to serve after applying filters.\n');
      return EXIT.failed;
    }
    const { version } = await import('../version.js');
    await serveStream({
      input: process.stdin,
      output,
      version,
      tools: () => [...served.keys()].map((name) => definitionOf(served.get(name)!, name)),
      call: (name, args) => served.get(name)!.call(name, args),
    });
    return EXIT.ok;
  } finally {
    await Promise.all(modules.map((module) => module.close()));
  }
}

/** Compiles and starts every module; null when one of them failed, which has been said. */
async function start(files: readonly string[], options: McpOptions): Promise<ServedModule[] | null> {
  const { compileScript } = await import('./compile.js');
  const { readScript } = await import('./script.js');
  const { Conversation, serveBundle } = await import('../runtime/host/serve.js');
  process.stderr.write(`Analyzing ${files.length} module(s) for tools...\n`);
  const bundles = [];
  for (const file of files) {
    const compiled = await compileScript(await readScript({ file, markdown: false }));
    if (!compiled) return null;
    bundles.push(compiled.bundle);
  }
  const conversation = new Conversation();
  const collection = options.toolsCollection?.replace(/^@/, '');
  const modules = await Promise.all(
    bundles.map((bundle) =>
      serveBundle(bundle, {
        conversation,
        ...(collection !== undefined && { collection }),
        ...(options.tools && { tools: options.tools }),
      }),
    ),
  );
  const started = modules.filter((module) => module !== null);
  if (started.length === modules.length) {
    process.stderr.write(`Discovered ${started.reduce((sum, module) => sum + module.tools.length, 0)} tool(s)\n`);
    return started;
  }
  await Promise.all(started.map((module) => module.close()));
  return null;
}

/** The tools to serve, by wire name. */
function select(
  modules: readonly ServedModule[],
  wanted: readonly string[] | undefined,
  option: string,
): Map<string, ServedModule> {
  const all = new Map<string, ServedModule>();
  for (const module of modules) {
    for (const { name } of module.tools) {
      if (all.has(name))
        throw new CommandLineError(
          `Error: Duplicate function name '${name}'`,
          'Two modules export it. Rename one, or serve them apart.',
          EXIT.failed,
        );
      all.set(name, module);
    }
  }
  if (!wanted) return all;
  const plain = (name: string) => name.replace(/^@/, '').replaceAll('_', '').toLowerCase();
  const known = (name: string) => [...all.keys()].find((tool) => plain(tool) === plain(name));
  const unknown = wanted.filter((name) => known(name) === undefined);
  if (unknown.length > 0) process.stderr.write(`Ignoring unknown tool(s) from ${option}: ${unknown.join(', ')}\n`);
  return new Map(
    wanted.flatMap((name) => (known(name) === undefined ? [] : [[known(name)!, all.get(known(name)!)!] as const])),
  );
}

function definitionOf(module: ServedModule, name: string) {
  return module.tools.find((tool) => tool.name === name)!;
}

function setVariables(assignments: readonly string[]): void {
  for (const assignment of assignments) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(assignment) ?? [];
    if (name === undefined || value === undefined)
      throw new CommandLineError(`'${assignment}' is no assignment`, 'Write --env MLLD_NAME=value.');
    setVariable(name, value, 'CLI --env');
  }
}

function setVariable(name: string, value: string, origin: string): void {
  if (name.startsWith('MLLD_')) process.env[name] = value;
  else process.stderr.write(`Skipping ${origin} environment variable '${name}' (must start with MLLD_)\n`);
}

/** Pins the tools of one server. */
async function accept(server: string): Promise<number> {
  const { openProject } = await import('../runtime/host/config.js');
  const { McpPool } = await import('../runtime/host/bindings/mcp/client.js');
  const { readToolLock, writeToolLock } = await import('../runtime/host/bindings/mcp/lock-file.js');
  const { version } = await import('../version.js');
  const { root } = openProject(process.cwd());
  const pool = new McpPool({ cwd: root, version });
  try {
    pool.pinTools(readToolLock(root));
    writeToolLock(root, await pool.acceptTools(server));
    const tools = await pool.listTools(server);
    process.stdout.write(
      `Accepted ${tools.length} tool(s) of '${server}': ${tools.map(({ name }) => name).join(', ')}\n`,
    );
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'McpError') throw error;
    throw new CommandLineError(error.message, undefined, EXIT.failed);
  } finally {
    await pool.close();
  }
}
