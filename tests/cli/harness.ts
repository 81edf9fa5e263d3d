/** Whole processes through `dist/cli.js`, each in a fresh directory. */

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';

export const root = path.resolve(import.meta.dirname, '../..');
export const cli = path.join(root, 'dist/cli.js');

export interface Outcome {
  /** Null when a signal ended the process. */
  code: number | null;
  stdout: string;
  stderr: string;
  /** Wall-clock milliseconds. */
  took: number;
}

export interface RunOptions {
  cwd?: string;
  input?: string;
  env?: Record<string, string>;
}

const directories: string[] = [];

afterEach(() => {
  for (const directory of directories.splice(0)) fs.rmSync(directory, { recursive: true, force: true });
});

/** A directory that exists until the test ends, with these files in it. */
export function directory(files: Record<string, string> = {}): string {
  // The real path: on some systems the temporary directory is a link.
  const created = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'mlldc-cli-')));
  directories.push(created);
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(created, name)), { recursive: true });
    fs.writeFileSync(path.join(created, name), text);
  }
  return created;
}

/** Runs `mlldc` with these arguments. */
export function mlldc(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return node([cli, ...args], options);
}

/** Runs Node with these arguments. */
export function node(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, args, {
      cwd: options.cwd ?? directory(),
      env: { ...process.env, NO_COLOR: '1', ...options.env },
    });
    const out = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      out.stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...out, took: performance.now() - started }));
    // A process that ends without reading its input closes the pipe first; that is not the test's business.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
  });
}
