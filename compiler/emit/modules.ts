/** One module as a function that evaluates it once (language.md 11.2). */

import type { ExportStatement, Program, TopLevel } from '../../grammar/ast.js';
import { parseYaml } from '../../runtime/guest/files/yaml-subset.js';
import type { ModuleName } from '../analyze/names.js';
import type { SourceUnit } from '../resolve/unit.js';
import type { Session } from '../session.js';
import { type Code, js, str } from './code.js';
import { Emitter } from './emitter.js';
import type { ProgramState } from './program.js';

/** A module and what analysis knows of it. */
export interface ModuleToEmit {
  unit: SourceUnit;
  /** Names it defines at its top level. */
  names: readonly ModuleName[];
  /** Names others can ask for; null: any. */
  used: ReadonlySet<string> | null;
  /** Absolute project root. */
  root: string;
}

export function emitModule({ unit, names, used, root }: ModuleToEmit, program: ProgramState, session: Session): Code {
  const e = new Emitter(program, unit, session);
  e.declareModule(names);
  const key = `module:${unit.id}`;
  const body = e.defining(key, () => topLevel(unit.ast.body, e));
  const variables = [...new Set(names.map((n) => n.name))].map((name) => ({ name, binding: e.scope.own(name)! }));
  const exported = exportedNames(unit.ast) ?? variables.map(({ name }): [string, string] => [name, name]);
  const asked = new Set(exported.filter(([name]) => used === null || used.has(name)).map(([, local]) => local));
  const idle = ({ name, binding }: (typeof variables)[number]) => binding.kind === 'lazy' && !asked.has(name);
  const table: Code = variables.map((variable, i) => [
    i ? ', ' : '',
    js`[${str(variable.name)}, ${idle(variable) ? 'null' : variable.binding.js}]`,
  ]);
  const lazy = variables.some((v) => v.binding.kind === 'lazy' && v.binding.async && !idle(v));
  if (lazy) e.fn.usesAwait = true;
  if (e.fn.usesAwait) program.markWaiting(key);
  const waits = (name: string) => {
    const binding = e.scope.own(name);
    return binding?.kind === 'exe' ? { async: binding.async, waitKey: binding.waitKey } : { async: null };
  };
  for (const [name, local] of exported) program.recordExport(unit.id, name, waits(local));
  if (unit.imported) program.mayHold(exported.map(([name]) => name));
  const async = program.waits(key) || e.fn.usesAwait;
  const id = String(unit.id);
  const values = lazy ? js`await ${e.rt('settleLazy')}([${table}])` : js`[${table}]`;
  const locals = variables.length ? js`let ${variables.map(({ binding }, i) => [i ? ', ' : '', binding.js])};\n` : '';
  return js`let r${id};
const m${id} = (site, policy) => r${id} ??= (${async ? 'async ' : ''}() => {
const M = ${e.rt('defineModule')}(${moduleOptions(unit, root)}, site, policy);
const c = ${e.rt('moduleContext')}(${String(unit.imported)});
${locals}const finish = ${lazy ? 'async ' : ''}(value, site) => ${e.rt('conclude')}(M, ${String(unit.imported)}, ${values}, value, site);
${body}return finish(null, -1);
})();
`;
}

function topLevel(nodes: readonly TopLevel[], e: Emitter): Code {
  return nodes.map((node): Code => {
    switch (node.type) {
      case 'DocText':
        return e.unit.imported ? '' : js`${e.rt('document')}.write(${str(node.text)});\n`;
      case 'DocBreak':
        return e.unit.imported ? '' : js`${e.rt('document')}.break(${String(node.count)});\n`;
      case 'RunFence':
        return e.statements(node.body);
      default:
        return [e.statement(node), '\n'];
    }
  });
}

function moduleOptions(unit: SourceUnit, root: string): string {
  return JSON.stringify({
    id: unit.id,
    file: unit.file,
    path: unit.path,
    dir: unit.dir,
    root,
    imported: unit.imported,
    exported: exportedNames(unit.ast),
    frontmatter: unit.ast.frontmatter === null ? null : (parseYaml(unit.ast.frontmatter) ?? {}),
  });
}

/** Exported names with the names they have in the module; null when everything is exported. */
function exportedNames(ast: Program): [exported: string, local: string][] | null {
  const directives = ast.body.filter((node): node is ExportStatement => node.type === 'ExportStatement');
  if (directives.length === 0 || directives.some((node) => node.names === null)) return null;
  return directives.flatMap((node) => node.names!.map((n): [string, string] => [n.alias ?? n.name, n.name]));
}
