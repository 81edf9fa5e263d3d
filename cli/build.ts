import fs from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { CommandLineError } from './errors.js';
import { EXIT } from './exit-codes.js';
import { readScript } from './script.js';

interface BuildOptions {
  output?: string;
  standalone?: boolean;
  md?: boolean;
}

/** `mlldc build`: compiles a script to a bundle and its source map. */
export function defineBuild(program: Command, exit: (code: number) => void): void {
  program
    .command('build')
    .summary('compile a script to a bundle')
    .description("Compiles a script to one file that 'node' or 'mlldc run' executes, with a source map beside it.")
    .argument('<script>', 'script to compile; - reads standard input')
    .option('-o, --output <file>', "file to write; by default the script's name with .mjs, beside the script")
    .option('--standalone', 'put the runtime into the file, so that it runs without mlldc installed')
    .option('--md', 'read the source in markdown mode, whatever its name')
    .action(async (file: string, options: BuildOptions) => {
      exit(await build(file, options));
    });
}

async function build(file: string, options: BuildOptions): Promise<number> {
  const target = outputPath(file, options.output);
  const { compileScript } = await import('./compile.js');
  const compiled = await compileScript(await readScript({ file, markdown: options.md ?? false }), {
    purpose: 'build',
  });
  if (!compiled?.emitted) return EXIT.failed;
  const { writeBundle } = await import('../compiler/link/write.js');
  const runtime = options.standalone ? await readStandaloneRuntime() : undefined;
  const { code, map } = await writeBundle(compiled.bundle, compiled.emitted, { file: target, runtime });
  const { writeFiles } = await import('./output-file.js');
  await writeFiles([
    { path: target, text: code },
    { path: `${target}.map`, text: map },
  ]);
  return EXIT.ok;
}

/** The module that runs bundles, with the sandbox inside; the build puts it beside this file. */
function readStandaloneRuntime(): Promise<string> {
  return fs.readFile(new URL('./standalone.js', import.meta.url), 'utf8');
}

/** @throws {CommandLineError} when no name follows from the script's, or the script itself would be overwritten */
function outputPath(file: string, output: string | undefined): string {
  if (output === undefined) {
    if (file === '-') throw new CommandLineError('A script from standard input needs -o FILE');
    return `${file.replace(/\.(mld\.md|mld|md)$/, '')}.mjs`;
  }
  if (path.resolve(output) === path.resolve(file))
    throw new CommandLineError(`-o ${output} would overwrite the script`);
  return output;
}
