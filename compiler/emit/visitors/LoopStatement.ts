import type { LoopStatement } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';
import { loopCode } from '../loops.js';

/** As a directive, a loop's value is not used; a `=>` inside returns from the executable around it. */
export default function loopStatement(node: LoopStatement, e: Emitter): Code {
  const code = loopCode(node.loop, e);
  if (e.fn.kind === 'module') return js`${code};`;
  const result = e.unique('r');
  const passed = e.fn.kind === 'each' || e.fn.kind === 'loop' ? result : js`${e.rt('resultOf')}(${result})`;
  return js`{ const ${result} = ${code}; if (${e.rt('isReturn')}(${result})) return ${passed}; }`;
}
