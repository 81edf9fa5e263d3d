/** link: the bundle, everything a run needs of a compiled program (DESIGN: one ES module). */

import { createHash } from 'node:crypto';
import path from 'node:path';
import { textOf } from '../emit/code.js';
import type { Emitted } from '../emit/index.js';
import type { JsBody, Site } from '../emit/program.js';
import type { World } from '../resolve/index.js';

export const BUNDLE_FORMAT = 1;

export interface BundleSource {
  id: number;
  /** Path as messages show it. */
  file: string;
  /** `sha256-…` of the source text. */
  hash: string;
  /** The text, for frames; a bundle is meant to explain itself. */
  text: string;
}

export interface Manifest {
  format: number;
  name: string;
  /** Capabilities the program may use, by the operations it contains. */
  needs: { inferred: string[] };
  exports: { name: string; params: { name: string; type: string | null }[] }[];
}

export interface Bundle {
  manifest: Manifest;
  /** The program's text; evaluated in the sandbox only. */
  program: string;
  bodies: JsBody[];
  sites: readonly Site[];
  sources: BundleSource[];
  /** Directory the script was compiled in, absolute. */
  dir: string;
  root: string;
}

export function link(world: World, { code, program }: Emitted): Bundle {
  return {
    manifest: {
      format: BUNDLE_FORMAT,
      name: path.basename(world.main.file),
      needs: { inferred: [...program.capabilities].sort() },
      exports: exportsOf(world),
    },
    program: textOf(code),
    bodies: program.bodies,
    sites: program.sites,
    sources: [...world.units, ...world.templates].map(({ id, file, source }) => ({
      id,
      file,
      hash: hashOf(source),
      text: source,
    })),
    dir: world.main.dir,
    root: world.root,
  };
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function exportsOf(world: World): Manifest['exports'] {
  const exports: Manifest['exports'] = [];
  const listed = new Set(
    world.main.ast.body.flatMap((node) =>
      node.type === 'ExportStatement' && node.names ? node.names.map((n) => n.name) : [],
    ),
  );
  for (const node of world.main.ast.body) {
    if (node.type !== 'ExeStatement' || (listed.size > 0 && !listed.has(node.name.name))) continue;
    exports.push({
      name: node.name.name,
      params: (node.params ?? []).map((p) => ({ name: p.name, type: p.paramType })),
    });
  }
  return exports;
}
