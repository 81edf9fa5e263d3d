import path from 'node:path';
import type { Command } from 'commander';
import { CommandLineError } from './errors.js';
import { EXIT } from './exit-codes.js';

const USAGE = 'mlldc vars allow NAME…';

/** `mlldc vars`: which environment variables scripts and their children may see (seed.md A1 to A3). */
export function defineVars(program: Command, exit: (code: number) => void): void {
  const vars = program
    .command('vars')
    .summary('say which environment variables scripts may see')
    .description("Lists and changes security.allowedEnvVars in the project's mlld-config.json.")
    .argument('[command]')
    .allowExcessArguments()
    .allowUnknownOption()
    .action(async (command: string | undefined) => {
      if (command !== undefined)
        throw new CommandLineError(
          `Unknown subcommand: ${command}`,
          'Available subcommands: list, allow, remove, clear',
          EXIT.failed,
        );
      exit(await list());
    });
  vars
    .command('list')
    .alias('ls')
    .description('Prints the variables that are allowed besides the usual ones.')
    .action(async () => exit(await list()));
  vars
    .command('allow')
    .description('Allows variables.')
    .argument('[names...]')
    .action(async (names: string[]) => exit(await allow(names)));
  vars
    .command('remove')
    .alias('deny')
    .description('Takes variables off the list.')
    .argument('[names...]')
    .action(async (names: string[]) => exit(await remove(names)));
  vars
    .command('clear')
    .description('Empties the list.')
    .action(async () => exit(await clear()));
}

async function list(): Promise<number> {
  const { allowed } = await read();
  process.stdout.write(allowed.length === 0 ? 'No environment variables are allowed.\n' : lines(allowed));
  return EXIT.ok;
}

async function allow(names: readonly string[]): Promise<number> {
  requireNames(names);
  const { allowed, write } = await read();
  const added = [...new Set(names)].filter((name) => !allowed.includes(name));
  if (added.length > 0) await write([...allowed, ...added]);
  process.stdout.write(
    lines(names.map((name) => (added.includes(name) ? `Allowed ${name}` : `${name} is already allowed`))),
  );
  return EXIT.ok;
}

async function remove(names: readonly string[]): Promise<number> {
  requireNames(names);
  const { allowed, write } = await read();
  const left = allowed.filter((name) => !names.includes(name));
  if (left.length < allowed.length) await write(left);
  process.stdout.write(
    lines(names.map((name) => (allowed.includes(name) ? `Removed ${name}` : `${name} is not on the list`))),
  );
  return EXIT.ok;
}

async function clear(): Promise<number> {
  const { allowed, write } = await read();
  if (allowed.length > 0) await write([]);
  process.stdout.write(`Removed ${allowed.length} variable(s)\n`);
  return EXIT.ok;
}

function requireNames(names: readonly string[]): void {
  if (names.length === 0) throw new CommandLineError('Error: Variable name required', USAGE, EXIT.failed);
  const wrong = names.find((name) => !/^[A-Za-z_]\w*$/.test(name));
  if (wrong !== undefined)
    throw new CommandLineError(
      `'${wrong}' cannot be the name of an environment variable`,
      'Names have letters, digits and underscores, and no value.',
      EXIT.failed,
    );
}

/** The list of the project around the working directory, and how to replace it. */
async function read(): Promise<{ allowed: string[]; write: (names: readonly string[]) => Promise<void> }> {
  const { openProject } = await import('../runtime/host/config.js');
  const { root, raw, allowedEnvVars } = openProject(process.cwd());
  return {
    allowed: allowedEnvVars,
    async write(names) {
      const { writeJsonObject } = await import('../runtime/host/json-file.js');
      const security = { ...(raw.security as object | undefined), allowedEnvVars: names };
      writeJsonObject(path.join(root, 'mlld-config.json'), { ...raw, security });
    },
  };
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
