import type { Command } from 'commander';
import type { CheckpointStore } from '../runtime/host/checkpoints/index.js';
import { CommandLineError } from './errors.js';
import { EXIT } from './exit-codes.js';

interface Options {
  json?: boolean;
}

/** `mlldc checkpoint`: the kept answers of a script's llm calls (security.md 12). */
export function defineCheckpoint(program: Command, exit: (code: number) => void): void {
  const checkpoint = program
    .command('checkpoint')
    .summary('list or remove the kept answers of llm calls')
    .description('Shows or removes what runs of a script keep of its llm calls, in .mlld/checkpoints.');
  checkpoint
    .command('list <script>')
    .summary('one line for each kept answer')
    .option('--json', 'print JSON')
    .action(async (script: string, options: Options) => exit(await list(script, options)));
  checkpoint
    .command('inspect <script>')
    .summary('everything that is kept, as JSON')
    .action(async (script: string) => exit(await inspect(script)));
  checkpoint
    .command('clean <script>')
    .summary('remove what is kept')
    .action(async (script: string) => exit(await clean(script)));
}

async function list(script: string, { json }: Options): Promise<number> {
  const { store, name } = await open(script);
  const records = [...store.records.values()];
  const lines = [
    `Checkpoint entries for ${name}:`,
    ...records.map(({ fn, argsPreview, key }) => `- ${fn} | ${oneLine(argsPreview)} | ${key}`),
    `Total: ${records.length}`,
  ];
  process.stdout.write(`${json ? JSON.stringify(records, null, 2) : lines.join('\n')}\n`);
  return EXIT.ok;
}

async function inspect(script: string): Promise<number> {
  const { store } = await open(script);
  const records = [...store.records.values()];
  process.stdout.write(`${JSON.stringify({ manifest: store.manifest, records }, null, 2)}\n`);
  return EXIT.ok;
}

async function clean(script: string): Promise<number> {
  const { directory, name } = await locate(script);
  const [{ existsSync }, { rm }] = await Promise.all([import('node:fs'), import('node:fs/promises')]);
  if (!existsSync(directory)) throw nothing(name);
  await rm(directory, { recursive: true });
  process.stdout.write(`Removed the checkpoints of ${name}\n`);
  return EXIT.ok;
}

async function open(script: string): Promise<{ store: CheckpointStore; name: string }> {
  const { CheckpointStore } = await import('../runtime/host/checkpoints/index.js');
  const { existsSync } = await import('node:fs');
  const { directory, name, scriptPath } = await locate(script);
  if (!existsSync(directory)) throw nothing(name);
  return { store: new CheckpointStore(directory, scriptPath), name };
}

/** Where a script's answers are; the cache may be damaged, which `clean` is there for. */
async function locate(script: string): Promise<{ directory: string; name: string; scriptPath: string }> {
  const [{ openProject }, checkpoints, path] = await Promise.all([
    import('../runtime/host/config.js'),
    import('../runtime/host/checkpoints/index.js'),
    import('node:path'),
  ]);
  const { root } = openProject(process.cwd());
  const scriptPath = path.relative(root, path.resolve(script));
  const name = checkpoints.scriptName(script);
  let directory = path.join(checkpoints.checkpointsDirectory(root), name);
  try {
    directory = checkpoints.scriptDirectory(root, /\.\w+$/.test(script) ? scriptPath : `${scriptPath}.mld`);
  } catch (error) {
    if (!(error instanceof checkpoints.CheckpointError)) throw error;
  }
  return { directory, name, scriptPath };
}

function nothing(name: string): CommandLineError {
  return new CommandLineError(
    `There are no checkpoints of ${name}`,
    'They are kept when a script calls an executable labelled llm.',
    EXIT.failed,
  );
}

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
