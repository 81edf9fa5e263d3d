import type { Command } from 'commander';
import { EXIT } from './exit-codes.js';
import { readScript, type Script } from './script.js';

interface CheckOptions {
  eval?: string;
  md?: boolean;
  json?: boolean;
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
    .option('--json', 'print what is found as one JSON object on standard output')
    .action(async (files: string[], options: CheckOptions) => {
      const check = options.json ? await jsonChecker() : await textChecker();
      const selections = options.eval === undefined && files.length > 0 ? files : [undefined];
      let exitCode: number = EXIT.ok;
      for (const file of selections) {
        const script = await readScript({ file, code: options.eval, markdown: options.md ?? false });
        if (!(await check.script(script))) exitCode = EXIT.failed;
      }
      check.end();
      exit(exitCode);
    });
}

interface Checker {
  /** False when the script has errors. */
  script(script: Script): Promise<boolean>;
  end(): void;
}

async function textChecker(): Promise<Checker> {
  const { compileScript } = await import('./compile.js');
  return { script: async (script) => (await compileScript(script, { purpose: 'check' })) !== null, end: () => {} };
}

/** All scripts are one report; a configuration that cannot be read is told in it like any other error. */
async function jsonChecker(): Promise<Checker> {
  const { compileAsync } = await import('../compiler/index.js');
  const { JsonReporter } = await import('../compiler/diagnostics/json.js');
  const { ConfigError } = await import('../runtime/host/json-file.js');
  const reporter = new JsonReporter();
  return {
    async script(script) {
      try {
        const { diagnostics, sources, bundle } = await compileAsync({ ...script, purpose: 'check' });
        reporter.add(diagnostics, sources);
        return bundle !== null;
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        const { code, message, file } = error;
        reporter.add(
          [{ severity: 'error', code: code.toLowerCase(), name: 'Config', message, file, span: null }],
          new Map(),
        );
        return false;
      }
    },
    end: () => void process.stdout.write(`${JSON.stringify(reporter.report, null, 2)}\n`),
  };
}
