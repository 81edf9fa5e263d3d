/**
 * Whole programs in the test's own process: the compiler, the guest runtime evaluated in a context of
 * its own, and before it a host that writes down what it is asked and does nothing. Thousands of runs
 * take seconds this way; the sandbox and the real host have suites of their own.
 */

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { build, type Plugin } from 'esbuild';
import { compile } from '../../../compiler/index.js';
import type { recordedMark } from '../../../runtime/host/monitor/recorded.js';
import type { Bundle } from '../../../runtime/shared/bundle.js';
import type { join, joinAll, Mark, MarkParts, makeMark, markToJSON } from '../../../runtime/shared/marks.js';
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

/** What the guest's script leaves within reach of the host: its control state, and what the host computes marks with. */
interface Within {
  __guest: { start(text: string): void; settle(text: string): void };
  __control: { mark: { taint: readonly string[] } };
  __marks: {
    makeMark: typeof makeMark;
    join: typeof join;
    joinAll: typeof joinAll;
    markToJSON: typeof markToJSON;
    recordedMark: typeof recordedMark;
  };
}

/** What is answered besides the marks of what was asked: the value, and what the host knows of it. */
interface Answer {
  value: unknown;
  mark?: MarkParts;
  error?: string;
}

/** The world outside: files with what is recorded of them, children that repeat what they got, one tool. */
class World {
  private readonly files = new Map<string, { text: string; mark: Mark }>();

  constructor(private readonly marks: Within['__marks']) {}

  answer(op: string, args: DoorRequest['args']): Answer {
    const text = (name: string): string => String(args[name]?.data ?? '');
    const fed = `${text('stdin')} ${Object.values(args.env?.data ?? {}).join(' ')}`;
    switch (op) {
      case 'file.write':
        this.record(op, args, text('path'), text('text'));
        return { value: null };
      case 'file.append':
        this.record(op, args, text('path'), (this.files.get(basename(text('path')))?.text ?? '') + text('text'));
        return { value: null };
      case 'file.linked':
        return { value: [text('location')] };
      case 'file.read':
        return this.read(text('path'));
      case 'exec.cmd':
        return ran(`${text('command')} ${fed}`);
      case 'exec.node':
        return { value: { value: `node ${Object.values(args.values?.data ?? {}).join(' ')} ${fed}` } };
      case 'net.fetch':
        return { value: { url: text('url'), status: 200, ok: true, contentType: 'text/plain', text: text('url') } };
      case 'exec.sh':
      case 'exec.py': {
        const given = Object.values(args.values?.data ?? args.params?.data ?? {}).join(' ');
        if (text('code').includes('copy')) this.record(op, args, 'copy.txt', given);
        return ran(`${text('code')} ${given} ${fed}`, text('code').includes('fail') ? 1 : 0);
      }
      case 'workspace.open':
        return { value: '/workspace' };
      case 'mcp.connect':
        return { value: [{ name: 'echo', wire: 'echo', description: '', params: ['x'], types: ['string'] }] };
      case 'mcp.call':
        return {
          value: { text: JSON.stringify(args.args?.data) },
          mark: { taint: ['src:mcp'], sources: ['mcp:echo'] },
        };
      default:
        return { value: null };
    }
  }

  private record(op: string, args: DoorRequest['args'], path: string, text: string): void {
    const { makeMark, joinAll, join, recordedMark } = this.marks;
    const marks = Object.fromEntries(Object.entries(args).map(([name, { mark }]) => [name, makeMark(mark ?? {})]));
    const request = { op, marks, mark: joinAll(Object.values(marks)) } as Parameters<typeof recordedMark>[0];
    const name = basename(path);
    const known = this.files.get(name);
    const mark = recordedMark(request);
    this.files.set(name, { text, mark: known ? join(known.mark, mark) : mark });
  }

  private read(path: string): Answer {
    const filename = basename(path);
    const file = this.files.get(filename);
    if (!file) return { value: null, error: `File not found: ${path}` };
    const mark = this.marks.markToJSON(file.mark) ?? {};
    return { value: { file: { filename, relative: filename, absolute: path }, text: file.text, mark }, mark };
  }
}

/** Files are known by their names: all are in one directory. */
const basename = (file: string): string => file.slice(file.lastIndexOf('/') + 1);

function ran(what: string, exitCode = 0): Answer {
  return { value: { stdout: `ran ${what}`, stderr: '', exitCode } };
}

/** The guest runtime as one script, with its control state within reach. */
export async function guestScript(plugins: Plugin[] = []): Promise<vm.Script> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import './runtime/guest/index.ts';
import { control } from './runtime/guest/control.ts';
import { join, joinAll, makeMark, markToJSON } from './runtime/shared/marks.ts';
import { recordedMark } from './runtime/host/monitor/recorded.ts';
Object.assign(globalThis, { __control: control, __marks: { makeMark, join, joinAll, markToJSON, recordedMark } });`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    plugins,
    format: 'iife',
    target: 'es2023',
    write: false,
  });
  return new vm.Script(outputFiles[0]!.text, { filename: path.join(root, 'guest.js') });
}

/** Compiles a script; what it imports is looked for beside `file`. @throws Error with its diagnostics */
export function compiled(source: string, file = 'main.mld'): Bundle {
  const { bundle, diagnostics } = compile({ source, file });
  if (!bundle) throw new Error(`${diagnostics.map(({ message }) => message).join('\n')}\n\n${source}`);
  return bundle;
}

/** Runs a program to its end. */
export async function trace(
  guest: vm.Script,
  bundle: Bundle,
  payload: Record<string, unknown>,
  globals: Record<string, unknown> = {},
): Promise<Trace> {
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
    const { value, mark, error } = world.answer(op, args);
    if (error !== undefined)
      return JSON.stringify({ id, error: { name: 'Mlld', code: 'FILE_NOT_FOUND', message: error } });
    return JSON.stringify({ id, value, ...(mark && { mark }) });
  };
  const context = vm.createContext({
    ...globals,
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
  const { __guest, __control, __marks } = context as unknown as Within;
  const world = new World(__marks);
  const options = {
    streaming: true,
    payload,
    environment: [],
    prefixes: {},
    root: '/project',
    moved: null,
    home: '/home',
    allowGuardBypass: true,
  };
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
