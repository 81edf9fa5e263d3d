import type { Command } from 'commander';
import type { Bundle } from '../runtime/shared/bundle.js';
import { CommandLineError } from './errors.js';
import { EXIT } from './exit-codes.js';
import { parsePayload } from './payload.js';
import { isBundle, readScript, type Script } from './script.js';
import { parseDuration, parseMcpServer, parseSize } from './values.js';

interface RunOptions {
  eval?: string;
  md?: boolean;
  timeout?: number;
  cpuTimeout?: number;
  memory?: number;
  stream: boolean;
  strict?: boolean;
  quiet?: boolean;
  resume?: true | string;
  fresh?: boolean;
  new?: boolean;
  checkpoint: boolean;
  fork?: string;
  mcpServer?: Readonly<Record<string, string>>;
}

const NOTES = `
Every other flag after the script is a field of @payload: --name value, --name=value, or --name for "true".
Flags after -- are the script's even when mlldc has one of that name.
`;

/** `mlldc run`: compiles a script and runs it, or runs a bundle. */
export function defineRun(program: Command, exit: (code: number) => void): void {
  program
    .command('run')
    .summary('run a script or a bundle')
    .description('Runs a script (compiled first) or a bundle inside the sandbox.')
    .usage('[options] <script.mld | bundle.mjs | -> [--name value …]')
    .argument('[script]', 'script or bundle to run; - reads a script from standard input')
    .argument('[flags...]', "the script's own flags")
    .option('-e, --eval <code>', 'run CODE instead of a file')
    .option('--md', 'read the source in markdown mode, whatever its name')
    .option('--timeout <duration>', 'end the run after this time, e.g. 5s', parseDuration)
    .option('--cpu-timeout <duration>', 'end the run after this much computing, waiting not counted', parseDuration)
    .option('--memory <size>', 'memory of the sandbox, e.g. 256mb', parseSize)
    .option(
      '--mcp-server <name=server>',
      'what the script calls NAME in an import of tools is this server; may be repeated',
      parseMcpServer,
    )
    .option('--strict', 'stop at the first command that fails')
    .option('-q, --quiet', 'show no status line while commands and parallel loops run')
    .option('--no-stream', 'print the document at the end instead of as it is made')
    .option(
      '--resume [target]',
      'take up kept answers of llm calls; all of them, but for @fn, @fn:2, @fn("prefix") or what follows a checkpoint',
    )
    .option('--fresh', 'forget the kept answers of llm calls first')
    .option('--new', 'the same as --fresh')
    .option('--no-checkpoint', 'neither keep nor use answers of llm calls')
    .option('--fork <script>', 'use what another script has kept as well')
    .addHelpText('after', NOTES)
    .allowUnknownOption()
    .action(async (_script: string | undefined, _flags: string[], options: RunOptions, command: Command) => {
      exit(await run(command.args, options));
    });
}

async function run(given: readonly string[], options: RunOptions): Promise<number> {
  const { args, resume } = resumeTarget(given, options);
  const { file, flags } = splitArguments(args, options);
  const script = await readScript({ file, code: options.eval, markdown: options.md ?? false });
  const payload = parsePayload(flags);
  const { prepareRun, runBundle } = await import('../runtime/host/run.js');
  const limits = { timeoutMs: options.timeout, cpuTimeoutMs: options.cpuTimeout, memoryBytes: options.memory };
  // The sandbox starts on a thread of its own while the script is compiled on this one.
  const sandbox = prepareRun(limits);
  const bundle = await load(script).catch((error) => {
    sandbox.discard();
    throw error;
  });
  if (!bundle) {
    sandbox.discard();
    return EXIT.failed;
  }
  const stream = options.stream && process.env.MLLD_NO_STREAMING !== 'true';
  const { strict, quiet, mcpServer: mcpServers } = options;
  const checkpoints = options.checkpoint && {
    ...(resume === undefined ? {} : { resume }),
    ...(options.fresh || options.new ? { fresh: true } : {}),
    ...(options.fork === undefined ? {} : { fork: options.fork }),
  };
  return runBundle(bundle, {
    ...limits,
    payload,
    stream,
    strict,
    quiet,
    sandbox,
    ...(mcpServers && { mcpServers }),
    ...(checkpoints && { checkpoints }),
  });
}

/** `mlldc --resume script.mld`: what stands where a target may stand is the script. */
function resumeTarget(
  args: readonly string[],
  { resume, eval: code }: RunOptions,
): { args: readonly string[]; resume: RunOptions['resume'] } {
  const isScript = typeof resume === 'string' && args.length === 0 && code === undefined;
  return isScript ? { args: [resume], resume: true } : { args, resume };
}

function splitArguments(args: readonly string[], options: RunOptions): { file?: string; flags: readonly string[] } {
  if (options.eval !== undefined) return { flags: args };
  const [file, ...flags] = args;
  if (file?.startsWith('-') && file !== '-') {
    throw new CommandLineError(
      `Unknown option '${file}'`,
      'Flags for the script stand after its name: mlldc script.mld --name value.',
    );
  }
  return { file, flags };
}

/** The program to run; null when the script does not compile. */
async function load(script: Script): Promise<Bundle | null> {
  if (isBundle(script.file)) {
    const { readBundle } = await import('../runtime/host/bundle.js');
    return readBundle(script.source, script.file);
  }
  const { compileScript } = await import('./compile.js');
  return (await compileScript(script))?.bundle ?? null;
}
