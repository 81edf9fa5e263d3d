/** Like every function of this folder it is evaluated inside a realm, as text. */

/**
 * `Math.random` from four 32-bit numbers (sfc32): a realm that comes from an image would otherwise
 * give the same numbers in every run.
 */
export function randomFrom(...seed: number[]): () => number {
  let [a = 0, b = 0, c = 0, counter = 1] = seed;
  const next = (): number => {
    const t = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  // 53 bits, as many as a number holds.
  return function random() {
    return ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000;
  };
}
