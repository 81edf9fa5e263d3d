import type { CheckpointStatement } from '../../../grammar/ast.js';
import { type Code, joinCode, js } from '../code.js';
import type { Emitter } from '../emitter.js';
import { template } from '../templates.js';

/** `checkpoint "name" with { resume, ttl, complete }` (security.md 12). */
export default function checkpointStatement(node: CheckpointStatement, e: Emitter): Code {
  const { name } = node;
  const [only, ...more] = name.type === 'Template' ? name.parts : [];
  if (only?.type === 'TemplateText' && more.length === 0) e.program.checkpoints.push(only.text);
  const text = name.type === 'Template' ? template(name.parts, e) : e.expr(name);
  return js`${e.checkedOverride(node.with)}${e.rt('checkpoint')}(${e.context}, ${text}, ${e.site(node.loc)}${options(node, e)});`;
}

function options({ with: clause }: CheckpointStatement, e: Emitter): Code {
  if (!clause) return '';
  const entries = clause.entries.flatMap(({ key, value }): Code[] => {
    if (value.type === 'StageList' || value.type === 'Wildcard') return [];
    if (key === 'resume') return [js`resume: ${e.expr(value)}`];
    // When the scope ends, not here, is where it shows whether it is complete.
    if (key === 'complete')
      return [
        js`complete: ${e.lambda({ kind: 'value', ownContext: false }, () => js`(${e.tolerating(() => e.expr(value))})`).code}`,
      ];
    return key === 'ttl' ? [js`ttl: ${e.expr(value)}`] : [];
  });
  return js`, { ${joinCode(entries, ', ')} }`;
}
