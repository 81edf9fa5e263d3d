import type { ParallelGroup } from '../../../grammar/ast.js';
import { type Code, joinCode, js } from '../code.js';
import { delayCode } from '../durations.js';
import type { Emitter } from '../emitter.js';

export default function parallelGroup(node: ParallelGroup, e: Emitter): Code {
  const members = node.members.map((member) => e.lambda({ kind: 'value' }, () => js`(${e.expr(member)})`));
  const list = joinCode(
    members.map(({ code, async }) => (async ? code : js`async ${code}`)),
    ', ',
  );
  const bounds = js`{ limit: ${node.limit ? e.expr(node.limit) : 'null'}, delay: ${delayCode(node.delay, e)} }`;
  return e.await(js`${e.rt('parallelRun')}([${list}], ${e.context}, ${bounds}, ${e.site(node.loc)})`);
}
