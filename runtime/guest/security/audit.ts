/**
 * Reports to the audit ledger (security.md 10.1). Reports wait for the next request at the door and
 * are sent right before it, so they are on disk before the effect they led to, and computing
 * between two effects costs no message.
 *
 * A call is reported when labels are concerned: an argument carries one or comes from an MCP tool, or
 * the executable has labels. A program without labels writes no ledger.
 */

import { EMPTY, join, type Mark, markToJSON } from '../../shared/marks.js';
import { isConfidential } from '../../shared/security/confidential.js';
import type { GuestEvent } from '../../shared/security/events.js';
import { type Box, plain } from '../box.js';
import { report, toWire } from '../door.js';
import type { Executable } from '../executable.js';

/** Longer texts are cut: the ledger says what was called with what, it does not archive data. */
const MAX_TEXT = 2000;

let calls = 0;

/** `recursive` says how the executable works, not what it does. */
function isLabelled({ labels, medium }: Executable): boolean {
  return medium === 'mcp' || labels.length > 1 || (labels.length === 1 && labels[0] !== 'recursive');
}

/** Where a value came from alone is not worth a record, unless it came from a tool. */
function isOfInterest({ labels, taint }: Mark): boolean {
  return labels.length > 0 || taint.includes('src:mcp');
}

function hasInterest(args: readonly (Box | undefined)[]): boolean {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg !== undefined && arg.deep !== EMPTY && isOfInterest(arg.deep)) return true;
  }
  return false;
}

/**
 * Reports that a body is about to run; answers the call's number, 0 when it is not recorded. Calls in
 * loops are what there is most of, so their events are written as text right away.
 */
export function callStarts(target: Executable, args: readonly (Box | undefined)[]): number {
  if (!isLabelled(target) && !hasInterest(args)) return 0;
  const call = ++calls;
  let mark = EMPTY;
  let named = '';
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg === undefined) continue;
    mark = join(mark, arg.deep);
    named += `${named && ','}${textOf(target.params[i] ?? `_${i}`)}:${audited(arg)}`;
  }
  report(
    `{"event":"toolStart","call":${call},"tool":${textOf(target.name)},"args":{${named}},"mark":${markText(mark)},"at":${Date.now()}}`,
  );
  return call;
}

/** Reports how a recorded body ended. */
export function callEnds(call: number, result: Box): void {
  report(`{"event":"toolCall","call":${call},"ok":true,"result":${audited(result)},"at":${Date.now()}}`);
}

export function callFails(call: number, message: string, secret: boolean): void {
  if (call > 0)
    reportEvent({
      event: 'toolCall',
      call,
      ok: false,
      at: Date.now(),
      ...(secret ? {} : { detail: message.slice(0, MAX_TEXT) }),
    });
}

/** Reports a change of labels by an executable or a guard. */
export function labelsChanged(event: Extract<GuestEvent, { event: 'label' | 'bless' | 'conflict' }>): void {
  reportEvent(event);
}

function reportEvent(event: GuestEvent): void {
  report(toWire(event));
}

/** `AuditedData` as text. */
function audited({ value, deep }: Box): string {
  const data = isConfidential(deep) ? 'null' : cut(plain(value));
  return deep === EMPTY ? `{"data":${data}}` : `{"data":${data},"mark":${markText(deep)}}`;
}

/** A value as JSON; of a long one the beginning of its text. */
function cut(value: unknown): string {
  if (typeof value === 'string') return textOf(value.length <= MAX_TEXT ? value : `${value.slice(0, MAX_TEXT)}…`);
  const text = JSON.stringify(value);
  if (text === undefined) return 'null';
  return text.length <= MAX_TEXT ? text : textOf(`${text.slice(0, MAX_TEXT)}…`);
}

function textOf(text: string): string {
  return JSON.stringify(text);
}

/** There are few marks and many values that carry them. */
const markTexts = new Map<Mark, string>();

function markText(mark: Mark): string {
  let text = markTexts.get(mark);
  if (text === undefined) {
    text = JSON.stringify(markToJSON(mark) ?? {});
    markTexts.set(mark, text);
  }
  return text;
}
