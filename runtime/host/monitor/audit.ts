/** The door's decisions and writes in the audit ledger (security.md 10.1, 10.2). */

import { EMPTY, makeMark } from '../../shared/marks.js';
import type { AuditedData, GuestEvent } from '../../shared/security/events.js';
import type { AuditedValue, Ledger } from '../audit/index.js';
import type { AuditSink, Subject } from './index.js';

/**
 * A sink that keeps what security.md 10.1 asks for: denials and file writes. A ledger that was
 * tampered with may say too little about a file, so what is restored then is not trusted.
 */
export function ledgerSink(ledger: Ledger): AuditSink {
  const starts = new Map<number, ReturnType<Ledger['call']>>();
  return {
    decision({ op, mark, subjects, denied }) {
      if (!denied) return;
      const path = subjects.find(isPath)?.path;
      ledger.append({
        event: 'denied',
        ...(path === undefined ? {} : { path }),
        taint: mark.taint,
        labels: mark.labels,
        sources: mark.sources,
        detail: `${op}: ${denied.code}`,
      });
    },
    record(events) {
      ledger.batch(() => {
        for (const event of events) recordEvent(ledger, starts, event);
      });
    },
    write({ path, changeType, writer, mark }) {
      ledger.append({
        event: 'write',
        path,
        changeType,
        taint: mark.taint,
        writer,
        labels: mark.labels,
        sources: mark.sources,
      });
    },
    signed(entry) {
      ledger.append({ ...entry });
    },
    restore(path) {
      const { labels, taint, sources, intact } = ledger.restore(path);
      return makeMark({ labels: intact ? labels : [...labels, 'untrusted'], taint, sources });
    },
    tainted: () => ledger.tainted(),
  };
}

function isPath(subject: Subject): subject is Extract<Subject, { kind: 'path' }> {
  return subject.kind === 'path';
}

/** One event of the program realm; a call is recorded when it starts and when it ends. */
function recordEvent(ledger: Ledger, starts: Map<number, ReturnType<Ledger['call']>>, event: GuestEvent): void {
  switch (event.event) {
    case 'toolStart':
      starts.set(event.call, ledger.call(event.tool, valuesOf(event.args), makeMark(event.mark), event.at));
      return;
    case 'toolCall':
      starts.get(event.call)?.({
        ok: event.ok,
        ...(event.at === undefined ? {} : { at: event.at }),
        ...(event.result ? { result: dataOf(event.result) } : {}),
        ...(event.detail === undefined ? {} : { detail: event.detail }),
      });
      starts.delete(event.call);
      return;
    case 'label':
      ledger.append({
        event: 'label',
        ...(event.var && { var: event.var }),
        add: event.add,
        by: event.by,
        labels: event.labels,
      });
      return;
    case 'bless':
      ledger.append({
        event: 'bless',
        ...(event.var && { var: event.var }),
        add: event.add,
        remove: event.remove,
        by: event.by,
        labels: event.labels,
      });
      return;
    case 'conflict':
      ledger.append({
        event: 'conflict',
        ...(event.var && { var: event.var }),
        labels: ['trusted', 'untrusted'],
        resolved: 'untrusted',
        by: event.by,
      });
  }
}

function dataOf({ data, mark }: AuditedData): AuditedValue {
  return { value: data, mark: mark ? makeMark(mark) : EMPTY };
}

function valuesOf(args: Readonly<Record<string, AuditedData>>): Record<string, AuditedValue> {
  return Object.fromEntries(Object.entries(args).map(([name, arg]) => [name, dataOf(arg)]));
}
