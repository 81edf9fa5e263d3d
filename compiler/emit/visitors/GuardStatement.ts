import type { GuardAction, GuardEntry, GuardStatement, LabelModifier, SecurityFilter } from '../../../grammar/ast.js';
import { type Code, js, str } from '../code.js';
import type { Emitter } from '../emitter.js';
import { dependsOnMarks, readsValue } from '../guard-conditions.js';

/** Guards (security.md 3): a function that decides, registered for what its filter names. */
export default function guardStatement(node: GuardStatement, e: Emitter): Code {
  e.program.security = true;
  e.program.sawGuards = true;
  const { code, async } = e.defining('guards', () =>
    e.lambda(
      { kind: 'guard', scope: 'guard' },
      () => js`{\n${node.body.map((entry) => [guardEntry(entry, e), '\n'])}return null;\n}`,
    ),
  );
  if (async) e.program.markWaiting('guards');
  const privileged = node.privileged || (node.with?.entries.some((entry) => entry.key === 'privileged') ?? false);
  // A named guard is a name of the module: it can be exported and imported (security.md 3.9).
  const bound = node.name ? js`${e.moduleBinding(node.name, { kind: 'var', async: null }).js} = ` : '';
  return js`${bound}${e.rt('registerGuard')}({ name: ${node.name ? str(node.name.name) : 'null'}, timing: ${str(node.timing)}, filter: ${filterCode(node.filter)}, privileged: ${String(privileged)}, aboutValue: ${String(readsValue(node.body))}, byMarks: ${String(!async && dependsOnMarks(node.body))}, mayRetry: ${String(node.body.some(mayRetry))}, site: ${e.site(node.loc)}, decide: ${code} });`;
}

export function filterCode(filter: SecurityFilter): Code {
  switch (filter.kind) {
    case 'label':
      return `{ kind: "label", value: ${str(filter.label)} }`;
    case 'operation':
      return `{ kind: "operation", value: ${str(filter.operation)} }`;
    case 'function':
      return `{ kind: "function", value: ${str(filter.path.join('.'))}, prefix: ${filter.prefix === null ? 'null' : str(filter.prefix)} }`;
  }
}

function guardEntry(entry: GuardEntry, e: Emitter): Code {
  if (entry.type !== 'GuardRule') return e.statement(entry);
  const action = js`return ${guardAction(entry.action, e)};`;
  if (entry.test === null) return action;
  return js`if (${e.rt('denies')}(${e.tolerating(() => e.expr(entry.test!))}, ${e.site(entry.loc)})) ${action}`;
}

function mayRetry(entry: GuardEntry): boolean {
  return entry.type === 'GuardRule' && entry.action.kind === 'retry';
}

function guardAction(action: GuardAction, e: Emitter): Code {
  const site = e.site(action.loc);
  switch (action.kind) {
    case 'allow': {
      if (!action.value && !action.with?.entries.length) return e.rt('ALLOW');
      const options =
        action.with?.entries.map((entry, i) => [
          i ? ', ' : '',
          js`${str(entry.key)}: ${entry.value.type === 'StageList' ? 'null' : e.expr(entry.value)}`,
        ]) ?? [];
      return js`{ kind: "allow", value: ${action.value ? e.strictly(() => e.expr(action.value!)) : 'null'}, options: { ${options} }, site: ${site} }`;
    }
    case 'deny':
      return js`{ kind: "deny", reason: ${str(action.reason)}, site: ${site} }`;
    case 'retry':
      return js`{ kind: "retry", hint: ${str(action.hint)}, site: ${site} }`;
    case 'env':
      return js`{ kind: "env", value: ${action.value ? e.expr(action.value) : 'null'}, site: ${site} }`;
    case 'relabel':
      return js`{ kind: "relabel", modifiers: ${modifiersCode(action.modifiers)}, value: ${action.value ? e.expr(action.value) : 'null'}, site: ${site} }`;
  }
}

function modifiersCode(modifiers: readonly LabelModifier[]): string {
  return JSON.stringify(modifiers.map(({ op, label }) => ({ op, label })));
}
