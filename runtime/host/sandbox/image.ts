/**
 * Images: an engine at rest, as bytes. Making an engine from its image takes a tenth of the time that
 * evaluating the guest runtime takes. An image is trusted like the code it was made from, and like it
 * comes with the package.
 *
 * Layout: length of the header (4 bytes), header (JSON), then the memory pages that hold anything.
 */

import { Buffer } from 'node:buffer';

/** What the host has to know of an engine besides its memory: pointers, which stay what they are. */
export interface EngineState {
  runtime: number;
  scratch: number;
  jobContext: number;
  errorKeys: readonly number[];
  /** Of the first realm. */
  context: number;
  /** A function of it that does nothing. */
  idler: number;
  /** A function of it that gives the stack of what is running. */
  tracer: number;
  /** Functions the host calls, by name. */
  entry: Record<string, number>;
}

export interface Image {
  state: EngineState;
  /** Pages of 64 KB its memory has. */
  memoryPages: number;
  /** Fills the memory of a fresh instance. */
  restore(memory: Uint8Array): void;
}

interface Header {
  state: EngineState;
  memoryLength: number;
  /** The pages that the image holds: numbers of first pages, and how many follow each other. */
  runs: [first: number, count: number][];
}

const PAGE = 4096;
const WASM_PAGE = 65_536;

/**
 * @param fresh memory of an instance that has just been made, which is what an image is restored over
 */
export function packImage(memory: Uint8Array, fresh: Uint8Array, state: EngineState): Uint8Array {
  const empty = Buffer.alloc(PAGE);
  const isEmpty = (bytes: Uint8Array, page: number) => {
    const part = bytes.subarray(page * PAGE, (page + 1) * PAGE);
    return part.length === 0 || empty.equals(part);
  };
  const runs: Header['runs'] = [];
  for (let page = 0; page * PAGE < memory.length; page++) {
    if (isEmpty(memory, page) && isEmpty(fresh, page)) continue;
    const last = runs.at(-1);
    if (last && last[0] + last[1] === page) last[1]++;
    else runs.push([page, 1]);
  }
  const header = Buffer.from(JSON.stringify({ state, memoryLength: memory.length, runs } satisfies Header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const pages = runs.map(([first, count]) => memory.subarray(first * PAGE, (first + count) * PAGE));
  return Buffer.concat([length, header, ...pages]);
}

export function openImage(bytes: Uint8Array): Image {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 4 + buffer.readUInt32LE(0);
  const { state, memoryLength, runs } = JSON.parse(buffer.toString('utf8', 4, start)) as Header;
  return {
    state,
    memoryPages: memoryLength / WASM_PAGE,
    restore(memory) {
      let from = start;
      for (const [first, count] of runs) {
        memory.set(buffer.subarray(from, from + count * PAGE), first * PAGE);
        from += count * PAGE;
      }
    },
  };
}

/** Puts several images into one file. */
export function joinImages(images: readonly Uint8Array[]): Uint8Array {
  const lengths = Buffer.alloc(4 * (images.length + 1));
  lengths.writeUInt32LE(images.length);
  for (const [index, image] of images.entries()) lengths.writeUInt32LE(image.length, 4 * (index + 1));
  return Buffer.concat([lengths, ...images]);
}

export function splitImages(bytes: Uint8Array): Uint8Array[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = buffer.readUInt32LE(0);
  let from = 4 * (count + 1);
  return Array.from({ length: count }, (_, index) => {
    const length = buffer.readUInt32LE(4 * (index + 1));
    from += length;
    return bytes.subarray(from - length, from);
  });
}
