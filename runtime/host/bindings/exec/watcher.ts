/**
 * Ends the run's children when the host cannot do it any more: killed by SIGKILL, out of memory,
 * crashed. A small shell, one a run, is told about every process group over a pipe that only the
 * host holds open; when the pipe closes, whatever groups are left are ended.
 */

import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

const SCRIPT = `trap '' INT TERM HUP
groups=' '
while read -r op pid; do
  case $op in
    +) groups="$groups$pid " ;;
    -) groups="\${groups%% $pid *} \${groups#* $pid }" ;;
  esac
done
for pid in $groups; do kill -s TERM -- "-$pid"; done
[ "$groups" = ' ' ] || sleep 1
for pid in $groups; do kill -s KILL -- "-$pid"; done`;

export class Watcher {
  #pipe: Socket | undefined;

  /** The group led by `pid` exists from now on. */
  add(pid: number): void {
    this.#pipe ??= start();
    this.#pipe.write(`+ ${pid}\n`);
  }

  /** The group is empty. */
  remove(pid: number): void {
    this.#pipe?.write(`- ${pid}\n`);
  }

  /** Nothing is left to watch. */
  stop(): void {
    this.#pipe?.end();
    this.#pipe = undefined;
  }
}

function start(): Socket {
  const shell = spawn('/bin/sh', ['-c', SCRIPT], {
    detached: true,
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a shell there are no commands either; the door's own clean-up does not need it.
  shell.on('error', () => {});
  shell.unref();
  const pipe = shell.stdin as Socket;
  pipe.on('error', () => {});
  pipe.unref();
  return pipe;
}
