import { Command, CommanderError } from 'commander';
import pc from 'picocolors';
import { version } from '../version.js';
import { defineAudit } from './audit.js';
import { defineBuild } from './build.js';
import { defineCheck } from './check.js';
import { defineCheckpoint } from './checkpoint.js';
import { defineEnv } from './env.js';
import { CommandLineError } from './errors.js';
import { EXIT } from './exit-codes.js';
import { defineInstall } from './install.js';
import { defineKeychain } from './keychain.js';
import { defineMcp } from './mcp.js';
import { defineModule } from './module.js';
import { defineNeeds } from './needs.js';
import { defineRun } from './run.js';
import { defineVars } from './vars.js';
import { defineVerify } from './verify.js';

const EXAMPLES = `
Examples:
  mlldc script.mld --topic news        compile and run; the script reads @payload.topic
  mlldc run bundle.mjs --timeout 30s   run what 'mlldc build' wrote
  mlldc build script.mld --standalone  write script.mjs, which runs without mlldc
  echo 'show "hello"' | mlldc -        run a script from standard input
  mlldc -e 'show "hello"'              run a script from the command line
`;

/** Known by name, so that their modules are loaded by those who throw them. */
const USER_ERRORS = new Set(['BundleError', 'CheckpointError', 'ConfigError']);

/**
 * Runs the command line.
 * @param argv the arguments after the program's name
 * @returns the exit code (language.md 13.1, with every error non-zero)
 */
export async function main(argv: readonly string[]): Promise<number> {
  process.stdout.on('error', endQuietlyOnClosedPipe);
  let exitCode: number = EXIT.ok;
  const program = createProgram((code) => {
    exitCode = code;
  });
  try {
    if (argv.length === 0) program.help({ error: true });
    await program.parseAsync(withDefaultCommand(argv, program), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return report(error);
  }
}

/** Errors a person caused are one line and a hint; anything else is a defect and keeps its stack. */
function report(error: unknown): number {
  if (!(error instanceof Error)) throw error;
  const isOurs = error instanceof CommandLineError;
  if (!isOurs && !USER_ERRORS.has(error.name)) throw error;
  process.stderr.write(`${pc.red('mlldc:')} ${error.message}\n`);
  if (isOurs && error.hint) process.stderr.write(`  💡 ${error.hint}\n`);
  return isOurs ? error.exitCode : EXIT.failed;
}

function createProgram(exit: (code: number) => void): Command {
  const program = new Command('mlldc')
    .description('Compiles mlld to JavaScript and runs it in a sandbox with one guarded door.')
    .version(version, '-V, --version', 'Print the version')
    .helpOption('-h, --help', 'Print help')
    .helpCommand(false)
    .usage('<command> [options]\n       mlldc <script.mld> [--name value …]')
    .addHelpText('after', EXAMPLES)
    // Options after a command belong to that command, so a script may have a flag named --version.
    .enablePositionalOptions()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, `${pc.red('mlldc:')} `)) })
    .showHelpAfterError("  Run 'mlldc --help' for the commands and options.")
    .exitOverride();
  defineRun(program, exit);
  defineBuild(program, exit);
  defineCheck(program, exit);
  defineInstall(program, exit);
  defineMcp(program, exit);
  defineModule(program, exit);
  defineAudit(program, exit);
  defineCheckpoint(program, exit);
  defineKeychain(program, exit);
  defineNeeds(program, exit);
  defineEnv(program, exit);
  defineVars(program, exit);
  defineVerify(program, exit);
  return program;
}

/** `mlldc script.mld …`, `mlldc -e CODE` and `mlldc -` are `mlldc run …`. */
function withDefaultCommand(argv: readonly string[], program: Command): string[] {
  const [first = ''] = argv;
  const isOwn = ['-h', '--help', '-V', '--version'].includes(first);
  const isCommand = program.commands.some((command) => command.name() === first || command.aliases().includes(first));
  return isOwn || isCommand ? [...argv] : ['run', ...argv];
}

/** A reader that went away, as in `mlldc script.mld | head -1`, is no error. */
function endQuietlyOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
}
