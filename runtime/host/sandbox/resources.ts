/** What every sandbox loads: the compiled engine and the guest runtime. Read once a process. */

import { readFile } from 'node:fs/promises';
import type { SandboxSetup } from './options.js';
import { setTieringBudget } from './tiering.js';

const engines = new Map<string, Promise<WebAssembly.Module>>();
const images = new Map<string, Promise<Uint8Array>>();

function once<T>(cache: Map<string, Promise<T>>, url: URL, load: () => Promise<T>): Promise<T> {
  let value = cache.get(url.href);
  if (!value) {
    value = load();
    cache.set(url.href, value);
  }
  return value;
}

/** The compiled engine, which several threads may share. */
export function loadEngine(
  source: SandboxSetup['engine'] = new URL('./quickjs.wasm', import.meta.url),
): Promise<WebAssembly.Module> {
  setTieringBudget();
  if (!(source instanceof URL)) return WebAssembly.compile(source);
  return once(engines, source, async () => WebAssembly.compile(await readFile(source)));
}

/** The guest runtime as the thread takes it. An image is put where threads share it, so it is not copied again. */
export async function loadGuest(guest: SandboxSetup['guest']): Promise<string | Uint8Array> {
  if (typeof guest === 'string') return guest;
  const { image } = guest;
  return image instanceof URL ? once(images, image, async () => share(await readFile(image))) : share(image);
}

function share(bytes: Uint8Array): Uint8Array {
  if (bytes.buffer instanceof SharedArrayBuffer) return bytes;
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}
