import type { PolicyStatement } from '../../../grammar/ast.js';
import { type Code, joinCode, js, str } from '../code.js';
import type { Emitter } from '../emitter.js';

/** `policy @p = …` takes effect from here on (security.md 5.1). */
export default function policyStatement(node: PolicyStatement, e: Emitter): Code {
  e.program.security = true;
  e.program.sawPolicies = true;
  const name = node.name?.name ?? 'policy';
  const site = e.site(node.loc);
  const value =
    node.value.type === 'PolicyUnion'
      ? js`${e.rt('unionPolicy')}(${str(name)}, [${joinCode(
          node.value.refs.map((ref) => js`[${str(ref.name)}, ${e.tolerating(() => e.expr(ref))}]`),
          ', ',
        )}], ${site})`
      : js`${e.rt('literalPolicy')}(${str(name)}, ${e.expr(node.value)}, ${site})`;
  if (!node.name) return js`${value};`;
  const binding = e.moduleBinding(node.name, { kind: 'var', async: null });
  return js`${binding.js} = ${value};`;
}
