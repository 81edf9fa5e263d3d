import { type Command, Option } from 'commander';
import type { Report } from '../runtime/host/environments/report.js';
import { printReport } from './report.js';

interface InitFlags {
  global?: boolean;
  claude?: boolean;
  codex?: boolean;
}

/** `mlldc module`: modules that are directories with a module.yml (seed.md D14 to D17). */
export function defineModule(program: Command, exit: (code: number) => void): void {
  const module = program
    .command('module')
    .summary('make and list modules with a module.yml: environments')
    .description('Makes and lists modules that are directories with a module.yml: environments.');
  const run = async (report: () => Promise<Report>) => exit(await printReport(report));
  const type = () => new Option('--type <type>', 'the type of module').choices(['environment']);

  module
    .command('init')
    .description('Makes a module: module.yml, an entry with @spawn and @shell, and a directory for the configuration.')
    .argument('[name]')
    .addOption(type().makeOptionMandatory())
    .option('--global', "into ~/.mlld/env instead of this directory's .mlld/env")
    .addOption(new Option('--claude', 'for Claude Code (the default)').conflicts('codex'))
    .option('--codex', 'for Codex')
    .action((name: string | undefined, flags: InitFlags) =>
      run(async () => {
        const { currentPlaces, initEnvironment } = await import('../runtime/host/environments/index.js');
        return initEnvironment(name, {
          places: currentPlaces(),
          agent: flags.codex ? 'codex' : 'claude',
          ...(flags.global && { global: true }),
        });
      }),
    );
  module
    .command('list')
    .alias('ls')
    .description('Lists the modules of this directory and of the user.')
    .addOption(type().default('environment'))
    .option('--json', 'as one JSON object')
    .action((options: { json?: boolean }) => run(() => listReport(options)));
}

/** What `env list` and `module list` say. */
export async function listReport(options: { readonly json?: boolean }): Promise<Report> {
  const { currentPlaces, listEnvironments } = await import('../runtime/host/environments/index.js');
  const { openKeychain } = await import('../runtime/host/bindings/keychain/open.js');
  return listEnvironments(currentPlaces(), { ...options, keychain: openKeychain() });
}
