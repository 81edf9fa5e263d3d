/**
 * Whole programs in the test's own process: the compiler, the guest runtime evaluated in a context of
 * its own, and before it a host that writes down what it is asked and does nothing. Thousands of runs
 * take seconds this way; the sandbox and the real host have suites of their own.
 */

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { build } from 'esbuild';
import { compile } from '../../../compiler/index.js';
import type { Bundle } from '../../../runtime/shared/bundle.js';
import type { Channel, DoorRequest, ExitMessage } from '../../../runtime/shared/protocol.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What an observer of the host sees. */
export interface Event {
  op: string;
  data: unknown;
}

export interface Trace {
  events: Event[];
  /** What each event was marked with at the door. */
  taints: string[][];
  end: ExitMessage;
  /** True when control came to depend on labelled data. */
  isInfluenced: boolean;
}

/** Operations that reach nothing outside the run. */
const INTERNAL = new Set(['policy.add', 'audit.record', 'audit.flush', 'clock.now', 'clock.sleep', 'project.root']);

/** What children answer. */
const REPLIES: Readonly<Record<string, (args: Record<string, unknown>) => unknown>> = {
  'exec.cmd': ({ command }) => ({ stdout: `ran ${String(command)}`, stderr: '', exitCode: 0 }),
  'exec.sh': ({ code }) => ({ stdout: `ran ${String(code)}`, stderr: '', exitCode: 0 }),
};

/** The guest runtime as one script, with its control state within reach. */
export async function guestScript(): Promise<vm.Script> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import './runtime/guest/index.ts';\nimport { control } from './runtime/guest/control.ts';\nglobalThis.__control = control;`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    format: 'iife',
    target: 'es2023',
    write: false,
  });
  return new vm.Script(outputFiles[0]!.text, { filename: path.join(root, 'guest.js') });
}

/** Compiles a script that imports nothing. @throws Error with its diagnostics */
export function compiled(source: string): Bundle {
  const { bundle, diagnostics } = compile({ source, file: 'main.mld' });
  if (!bundle) throw new Error(`${diagnostics.map(({ message }) => message).join('\n')}\n\n${source}`);
  return bundle;
}

/** Runs a program to its end. */
export async function trace(guest: vm.Script, bundle: Bundle, payload: Record<string, unknown>): Promise<Trace> {
  const events: Event[] = [];
  const taints: string[][] = [];
  const posted: string[] = [];
  let end: ExitMessage | null = null;
  const answer = (text: string): string => {
    const { id, op, args } = JSON.parse(text) as DoorRequest;
    const data = Object.fromEntries(Object.entries(args).map(([name, arg]) => [name, arg.data]));
    if (!INTERNAL.has(op) && end === null) {
      events.push({ op, data });
      taints.push(Object.values(args).flatMap(({ mark }) => mark?.taint ?? []));
    }
    return JSON.stringify({ id, value: REPLIES[op]?.(data) ?? null });
  };
  const context = vm.createContext({
    __host: (channel: Channel | number, text: string): string | undefined => {
      if (typeof channel === 'number') return body(bundle, channel, JSON.parse(text));
      switch (channel) {
        case 'exit':
          end ??= JSON.parse(text) as ExitMessage;
          return undefined;
        case 'call':
          return answer(text);
        case 'post':
          posted.push(answer(text));
          return undefined;
        default:
          throw new Error(`no channel '${channel}'`);
      }
    },
  });
  guest.runInContext(context);
  vm.runInContext(bundle.program, context);
  const { __guest, __control } = context as unknown as {
    __guest: { start(text: string): void; settle(text: string): void };
    __control: { mark: { taint: readonly string[] } };
  };
  const options = { streaming: true, payload, prefixes: {}, root: '/project', home: '/home', allowGuardBypass: true };
  __guest.start(JSON.stringify({ ...options, state: null, strict: false, progress: false }));
  for (let idle = 0; end === null; ) {
    await new Promise((resolve) => setImmediate(resolve));
    const reply = posted.shift();
    if (reply !== undefined) __guest.settle(reply);
    idle = reply === undefined ? idle + 1 : 0;
    if (idle > 100) throw new Error('the program waits for something that can never happen');
  }
  return { events, taints, end, isInfluenced: __control.mark.taint.length > 0 };
}

/** A js body; the generator and the tests write them, so they may run here. */
function body({ bodies }: Bundle, index: number, args: unknown[]): string {
  const { code, params } = bodies[index]!;
  const run = new Function(...params, code) as (...values: unknown[]) => unknown;
  try {
    const value = run(...args.map((arg) => (Array.isArray(arg) ? arg[0] : arg)));
    return value === undefined ? '?' : JSON.stringify(value);
  } catch (error) {
    return `!${JSON.stringify({ name: (error as Error).name, message: (error as Error).message })}`;
  }
}
