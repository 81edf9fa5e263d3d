/** `mlldc` on a terminal of its own, at which keys are pressed. */

import { spawn } from 'node:child_process';
import { cli } from './harness.js';

/** Waits for each text in turn and then presses its keys; prints all that was seen. */
const DRIVER = `
import json, os, pty, sys
steps = json.loads(sys.argv[1])
pid, master = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
seen, pending = b'', b''
while True:
    try:
        data = os.read(master, 4096)
    except OSError:
        break
    if not data:
        break
    seen += data
    pending += data
    while steps and steps[0][0].encode() in pending:
        text, keys = steps.pop(0)
        pending = pending[pending.index(text.encode()) + len(text.encode()):]
        os.write(master, keys.encode())
sys.stdout.buffer.write(seen)
sys.stdout.buffer.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

export interface TerminalOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** @returns the exit code, and everything the terminal showed */
export function onTerminal(
  args: readonly string[],
  steps: readonly (readonly [seen: string, keys: string])[],
  { cwd, env }: TerminalOptions,
): Promise<{ code: number | null; screen: string }> {
  return new Promise((resolve) => {
    const argv = ['-c', DRIVER, JSON.stringify(steps), process.execPath, cli, ...args];
    const child = spawn('python3', argv, { cwd, env: { ...process.env, NO_COLOR: '1', ...env } });
    let screen = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        screen += text;
      });
    }
    child.on('close', (code) => resolve({ code, screen }));
  });
}
