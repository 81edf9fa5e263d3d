/** Arms of `when` and bodies of iterations: what an action becomes where its value is wanted, and where only its effect is. */

import type { Action, Statement } from '../../grammar/ast.js';
import { type Code, js } from './code.js';
import { echoed } from './commands.js';
import type { Emitter } from './emitter.js';
import type { Use } from './use.js';
import { whenArms } from './when.js';

/** Statements that perform `action` and use its value as `use` says. */
export function action(node: Action, use: Use, e: Emitter): Code {
  if (node.type === 'Block') return e.inScope('action', () => blockAction(node.body, use, e));
  return statementAction(node, use, e);
}

function blockAction(body: readonly Statement[], use: Use, e: Emitter): Code {
  if (use === 'value') return js`{\n${body.map((node) => [e.statement(node), '\n'])}return ${e.rt('NOTHING')};\n}`;
  return js`{\n${e.statements(body)}}`;
}

function statementAction(node: Statement, use: Use, e: Emitter): Code {
  const value = valueOfStatement(node, use, e);
  if (value === null) {
    if (node.type === 'WhenStatement') return whenArms(node.when, use, e);
    const code = e.statement(node);
    return use === 'value' && !leaves(node) ? js`${code}\nreturn ${e.rt('NOTHING')};` : code;
  }
  switch (use) {
    case 'print':
      return js`${e.operation('print', js`${e.context}, ${e.conditioned(value)}, ${e.site(node.loc)}`)};`;
    default:
      return js`return ${e.conditioned(value)};`;
  }
}

/** True for statements after which nothing of the function runs. */
function leaves(node: Statement): boolean {
  return node.type === 'ReturnStatement' || node.type === 'ControlStatement' || node.type === 'BailStatement';
}

/** The value of a one-statement action, or null when it has none. */
function valueOfStatement(node: Statement, use: Use, e: Emitter): Code | null {
  switch (node.type) {
    case 'ExpressionStatement':
      return use === 'value' && e.fn.kind === 'exe' && node.value.type === 'CommandExpression'
        ? echoed(e.expr(node.value), node.value, e)
        : e.expr(node.value);
    case 'CallStatement':
    case 'RunStatement':
      return use === 'print' ? null : e.expr(node.value);
    case 'ShowStatement':
      return use === 'value' && node.value
        ? e.operation('show', js`${e.context}, ${e.expr(node.value)}, ${e.site(node.loc)}`)
        : null;
    case 'ForStatement':
      return use === 'value' ? e.expr(node.for) : null;
    case 'LoopStatement':
      return use === 'value' ? e.expr(node.loop) : null;
    case 'BoxStatement':
      return use === 'value' ? e.expr(node.box) : null;
    default:
      return null;
  }
}
