/**
 * The engine's machine code, made when the package is built (scripts/build-machine-code.mjs). With it
 * a run neither compiles the engine nor computes in V8's baseline tier, which takes three times as long.
 *
 * V8 has the two functions this takes only as natives, which a flag makes nameable; it is set for the
 * moment in which one constant script is compiled. V8 refuses code that was made by another version,
 * under other flags or for another processor. The rest is asked here: the same Node on the same kind of
 * system, and memory protected in the same way, because code that was made for memory with guard pages
 * checks no bounds. The engine's bytes lie in the file itself, so code and bytes cannot be of two
 * engines. What does not fit is not taken; the engine is compiled then (tiering.ts).
 *
 * Layout: lengths of the key, the engine's bytes and the code (4 bytes each), then the three.
 */

import { Buffer } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { compileFunction } from 'node:vm';

interface Natives {
  /** Memory has guard pages, which the processor faults at. */
  hasGuardPages(): boolean;
  serialize(engine: WebAssembly.Module): ArrayBuffer;
  /** Undefined when V8 refuses the code. */
  deserialize(code: ArrayBuffer, bytes: Uint8Array): WebAssembly.Module | undefined;
}

/** @throws SyntaxError when this V8 does not know one of the functions */
function natives(): Natives {
  setFlagsFromString('--allow-natives-syntax');
  try {
    // Compiled at once, unlike functions in a script, which are compiled when they are first called.
    return {
      hasGuardPages: compileFunction('return %IsWasmTrapHandlerEnabled()') as Natives['hasGuardPages'],
      serialize: compileFunction('return %SerializeWasmModule(engine)', ['engine']) as Natives['serialize'],
      deserialize: compileFunction('return %DeserializeWasmModule(code, bytes)', [
        'code',
        'bytes',
      ]) as Natives['deserialize'],
    };
  } finally {
    setFlagsFromString('--no-allow-natives-syntax');
  }
}

/** What must be the same where code is made and where it is taken. */
function keyOf({ hasGuardPages }: Natives): string {
  const { versions, platform, arch } = process;
  return JSON.stringify({ versions, platform, arch, guardPages: hasGuardPages() });
}

const LENGTHS = 3;

/**
 * Compiles an engine with V8's optimising compiler. Changes V8's flags, so it is for a process of its own.
 *
 * @returns the content of a file for `loadMachineCode`
 * @throws SyntaxError when this V8 has no such functions
 */
export function makeMachineCode(bytes: Uint8Array): Uint8Array {
  const v8 = natives();
  for (const flag of ['--no-liftoff', '--no-wasm-lazy-compilation']) setFlagsFromString(flag);
  const engine = new WebAssembly.Module(bytes);
  // The first implied the second: code carries the flags it was made under.
  for (const flag of ['--liftoff', '--wasm-dynamic-tiering', '--wasm-lazy-compilation']) setFlagsFromString(flag);
  const parts = [Buffer.from(keyOf(v8)), bytes, new Uint8Array(v8.serialize(engine))];
  const lengths = Buffer.alloc(4 * LENGTHS);
  for (const [index, { length }] of parts.entries()) lengths.writeUInt32LE(length, 4 * index);
  return Buffer.concat([lengths, ...parts]);
}

/** The compiled engine a file holds, or undefined when there is no such file or its code does not fit. */
export function loadMachineCode(file: URL): WebAssembly.Module | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return undefined;
  }
  const next = (length: number): Buffer => {
    // Memory of its own: V8 takes the code as a whole buffer.
    const part = Buffer.allocUnsafeSlow(length);
    if (readSync(descriptor, part, 0, length, null) !== length) throw new Error('the file ends early');
    return part;
  };
  try {
    const lengths = next(4 * LENGTHS);
    const v8 = natives();
    if (next(lengths.readUInt32LE(0)).toString() !== keyOf(v8)) return undefined;
    const bytes = next(lengths.readUInt32LE(4));
    return v8.deserialize(next(lengths.readUInt32LE(8)).buffer as ArrayBuffer, bytes);
  } catch {
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}
