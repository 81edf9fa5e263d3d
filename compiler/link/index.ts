/** link: the bundle, everything a run needs of a compiled program (DESIGN: one ES module). */

import { createHash } from 'node:crypto';
import path from 'node:path';
import { isObject } from '../../runtime/guest/box.js';
import { parseYaml } from '../../runtime/guest/files/yaml-subset.js';
import {
  BUNDLE_FORMAT,
  type Bundle,
  isResumeMode,
  type Manifest,
  type ModuleManifest,
  type ResumeMode,
} from '../../runtime/shared/bundle.js';
import { mergeNeeds, noNeeds } from '../../runtime/shared/security/needs.js';
import { needsData } from '../../runtime/shared/security/needs-data.js';
import type { Analysis } from '../analyze/index.js';
import { textOf } from '../emit/code.js';
import type { Emitted } from '../emit/index.js';
import type { World } from '../resolve/index.js';

export function link(world: World, { needs }: Analysis, { code, program }: Emitted): Bundle {
  return {
    manifest: {
      format: BUNDLE_FORMAT,
      name: path.basename(world.main.file),
      needs: manifestNeeds(world, needs),
      resume: resumeMode(world),
      checkpoints: program.checkpoints,
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

/** What the script says of kept answers: its header line, or else its frontmatter (language.md 1.5). */
function resumeMode({ main: { ast } }: World): ResumeMode {
  const data = ast.frontmatter === null ? null : parseYaml(ast.frontmatter);
  const said = [ast.resume, isObject(data) ? data.resume : null];
  return said.find(isResumeMode) ?? 'manual';
}

function manifestNeeds(world: World, needs: Analysis['needs']): Manifest['needs'] {
  const all = [...needs];
  const inferred = all.flatMap(([, { uses }]) => uses).reduce((sum, use) => mergeNeeds(sum, use.needs), noNeeds());
  const modules = all
    .filter(([unit, { declared }]) => unit.imported || declared.length > 0)
    .map(
      ([unit, { declared, hasNeeds, hasWants }]): ModuleManifest => ({
        source: unit.id,
        imported: unit.imported,
        dir: path.relative(world.root, unit.dir),
        missing: [...(hasNeeds ? [] : ['/needs']), ...(hasWants ? [] : ['/wants'])],
        needs: declared.map(({ span, needs: each }) => ({ ...span, needs: needsData(each) })),
      }),
    );
  return { inferred: needsData(inferred), modules };
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
