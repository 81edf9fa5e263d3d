/** Reading a secret: typed in without an echo, or piped in. It never is an argument, which others could see. */

import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CommandLineError } from './errors.js';
import { EXIT } from './exit-codes.js';

/**
 * Reads a secret from standard input, without one final newline.
 * @throws {CommandLineError} when there is none
 */
export async function readSecret(prompt: string): Promise<string> {
  const secret = process.stdin.isTTY ? await ask(prompt) : await readAll();
  if (secret === '') throw new CommandLineError('No value given; nothing was stored', undefined, EXIT.failed);
  return secret;
}

function ask(prompt: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  // From here on the terminal shows nothing of what is typed.
  process.stderr.write(prompt);
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      settle();
      lines.close();
      process.stderr.write('\n');
    };
    lines.once('line', (line) => end(() => resolve(line)));
    lines.once('SIGINT', () => end(() => reject(new CommandLineError('Stopped; nothing was stored', undefined, 130))));
    lines.once('close', () => resolve(''));
  });
}

async function readAll(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}
