/**
 * Ends the run's children when the host cannot do it any more: killed by SIGKILL, out of memory,
 * crashed. A small shell, one a run, is told about every process group over a pipe that only the
 * host holds open; when the pipe closes, whatever groups are left are ended. A child on the user's
 * terminal is in the host's own group: it is ended with everything that descends from it.
 */

import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** Who descends from whom: `/proc`, where a process's name may hold any character, else `ps`. */
const FAMILY = `parents() {
  [ -r /proc/self/stat ] || { ps -A -o pid= -o ppid=; return; }
  for file in /proc/[0-9]*/stat; do
    line=$(cat "$file") || continue
    rest=\${line##*) }; rest=\${rest#* }
    echo "\${line%% *} \${rest%% *}"
  done
}
family() {
  table=$(parents); found=$1; all=$1
  while [ -n "\${found# }" ]; do
    next=' '
    while read -r pid parent; do
      case $found in *" $parent "*) next="$next$pid " ;; esac
    done <<EOF
$table
EOF
    all="$all$next"; found=$next
  done
}`;

const SCRIPT = `trap '' INT TERM HUP
groups=' '
alone=' '
while read -r op pid; do
  case $op in
    +) groups="$groups$pid " ;;
    -) groups="\${groups%% $pid *} \${groups#* $pid }" ;;
    +1) alone="$alone$pid " ;;
    -1) alone="\${alone%% $pid *} \${alone#* $pid }" ;;
  esac
done
[ "$groups$alone" = '  ' ] && exit
${FAMILY}
all=
[ "$alone" = ' ' ] || family "$alone"
for pid in $groups; do kill -s TERM -- "-$pid"; done
for pid in $all; do kill -s TERM "$pid"; done
sleep 1
for pid in $groups; do kill -s KILL -- "-$pid"; done
for pid in $all; do kill -s KILL "$pid"; done`;

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

  /** A process that leads no group of its own exists from now on. */
  addAlone(pid: number): void {
    this.#pipe ??= start();
    this.#pipe.write(`+1 ${pid}\n`);
  }

  /** It has ended. */
  removeAlone(pid: number): void {
    this.#pipe?.write(`-1 ${pid}\n`);
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
