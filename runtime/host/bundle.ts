/** Bundles: reading what the linker wrote. */

import { BUNDLE_FORMAT, type Bundle } from '../shared/bundle.js';

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

/** @throws BundleError when the format is not one this runtime can run */
export function checkBundle(bundle: Bundle, file: string): Bundle {
  const format = bundle.manifest?.format;
  if (format !== BUNDLE_FORMAT) {
    throw new BundleError(
      file,
      `bundle format ${String(format)} is not the one this mlldc runs (${BUNDLE_FORMAT}); build it again`,
    );
  }
  return bundle;
}
