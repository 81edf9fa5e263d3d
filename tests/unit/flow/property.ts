/** Noninterference as a question about one program: what a low observer sees of two runs (security.md 1.6). */

import type vm from 'node:vm';
import fc from 'fast-check';
import { compiled, type Event, type Trace, trace } from './host.js';
import { type ProgramOptions, program } from './programs.js';

/** The operation a policy names, for each thing the host is asked. */
function labelOf({ op, data }: Event): string {
  switch (op) {
    case 'console.write':
      return (data as { stream: string }).stream === 'stdout' ? 'op:show' : 'op:log';
    case 'file.write':
      return 'op:output';
    case 'file.append':
      return 'op:append';
    default:
      return 'op:cmd';
  }
}

/** Every sink; some sinks and the end; some sinks only. What is not denied, the observer may not look at. */
const POLICIES: readonly (readonly string[])[] = [
  ['op', 'exfil'],
  ['op:show', 'op:append', 'op:exit', 'exfil'],
  ['op:show', 'op:cmd'],
  ['op:append', 'op:output', 'op:exit'],
  ['op:append'],
];

const LABELS = ['secret', 'untrusted'] as const;

export interface Case {
  choices: number[];
  label: (typeof LABELS)[number];
  deny: readonly string[];
  payloads: readonly [Record<string, unknown>, Record<string, unknown>];
}

const text = fc.constantFrom('a', 'x', 'zz', '', 'ya');
const payload = fc.record({
  s: text,
  n: fc.nat(4),
  b: fc.boolean(),
  l: fc.array(text, { maxLength: 3 }),
  o: fc.record({ a: text, z: fc.nat(4) }),
});

/** A program and the labelled inputs of two runs. */
export const cases: fc.Arbitrary<Case> = fc.record({
  choices: fc.array(fc.nat(9999), { minLength: 60, maxLength: 200, size: 'max' }),
  label: fc.constantFrom(...LABELS),
  deny: fc.constantFrom(...POLICIES),
  payloads: fc.tuple(payload, payload),
});

export function sourceOf({ choices, label, deny }: Case, flow: ProgramOptions['flow']): string {
  // Calls stay possible, or few programs got anywhere.
  const denied =
    deny[0] === 'op' ? ['op:show', 'op:log', 'op:output', 'op:append', 'op:cmd', 'op:exit', 'exfil'] : deny;
  return program(choices, { label, deny: denied, flow });
}

export interface Verdict {
  /** What the observer sees differently, or null. */
  difference: string | null;
  traces: readonly [Trace, Trace];
  source: string;
}

/** Runs the program with both inputs and compares what a low observer sees. */
export async function judge(guest: vm.Script, given: Case, flow: ProgramOptions['flow']): Promise<Verdict> {
  const source = sourceOf(given, flow);
  const bundle = compiled(source);
  const traces = [
    await trace(guest, bundle, given.payloads[0]),
    await trace(guest, bundle, given.payloads[1]),
  ] as const;
  return { difference: difference(traces, given), traces, source };
}

const REFUSALS = new Set(['POLICY_LABEL_FLOW_DENIED', 'POLICY_CAPABILITY_DENIED', 'GUARD_DENIED']);

/** How a run ended, for the observer. */
export function ended({ end }: Trace): 'done' | 'refused' | 'failed' {
  if (end.kind === 'done') return 'done';
  return REFUSALS.has(end.error.code ?? '') ? 'refused' : 'failed';
}

/** The end as the observer is told it: every word where secrets are kept, where from and why otherwise. */
function told({ end }: Trace, label: string): string {
  if (end.kind === 'done' || label === 'secret') return JSON.stringify(end);
  const { site, details } = end.error.data as { site: number; details: { rule?: string } };
  return JSON.stringify([end.error.code, site, details?.rule]);
}

function difference([first, second]: readonly [Trace, Trace], { deny, label }: Case): string | null {
  const sees = (event: Event): boolean => deny.includes('op') || deny.includes(labelOf(event));
  const [a, b] = [first, second].map((each) => each.events.filter(sees).map((event) => JSON.stringify(event)));
  // An error that labelled data causes where it is used, outside any condition, ends the run early:
  // what was seen until then is all that is promised (docs/security-model.md).
  const isCut = ended(first) === 'failed' || ended(second) === 'failed';
  const length = isCut ? Math.min(a!.length, b!.length) : Math.max(a!.length, b!.length);
  for (let i = 0; i < length; i++)
    if (a![i] !== b![i]) return `${a![i] ?? 'nothing'}\n  instead of\n${b![i] ?? 'nothing'}`;
  if (isCut || !(deny.includes('op') || deny.includes('op:exit'))) return null;
  const [x, y] = [told(first, label), told(second, label)];
  return x === y ? null : `${x}\n  instead of\n${y}`;
}
