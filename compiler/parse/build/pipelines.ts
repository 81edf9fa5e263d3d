/** Builders of pipelines and of what `with` belongs to. */
import type {
  ExeBody,
  Expression,
  Pipeline,
  Reference,
  Span,
  Stage,
  Statement,
  WithClause,
  WithEntry,
} from '../../../grammar/ast.js';
import { isCall } from './expressions.js';

/** What stands after a value: stages, and what `with { … }` says besides its pipeline. */
export interface Tail {
  stages: Stage[];
  with: WithClause | null;
  loc: Span;
}

/** Entries that are input of the command before them. */
const COMMAND_KEYS = new Set(['stdin', 'auth', 'terminal']);
/** Entries that say how stages run. */
const STAGE_KEYS = new Set(['parallel', 'delay', 'format', 'stream', 'streamFormat']);

/**
 * Gathers the stages of `with { pipeline: […] }` and of bars (language.md 8.1). A clause that ends stages adds none: its
 * `pipeline` stays in the clause, where a pass of analyze reports it.
 */
export function tail(clauses: WithClause[], bars: Stage[], ending: WithClause[], loc: Span): Tail {
  const stages: Stage[] = [];
  const entries: WithEntry[] = [];
  for (const entry of clauses.flatMap((clause) => clause.entries)) {
    if (entry.value.type === 'StageList') stages.push(...entry.value.stages);
    else entries.push(entry);
  }
  stages.push(...bars);
  const last = ending.flatMap((clause) => clause.entries);
  return { stages, with: withEntries(clauses[0] ?? ending[0] ?? null, [...entries, ...last]), loc };
}

/**
 * A value with its tail. Entries for a command (`stdin`, `auth`) go with the command, as the `with` of a
 * `RunExpression`; without a tail the value is itself.
 */
export function pipeline(source: Expression, after: Tail | null): Expression {
  if (!after) return source;
  const loc = { start: source.loc.start, end: after.loc.end };
  const runs =
    source.type === 'RunExpression' || source.type === 'CommandExpression' || source.type === 'CodeExpression';
  if (runs && after.stages.length === 0) return after.with ? run(source, after.with, loc) : source;
  const [own, rest] = runs ? split(after.with, COMMAND_KEYS) : [null, after.with];
  if (after.stages.length === 0 && !rest) return source;
  return {
    type: 'Pipeline',
    source: own ? run(source, own, { start: source.loc.start, end: own.loc.end }) : source,
    stages: after.stages,
    with: rest,
    loc,
  };
}

/**
 * The value of a statement that has a `with` of its own: the statement keeps what does not say how stages or a command
 * run, such as `guards`.
 */
export function statementValue(source: Expression, after: Tail | null): { value: Expression; with: WithClause | null } {
  if (!after || after.stages.length === 0) return { value: source, with: after?.with ?? null };
  const [inner, outer] = split(after.with, new Set([...COMMAND_KEYS, ...STAGE_KEYS]));
  return { value: pipeline(source, { ...after, with: inner }), with: outer };
}

/** The body of an executable and its `with`: with stages, what says how they run stays with them. */
export function exeBody(body: ExeBody, after: Tail | null): { body: ExeBody; with: WithClause | null } {
  if (!after || body.type === 'TemplateFileBody' || body.type === 'ProseBody')
    return { body, with: after?.with ?? null };
  const { value, with: clause } = statementValue(body, after);
  return { body: value, with: clause };
}

/** True for stages with an effect among them. */
export function isEffect(after: Tail): boolean {
  return after.stages.some((stage) => stage.kind === 'effect');
}

/** A stage as a parallel group, for `=> || @a()`. */
export function asGroup(stage: Stage): Stage {
  if (stage.kind === 'parallel') return stage;
  return { kind: 'parallel', stages: [stage], limit: null, delay: null, loc: stage.loc };
}

/** The statement that a line of a block is which starts with a reference; null when it does nothing. */
export function referenceStatement(
  reference: Reference,
  rest: { augment?: Expression; tail?: Tail | null },
): Statement | null {
  const { loc } = reference;
  if (rest.augment) {
    if (reference.access.length > 0) return null;
    const name = { type: 'Name' as const, name: reference.name, loc };
    return { type: 'AugmentStatement', name, value: rest.augment, loc };
  }
  const after = rest.tail ?? null;
  if (after && after.stages.length > 0 && (isEffect(after) || !isCall(reference))) {
    return { type: 'EffectStatement', value: pipeline(reference, after) as Pipeline, loc };
  }
  return isCall(reference) ? { type: 'CallStatement', ...statementValue(reference, after), loc } : null;
}

function run(source: Expression, clause: WithClause, loc: Span): Expression {
  if (source.type === 'RunExpression') return { ...source, with: clause, loc };
  return { type: 'RunExpression', value: source, stream: false, with: clause, loc };
}

/** A clause with some of its entries; null for none, unless it was written empty. */
function withEntries(clause: WithClause | null, entries: WithEntry[]): WithClause | null {
  return clause && (entries.length > 0 || clause.entries.length === 0) ? { ...clause, entries } : null;
}

/** The entries with one of the keys, and the others. */
function split(clause: WithClause | null, keys: ReadonlySet<string>): [WithClause | null, WithClause | null] {
  if (!clause) return [null, null];
  const chosen = clause.entries.filter((entry) => keys.has(entry.key));
  const others = clause.entries.filter((entry) => !keys.has(entry.key));
  const part = (entries: WithEntry[]): WithClause | null => (entries.length > 0 ? { ...clause, entries } : null);
  return [part(chosen), part(others)];
}
