import { EnvironmentError } from './report.js';

const USAGE = ['Usage: mlldc env spawn NAME -- PROMPT'];

/**
 * The one string `@spawn` gets from what follows `--` (seed.md D36): a single argument as it is,
 * else the value of the first `-p` or `--prompt`, else everything joined by blanks. The text goes
 * to the module as a value and is never part of a command line.
 * @throws EnvironmentError when nothing follows.
 */
export function extractPrompt(args: readonly string[] | undefined): string {
  if (!args || args.length === 0) throw new EnvironmentError('Prompt required after --', USAGE);
  if (args.length === 1) return args[0]!;
  const at = args.findIndex((arg) => arg === '-p' || arg === '--prompt' || arg.startsWith('--prompt='));
  if (at === -1) return args.join(' ');
  const flag = args[at]!;
  if (flag.startsWith('--prompt=')) return flag.slice('--prompt='.length);
  const value = args[at + 1];
  if (value === undefined) throw new EnvironmentError(`Prompt required after ${flag}`, USAGE);
  return value;
}
