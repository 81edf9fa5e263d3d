/**
 * The file system a jail sees: a read-only minimum of the operating system, what the box lists,
 * and nothing else. Everything here is computed from real paths, so a symbolic link in a list
 * grants what it points to at this moment and a link inside a listed directory grants nothing.
 */

import { existsSync, lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { globSync } from 'tinyglobby';
import { type Box, IsolationError, readsEverything, writesEverything } from './types.js';

/** Programs and libraries. A symbolic link (`/bin` on merged systems) is repeated as one. */
const SYSTEM_FOLDERS = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix/store'];

/** What programs need from /etc to find libraries, certificates, time zone and host names. */
const SYSTEM_FILES = [
  '/etc/alternatives',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/localtime',
  '/etc/nsswitch.conf',
  '/etc/protocols',
  '/etc/services',
  '/etc/mime.types',
  '/etc/ca-certificates',
  '/etc/pki/tls/certs',
  '/etc/pki/ca-trust',
  '/etc/ssl/certs',
  '/etc/ssl/openssl.cnf',
];

/** Room for temporary files; it is memory. */
const TMP_BYTES = 256 * 1024 * 1024;

/** Room for sockets and the like. */
const RUN_BYTES = 16 * 1024 * 1024;

/** More matches than this mean the pattern is not a list of files any more. */
const MAX_MATCHES = 1000;

export interface Mount {
  readonly path: string;
  readonly writable: boolean;
}

export interface FileView {
  /** How much of the host's root is shown: the system minimum, or all of it but /run. */
  readonly root: 'system' | 'readable' | 'writable';
  /** In the order they have to be made: parents before children. */
  readonly mounts: readonly Mount[];
  /** Symbolic links on the way to listed paths: `[link, target]`. */
  readonly links: readonly (readonly [string, string])[];
}

/**
 * What a box grants, as mounts.
 * @throws IsolationError for a list entry that cannot be enforced as written.
 */
export function fileView(box: Box, cwd: string): FileView {
  const root = writesEverything(box) ? 'writable' : readsEverything(box) ? 'readable' : 'system';
  const writes = root === 'writable' ? [] : box.fsWrite.flatMap((entry) => writable(entry, cwd));
  const reads = root === 'writable' ? [] : box.fsRead.flatMap((entry) => readable(entry, cwd));
  // The jail has a /tmp of its own; a project that lives in the host's is still part of `/`.
  if (root === 'readable' && isInside(cwd, '/tmp')) reads.push(cwd);
  const links = new Map<string, string>();
  const mounts = new Map<string, Mount>();
  for (const [paths, canWrite] of [
    [writes, true],
    [reads, false],
  ] as const) {
    for (const listed of paths) {
      const real = realpathSync(listed);
      // Writing includes reading, so what lies in a writable directory needs no mount of its own.
      if ([...mounts.values()].some((mount) => mount.writable && isInside(real, mount.path))) continue;
      mounts.set(real, { path: real, writable: canWrite });
      if (root === 'system') collectLinks(listed, links);
    }
  }
  const ordered = [...mounts.values()].sort((a, b) => depth(a.path) - depth(b.path));
  return {
    root,
    mounts: ordered,
    // Links of the operating system are part of every view.
    links: [...links].filter(
      ([link]) => ![...SYSTEM_FOLDERS, ...ordered.map((mount) => mount.path)].some((folder) => isInside(link, folder)),
    ),
  };
}

/** bwrap arguments for a view: first the root, then the jail's own folders, then what is listed. */
export function viewMounts(view: FileView): string[] {
  const args = {
    system: systemMounts,
    readable: () => ['--ro-bind', '/', '/'],
    writable: () => ['--bind', '/', '/'],
  }[view.root]();
  args.push('--proc', '/proc', '--dev', '/dev');
  // Whatever can be written without a file system behind it is memory, and none of it is counted to a process.
  args.push('--size', String(TMP_BYTES), '--tmpfs', '/dev/shm', '--remount-ro', '/dev');
  if (view.root !== 'writable') args.push('--size', String(TMP_BYTES), '--tmpfs', '/tmp');
  // Sockets of the host's services live here, and a socket is a way out of any jail.
  args.push('--size', String(RUN_BYTES), '--tmpfs', '/run');
  for (const [link, target] of view.links) args.push('--symlink', target, link);
  for (const mount of view.mounts) args.push(mount.writable ? '--bind' : '--ro-bind', mount.path, mount.path);
  return args;
}

/** bwrap arguments for the operating system's own files. */
export function systemMounts(): string[] {
  const args: string[] = [];
  for (const folder of SYSTEM_FOLDERS) {
    if (!existsSync(folder)) continue;
    if (lstatSync(folder).isSymbolicLink()) args.push('--symlink', readlinkSync(folder), folder);
    else args.push('--ro-bind', folder, folder);
  }
  for (const file of SYSTEM_FILES) if (existsSync(file)) args.push('--ro-bind', realpathSync(file), file);
  return args;
}

/** True when the view shows `file` (a real path) without a further mount. */
export function isVisible(file: string, view: FileView): boolean {
  const covered = (folder: string) => isInside(file, folder);
  if (view.mounts.some((mount) => covered(mount.path))) return true;
  if (view.root !== 'system') return !covered('/run') && (view.root === 'writable' || !covered('/tmp'));
  return SYSTEM_FOLDERS.some(covered);
}

export function isInside(file: string, folder: string): boolean {
  return file === folder || file.startsWith(folder === '/' ? '/' : `${folder}/`);
}

function writable(entry: string, cwd: string): string[] {
  const listed = subtree(entry, cwd);
  if (listed === null)
    throw new IsolationError(`fs.write entry '${entry}' is a pattern; a sandbox can only grant directories and files.`);
  if (!existsSync(listed))
    throw new IsolationError(`fs.write entry '${entry}' does not exist; create it before the sandbox starts.`);
  return [listed];
}

function readable(entry: string, cwd: string): string[] {
  const listed = subtree(entry, cwd);
  if (listed === '/') return [];
  if (listed !== null) return existsSync(listed) ? [listed] : [];
  const matches = globSync(expandHome(entry), {
    cwd,
    absolute: true,
    dot: true,
    followSymbolicLinks: false,
    expandDirectories: false,
  });
  if (matches.length > MAX_MATCHES) {
    throw new IsolationError(`fs.read entry '${entry}' matches ${matches.length} files; list their directory instead.`);
  }
  return matches;
}

/** The absolute path an entry stands for, or null when it is a pattern. */
function subtree(entry: string, cwd: string): string | null {
  const trimmed = entry.replace(/\/\*\*?$/, '') || '/';
  if (trimmed === '*' || trimmed === '**') return '/';
  return /[*?[\]{}]/.test(trimmed) ? null : path.resolve(cwd, expandHome(trimmed));
}

function expandHome(entry: string): string {
  return entry === '~' || entry.startsWith('~/') ? homedir() + entry.slice(1) : entry;
}

/** Every symbolic link met while walking to `listed`, so that the path works inside as well. */
function collectLinks(listed: string, links: Map<string, string>): void {
  let walked = '/';
  let rest = listed.split('/').filter(Boolean);
  // As many links as the kernel follows before it gives up.
  for (let followed = 0; rest.length > 0 && followed < 40; ) {
    const next = path.join(walked, rest[0]!);
    rest = rest.slice(1);
    if (!lstatSync(next).isSymbolicLink()) {
      walked = next;
      continue;
    }
    followed++;
    const target = readlinkSync(next);
    links.set(next, target);
    const absolute = path.resolve(walked, target);
    rest = absolute.split('/').filter(Boolean).concat(rest);
    walked = '/';
  }
}

function depth(file: string): number {
  return file.split('/').length;
}
