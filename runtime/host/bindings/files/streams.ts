/** `/dev/stdout` and `/dev/stderr` by any of their names: streams of the run, not files that can be replaced. */

import { HostError } from '../types.js';

const STREAMS: Readonly<Record<string, 'stdout' | 'stderr'>> = {
  '/dev/stdout': 'stdout',
  '/dev/fd/1': 'stdout',
  '/proc/self/fd/1': 'stdout',
  '/dev/stderr': 'stderr',
  '/dev/fd/2': 'stderr',
  '/proc/self/fd/2': 'stderr',
};

/**
 * The stream a path names, or null for a file.
 * @throws HostError for another descriptor: those of this process are not the program's
 */
export function streamOf(path: string): 'stdout' | 'stderr' | null {
  if (Object.hasOwn(STREAMS, path)) return STREAMS[path]!;
  if (!/^\/(?:dev|proc\/(?:self|thread-self|\d+))\/(?:task\/\d+\/)?(?:fd\/|stdin$)/.test(path)) return null;
  throw new HostError(
    'MlldOutput',
    'DESCRIPTOR_REFUSED',
    `Output error (${path}): cannot write to this descriptor`,
    { path },
    'Scripts write to /dev/stdout and /dev/stderr; anything else is a file or a named pipe.',
  );
}
