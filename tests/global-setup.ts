/**
 * Where tests leave what they make: a home and a temporary directory of their own, which go when all tests have ended.
 * Signing keys, caches and keychains of the user who runs them are neither read nor made.
 */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Variables that name places in a home directory; without them, the home directory decides. */
const PLACES = ['XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME', 'MLLDC_CACHE'];

export default function setup(): () => void {
  // Sockets are made below it, and the path of a socket has to be short.
  const place = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'mlldc-')));
  const before = { ...process.env };
  const own: Record<string, string | undefined> = { HOME: path.join(place, 'home'), TMPDIR: path.join(place, 'tmp') };
  for (const directory of Object.values(own)) fs.mkdirSync(directory!);
  for (const name of PLACES) own[name] = undefined;
  assign(own);
  return () => {
    assign(Object.fromEntries(Object.keys(own).map((name) => [name, before[name]])));
    // A process a test has ended may still be closing its files.
    fs.rmSync(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
}

function assign(variables: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
