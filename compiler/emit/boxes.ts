/** `box` / `env` blocks (security.md 9.1): a scope with tools, a workspace, isolation. */

import type { BoxExpression } from '../../grammar/ast.js';
import { type Code, joinCode, js, str } from './code.js';
import type { Emitter } from './emitter.js';

export function boxCode(node: BoxExpression, e: Emitter): Code {
  const config = node.config
    ? node.config.type === 'Reference'
      ? e.tolerating(() => e.expr(node.config!))
      : e.expr(node.config)
    : 'null';
  const name = node.config?.type === 'Reference' ? str(node.config.name) : 'null';
  const clause = (node.with?.entries ?? []).flatMap((entry) =>
    entry.value.type === 'StageList' ? [] : [js`${str(entry.key)}: ${e.expr(entry.value)}`],
  );
  const configure = e.scope.lookup('mcpConfig');
  const mcpConfig = configure ? js`${e.rt('opt')}(${configure.js})` : 'null';
  // A box without configuration uses no servers, so no tool can hide behind a name.
  const names = node.config || node.with || configure ? e.scope.visible() : [];
  const form = js`{ name: ${name}, clause: { ${joinCode(clause, ', ')} }, mcpConfig: ${mcpConfig}, names: ${JSON.stringify(names)} }`;
  const { code } = e.lambda({ kind: 'value', scope: 'box' }, () => js`{\n${e.statements(node.body.body)}}`);
  return e.await(js`${e.rt('boxed')}(${e.context}, M, ${config}, ${form}, ${code}, ${e.site(node.loc)})`);
}
