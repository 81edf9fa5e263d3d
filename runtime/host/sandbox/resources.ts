/** What every sandbox loads: the compiled engine and the guest runtime. Read once a process. */

import { readFileSync } from 'node:fs';
import { loadMachineCode } from './machine-code.js';
import type { SandboxSetup } from './options.js';
import { compileEngine } from './tiering.js';

const engines = new Map<string, WebAssembly.Module>();
const images = new Map<string, Uint8Array>();

function once<T>(cache: Map<string, T>, url: URL, load: () => T): T {
  let value = cache.get(url.href);
  if (!value) {
    value = load();
    cache.set(url.href, value);
  }
  return value;
}

/** The compiled engine, which several threads may share. Machine code may lie beside its file, as `quickjs.code`. */
export function loadEngine(
  source: SandboxSetup['engine'] = new URL('./quickjs.wasm', import.meta.url),
): WebAssembly.Module {
  if (!(source instanceof URL)) return compileEngine(source);
  const code = new URL('./quickjs.code', source);
  return once(engines, source, () => loadMachineCode(code) ?? compileEngine(readFileSync(source)));
}

/** The guest runtime as the thread takes it. An image is put where threads share it, so it is not copied again. */
export function loadGuest(guest: SandboxSetup['guest']): string | Uint8Array {
  if (typeof guest === 'string') return guest;
  const { image } = guest;
  return image instanceof URL ? once(images, image, () => share(readFileSync(image))) : share(image);
}

function share(bytes: Uint8Array): Uint8Array {
  if (bytes.buffer instanceof SharedArrayBuffer) return bytes;
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}
