/** The guest runtime by itself: fresh for every test, before a host that answers and remembers. */

import { vi } from 'vitest';
import type { Box } from '../../../runtime/guest/box.js';
import type { Context } from '../../../runtime/guest/context.js';
import type { ExecutableOptions } from '../../../runtime/guest/executable.js';
import type { Outcome } from '../../../runtime/guest/signals.js';

export interface Asked {
  op: string;
  args: Record<string, { data: unknown; mark?: { labels?: string[]; taint?: string[] } }>;
  events?: { event: string; args?: unknown }[];
  under?: number[];
}

/**
 * A realm of its own; nothing registered in another test is there.
 * @param answer what the host answers; requests that need not be answered at once wait for ever without one
 */
export async function realm(answer: (asked: Asked) => unknown = () => undefined) {
  vi.resetModules();
  const [rt, door, boxes, contexts, make, state] = await Promise.all([
    import('../../../runtime/guest/runtime.js'),
    import('../../../runtime/guest/door.js'),
    import('../../../runtime/guest/box.js'),
    import('../../../runtime/guest/context.js'),
    import('../../../runtime/guest/make.js'),
    import('../../../runtime/guest/security/registry.js'),
  ]);
  const { makeMark } = await import('../../../runtime/shared/marks.js');
  const asked: Asked[] = [];
  const cells: number[] = [];
  const fileMarks: { labels?: string[]; taint?: string[] } = {};
  door.connect((channel, text, cell, id) => {
    if (typeof channel === 'number') {
      cells.push(cell!);
      if (id !== undefined) door.settle('"from js"', id);
      return '"from js"';
    }
    const message = JSON.parse(text) as Asked & { id: number };
    if (channel === 'call') {
      asked.push(message);
      const value = answer(message) ?? (message.op === 'policy.add' && message.args.fragment ? 7 : null);
      const read = message.op === 'file.linked' && { value: [message.args.location!.data], mark: fileMarks };
      return JSON.stringify({ id: message.id, value, ...read });
    }
    if (channel === 'post') {
      asked.push(message);
      const value = answer(message);
      const settle = (settled: unknown) => door.settle(JSON.stringify({ id: message.id, value: settled }));
      if (value !== undefined) void Promise.resolve(value).then(settle);
    }
    return undefined;
  });
  const labelled = (value: unknown, ...labels: string[]): Box => boxes.box(value, makeMark({ labels }));
  const exe = (
    name: string,
    params: string[],
    body: (context: Context, ...args: (Box | undefined)[]) => Outcome,
    more: Partial<
      Pick<ExecutableOptions, 'labels' | 'captures' | 'handlesDenied' | 'streams' | 'medium' | 'origin' | 'policy'>
    > = {},
  ): Box => make.executable({ name, params, medium: 'exe', site: 0, body, ...more });
  return {
    rt,
    state,
    asked,
    /** The cells js bodies ran in, call by call. */
    cells,
    /** The mark of every file the program is linked with. */
    fileMarks,
    context: contexts.Context.root(false),
    box: boxes.box,
    secret: (value: unknown) => labelled(value, 'secret'),
    labelled,
    exe,
    /** What was written to a stream, whatever it was marked with. */
    written: (stream: string): string =>
      asked
        .filter(({ op, args }) => op === 'console.write' && args.stream!.data === stream)
        .map(({ args }) => args.text!.data)
        .join(''),
    /** The events the audit ledger was told. */
    events: (): { event: string; args?: unknown }[] => asked.flatMap(({ events }) => [...(events ?? [])]),
  };
}

export type Realm = Awaited<ReturnType<typeof realm>>;
