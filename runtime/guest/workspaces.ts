/**
 * Workspaces (security.md 9.1, language.md 10.5): a directory of the run's own that `box` blocks and
 * `files <@name/>` write into and commands run in. The host makes it and removes it with the run.
 */

import { EMPTY } from '../shared/marks.js';
import { Box, box, isObject } from './box.js';
import type { Context } from './context.js';
import { doorCall } from './door.js';
import { writeProjectFile } from './effects.js';
import { MlldError } from './errors.js';
import type { ModuleRecord } from './modules.js';
import { missing } from './refs.js';
import { fileText, toText } from './values/display.js';
import { iterate } from './values/iterate.js';
import { membersOf } from './values/objects.js';

export class Workspace {
  readonly isView = true;
  constructor(
    readonly name: string | null,
    readonly dir: string,
  ) {}

  toJSON(): Record<string, unknown> {
    return { name: this.name, path: this.dir };
  }
}

/** Workspaces by the name `files <@name/>` gave them. */
const named = new Map<string, Workspace>();

export function openWorkspace(name: string | null, site: number): Workspace {
  const reply = doorCall('workspace.open', {}, site);
  return new Workspace(name, String(reply.value));
}

/** A workspace as a value: it interpolates as its directory. */
export function workspaceBox(workspace: Workspace): Box {
  return new Box(workspace, EMPTY, { text: workspace.dir, type: 'workspace' });
}

/** An undefined variable where one is tolerated; shown, it says so (language.md 4.4). */
const NOT_DEFINED = box(undefined, EMPTY, { text: 'undefined' });

/** A name no variable has: a workspace, or an error. */
export function workspaceRef(
  _module: ModuleRecord,
  name: string,
  tolerant: boolean,
  site: number,
  directive: string | null = null,
): Box {
  const workspace = named.get(name);
  if (workspace) return workspaceBox(workspace);
  if (tolerant) return NOT_DEFINED;
  throw missing(name, site, directive);
}

/** The same as an argument of a call. */
export function workspaceArg(_module: ModuleRecord, name: string, callee: string, site: number): Box {
  const workspace = named.get(name);
  if (workspace) return workspaceBox(workspace);
  throw new MlldError('Mlld', 'UNDEFINED_ARGUMENT', `Undefined variable '@${name}' passed to function @${callee}`, {
    site,
  });
}

/** The same in a template: text as written when there is none (language.md 2.3). */
export function workspaceText(_module: ModuleRecord, name: string, source: string): Box {
  const workspace = named.get(name);
  return workspace && source === `@${name}` ? workspaceBox(workspace) : box(source);
}

export type FilesTarget = { directory: Box } | { workspace: string; rest: string };
export type FilesValue = { entries: Box } | { git: Box; options: Box | null };

/** `files "dir/" = [ … ]` and `files <@ws/> = [ … ]`. */
export async function writeFiles(
  context: Context,
  module: ModuleRecord,
  target: FilesTarget,
  value: FilesValue,
  site: number,
): Promise<void> {
  if (context.quiet && 'directory' in target) return;
  if ('git' in value) {
    throw new MlldError(
      'MlldDirective',
      'FILES_GIT',
      'Directive error (files): files from git need network access, which this build of the runtime does not offer',
      {
        site,
        hint: 'Clone the repository with sh { git clone … } and list its files.',
      },
    );
  }
  const dir = 'workspace' in target ? workspaceDir(target.workspace, target.rest, site) : null;
  const prefix = 'directory' in target ? toText(target.directory).replace(/\/$/, '') : '';
  for (const { value: entry } of iterate(value.entries, 'for')) {
    if (!isObject(entry.value)) {
      throw new MlldError(
        'MlldDirective',
        'VALIDATION_FAILED',
        'Directive error (files): each entry must be an object { "name": content }',
        { site },
      );
    }
    for (const [name, content] of membersOf(entry) ?? []) {
      if (name === 'desc') continue;
      if (dir !== null) writeInto(context, dir, name, content, site);
      else writeProjectFile(context, module, `${prefix}/${name}`.replace(/^\//, ''), content, site);
    }
  }
}

function workspaceDir(name: string, rest: string, site: number): string {
  let workspace = named.get(name);
  if (!workspace) {
    workspace = openWorkspace(name, site);
    named.set(name, workspace);
  }
  const sub = rest.replace(/^\/+|\/+$/g, '');
  return sub ? `${workspace.dir}/${sub}` : workspace.dir;
}

function writeInto(context: Context, dir: string, name: string, content: Box, site: number): void {
  if (name.startsWith('/') || name.split('/').includes('..')) {
    throw new MlldError(
      'MlldDirective',
      'VALIDATION_FAILED',
      `Directive error (files): "${name}" must be a relative path`,
      { site },
    );
  }
  const text = new Box(fileText(content), content.deep);
  doorCall('file.write', { path: `${dir}/${name}`, text, within: dir }, site, context);
}
