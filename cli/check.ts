import type { Command } from 'commander';
import { EXIT } from './exit-codes.js';
import { readScript } from './script.js';

interface CheckOptions {
  eval?: string;
  md?: boolean;
}

/** `mlldc check`: compiles without running or writing anything. */
export function defineCheck(program: Command, exit: (code: number) => void): void {
  program
    .command('check')
    .summary('report the errors of scripts without running them')
    .description('Compiles scripts and reports every error and warning, without running or writing anything.')
    .argument('[scripts...]', 'scripts to check; - reads standard input')
    .option('-e, --eval <code>', 'check CODE instead of a file')
    .option('--md', 'read the source in markdown mode, whatever its name')
    .action(async (files: string[], options: CheckOptions) => {
      const { compileScript } = await import('./compile.js');
      const selections = options.eval === undefined && files.length > 0 ? files : [undefined];
      let exitCode: number = EXIT.ok;
      for (const file of selections) {
        const script = await readScript({ file, code: options.eval, markdown: options.md ?? false });
        if (!(await compileScript(script, { purpose: 'check' }))) exitCode = EXIT.failed;
      }
      exit(exitCode);
    });
}
