import type { Command } from 'commander';
import type { Report } from '../runtime/host/environments/report.js';
import { EXIT } from './exit-codes.js';
import { listReport } from './module.js';
import { printReport } from './report.js';

interface CaptureFlags {
  global?: boolean;
  local?: boolean;
  claude?: boolean;
  codex?: boolean;
  force?: boolean;
}

interface ImportFlags {
  name?: string;
  global?: boolean;
  force?: boolean;
}

/** `mlldc env` (also `box`): environments an agent runs in (security.md 9.4, seed.md workstream D). */
export function defineEnv(program: Command, exit: (code: number) => void): void {
  const env = program
    .command('env')
    .alias('box')
    .summary('capture, run and pass on environments of agents')
    .description('Captures the configuration of an agent as an environment, and runs the agent in it.')
    .usage('<command>')
    .argument('[command]')
    .allowExcessArguments()
    .allowUnknownOption()
    .enablePositionalOptions()
    .action((command: string | undefined) => {
      process.stdout.write(env.helpInformation());
      exit(command === undefined ? EXIT.ok : EXIT.failed);
    });
  const run = async (report: () => Promise<Report>) => exit(await printReport(report));

  env
    .command('list')
    .alias('ls')
    .description(
      'Lists the environments of this directory and of the user, and whether the keychain has their credentials.',
    )
    .option('--json', 'as one JSON object')
    .action((options: { json?: boolean }) => run(() => listReport(options)));
  env
    .command('capture')
    .description("Makes an environment from an agent's configuration; its token goes to the keychain.")
    .argument('[name]')
    .option('--global', "into ~/.mlld/env instead of this directory's .mlld/env")
    .option('--local', "from this directory's configuration instead of the user's")
    .option('--claude', 'from Claude Code (the default)')
    .option('--codex', 'from Codex')
    .option('--force', 'replace an environment of that name')
    .action((name: string | undefined, flags: CaptureFlags) => run(() => capture(name, flags)));
  env
    .command('spawn')
    .description("Runs a prompt in an environment: its @spawn, with everything after '--'.")
    .usage('NAME -- PROMPT')
    .argument('[name]')
    .argument('[words...]')
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (_name: unknown, _words: unknown, _options: unknown, command: Command) => {
      const { spawnEnvironment } = await import('./env-run.js');
      exit(await spawnEnvironment(command.args));
    });
  env
    .command('shell')
    .description('Opens the agent of an environment on this terminal: its @shell.')
    .argument('[name]')
    .action(async (name: string | undefined) => {
      const { shellEnvironment } = await import('./env-run.js');
      exit(await shellEnvironment(name));
    });
  env
    .command('export')
    .description('Writes an environment to one file, without its credentials.')
    .argument('[name]')
    .argument('[file]', 'by default NAME.mlld-env.json')
    .option('--force', 'replace the file')
    .action((name: string | undefined, file: string | undefined, flags: { force?: boolean }) =>
      run(async () => {
        const { currentPlaces, exportEnvironment } = await import('../runtime/host/environments/index.js');
        return exportEnvironment(name, file, { places: currentPlaces(), ...flags });
      }),
    );
  env
    .command('import')
    .description('Makes an environment from such a file.')
    .argument('[file]')
    .option('--name <name>', 'under another name')
    .option('--global', "into ~/.mlld/env instead of this directory's .mlld/env")
    .option('--force', 'replace an environment of that name')
    .action((file: string | undefined, flags: ImportFlags) =>
      run(async () => {
        const { currentPlaces, importEnvironment } = await import('../runtime/host/environments/index.js');
        return importEnvironment(file, { places: currentPlaces(), ...flags });
      }),
    );
}

async function capture(name: string | undefined, flags: CaptureFlags): Promise<Report> {
  const { captureEnvironment, currentPlaces, EnvironmentError } = await import('../runtime/host/environments/index.js');
  if (flags.claude && flags.codex) throw new EnvironmentError('Name one agent: --claude or --codex');
  const { openKeychain } = await import('../runtime/host/bindings/keychain/open.js');
  return captureEnvironment(name, {
    places: currentPlaces(),
    keychain: openKeychain(),
    agent: flags.codex ? 'codex' : 'claude',
    ...(flags.global && { global: true }),
    ...(flags.local && { local: true }),
    ...(flags.force && { force: true }),
  });
}
