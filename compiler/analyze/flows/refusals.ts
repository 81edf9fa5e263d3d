/** Asks the policies, with the very code a run asks them with, and tells what is certain to be refused. */

import type { Span } from '../../../grammar/ast.js';
import { analyzeShell } from '../../../runtime/shared/command/analyze.js';
import { commandLabels } from '../../../runtime/shared/command/labels.js';
import { join, type Mark, makeMark } from '../../../runtime/shared/marks.js';
import { type CapabilityRequest, decideCapability } from '../../../runtime/shared/policy/capabilities.js';
import { patternTokens } from '../../../runtime/shared/policy/command-pattern.js';
import { leaves } from '../../../runtime/shared/policy/compose.js';
import { decideFlow, type OperationFacts } from '../../../runtime/shared/policy/flow.js';
import type { Denied, Policy } from '../../../runtime/shared/policy/types.js';
import { own } from '../../../runtime/shared/record.js';
import { authorizationOf, UNKNOWN_POLICY } from './authorizations.js';
import { type Frame, maybe } from './frame.js';
import { type Place, tell } from './reports.js';
import { deep, type Step, type Value } from './values.js';
import { mayLift, remaining } from './watchers.js';

/** A text of which a run decides parts; in policies' eyes those are words of their own. */
export interface PartlyKnown {
  text: string;
  known: boolean;
}

/** Labels that may be there although nobody saw them; their absence is not certain. */
const PERHAPS = makeMark({ labels: ['known', 'known:internal', 'trusted', '(any label)'] });

/** Checks a flow of labels into an operation. */
export function checkFlow(frame: Frame, place: Place, inputs: readonly Value[], facts: OperationFacts): void {
  const { watchers } = frame.all;
  const { any: mayReplace } = watchers;
  const policies = [...frame.all.policies, ...frame.fragments];
  if (!frame.tells || frame.handled || policies.length === 0) return;
  // What is put in the place of a value keeps its marks, and may bring others.
  const known = inputs.map((input) => remaining(mayReplace ? { ...deep(input), exact: false } : deep(input), watchers));
  const marks = known.map(({ mark }) => mark);
  const certain = facts.commands ? { ...facts, commands: facts.commands.map(withoutGuesses) } : facts;
  const guesses = facts.commands?.some((labels) => labels.some((label) => label.endsWith(':*'))) ?? false;
  const authorization = authorizationOf(place.call, policies, frame);
  if (authorization.denied) {
    tell(frame, place, authorization.denied, [], false);
    return;
  }
  const denials = decideFlow(policies, marks, certain);
  if (denials.length === 0) return;
  const first = facts.firstArgument === undefined ? {} : { firstArgument: widened(facts.firstArgument) };
  const wide = known.map(({ mark, exact }) => (exact ? mark : join(mark, PERHAPS)));
  const anyway = decideFlow(policies, wide, { ...certain, ...(known[0]?.exact === false || mayReplace ? first : {}) });
  const lifted = mayLift(watchers.lifters, place.call?.name, known, facts);
  for (const denial of denials) {
    if ((lifted || authorization.mayLift) && !denial.locked) continue;
    if ((guesses || frame.box?.terms === null) && mayBeGranted(policies, denial)) continue;
    if (!anyway.some((other) => other.rule === denial.rule && other.policy === denial.policy)) continue;
    const [carrier, label] = carrierOf(known, denial.label);
    const assumed = known.some(({ recorded }) => recorded) && !stillDenied(policies, known, certain, denial);
    tell(frame, place, denial, stepsOf(carrier, label), assumed);
    return;
  }
}

/**
 * A command inside executables does what they are labelled with. What a call brought was judged when
 * it was called; here counts what came up since.
 */
export function checkAround(frame: Frame, place: Place, inputs: readonly Value[]): void {
  const { calls, all } = frame;
  // What a watcher puts in the place of an argument may have brought the label.
  if (all.watchers.any || all.watchers.lifters.length > 0) return;
  for (const { exe, judged } of calls) {
    const { labels } = exe.node;
    if (!judged.exact || labels.length === 0) continue;
    const isNew = (label: string): boolean => !judged.mark.taint.includes(label);
    const added = inputs.map(deep).map((value) => {
      const { labels, taint } = value.mark;
      return { ...value, mark: makeMark({ labels: labels.filter(isNew), taint: taint.filter(isNew) }) };
    });
    checkFlow(frame, place, added, { labels, opLabels: [] });
  }
}

/** What is printed without a directive: nothing where it is empty, which often only a run knows. */
export function printed(value: Value, span: Span, frame: Frame): Value {
  if (value.data === null || value.data === '') return value;
  const isSure = value.data !== undefined;
  checkFlow(isSure ? frame : maybe(frame), { span, operation: 'show' }, [value], { labels: [], opLabels: ['op:show'] });
  return value;
}

/** What brought the label; for a label by default, what came from outside without one. */
function carrierOf(inputs: readonly Value[], label: string | undefined): [Value | undefined, string | undefined] {
  if (label === undefined) return [undefined, undefined];
  const carrier = inputs.find(({ trail }) => trail.has(label));
  if (carrier) return [carrier, label];
  const isOrigin = (mark: string): boolean => mark.startsWith('src:');
  const outside = inputs.find(({ trail }) => [...trail.keys()].some(isOrigin));
  return [outside, outside && [...outside.trail.keys()].find(isOrigin)];
}

function widened(mark: Mark | null | undefined): Mark | null {
  return mark ? join(mark, PERHAPS) : null;
}

/** Whether what earlier runs recorded about a value could change the decision. */
function stillDenied(
  policies: readonly Policy[],
  known: readonly Value[],
  facts: OperationFacts,
  denial: Denied,
): boolean {
  const marks = known.map(({ mark, recorded }) => (recorded ? join(mark, PERHAPS) : mark));
  return decideFlow(policies, marks, facts).some((other) => other.rule === denial.rule);
}

/** A rule with an allow list may permit the command a run makes of the text. */
function mayBeGranted(policies: readonly Policy[], { policy, label }: Denied): boolean {
  return leaves(policies).some(
    (each) => each.name === policy && label !== undefined && own(each.labels, label)?.allow != null,
  );
}

/** Labels that end in `*` stand for what a run decides. */
function withoutGuesses(labels: readonly string[]): string[] {
  return labels.filter((label) => !label.endsWith(':*'));
}

/** Stands in a command for what a run puts there. */
export const UNKNOWN_WORD = '$unknown';

/** Checks a use of a capability. */
export function checkCapability(frame: Frame, place: Place, request: CapabilityRequest, known = true): void {
  const { world, watchers } = frame.all;
  const { kind } = request;
  // What is loaded is asked about at the door, which knows of single calls for what they run.
  const isLoad = kind === 'read' || kind === 'network';
  const policies = isLoad ? frame.all.policies : [...frame.all.policies, ...frame.fragments];
  if (!frame.tells || policies.length === 0) return;
  const isText = kind === 'command' || kind === 'shell';
  if (isText && watchers.commands) return;
  for (const policy of policies) {
    if (policy === UNKNOWN_POLICY) continue;
    const decision = decideCapability([policy], request, { places: placesOf(world) });
    if (decision.allow) continue;
    // In a box a relative name means another file.
    const certain = known && !(isText && frame.box);
    if (!certain && !isCertain(frame, policy, request)) continue;
    tell(frame, place, decision, [], false);
    return;
  }
}

function placesOf({ root }: Frame['all']['world']): { root: string; home: string } {
  return { root, home: process.env.HOME ?? '/' };
}

/** With unknown words in it a command is refused for certain when nothing the policy grants is about its programs. */
function isCertain({ all }: Frame, policy: Policy, request: CapabilityRequest): boolean {
  if (request.kind !== 'command' && request.kind !== 'shell') return false;
  const facts = analyzeShell(request.text);
  if (facts.some(({ undecidable, opaque }) => undecidable || opaque)) return false;
  const granted = leaves([policy]).flatMap(({ allow }) => allow.flatMap((set) => (set.all ? ['*'] : (set.cmd ?? []))));
  const [fact] = facts;
  if (facts.length !== 1 || !fact || fact.files.length > 0 || fact.foreign !== null) return false;
  // The refusal must not come from what the unknown words could be.
  const { world } = all;
  const text = request.text.replaceAll(UNKNOWN_WORD, 'unknown');
  if (decideCapability([policy], { ...request, text }, { places: placesOf(world) }).allow) return false;
  return !granted.some((pattern) => ['*', fact.program].includes(patternTokens(pattern)[0] ?? '*'));
}

/** The labels of the commands in a text. */
export function commandsOf(text: string): string[][] {
  return analyzeShell(text).map(commandLabels);
}

function stepsOf(value: Value | undefined, label: string | undefined): Step[] {
  const steps: Step[] = [];
  for (let step = label === undefined ? null : (value?.trail.get(label) ?? null); step; step = step.from)
    steps.unshift(step);
  return steps;
}
