/** `cmd { … }` (language.md 6). */

import type { CommandExpression, Reference, Template, UsingClause, WithClause } from '../../grammar/ast.js';
import { type Code, joinCode, js, str } from './code.js';
import type { Emitter } from './emitter.js';
import { interpolation, template } from './templates.js';

/** Where the result goes; decides its typing (language.md 6.4). */
export type Position = 'value' | 'exe' | 'run' | 'stage';

export interface RunOptions {
  position: Position;
  /** Code of the value on standard input. */
  stdin?: Code;
  clause?: WithClause | null;
  /** Parameters of the executable around: the command finds them in its environment as well. */
  params?: readonly { name: string; js: string }[];
}

export function commandCode(node: CommandExpression, e: Emitter, options: RunOptions): Code {
  const parts = node.parts.map((part) => {
    if (part.type === 'TemplateText') return str(part.text);
    // Files are only named inside double quotes.
    const quoted = part.type === 'TemplateFileRef' || (part.type === 'TemplateReference' && part.quoted === true);
    return js`[${interpolation(part, e)}, ${String(quoted)}]`;
  });
  return e.await(
    js`${e.rt('command')}(${e.context}, M, [${joinCode(parts, ', ')}], ${runOptions(node, e, options)}, ${e.site(node.loc)})`,
  );
}

/** The options object commands and scripts share. */
export function runOptions(
  node: { cwd: Template | Reference | null; using: UsingClause[]; args: Reference[] },
  e: Emitter,
  options: RunOptions,
  withArgs = true,
): Code {
  const parts: Code[] = [js`position: ${str(options.position)}`];
  if (node.cwd) parts.push(js`cwd: ${node.cwd.type === 'Template' ? template(node.cwd.parts, e) : e.expr(node.cwd)}`);
  const stdin = options.stdin ?? withEntry(options.clause, 'stdin', e);
  if (stdin) parts.push(js`stdin: ${stdin}`);
  const terminal = withEntry(options.clause, 'terminal', e);
  if (terminal) parts.push(js`terminal: ${terminal}`);
  const env: Code[] = (options.params ?? [])
    .filter(({ name }) => /^[A-Za-z_]\w*$/.test(name))
    .map(({ name, js: value }) => js`...${e.rt('envParameter')}(${str(name)}, ${value})`);
  for (const using of node.using) {
    if (using.kind === 'var')
      env.push(
        js`[${str(using.env ?? using.name)}, ${e.rt('usingValue')}(${e.scope.lookup(using.name)?.js ?? 'undefined'}, ${str(using.name)}, ${e.site(node.cwd?.loc ?? using.loc)})]`,
      );
  }
  if (withArgs) for (const arg of node.args) env.push(js`[${str(arg.name)}, ${e.expr(arg)}]`);
  if (env.length) parts.push(js`env: [${joinCode(env, ', ')}]`);
  const auth: Code[] = [
    ...node.using.filter((using) => using.kind === 'auth').map((using) => str(using.name)),
    ...authEntries(options.clause, e),
  ];
  if (auth.length) parts.push(js`auth: [${joinCode(auth, ', ')}]`);
  return js`{ ${joinCode(parts, ', ')} }`;
}

function withEntry(clause: WithClause | null | undefined, key: string, e: Emitter): Code | null {
  const entry = clause?.entries.find((candidate) => candidate.key === key);
  return entry && entry.value.type !== 'StageList' ? e.expr(entry.value) : null;
}

/** `with { auth: "a" }` and `with { auth: ["a", "b"] }`. */
function authEntries(clause: WithClause | null | undefined, e: Emitter): Code[] {
  const entry = clause?.entries.find((candidate) => candidate.key === 'auth');
  if (!entry || entry.value.type === 'StageList') return [];
  return [js`...${e.rt('authNames')}(${e.expr(entry.value)}, ${e.site(entry.loc)})`];
}

/** The output of a bare `cmd` that an executable returns: it is printed as well (language.md 5.6). */
export function echoed(value: Code, node: CommandExpression, e: Emitter): Code {
  return e.operation('printRun', js`${e.context}, ${value}, ${e.site(node.loc)}`);
}
