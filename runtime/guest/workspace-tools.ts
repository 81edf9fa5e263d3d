/**
 * What a model gets inside a box when `config.tools` names tools of its own (`Read`, `Bash` …):
 * the same tools, on the box's workspace. They reach nothing else: the host confines the files, and
 * commands run in a jail that holds the workspace and has no network.
 */

import { join, type MarkParts, makeMark } from '../shared/marks.js';
import { Box, box } from './box.js';
import type { Context } from './context.js';
import { doorPost } from './door.js';
import { shellText } from './exec.js';
import { Executable } from './executable.js';
import type { Tool } from './tools.js';
import { toText } from './values/display.js';

type Arguments = readonly (Box | undefined)[];

interface Definition {
  description: string;
  params: readonly string[];
  required: number;
  run(context: Context, args: Arguments, site: number): Promise<Box>;
}

const DEFINITIONS: Readonly<Record<string, Definition>> = {
  Read: {
    description: 'Reads a file of the workspace.',
    params: ['file_path'],
    required: 1,
    async run(context, [path], site) {
      const base = directory(context);
      const reply = await doorPost('file.read', { path: text(path), base, within: base }, site, context);
      return new Box((reply.value as { text: string }).text, reply.mark);
    },
  },
  Write: {
    description: 'Writes a file of the workspace; an existing one is replaced.',
    params: ['file_path', 'content'],
    required: 2,
    async run(context, [path, content], site) {
      const base = directory(context);
      const reply = await doorPost(
        'file.write',
        { path: text(path), base, text: text(content), within: base },
        site,
        context,
      );
      return new Box(`Wrote ${toText(path!)}`, reply.mark);
    },
  },
  Bash: {
    description: 'Runs a command in the workspace, without network and without other files.',
    params: ['command'],
    required: 1,
    run: (context, [command], site) => shellText(jailed(context), text(command), [], site),
  },
  Glob: {
    description: 'Lists the files of the workspace that match a pattern.',
    params: ['pattern', 'path'],
    required: 1,
    async run(context, [pattern, path], site) {
      const base = directory(context);
      const given = text(pattern);
      const full = path ? new Box(`${toText(path)}/${toText(given)}`, join(path.deep, given.deep)) : given;
      const reply = await doorPost('file.glob', { pattern: full, base, within: base }, site, context);
      const files = reply.value as { file: { absolute: string }; mark: MarkParts }[];
      const mark = files.reduce((all, file) => join(all, makeMark(file.mark)), reply.mark);
      return new Box(files.map(({ file }) => file.absolute.slice(base.length + 1)).join('\n'), mark);
    },
  },
  Grep: {
    description: 'Searches the files of the workspace for an extended regular expression.',
    params: ['pattern', 'path'],
    required: 1,
    run: (context, [pattern, path], site) =>
      shellText(
        jailed(context),
        box('grep -rnE -e "$pattern" -- "$path" || test $? -eq 1'),
        [
          ['pattern', text(pattern)],
          ['path', path ? text(path) : box('.')],
        ],
        site,
      ),
  },
};

/** Names of the tools, as models know them. */
export const WORKSPACE_TOOLS: readonly string[] = Object.keys(DEFINITIONS);

/** The tool of that name, on the workspace of the context it is called in. */
export function workspaceTool(name: string, site: number): Tool {
  const { description, params, required, run } = DEFINITIONS[name]!;
  const body = (context: Context, ...args: (Box | undefined)[]): Promise<Box> => run(context, args, site);
  const target = new Executable({ name, params, medium: 'exe', description, wire: name, body, site });
  const optional = params.slice(required);
  return { name, target, labels: [], description, bind: new Map(), visible: params, optional, controlArgs: null };
}

function directory(context: Context): string {
  return context.scope!.workspace!;
}

function text(value: Box | undefined): Box {
  return value ? new Box(toText(value), value.deep) : box('');
}

/** Nothing but the workspace: what a command gets that a model wrote, unless the box says otherwise. */
const JAIL = { provider: 'sandbox', fs: { read: [], write: [] }, net: 'none' };

function jailed(context: Context): Context {
  const scope = context.scope!;
  return scope.isolation === null ? context.with({ scope: { ...scope, isolation: JAIL } }) : context;
}
