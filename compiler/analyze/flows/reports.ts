/** What is told of a refusal: the rule and its policy, how the label got there, and what to do. */

import type { Span } from '../../../grammar/ast.js';
import type { Denied } from '../../../runtime/shared/policy/types.js';
import type { PathStep } from '../../diagnostics/diagnostic.js';
import type { Call } from './authorizations.js';
import { titleOf } from './bodies.js';
import type { Frame } from './frame.js';
import type { Step } from './values.js';

/** What is about to happen, for messages. */
export interface Place {
  span: Span;
  /** `show`, `run "git push"`, `call of @send`. */
  operation: string;
  /** What is called. */
  call?: Call;
}

/** @param assumed what earlier runs recorded may change the decision */
export function tell(frame: Frame, place: Place, denial: Denied, steps: readonly Step[], assumed: boolean): void {
  const { session, told } = frame.all;
  const { file } = frame.unit;
  const { span, operation } = place;
  const key = `${file}:${span.start}:${denial.reason}`;
  if (told.has(key)) return;
  told.add(key);
  const certain = frame.certain && !frame.all.mayHaveEnded && !assumed;
  const kind = denial.kind === 'flow' ? 'flow' : 'capability';
  const text = certain ? `static_${kind}_refused` : assumed ? `static_${kind}_assumed` : `static_${kind}_conditional`;
  const report = certain ? session.error.bind(session) : session.warning.bind(session);
  const policy = isClause(denial) ? 'in the with clause' : denial.policy;
  const params = { reason: denial.reason, operation, policy, advice: advice(denial, frame, place) };
  report(denial.kind === 'flow' ? 'MlldDenial' : 'MlldSecurity', text, params, file, span);
  const path = [...steps.map(({ file, span, text }) => ({ file, span, text })), ...pathTo(frame, place, denial)];
  Object.assign(session.diagnostics.at(-1)!, { path, details: { policy: denial.policy, rule: denial.rule } });
}

/** From the refusal outwards: what it is about, what it stands in, and who refuses. */
function pathTo(frame: Frame, { span, operation, call }: Place, denial: Denied): PathStep[] {
  const { file } = frame.unit;
  const path: PathStep[] = [{ file, span, text: `refused: ${operation}` }];
  if (denial.kind === 'flow') path.push(...labelsOf(frame, call));
  for (const { exe, at } of [...frame.calls].reverse())
    path.push({ ...at, text: `in the call of @${exe.node.name.name}` });
  if (frame.watcher) path.push({ file, span: frame.watcher.loc, text: `in ${titleOf(frame.watcher)}` });
  const place = placeOf(denial, frame);
  if (place) path.push({ ...place, text: `by ${policyOf(denial)}` });
  return path;
}

/** Where what is called got the labels rules are about. */
function labelsOf(frame: Frame, call: Call | undefined): PathStep[] {
  if (!call?.exe) return [];
  const { node, unit } = call.exe;
  const steps: PathStep[] = [];
  const labelled = (labels: readonly string[]): string => `@${call.name} is labelled ${labels.join(', ')}`;
  if (node.labels.length > 0) steps.push({ file: unit.file, span: node.name.loc, text: labelled(node.labels) });
  const terms = frame.box?.terms?.get(call.exe);
  if (terms && terms.labels.length > 0)
    steps.push({ ...terms.at, text: `${labelled(terms.labels)} by the tools of this box` });
  return steps;
}

/** The policies of `with` clauses have no name. */
const CLAUSE = 'with';

function isClause({ policy }: Denied): boolean {
  return policy === CLAUSE;
}

function policyOf(denial: Denied): string {
  return isClause(denial) ? 'the policy of this clause' : `policy @${denial.policy}`;
}

function placeOf({ policy }: Denied, { all, fragments }: Frame): Omit<PathStep, 'text'> | undefined {
  const refusing = [...all.policies, ...fragments].findLast(({ name }) => name === policy);
  return refusing && all.places.get(refusing);
}

/** What to do about a refusal, as sentences. */
function advice(denial: Denied, frame: Frame, place: Place): string {
  const said = `${ADVICE[denial.kind](denial, place)}.`;
  if (frame.watcher?.type !== 'HookStatement') return said;
  return `${said} What fails in a hook is left in @mx.hooks.errors, and the run goes on without it.`;
}

const ADVICE: Readonly<Record<Denied['kind'], (denial: Denied, place: Place) => string>> = {
  capability: capabilityAdvice,
  flow: flowAdvice,
  authorization: authorizationAdvice,
};

function capabilityAdvice(denial: Denied): string {
  const { rule, reason, suggestions } = denial;
  const policy = policyOf(denial);
  const grant = suggestions.find((text) => text.startsWith('Add '));
  if (grant) return `${grant} of ${policy}, or do without`;
  if (reason.startsWith('Dangerous')) return `List it under danger of ${policy} if it is meant, or do without`;
  return `Change ${rule === 'capabilities' ? 'what allow and deny say' : rule} in ${policy}, or do without`;
}

function flowAdvice(denial: Denied): string {
  const { rule, reason, label } = denial;
  const policy = policyOf(denial);
  const required = /must carry '([^']+)'/.exec(reason)?.[1];
  if (required) return `Give it a first argument labelled ${required}, or take ${rule} out of the rules of ${policy}`;
  const away = label ? `Keep what carries '${label}' away from it` : 'Keep this data away from it';
  if (rule.endsWith('.allow')) return `${away}, or list it under ${within(rule)} of ${policy}`;
  return `${away}, or change ${rule.includes('.') ? within(rule) : `the rule ${rule}`} of ${policy}`;
}

/** A rule as its policy spells it. */
function within(rule: string): string {
  return rule.replace(/^policy\./, '');
}

function authorizationAdvice(denial: Denied, { call }: Place): string {
  const list = `authorizations.allow of ${policyOf(denial)}`;
  switch (denial.rule) {
    case 'policy.authorizations.unlisted':
      return `List ${call?.name} under ${list}, or call what is listed there`;
    case 'policy.authorizations.args':
      return `Call it with the arguments that ${list} names, or change them there`;
    default:
      return `Correct ${list}`;
  }
}
