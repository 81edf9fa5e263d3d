/** Policies of the running program (security.md 5): declared, merged, and asked about every operation. */

import { analyzeShell } from '../../shared/command/analyze.js';
import { commandLabels } from '../../shared/command/labels.js';
import { EMPTY, join, joinAll, type Mark, makeMark, withLabels, withLabelsBefore } from '../../shared/marks.js';
import type { AuthorizationDecision } from '../../shared/policy/authorizations.js';
import { type CapabilityRequest, decideCapability } from '../../shared/policy/capabilities.js';
import { union } from '../../shared/policy/compose.js';
import { unquoted } from '../../shared/policy/denial.js';
import { explainDenial } from '../../shared/policy/explain.js';
import { decideFlow, influencedLabels } from '../../shared/policy/flow.js';
import { grantsBeyond } from '../../shared/policy/grants-beyond.js';
import { unlabeledDefault } from '../../shared/policy/labels.js';
import { parsePolicy, problemText } from '../../shared/policy/schema.js';
import { summary } from '../../shared/policy/summary.js';
import type { Denied, Policy } from '../../shared/policy/types.js';
import { isConfidential, REDACTED } from '../../shared/security/confidential.js';
import { Box, box, isObject, marked, memberOf, plain, under } from '../box.js';
import type { Activation, Context } from '../context.js';
import { control, decisive } from '../control.js';
import { judgeNotes } from '../document.js';
import { doorCall } from '../door.js';
import { blameSetting, MlldError } from '../errors.js';
import type { Terms } from '../executable.js';
import type { ModuleRecord } from '../modules.js';
import { provideMx } from '../mx-providers.js';
import { intercept, type Operation } from '../operate.js';
import { runState } from '../state.js';
import { incoming, labelUnlabeled } from '../unlabeled.js';
import { toText } from '../values/display.js';
import { makeObject } from '../values/objects.js';
import { authorize } from './authorization.js';
import { beside } from './concern.js';
import { checkAlternatives, checkControl } from './control.js';
import { refusePolicy } from './denials.js';
import { interceptor } from './interceptor.js';
import { judgedMark, operationTitle, opLabels } from './operations.js';
import { keepPermitted, policiesChanged } from './permitted.js';
import { byOrigin, dataLabels as dataLabelsOf, fromData } from './settings.js';
import type { Verdict } from './verdict.js';

/** Policies in force, in the order they were declared. */
const active: { name: string; policy: Policy }[] = [];
/** What they were made of: whoever reads them reads that. */
let activeMark = EMPTY;

export function activePolicies(): readonly Policy[] {
  return active.map(({ policy }) => policy);
}

export function hasPolicies(): boolean {
  return active.length > 0;
}

export function trustConflict(): 'warn' | 'error' | 'silent' {
  for (let i = active.length - 1; i >= 0; i--) {
    const mode = active[i]!.policy.defaults.trustconflict;
    if (mode) return mode;
  }
  return 'warn';
}

/** `policy @p = { … }`. */
export function literalPolicy(name: string, value: Box, site: number): Box {
  activate(name, parse(value, name, site), value.deep, site);
  return value;
}

/** `policy @p = union(@a, @b)`. */
export function unionPolicy(name: string, refs: readonly (readonly [name: string, value: Box])[], site: number): Box {
  if (refs.length === 0)
    throw policyError('INVALID_POLICY_EXPRESSION', 'Policy union requires at least one reference', site);
  const parts = refs.map(([ref, value]) => {
    if (value.value === undefined)
      throw policyError('POLICY_REFERENCE_NOT_FOUND', `Policy reference '@${ref}' is not defined`, site);
    if (!isObject(value.value))
      throw policyError('INVALID_POLICY_REFERENCE', `Policy reference '@${ref}' is not a policy configuration`, site);
    return parse(configOf(value), ref, site);
  });
  const policy = parts.length === 1 ? { ...parts[0]!, name } : union(parts, name);
  const mark = joinAll(refs.map(([, value]) => value.deep));
  activate(name, policy, mark, site);
  return box(summary([policy]), mark);
}

/** `import policy @p from "file"`: the module's policy variable, or its `@config`. */
export function importPolicy(module: ModuleRecord, alias: string, site: number): Box {
  const value =
    module.exports.get(alias) ??
    module.exports.get('config') ??
    [...module.exports.values()].find((candidate) => isObject(candidate.value));
  if (value === undefined)
    throw policyError('INVALID_POLICY_REFERENCE', `Policy reference '@${alias}' is not a policy configuration`, site);
  if (active.some(({ name }) => name === alias)) return value;
  activate(alias, parse(value, alias, site), value.deep, site);
  return value;
}

/**
 * A module that the project's configuration names (`policy.import`). Its policies hold since it was
 * evaluated; one that has none exports the data of a policy.
 */
export function configuredPolicy(module: ModuleRecord, name: string): void {
  if (![...module.exports.keys()].some((exported) => active.some((policy) => policy.name === exported)))
    importPolicy(module, name, -1);
}

/**
 * The policy in a value; an error names everything that is wrong with it. What comes from data in it is a policy of
 * its own: each decides alone, so that it permits nothing the other refuses.
 */
export function parse(value: Box, name: string, site: number): Policy {
  const whole = read(value, name, site);
  if (value.deep === EMPTY) return whole;
  const { author, data } = byOrigin(value);
  if (data === null) return whole;
  const dataLabels = dataLabelsOf(data);
  const given: Policy = { ...read(data, name, site), dataLabels };
  const [granted] = grantsBeyond(given);
  if (granted !== undefined) throw fromData(`'${granted}' of policy @${given.name}`, dataLabels, site);
  return author === null ? given : union([read(author, name, site), given], name);
}

/** `{ config: … }` is taken for its content. */
function configOf(value: Box): Box {
  const config = isObject(value.value) ? value.value.config : undefined;
  return isObject(plain(config)) ? memberOf(value, config) : value;
}

function read(value: Box, name: string, site: number): Policy {
  const result = parsePolicy(plain(value.value), name);
  if ('policy' in result) return result.policy;
  throw blameSetting(
    policyError('INVALID_POLICY_EXPRESSION', result.errors.map(problemText).join('\n'), site),
    value.deep,
  );
}

function policyError(code: string, message: string, site: number): MlldError {
  return new MlldError('MlldInterpreter', code, message, { site });
}

/** The context of what `with { policy: @p }` stands behind: the policy holds there as well. */
export function underPolicy(context: Context, clause: Box, site: number): Context {
  return withFragment(context, clausePolicy(clause, site), site);
}

/** `with { policy: @p }` of a definition: the policy holds for every call of the executable (security.md 5.1). */
export function definitionPolicy(clause: Box, site: number): Terms {
  const policy = clausePolicy(clause, site);
  return (context) => withFragment(context, policy, site);
}

function clausePolicy(clause: Box, site: number): Policy {
  intercept(interceptor, beside);
  return parse(configOf(decisive(clause, site)), 'with', site);
}

/** Numbers of the policies the host was told of for single calls, by what they say. */
const fragmentIds = new Map<string, number>();

/** The context of a call for which one more policy holds, here and at the door. */
export function withFragment(context: Context, policy: Policy, site: number): Context {
  const text = JSON.stringify(policy);
  let id = fragmentIds.get(text);
  if (id === undefined) {
    id = doorCall('policy.add', { policy: portable(policy), fragment: true }, site).value as number;
    fragmentIds.set(text, id);
  }
  return context.with({ fragments: [...context.fragments, { id, policy }] });
}

/** The policies an operation is asked under. */
export function policiesFor({ fragments }: Context): readonly Policy[] {
  return fragments.length === 0 ? activePolicies() : [...activePolicies(), ...fragments.map(({ policy }) => policy)];
}

function portable(policy: Policy): Record<string, unknown> {
  return JSON.parse(JSON.stringify(policy)) as Record<string, unknown>;
}

function activate(name: string, policy: Policy, mark: Mark, site: number): void {
  active.push({ name, policy });
  activeMark = join(activeMark, mark);
  policiesChanged(activePolicies());
  intercept(interceptor, beside);
  judgeNotes(permitsNote);
  labelUnlabeled(unlabeledDefault(activePolicies()));
  if (policy.defaults.flow === 'strict')
    control.enforce((operations) => checkAlternatives(activePolicies(), operations));
  // The host enforces the same policy at the door; it can only be added to, never taken back.
  doorCall('policy.add', { policy: portable(policy) }, site);
}

/** Whether something may be logged that carries a mark, under what control depends on. */
function permitsNote(mark: Mark): boolean {
  return decideFlow(activePolicies(), [mark, control.mark], { labels: [], opLabels: ['op:log'] }).length === 0;
}

provideMx('policy', () => {
  if (active.length === 0 && !runState.tier) return box(null);
  return makeObject([
    ['tier', box(runState.tier)],
    ['configs', box(summary(activePolicies()), activeMark)],
    ['activePolicies', box(active.map(({ name }) => name))],
  ]);
});

/**
 * Asks every policy about an operation: capabilities first, which nothing lifts, then label flows,
 * which a privileged guard's explicit allow lifts unless the policy is locked.
 */
export function checkPolicies(
  context: Context,
  operation: Operation,
  inputs: readonly (Box | undefined)[],
  verdict: Verdict | null,
): void {
  const policies = policiesFor(context);
  if (policies.length === 0 || operation.kind === 'var') return;
  const facts = {
    labels: [
      ...(operation.executable?.labels ?? []),
      ...(operation.labels ?? []).filter((label) => !label.startsWith('op:')),
    ],
    opLabels: opLabels(operation),
    commands: operation.command === undefined ? [] : analyzeShell(operation.command).map(commandLabels),
  };
  const lifts = context.lifted && (verdict?.privilegedAllow || operation.covered === true);
  checkControl(policies, operation, inputs, facts, lifts);
  const requests = capabilityRequests(operation);
  // Scripts and loads are judged at the door; policies of one call are asked here too, where the call can say so.
  if (context.fragments.length > 0) requests.push(...scriptRequests(operation, inputs), ...loadRequests(operation));
  for (const request of requests) {
    const decision = decideCapability(policies, request, { places: { root: runState.root, home: runState.home } });
    if (!decision.allow) refuseBy(operation, inputs, decision);
  }
  const marks = [...inputs, ...(operation.captured ?? [])].flatMap((input) => (input ? [input.deep] : []));
  const first = inputs[0];
  const authorization = operation.executable
    ? authorize(policies, context, operation.executable, facts.labels, inputs)
    : null;
  if (authorization?.denied) refuseBy(operation, inputs, authorization.denied);
  const denials = decideFlow(policies, marks, {
    ...facts,
    ...(operation.executable ? { firstArgument: first ? first.deep : null } : {}),
  });
  for (let call = operation.around; call; call = call.caller)
    denials.push(...decideFlow(policies, newMarks(call, marks), { labels: call.executable.labels, opLabels: [] }));
  const standing = denials.filter((denial) => denial.locked || !(lifts || authorization?.authorized));
  if (standing.length > 0) refuseBy(operation, inputs, withReason(standing[0]!, authorization));
  keepPermitted(context, operation, inputs);
}

/** A refusal, with why the authorization there is does not lift it. */
function withReason(denial: Denied, authorization: AuthorizationDecision | null): Denied {
  if (denial.locked || !authorization?.dataLabels) return denial;
  const why = `policy.authorizations covers the call, but comes from data (${authorization.dataLabels.join(', ')}): it can only narrow`;
  return { ...denial, suggestions: [why, ...denial.suggestions] };
}

/**
 * A command inside calls does what their executables are labelled with. What a call brought was judged
 * when it was called; here counts what came up since.
 */
function newMarks(call: Activation, marks: readonly Mark[]): Mark[] {
  if (call.executable.labels.length === 0) return [];
  const judged = judgedMark(call);
  const isNew = (label: string): boolean => !judged.taint.includes(label);
  return marks
    .map((mark) => makeMark({ labels: mark.labels.filter(isNew), taint: mark.taint.filter(isNew) }))
    .filter((mark) => mark !== EMPTY);
}

function capabilityRequests(operation: Operation): CapabilityRequest[] {
  const requests: CapabilityRequest[] = [];
  if (operation.command !== undefined) requests.push({ kind: 'command', text: operation.command });
  const medium = operation.executable?.medium ?? (operation.kind === 'run' ? operation.subtype : undefined);
  if (medium === 'js' || medium === 'node' || medium === 'py') requests.push({ kind: 'language', language: medium });
  if (operation.path !== undefined && (operation.kind === 'output' || operation.kind === 'append'))
    requests.push({ kind: 'write', path: operation.path });
  return requests;
}

function scriptRequests({ kind, subtype }: Operation, [code]: readonly (Box | undefined)[]): CapabilityRequest[] {
  const isScript = kind === 'run' && (subtype === 'sh' || subtype === 'bash');
  return isScript ? [{ kind: 'shell', text: code ? toText(code) : '' }] : [];
}

/** The files or the address a directive shows: they are loaded before a guard can put it under terms. */
function loadRequests({ subtype, inputs: [loaded] }: Operation): CapabilityRequest[] {
  if (subtype !== 'showLoadContent' || !loaded) return [];
  const members = Array.isArray(loaded.value) ? loaded.value.filter((member) => member instanceof Box) : [];
  return [loaded, ...members].flatMap(({ extra }): CapabilityRequest[] => {
    if (!extra?.file) return [];
    const { url, domain, absolute } = extra.file;
    return [url === undefined ? { kind: 'read', path: absolute } : { kind: 'network', domain: domain ?? '' }];
  });
}

/**
 * What a secret went into is not quoted, nor are words and labels made from it. Nothing is searched
 * for the secret: a gap where it stood would tell what it is.
 */
export function refuseBy(operation: Operation, inputs: readonly (Box | undefined)[], denied: Denied): never {
  const isSecret = [...inputs, ...(operation.captured ?? [])].some((input) => input && isConfidential(input.deep));
  const denial = isSecret ? unquoted(denied) : denied;
  const directive = operationTitle(operation).split(' ')[0]!;
  const { command, name } = operation;
  const message =
    isSecret && command !== undefined
      ? explainDenial(withoutWords(denial), { directive })
      : explainDenial(denial, { directive, detail: command ?? name });
  const reason = isSecret && command !== undefined ? withoutWords(denial).reason : denial.reason;
  refusePolicy(operation, inputs, message, denial.code, reason, denial.kind !== 'capability', {
    rule: denial.rule,
    policy: denial.policy,
    label: denial.label,
  });
}

/** A denial that was decided by the words of a command, without them. */
function withoutWords(denial: Denied): Denied {
  const reason = denial.kind === 'capability' ? denial.reason.replace(/'[^']*'/g, REDACTED) : denial.reason;
  const isWritten = (label: string): boolean => !label.startsWith('op:cmd:');
  return { ...denial, reason, operationLabels: denial.operationLabels?.filter(isWritten), suggestions: [] };
}

/** What policies add to the labels of a result: `influenced`, and the label of the unlabelled (security.md 5.2, 5.3). */
export function resultLabels(
  context: Context,
  operation: Operation,
  inputs: readonly (Box | undefined)[],
  output: Box,
): Box {
  const policies = policiesFor(context);
  if (policies.length === 0 || !operation.executable) return output;
  const marks = inputs.flatMap((input) => (input ? [input.deep] : []));
  const { labels } = operation.executable;
  const added = influencedLabels(policies, labels, marks);
  const mark = incoming(output.mark);
  // A stage is influenced by what came down the pipeline before it adds what it is itself (security.md 5.3).
  if (operation.kind === 'pipeline-stage' && added.length > 0)
    return under(output, withLabelsBefore(mark, added, labels));
  return marked(output, withLabels(mark, added));
}
