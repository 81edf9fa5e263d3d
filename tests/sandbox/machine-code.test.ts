/** The engine's machine code: taken where it was made for, and never anywhere else. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadMachineCode, makeMachineCode } from '../../runtime/host/sandbox/machine-code.js';
import { loadEngine } from '../../runtime/host/sandbox/resources.js';

/** An engine of one function, `answer`, which returns 42. */
const ENGINE = Uint8Array.from([
  ...[0, 97, 115, 109, 1, 0, 0, 0],
  ...[1, 5, 1, 0x60, 0, 1, 0x7f],
  ...[3, 2, 1, 0],
  ...[7, 10, 1, 6, ...Buffer.from('answer'), 0, 0],
  ...[10, 6, 1, 4, 0, 0x41, 42, 0x0b],
]);

let directory: string;
let code: Uint8Array;

function load(content: Uint8Array): WebAssembly.Module | undefined {
  const file = path.join(directory, 'some.code');
  fs.writeFileSync(file, content);
  return loadMachineCode(pathToFileURL(file));
}

const answer = (engine: WebAssembly.Module) => (new WebAssembly.Instance(engine, {}).exports.answer as () => number)();

beforeAll(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mlldc-machine-code-'));
  code = makeMachineCode(ENGINE);
});
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

describe('machine code of the engine', () => {
  it('is an engine that works', () => {
    expect(answer(load(code)!)).toBe(42);
  });

  it('is not taken by another Node', () => {
    const versions = { ...process.versions, openssl: 'another' };
    const other = vi.spyOn(process, 'versions', 'get').mockReturnValue(versions);
    expect(load(code)).toBeUndefined();
    other.mockRestore();
    expect(load(code)).toBeDefined();
  });

  it('is not taken where memory has no guard pages', () => {
    const text = Buffer.from(code);
    const at = text.indexOf('"guardPages":true');
    expect(at).toBeGreaterThan(0);
    // As a process without them would have made it: of the same length.
    text.write('"guardPages":null', at);
    expect(load(text)).toBeUndefined();
  });

  it('is not taken when V8 finds other flags or another version in it', () => {
    const other = Buffer.from(code);
    // The first words of V8's part say what it was made under.
    const start = 12 + other.readUInt32LE(0) + other.readUInt32LE(4);
    for (const word of [0, 1, 2, 3]) {
      const changed = Buffer.from(other);
      changed[start + 4 * word]! ^= 1;
      expect(load(changed)).toBeUndefined();
    }
  });

  it('is not taken when the file is cut off, empty or missing', () => {
    expect(load(code.subarray(0, code.length - 1))).toBeUndefined();
    expect(load(new Uint8Array())).toBeUndefined();
    expect(loadMachineCode(pathToFileURL(path.join(directory, 'missing')))).toBeUndefined();
  });

  it('is replaced by compiling', () => {
    fs.writeFileSync(path.join(directory, 'quickjs.wasm'), ENGINE);
    fs.writeFileSync(path.join(directory, 'quickjs.code'), 'nothing of use');
    expect(answer(loadEngine(pathToFileURL(path.join(directory, 'quickjs.wasm'))))).toBe(42);
  });
});
