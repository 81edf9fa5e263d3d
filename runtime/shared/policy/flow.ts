/**
 * Label-flow decisions (security.md 5.3, 5.4): may data with these labels reach this operation?
 *
 * Policies decide one by one and all have to agree. What makes an operation riskier (`operations`)
 * and data less trusted (`defaults.unlabeled`) counts for all of them, whichever policy says so;
 * what would permit something counts only for the policy that says it. So adding a policy never
 * allows more.
 */

import type { Mark } from '../marks.js';
import { distinct } from '../record.js';
import { leaves } from './compose.js';
import { labelRuleDenials } from './flow-labels.js';
import { builtinDenials } from './flow-rules.js';
import { decisionLabels, expandOperations, hasLabel, isBelow, mayBeBelow } from './labels.js';
import type { Denied, Policy } from './types.js';

/** What is about to happen, as far as labels matter. */
export interface OperationFacts {
  /** Labels of the executable or tool: `net:w`, `exfil:send`. */
  labels: readonly string[];
  /** `op:show`, `op:sh` … */
  opLabels: readonly string[];
  /**
   * The labels of each command the operation runs (`commandLabels`). The flow has to be permitted
   * for every one of them together with the other labels.
   */
  commands?: readonly (readonly string[])[];
  /** The mark of the first argument; null when the call has none. Left out where nothing is called. */
  firstArgument?: Mark | null;
}

/**
 * Every reason why the inputs may not reach the operation; empty when they may.
 *
 * @param inputs the marks of everything that goes in: arguments, captured variables, interpolated
 *   values, standard input, injected credentials
 * @returns the denials in the order of inputs and policies. A failure inside the decision is a
 *   denial too.
 */
export function decideFlow(policies: readonly Policy[], inputs: readonly Mark[], operation: OperationFacts): Denied[] {
  const all = leaves(policies);
  if (all.length === 0) return [];
  try {
    const denials: Denied[] = [];
    for (const labels of operationLabelSets(operation)) {
      const risks = expandOperations(all, labels, mayBeBelow);
      for (const policy of all) {
        const own = expandOperations([policy], labels, isBelow);
        const facts = { all: risks, own, firstArgument: operation.firstArgument };
        denials.push(...builtinDenials(policy, all, inputs, facts), ...labelRuleDenials(policy, all, inputs, facts));
      }
    }
    return withoutRepetitions(denials);
  } catch {
    return [failure(all[0]!)];
  }
}

/**
 * The label the result of an operation gains by `untrusted-llms-get-influenced` (security.md 5.3):
 * `influenced` when an executable labelled `llm` had an untrusted input.
 */
export function influencedLabels(
  policies: readonly Policy[],
  executableLabels: readonly string[],
  inputs: readonly Mark[],
): string[] {
  const all = leaves(policies);
  if (!all.some((policy) => policy.defaults.rules.includes('untrusted-llms-get-influenced'))) return [];
  if (!hasLabel(executableLabels, 'llm')) return [];
  return inputs.some((mark) => hasLabel(decisionLabels(all, mark), 'untrusted')) ? ['influenced'] : [];
}

/** The labels to decide by: one set for each command, or one for the operation without commands. */
function operationLabelSets(operation: OperationFacts): string[][] {
  const common = [...operation.labels, ...operation.opLabels];
  const commands = operation.commands ?? [];
  return commands.length ? commands.map((labels) => distinct([...common, ...labels])) : [common];
}

/** The same refusal for several commands or inputs is told once. */
function withoutRepetitions(denials: readonly Denied[]): Denied[] {
  const seen = new Set<string>();
  return denials.filter((denial) => {
    const key = JSON.stringify([denial.policy, denial.rule, denial.reason]);
    return !seen.has(key) && seen.add(key);
  });
}

function failure(policy: Policy): Denied {
  return {
    allow: false,
    code: 'POLICY_LABEL_FLOW_DENIED',
    kind: 'flow',
    reason: 'The label flow could not be decided: denied by policy',
    policy: policy.name,
    rule: 'policy.labels',
    suggestions: [],
    locked: true,
  };
}
