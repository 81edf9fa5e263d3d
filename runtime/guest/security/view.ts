/**
 * What guards, hooks and denied arms see of an operation (security.md 3.3). Most conditions read one or
 * two names of many, so each is made when it is read.
 */

import type { Mark } from '../../shared/marks.js';
import { isConfidential, REDACTED } from '../../shared/security/confidential.js';
import { type Box, box } from '../box.js';
import type { GuardContext, MxFields } from '../context.js';
import type { Operation } from '../operate.js';
import { toText } from '../values/display.js';
import { markList } from '../values/mark-lists.js';
import { makeArray, makeObject } from '../values/objects.js';
import { GuardArgs, GuardInputs } from './inputs.js';
import { inputMark, keysOf, opValue } from './operations.js';
import type { Guard } from './registry.js';
import { MAX_ATTEMPTS, type TraceEntry, type Verdict } from './verdict.js';

/** What code that is about an operation sees as `@input`, `@output` and `@mx`. */
export class OperationView implements GuardContext, MxFields {
  constructor(
    readonly role: GuardContext['role'],
    private readonly operation: Operation,
    /** The value it is about, or null for the operation as a whole. */
    private readonly value: Box | null,
    private readonly inputs: readonly Box[],
    private readonly result: Box | null,
    /** What guards have come to; hooks do not see it. */
    private readonly verdict: Verdict | null,
    /** The guard that decides or has decided. */
    private readonly guard: Guard | null,
  ) {}

  get input(): Box {
    return this.value ?? box(new GuardInputs(this.inputs));
  }

  /** A guard before the operation may ask about the text that goes in by this name, too. */
  get output(): Box | null {
    if (this.result !== null || this.role !== 'guard') return this.result;
    const about = this.value ?? this.inputs[0];
    return about ? box(toText(about), about.deep) : box('');
  }

  get lineage(): Mark {
    const about = this.role === 'guard' ? (this.result ?? this.value) : null;
    return about ? about.deep : inputMark(this.inputs);
  }

  get keys(): ReadonlySet<string> {
    return keysOf(this.operation);
  }

  get mx(): MxFields {
    return this;
  }

  get names(): readonly string[] {
    const names = ['labels', 'taint', 'sources', 'op', 'operation'];
    if (this.verdict) names.push('args', 'guard', 'denied');
    if (this.role === 'hook' && this.operation.checkpoint) names.push('checkpoint');
    return names;
  }

  get(name: string): Box | undefined {
    switch (name) {
      case 'op':
      case 'operation':
        return opValue(this.operation);
      case 'labels':
      case 'taint':
      case 'sources':
        return markList(this.lineage, name);
      case 'checkpoint':
        return this.role === 'hook' ? this.operation.checkpoint : undefined;
    }
    return this.verdict ? this.verdictField(name, this.verdict) : undefined;
  }

  private verdictField(name: string, verdict: Verdict): Box | undefined {
    switch (name) {
      case 'args':
        return argsValue(this.operation, verdict);
      case 'guard':
        return guardValue(this.guard, verdict, this.operation);
      case 'denied':
        return box(this.role === 'denied');
    }
    return undefined;
  }
}

function argsValue({ executable, params }: Operation, { inputs }: Verdict): Box {
  return box(new GuardArgs(executable?.params ?? params ?? [], inputs));
}

/** `@mx.guard`. */
export function guardValue(guard: Guard | null, verdict: Verdict, operation: Operation): Box {
  const present = verdict.inputs.filter((input): input is Box => input !== undefined);
  const { timing, attempt, tries } = verdict.round;
  const hints = verdict.hints.map((hint) => box({ ...hint }));
  return makeObject([
    ['name', box(guard?.name ?? null)],
    [
      'filter',
      box(guard ? `${guard.filter.kind === 'label' ? 'data' : guard.filter.kind}:${guard.filter.value}` : null),
    ],
    ['try', box(attempt)],
    ['attempt', box(attempt)],
    ['tries', box(tries.map((entry) => ({ ...entry })))],
    ['max', box(MAX_ATTEMPTS)],
    ['hintHistory', box([...tries.map(({ hint }) => hint), ...verdict.hints.map(({ hint }) => hint)])],
    ['hints', makeArray(hints)],
    ['reasons', box(verdict.reasons.slice())],
    ['reason', box(verdict.reasons[0] ?? null)],
    ['trace', makeArray(verdict.trace.map(traceValue))],
    ['decision', box(verdict.decision)],
    ['timing', box(timing)],
    ['args', argsValue(operation, verdict)],
    ['input', present.length === 1 ? present[0]! : makeArray(present)],
    ['output', verdict.output ?? box(null)],
    ['inputPreview', box(preview(verdict.inputs), inputMark(verdict.inputs))],
  ]);
}

export function traceValue(entry: TraceEntry): Box {
  return makeObject([
    ['guardName', box(entry.guard.name)],
    ['decision', box(entry.decision)],
    ['reason', box(entry.reason)],
    ['replacement', entry.replacement ?? box(null)],
  ]);
}

/** What messages may show of the inputs: nothing of a secret. */
export function preview(inputs: readonly (Box | undefined)[]): string {
  const present = inputs.filter((input): input is Box => input !== undefined);
  if (present.length !== 1) return `Array(len=${present.length})`;
  const [only] = present;
  return isConfidential(only!.deep) ? REDACTED : toText(only!).slice(0, 160);
}
