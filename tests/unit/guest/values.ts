/** Boxes and marks for the tests of the value library. */

import { type Box, box, type Extra } from '../../../runtime/guest/box.js';
import { MlldError } from '../../../runtime/guest/errors.js';
import { makeArray, makeObject } from '../../../runtime/guest/values/objects.js';
import { type Mark, makeMark } from '../../../runtime/shared/marks.js';

export const SECRET: Mark = makeMark({ labels: ['secret'] });
export const PII: Mark = makeMark({ labels: ['pii'] });

export const plainBox = (value: unknown, extra: Extra | null = null): Box => box(value, undefined, extra);
export const secret = (value: unknown, extra: Extra | null = null): Box => box(value, SECRET, extra);
export const pii = (value: unknown): Box => box(value, PII);

/** `[secret "s", "pub"]` */
export const mixedArray = (): Box => makeArray([secret('s'), box('pub')]);
/** `{ k: secret "s", z: "pub" }` */
export const mixedObject = (): Box =>
  makeObject([
    ['k', secret('s')],
    ['z', box('pub')],
  ]);

/** The labels of everything in a value. */
export const labels = (b: Box): readonly string[] => b.deep.labels;

export const executable = (name = 'f', params: string[] = ['p1', 'p2'], templateText?: string): unknown =>
  new (class Executable {
    readonly isExecutable = true;
    readonly name = name;
    readonly params = params;
    readonly templateText = templateText;
  })();

export const namespace = (exports: [string, Box][], frontmatter: unknown = null): unknown =>
  new (class Namespace {
    readonly isNamespace = true;
    readonly exports = new Map(exports);
    readonly frontmatter = frontmatter;
  })();

export const fileExtra = (text: string, filename = 'a.md'): Extra => ({
  text,
  file: {
    filename,
    relative: `./${filename}`,
    absolute: `/p/${filename}`,
    dirname: 'p',
    relativeDir: '.',
    absoluteDir: '/p',
    fm: { title: 'T' },
  },
});

/** The error `run` throws, which has to be one of the runtime's own. */
export function failure(run: () => unknown): MlldError {
  try {
    run();
  } catch (error) {
    if (error instanceof MlldError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
