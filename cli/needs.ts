import type { Command } from 'commander';
import { EXIT } from './exit-codes.js';
import { readScript } from './script.js';

interface NeedsOptions {
  json?: boolean;
  write?: boolean;
}

/** `mlldc needs`: what modules need, as `needs` directives declare it (security.md 6.1, seed.md E4). */
export function defineNeeds(program: Command, exit: (code: number) => void): void {
  program
    .command('needs')
    .summary('print or write what modules need of the machine')
    .description('Reads modules, runs nothing, and prints the needs directive each of them should have.')
    .argument('<scripts...>', 'modules to read; - reads standard input')
    .option('--json', 'print what is declared and what is used, as JSON')
    .option('-w, --write', 'put the directive into the files that lack a part of it')
    .action(async (files: string[], options: NeedsOptions) => {
      const { reportNeeds } = await import('./needs-report.js');
      let exitCode: number = EXIT.ok;
      for (const file of files) {
        const script = await readScript({ file, markdown: false });
        if (!(await reportNeeds(script, options, files.length > 1))) exitCode = EXIT.failed;
      }
      exit(exitCode);
    });
}
