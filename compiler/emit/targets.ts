/** Targets of output and append (language.md 10.5). */

import type { OutputTarget } from '../../grammar/ast.js';
import { type Code, js, str } from './code.js';
import type { Emitter } from './emitter.js';
import { template } from './templates.js';

export function targetCode(target: OutputTarget, e: Emitter): Code {
  switch (target.kind) {
    case 'file':
      return js`{ kind: "file", path: ${target.path.type === 'Template' ? template(target.path.parts, e) : e.expr(target.path)} }`;
    case 'stdout':
    case 'stderr':
      return js`{ kind: ${str(target.kind)} }`;
    case 'env':
      return js`{ kind: "env", name: ${target.name === null ? 'null' : str(target.name)} }`;
    case 'state':
      return js`{ kind: "state", path: ${template(target.path.parts, e)} }`;
    case 'resolver':
      return js`{ kind: "file", path: ${e.rt('resolverPath')}(M, ${template(target.path.parts, e)}, ${e.site(target.loc)}) }`;
  }
}
