/**
 * Pass: what `with { … }` says has a meaning where it stands (language.md 5.9, 6.1, 7.6, 8; security.md 3.1, 3.6, 9.1,
 * 12). A key nobody reads is a restriction that does not hold, so it is an error.
 */

import type { Expression, WithClause, WithEntry } from '../../grammar/ast.js';
import { suggestions } from '../diagnostics/suggest.js';
import { guardName } from '../emit/overrides.js';
import type { SourceUnit } from '../resolve/unit.js';
import type { Session } from '../session.js';
import { type AnyNode, walk } from './walk.js';

/** How a value is passed through stages and what runs it is given. */
const VALUE = ['pipeline', 'parallel', 'delay', 'format', 'stream', 'streamFormat', 'stdin', 'auth', 'terminal'];
/** Under what rules something happens. */
const RULES = ['guards', 'policy'];
const OPERATION = [...VALUE, ...RULES];

/** The keys of the clauses that are not those of an operation, by the node they belong to. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  ExeStatement: [...OPERATION, 'description'],
  ForeachExpression: [...OPERATION, 'separator', 'template'],
  BoxExpression: ['tools', 'profile', ...RULES],
  CheckpointStatement: ['resume', 'ttl', 'complete', 'guards'],
  ImportStatement: ['skipDirs', 'guards'],
  GuardStatement: ['privileged'],
  GuardRule: ['addLabels', 'removeLabels', 'warning'],
};

const OVERRIDE = ['only', 'except'];

export default function withClauses(session: Session, unit: SourceUnit): void {
  const unknown = (key: string, known: readonly string[], span: WithEntry['loc']): void => {
    const [near] = suggestions(key, known);
    const suggestion = near === undefined ? '' : `. Did you mean '${near}'?`;
    session.error('MlldDirective', 'with_key', { key, suggestion, known: known.join(', ') }, unit.file, span);
  };
  walk(unit.ast, (node) => {
    const clause = clauseOf(node);
    if (!clause) return undefined;
    const known = KEYS[node.type] ?? OPERATION;
    for (const { key, value, loc } of clause.entries) {
      if (!known.includes(key)) unknown(key, known, loc);
      else if (key === 'guards' && value.type !== 'StageList') {
        const members = value.type === 'ObjectLiteral' ? value.members : [];
        for (const member of members)
          if (member.kind === 'pair' && !OVERRIDE.includes(member.key)) unknown(member.key, OVERRIDE, member.loc);
        if (!isWritten(value)) session.error('MlldSecurity', 'guards_from_data', {}, unit.file, loc);
      }
    }
    return undefined;
  });
}

function clauseOf(node: AnyNode): WithClause | null {
  const owner = node.type === 'GuardRule' ? (node.action as { with?: unknown }) : node;
  return (owner.with as WithClause | null | undefined) ?? null;
}

/** True for an override that the program's text decides, and no data (security.md 3.6). */
function isWritten(node: Expression): boolean {
  switch (node.type) {
    case 'Literal':
      return true;
    case 'Template':
      return guardName(node) !== null;
    case 'ArrayLiteral':
      return node.elements.every(({ value }) => guardName(value) !== null || isWritten(value));
    case 'ObjectLiteral':
      return node.members.every((member) => member.kind === 'pair' && isWritten(member.value));
    default:
      return false;
  }
}
