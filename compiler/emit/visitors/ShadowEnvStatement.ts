import type { ShadowEnvStatement } from '../../../grammar/ast.js';
import type { Code } from '../code.js';
import type { Emitter } from '../emitter.js';

/** `exe js = { f, g }`: from here on, blocks of the language may call them (language.md 5.8). */
export default function shadowEnvStatement(node: ShadowEnvStatement, e: Emitter): Code {
  const entries = node.entries.flatMap(({ name, alias, loc }) => {
    const binding = e.scope.lookup(name);
    const code = binding && e.codeExes.get(binding.js);
    if (code && code.language === node.language) return [{ ...code, name: alias }];
    e.session.error('MlldDirective', 'shadow_not_code', { name, language: node.language }, e.unit.file, loc);
    return [];
  });
  if (node.language === 'js' && !e.shadows.has('js')) e.program.publishFunctions(e.unit.id, entries);
  e.shadows.set(node.language, entries);
  return '';
}
