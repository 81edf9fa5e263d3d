import type { Command } from 'commander';
import type { KeychainBackend } from '../runtime/host/bindings/keychain/types.js';
import { CommandLineError } from './errors.js';
import { EXIT } from './exit-codes.js';

interface ServiceOptions {
  service?: string;
}

const NOTES = `
An entry NAME is what scripts get with: auth @a = "NAME". It belongs to the project (projectname in
mlld-config.json) unless --service names another service. A value is typed in unseen, or piped in:
  printf %s "$TOKEN" | mlldc keychain add NAME
`;

/** `mlldc keychain`: entries of the system's keychain (security.md 7.4). Values never are arguments. */
export function defineKeychain(program: Command, exit: (code: number) => void): void {
  const keychain = program
    .command('keychain')
    .summary("keep credentials in the system's keychain")
    .description("Stores, lists and removes credentials in the system's keychain.")
    .addHelpText('after', NOTES);
  const entry = (name: string, description: string) =>
    keychain
      .command(name)
      .description(description)
      .option('--service <service>', "the keychain service; the project's own when it is absent");
  const run = async (work: Promise<void>) => {
    await work;
    exit(EXIT.ok);
  };

  entry('add <name>', 'Stores a value: typed in unseen, or read from standard input.').action(
    (name: string, options: ServiceOptions) => run(add(name, options)),
  );
  entry('get <name>', 'Prints the value of an entry.').action((name: string, options: ServiceOptions) =>
    run(get(name, options)),
  );
  entry('list', 'Prints the names of the entries, never their values.')
    .alias('ls')
    .action((options: ServiceOptions) => run(list(options)));
  entry('remove <name>', 'Removes an entry.')
    .alias('rm')
    .action((name: string, options: ServiceOptions) => run(remove(name, options)));
  entry('import <file>', 'Stores every NAME=value of a file such as .env.').action(
    (file: string, options: ServiceOptions) => run(importFile(file, options)),
  );
}

async function add(name: string, options: ServiceOptions): Promise<void> {
  const { service, keychain } = await open(options);
  const { readSecret } = await import('./secret-input.js');
  await explained(keychain.set(service, name, await readSecret(`Value of ${name}: `)));
  process.stdout.write(`Stored ${name} in keychain\n`);
}

async function get(name: string, options: ServiceOptions): Promise<void> {
  const { service, keychain } = await open(options);
  process.stdout.write(`${await existing(service, name, keychain)}\n`);
}

async function list(options: ServiceOptions): Promise<void> {
  const { service, keychain } = await open(options);
  const names = await explained(keychain.list(service));
  process.stdout.write(names.length === 0 ? 'No keychain entries found\n' : names.map((name) => `${name}\n`).join(''));
}

async function remove(name: string, options: ServiceOptions): Promise<void> {
  const { service, keychain } = await open(options);
  await existing(service, name, keychain);
  await explained(keychain.delete(service, name));
  process.stdout.write(`Removed ${name} from keychain\n`);
}

async function importFile(file: string, options: ServiceOptions): Promise<void> {
  const { service, keychain } = await open(options);
  const { readSource } = await import('./script.js');
  // All of the file is understood before anything of it is stored.
  for (const [name, value] of assignments(await readSource(file), file)) {
    await explained(keychain.set(service, name, value));
    process.stdout.write(`Stored ${name} in keychain\n`);
  }
}

/** `NAME=value` a line, values quoted or not; blank lines and `#` comments are passed over. */
function assignments(text: string, file: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, name, quoted, bare] = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(?:(["'].*["'])\s*|(.*))$/.exec(line) ?? [];
    const value = quoted === undefined ? bare?.trim() : quoted.slice(1, -1);
    // The line may hold a secret, so it is not quoted.
    if (name === undefined || !value)
      throw new CommandLineError(`${file}:${index + 1}: expected NAME=value`, undefined, EXIT.failed);
    found.set(name, value);
  }
  return found;
}

async function existing(service: string, name: string, keychain: KeychainBackend): Promise<string> {
  const value = await explained(keychain.get(service, name));
  if (value !== null) return value;
  throw new CommandLineError(
    `Keychain entry not found: ${name}`,
    `'mlldc keychain list' shows the entries of the service ${service}.`,
    EXIT.failed,
  );
}

async function open({ service }: ServiceOptions): Promise<{ service: string; keychain: KeychainBackend }> {
  const { openKeychain } = await import('../runtime/host/bindings/keychain/open.js');
  return { service: service ?? (await ownService()), keychain: openKeychain() };
}

/** The service of the project around the working directory. */
async function ownService(): Promise<string> {
  const { openProject } = await import('../runtime/host/config.js');
  const { projectService } = await import('../runtime/host/bindings/keychain/auth.js');
  const { projectname } = openProject(process.cwd());
  if (projectname !== null) return projectService(projectname);
  throw new CommandLineError(
    'Keychain access requires projectname in mlld-config.json',
    'Add "projectname": "value" to mlld-config.json, or name a service: --service NAME.',
    EXIT.failed,
  );
}

/** What the keychain cannot do is for the user to mend. */
async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'KeychainError') throw error;
    throw new CommandLineError(error.message, undefined, EXIT.failed);
  }
}
