/** The door's decisions and writes in the audit ledger (security.md 10.1, 10.2). */

import { makeMark } from '../../shared/marks.js';
import type { Ledger } from '../audit/index.js';
import type { AuditSink, Subject } from './index.js';

/**
 * A sink that keeps what security.md 10.1 asks for: denials and file writes. A ledger that was
 * tampered with may say too little about a file, so what is restored then is not trusted.
 */
export function ledgerSink(ledger: Ledger): AuditSink {
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
    restore(path) {
      const { labels, taint, sources, intact } = ledger.restore(path);
      return makeMark({ labels: intact ? labels : [...labels, 'untrusted'], taint, sources });
    },
  };
}

function isPath(subject: Subject): subject is Extract<Subject, { kind: 'path' }> {
  return subject.kind === 'path';
}
