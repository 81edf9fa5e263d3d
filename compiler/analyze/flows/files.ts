/** Files and addresses that are read. */

import path from 'node:path';
import type { FileExpression } from '../../../grammar/ast.js';
import { join, makeMark } from '../../../runtime/shared/marks.js';
import { ancestors, originMark, PROPAGATION } from '../../../runtime/shared/propagation.js';
import { isUrl } from '../../resolve/remote.js';
import { knownText } from './follow.js';
import { type Frame, here } from './frame.js';
import { checkCapability } from './refusals.js';
import { joined, marked, moved, PLAIN, type Step, UNKNOWN, under, type Value } from './values.js';

/** `<path>`: provenance of the file; policies are asked about reading it. */
export function fileValue(node: FileExpression, frame: Frame): Value {
  const text = knownText(node.path, frame);
  const plain = node.sections === null && node.select === null && node.access.length === 0 && node.as === null;
  const place = { span: node.loc, operation: `reading <${text ?? '…'}>` };
  if (text === null || /[*?{[]/.test(text)) return UNKNOWN;
  if (isUrl(text)) {
    const { hostname } = URL.canParse(text) ? new URL(text) : { hostname: '' };
    if (hostname !== '') checkCapability(frame, place, { kind: 'network', domain: hostname });
    const entered = here(frame, node.loc, `src:network enters: <${text}>`);
    return { ...marked(PLAIN, makeMark({ taint: ['src:network'], sources: [text] }), entered), recorded: true };
  }
  if (/^[@~]/.test(text)) return UNKNOWN;
  const full = path.resolve(frame.unit.dir, text);
  checkCapability(frame, place, { kind: 'read', path: full });
  if (node.optional) return UNKNOWN;
  const mark = join(makeMark({ taint: PROPAGATION.file.taint }), originMark(PROPAGATION.file, full, ancestors(full)));
  const entered = here(frame, node.loc, `src:file enters: <${text}>`);
  const value: Value = { ...marked(PLAIN, mark, entered), exact: plain, recorded: true };
  const written = frame.all.written.get(full);
  return written ? under(value, [moved(written, { ...entered, text: `read from <${text}>` })]) : value;
}

/** Notes what is written to a file, where it certainly is: its labels are recorded with it (security.md 10.2). */
export function noteWritten(
  file: string,
  value: Value,
  { file: source, span }: Omit<Step, 'text' | 'from'>,
  frame: Frame,
): void {
  if (!frame.certain || !frame.tells || frame.handled || frame.spared) return;
  const before = frame.all.written.get(file);
  const now = moved(joined([value]), { file: source, span, text: `written to ${path.basename(file)}` });
  // What one run writes is added to what is recorded.
  frame.all.written.set(file, { ...(before ? joined([before, now]) : now), exact: false });
}
