import type { AugmentStatement } from '../../../grammar/ast.js';
import { type Code, js, str } from '../code.js';
import type { Emitter } from '../emitter.js';

/** `@x += v` changes the nearest binding, a module variable included (language.md 4.2). */
export default function augmentStatement(node: AugmentStatement, e: Emitter): Code {
  const { name, loc } = node.name;
  const binding = e.scope.lookup(name);
  const site = e.site(loc);
  const value = e.strictly(() => e.expr(node.value));
  if (!binding) return js`${e.rt('augment')}(undefined, ${value}, ${str(name)}, ${site});`;
  if (binding.parallelDepth < e.scope.parallelDepth) return js`${e.rt('parallelMutation')}(${str(name)}, ${site});`;
  return js`${binding.js} = ${e.rt('augment')}(${binding.js}, ${value}, ${str(name)}, ${site});`;
}
