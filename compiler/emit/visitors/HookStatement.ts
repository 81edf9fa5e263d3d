import type { HookStatement } from '../../../grammar/ast.js';
import { type Code, js, str } from '../code.js';
import type { Emitter } from '../emitter.js';
import { filterCode } from './GuardStatement.js';

/** Hooks (security.md 11). */
export default function hookStatement(node: HookStatement, e: Emitter): Code {
  e.program.security = true;
  e.program.sawHooks = true;
  const { code, async } = e.defining('guards', () =>
    e.lambda({ kind: 'value' }, () =>
      node.body.type === 'BlockExpression' ? js`{\n${e.statements(node.body.body)}}` : js`(${e.expr(node.body)})`,
    ),
  );
  if (async) e.program.markWaiting('guards');
  return js`${e.rt('registerHook')}({ name: ${node.name ? str(node.name.name) : 'null'}, timing: ${str(node.timing)}, filter: ${filterCode(node.filter)}, site: ${e.site(node.loc)}, run: ${code} });`;
}
