/** `import … from node @package` (language.md 11.6): the package lives in a child; values cross as data or as handles. */

import { EMPTY, join } from '../shared/marks.js';
import { Box, box } from './box.js';
import type { Context } from './context.js';
import { doorPost } from './door.js';
import { MlldError } from './errors.js';
import { Executable, isExecutable } from './executable.js';
import { type ModuleRecord, suppliedModule } from './modules.js';
import { makeObject } from './values/objects.js';
import { codeArgument } from './values/typing.js';

/** A value of a package, as the host describes it. */
interface NodeValue {
  kind: 'undefined' | 'value' | 'object' | 'function' | 'class';
  value?: unknown;
  target?: string;
  text?: string;
  members?: ({ name: string } & NodeValue)[];
}

/** The package's exports as a module. */
export async function nodeModule(
  _context: Context,
  module: ModuleRecord,
  name: string,
  site: number,
): Promise<ModuleRecord> {
  const reply = await doorPost('node.import', { package: name, dir: module.dir }, site);
  const exports = new Map<string, Box>();
  const described = reply.value as NodeValue;
  for (const member of described.members ?? []) exports.set(member.name, toBox(member, member.name, site));
  return suppliedModule(name, module, exports);
}

function toBox(described: NodeValue, name: string, site: number, mark = EMPTY): Box {
  switch (described.kind) {
    case 'undefined':
      return box(null, mark, { text: '' });
    case 'value':
      return box(described.value, mark, described.value === null ? { text: '' } : { origin: 'node' });
    case 'function':
      return box(wrapped(described, name, site), mark);
    case 'class':
      return box(new NodeClass(name, described.target!), mark);
    case 'object': {
      const members = (described.members ?? []).map((member): [string, Box] => [
        member.name,
        toBox(member, member.name, site, mark),
      ]);
      const object = makeObject(members);
      return new Box(
        object.value,
        join(object.mark, mark),
        { text: described.text, origin: 'node' },
        join(object.deep, mark),
      );
    }
  }
}

/** A class of a package, for `new @Class(…)`. */
export class NodeClass {
  readonly isView = true;
  constructor(
    readonly name: string,
    readonly target: string,
  ) {}
  toJSON(): string {
    return `[class: ${this.name}]`;
  }
}

function wrapped(described: NodeValue, name: string, site: number): Executable {
  const target = described.target!;
  return new Executable({
    name,
    params: [],
    medium: 'node',
    site,
    body: async (context, ...args) => {
      const inputs = args.filter((arg): arg is Box => arg !== undefined);
      const data = new Box(
        inputs.map(codeArgument),
        inputs.reduce((mark, input) => join(mark, input.deep), EMPTY),
      );
      const reply = await doorPost('node.call', { target, path: [], args: data }, site, context);
      return toBox(reply.value as NodeValue, name, site, reply.mark);
    },
  });
}

/** `new @fn(a)` on a function binds its first arguments. */
function partial(target: Executable, bound: readonly Box[]): Executable {
  return new Executable({
    name: target.name,
    params: target.params.slice(bound.length),
    medium: target.medium,
    labels: target.labels,
    site: target.site,
    body: (context, ...args) => target.body(context, ...bound, ...args),
  });
}

/** `new @Class(args)`; a function gives a function with those arguments bound. */
export async function construct(context: Context, callee: Box, args: Box[], name: string, site: number): Promise<Box> {
  if (isExecutable(callee.value)) return box(partial(callee.value, args), callee.mark);
  if (!(callee.value instanceof NodeClass)) {
    throw new MlldError('MlldInterpreter', 'NOT_A_CLASS', `Cannot use new with @${name}: it is no class`, { site });
  }
  const data = new Box(
    args.map(codeArgument),
    args.reduce((mark, arg) => join(mark, arg.deep), EMPTY),
  );
  const reply = await doorPost('node.new', { target: callee.value.target, path: [], args: data }, site, context);
  return toBox(reply.value as NodeValue, name, site, reply.mark);
}
