import type { Command } from 'commander';
import type { Signatures, Verification } from '../runtime/host/signatures/index.js';
import { CommandLineError } from './errors.js';
import { EXIT } from './exit-codes.js';

interface VerifyOptions {
  project?: string;
  key?: boolean;
}

/** `mlldc verify`: whether signed variables are what was signed (security.md 10.3). */
export function defineVerify(program: Command, exit: (code: number) => void): void {
  program
    .command('verify [name...]')
    .summary('check the signatures of variables')
    .description(
      'Prints for each variable, by default those MLLD_VERIFY_VARS names, its signed text and whether it is verified, as JSON. Exit code 1 when one is not.',
    )
    .option('--key', 'print your public key, for the trusted.json of others')
    .option('--project <directory>', 'the project; by default the one around here')
    .action(async (names: string[], options: VerifyOptions) => exit(await verify(names, options)));
}

async function verify(given: readonly string[], { project, key }: VerifyOptions): Promise<number> {
  const [{ Signatures }, { openProject }] = await Promise.all([
    import('../runtime/host/signatures/index.js'),
    import('../runtime/host/config.js'),
  ]);
  const warn = (message: string) => void process.stderr.write(`${message}\n`);
  const signatures = new Signatures(openProject(project ?? process.cwd()).root, { environment: process.env, warn });
  try {
    if (key) {
      process.stdout.write(`${signatures.keys.publicKey()}\n`);
      return EXIT.ok;
    }
    const results = namesOf(given).map((name) => check(signatures, name));
    process.stdout.write(`${JSON.stringify(results.length === 1 ? results[0] : results, null, 2)}\n`);
    return results.every(({ verified }) => verified) ? EXIT.ok : EXIT.failed;
  } catch (error) {
    if ((error as Error).name === 'SignatureError')
      throw new CommandLineError((error as Error).message, '', EXIT.failed);
    throw error;
  }
}

function namesOf(given: readonly string[]): readonly string[] {
  const names = given.length > 0 ? given : (process.env.MLLD_VERIFY_VARS ?? '').split(',');
  const named = names.map((name) => name.trim().replace(/^@/, '')).filter((name) => name !== '');
  if (named.length === 0)
    throw new CommandLineError(
      'MLLD_VERIFY_VARS is not set and no variables are provided.',
      'Name them: mlldc verify prompt',
      EXIT.failed,
    );
  return named;
}

function check({ variables }: Signatures, name: string): Verification & { name: string } {
  const { signature: _, ...result } = variables.verify(name, null, 'cli');
  return { name, ...result };
}
