import type { FilesStatement } from '../../../grammar/ast.js';
import { type Code, js, str } from '../code.js';
import type { Emitter } from '../emitter.js';
import { template } from '../templates.js';

export default function filesStatement(node: FilesStatement, e: Emitter): Code {
  const target =
    node.target.kind === 'directory'
      ? js`{ directory: ${template(node.target.path.parts, e)} }`
      : js`{ workspace: ${str(node.target.name)}, rest: ${str(node.target.rest)} }`;
  const value = node.git
    ? js`{ git: ${template(node.git.url.parts, e)}, options: ${node.git.options ? e.expr(node.git.options) : 'null'} }`
    : js`{ entries: ${node.value ? e.expr(node.value) : e.rt('NULL')} }`;
  return js`${e.await(js`${e.rt('writeFiles')}(${e.context}, M, ${target}, ${value}, ${e.site(node.loc)})`)};`;
}
