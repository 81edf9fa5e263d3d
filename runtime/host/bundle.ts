/** Bundles: reading what the linker wrote. */

import path from 'node:path';
import { BUNDLE_FORMAT, type Bundle } from '../shared/bundle.js';
import { isRecord } from '../shared/record.js';

/** A bundle that cannot be used. */
export class BundleError extends Error {
  constructor(file: string, problem: string) {
    super(`${file}: ${problem}`);
    this.name = 'BundleError';
  }
}

const BEGIN = '/* mlldc:bundle */ ';

/**
 * The bundle in the text of a file `mlldc build` wrote. Nothing of it is evaluated.
 * @throws BundleError when the file is no bundle, was changed, or has a newer format
 */
export function readBundle(text: string, file: string): Bundle {
  const start = text.indexOf(BEGIN);
  const end = start < 0 ? -1 : text.indexOf('\n/* mlldc:end */', start);
  if (end < 0) throw new BundleError(file, 'not a bundle made by mlldc build');
  try {
    return checkBundle(parseParts(text.slice(start + BEGIN.length, end)), file);
  } catch (error) {
    if (error instanceof BundleError) throw error;
    throw new BundleError(file, `the bundle is damaged (${(error as Error).message}); build it again`);
  }
}

/** `const program = [lines];` and `const bundle = {…};`, as the linker writes them. */
function parseParts(text: string): Bundle {
  const match = /^const program = (\[[\s\S]*?\n\])\.join\("\\n"\);\nconst bundle = (\{[\s\S]*\});$/.exec(text);
  if (!match) throw new Error('unexpected layout');
  return { ...(JSON.parse(match[2]!) as Bundle), program: (JSON.parse(match[1]!) as string[]).join('\n') };
}

/** @throws BundleError when the format is not one this runtime can run, or is not kept to */
export function checkBundle(bundle: Bundle, file: string): Bundle {
  const format: unknown = bundle.manifest?.format;
  if (format !== BUNDLE_FORMAT) {
    const found = typeof format === 'number' ? String(format) : 'unknown';
    throw new BundleError(
      file,
      `bundle format ${found} is not the one this mlldc runs (${BUNDLE_FORMAT}); build it again`,
    );
  }
  const wrong = malformedPart(bundle as unknown as Parts);
  if (wrong !== null) throw new BundleError(file, `the bundle is damaged (${wrong}); build it again`);
  return bundle;
}

type Parts = Readonly<Record<string, unknown>>;

/** What the host reads of a bundle has the type it is read as: somebody may have edited the file. */
function malformedPart(bundle: Parts): string | null {
  const manifest = bundle.manifest as Parts;
  const { modules, inferred } = isRecord(manifest.needs) ? manifest.needs : ({} as Parts);
  const parts: readonly (readonly [part: string, isRight: boolean])[] = [
    ['program', isText(bundle.program)],
    ['dir', isPlace(bundle.dir)],
    ['root', isPlace(bundle.root)],
    ['sites', Array.isArray(bundle.sites)],
    ['sources', isListOf(bundle.sources, (source) => isText(source.file) && isText(source.text))],
    ['bodies', isListOf(bundle.bodies, (body) => isText(body.name) && isText(body.code) && isTexts(body.params))],
    ['manifest.name', isText(manifest.name)],
    ['manifest.needs', isRecord(inferred) && isListOf(modules, isModule)],
    ['manifest.checkpoints', manifest.checkpoints === undefined || isTexts(manifest.checkpoints)],
  ];
  return parts.find(([, isRight]) => !isRight)?.[0] ?? null;
}

function isModule({ source, dir, missing, needs }: Parts): boolean {
  return (
    Number.isSafeInteger(source) &&
    isText(dir) &&
    isTexts(missing) &&
    isListOf(needs, (need) => Number.isInteger(need.start) && Number.isInteger(need.end) && isRecord(need.needs))
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isPlace(value: unknown): boolean {
  return isText(value) && path.isAbsolute(value) && !value.includes('\0');
}

function isListOf(value: unknown, isRight: (item: Parts) => boolean): boolean {
  return Array.isArray(value) && value.every((item: unknown) => isRecord(item) && isRight(item));
}
