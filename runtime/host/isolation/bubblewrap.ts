/** Whether this machine can build a jail, found out once by building one. */

import { spawn } from 'node:child_process';
import { findProgram } from './lookup.js';
import { systemMounts } from './mounts.js';

/** Namespaces and privileges of every jail. The network is always the jail's own. */
export const JAIL = [
  '--unshare-user',
  '--unshare-ipc',
  '--unshare-pid',
  '--unshare-uts',
  '--unshare-cgroup-try',
  // A user namespace of its own would give code in the jail a larger kernel to attack.
  '--disable-userns',
  '--die-with-parent',
  // Without a session of its own a child could type into our terminal (TIOCSTI).
  '--new-session',
  '--cap-drop',
  'ALL',
  '--hostname',
  'sandbox',
] as const;

const PROBE_MS = 10_000;

let probe: Promise<string | { program: string }> | undefined;

/** The path of a working bwrap, or the reason why there is none. */
export function bubblewrap(): Promise<string | { program: string }> {
  probe ??= findOut();
  return probe;
}

async function findOut(): Promise<string | { program: string }> {
  if (process.platform !== 'linux') return `the sandbox needs Linux with bubblewrap, and this is ${process.platform}.`;
  const program = findProgram('bwrap', process.env, '/');
  if (program === null) return 'bubblewrap (bwrap) is not installed.';
  const args = [
    ...JAIL,
    '--unshare-net',
    ...systemMounts(),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--tmpfs',
    '/tmp',
    '--remount-ro',
    '/',
    '--',
    'true',
  ];
  return new Promise((resolve) => {
    let complaint = '';
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: PROBE_MS });
    child.stderr.on('data', (chunk: Buffer) => {
      if (complaint.length < 1000) complaint += chunk.toString();
    });
    child.once('error', (error) => resolve(`bubblewrap cannot be started: ${error.message}`));
    child.once('close', (code) => {
      resolve(
        code === 0 ? { program } : `bubblewrap cannot build a jail here: ${complaint.trim() || `exit code ${code}`}`,
      );
    });
  });
}
