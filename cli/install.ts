import type { Command } from 'commander';
import { EXIT } from './exit-codes.js';
import { readScript } from './script.js';

interface InstallOptions {
  update?: boolean;
}

const NOTES = `
From then on a run uses exactly these contents: from the cache when they are there, else from where
they came from, and never when the hash differs. Imports marked 'live' are not locked.
`;

/** `mlldc install`: fetches what scripts import over the network and writes mlld-lock.json (language.md 11.8). */
export function defineInstall(program: Command, exit: (code: number) => void): void {
  program
    .command('install')
    .summary('fetch the modules scripts import over the network and lock them')
    .description('Fetches every module the scripts import over the network and writes their hashes to mlld-lock.json.')
    .argument('<scripts...>', 'scripts whose imports to install')
    .option('-u, --update', 'take what the sources have now, whatever mlld-lock.json says')
    .addHelpText('after', NOTES)
    .action(async (files: string[], { update = false }: InstallOptions) => {
      let exitCode: number = EXIT.ok;
      for (const file of files) if (!(await install(file, update))) exitCode = EXIT.failed;
      exit(exitCode);
    });
}

/** Nothing is written for a script that does not compile. */
async function install(file: string, update: boolean): Promise<boolean> {
  const { compileScript } = await import('./compile.js');
  const { projectOf } = await import('../compiler/project.js');
  const { LockFile } = await import('../compiler/fetch/lock-file.js');
  const { ModuleFetcher } = await import('../compiler/fetch/index.js');
  const script = await readScript({ file, markdown: false });
  const project = projectOf(script.file);
  const lock = LockFile.read(project.root);
  const fetcher = new ModuleFetcher(lock, { update });
  const compiled = await compileScript(script, { project, fetchModules: (requests) => fetcher.fetchAll(requests) });
  if (!compiled) return false;
  if (fetcher.entries.size > 0) lock.write(fetcher.entries);
  for (const [name, { version, sourceUrl }] of fetcher.entries)
    console.log(`${name}${version === null ? '' : ` ${version}`}  ${sourceUrl}`);
  if (fetcher.entries.size === 0) console.log(`${file} imports nothing over the network`);
  return true;
}
