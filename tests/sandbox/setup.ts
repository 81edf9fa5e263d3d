/**
 * Helpers of the sandbox tests: the sandbox thread built from source (a thread cannot load
 * TypeScript), a small guest runtime, and ways to run code in the program realm or in a cell.
 */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { rollup } from 'rollup';
import esbuild from 'rollup-plugin-esbuild';
import type { Limits, SandboxOutcome, SandboxRun, SandboxSetup } from '../../runtime/host/sandbox/index.js';
import { runInSandbox } from '../../runtime/host/sandbox/index.js';
import type { Door } from '../../runtime/host/sandbox/options.js';
import type { JsBody } from '../../runtime/shared/bundle.js';
import type { CellError } from '../../runtime/shared/protocol.js';

const root = path.resolve(fileURLToPath(import.meta.url), '../../..');
const sources = path.join(root, 'runtime/host/sandbox');

export const engine = pathToFileURL(createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm'));

function fingerprint(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(sources, { recursive: true, encoding: 'utf8' }).sort()) {
    if (name.endsWith('.ts')) hash.update(name).update(readFileSync(path.join(sources, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** Builds the sandbox thread as the package does, once for each state of its sources. */
async function buildWorker(): Promise<URL> {
  const file = path.join(root, `build/sandbox-worker-${fingerprint()}.js`);
  if (!existsSync(file)) {
    mkdirSync(path.dirname(file), { recursive: true });
    const bundle = await rollup({
      input: path.join(sources, 'worker.ts'),
      external: /^node:/,
      plugins: [
        nodeResolve({ preferBuiltins: true, exportConditions: ['node'] }),
        esbuild({ target: 'node20', tsconfig: false }),
      ],
      onLog: () => {},
    });
    const staging = `${file}.${process.pid}`;
    await bundle.write({ file: staging, format: 'es', inlineDynamicImports: true });
    renameSync(staging, file);
  }
  return pathToFileURL(file);
}

export const workerUrl = await buildWorker();

/**
 * A guest runtime of the least size. Programs call `main(async ({ call, post, cell, cellPost, chunk, start }) => …)`.
 */
export const guest = `
(() => {
  const host = globalThis.__host;
  const { stringify, parse } = JSON;
  let main, nextId = 1;
  const waiting = new Map();
  const send = (channel, message) => host(channel, stringify(message));
  const later = (start) => new Promise((resolve) => {
    const id = nextId++;
    waiting.set(id, resolve);
    start(id);
  });
  const data = (args) =>
    stringify(args.map((value) => (value === undefined ? [] : typeof value === 'object' && value !== null ? [value] : value)));
  const cellReply = (text) => {
    const [logs, stderr, outcome] = text[0] === '+' ? text.slice(1).split('\\n') : ['[]', '[]', text];
    const rest = outcome.slice(1);
    const kinds = { '?': () => ({ undefined: true }), '#': () => ({ number: rest }), '!': () => ({ error: parse(rest) }) };
    const lines = (name, json) => (json === '[]' ? {} : { [name]: parse(json) });
    return { ...(kinds[outcome[0]]?.() ?? { value: parse(outcome) }), ...lines('logs', logs), ...lines('stderr', stderr) };
  };
  const api = {
    host,
    call: (op, args = {}) => parse(send('call', { id: nextId++, op, args, site: 0 })),
    post: (op, args = {}) => later((id) => send('post', { op, args, site: 0, id })),
    cell: (body, ...args) => cellReply(host(body, data(args), 0)),
    cellPost: (body, ...args) => later((id) => host(body, data(args), 0, String(id))).then(cellReply),
    cellIn: (number, body, ...args) => cellReply(host(body, data(args), number)),
    chunk: (name) => host('chunk', name),
  };
  const exit = (message) => host('exit', stringify(message));
  const fail = (e) => exit({ kind: 'error', error: { name: e?.name ?? 'Error', message: e?.message ?? String(e), stack: e?.stack, code: e?.code } });
  globalThis.main = (fn) => { main = fn; };
  globalThis.__guest = Object.freeze({
    start(text) {
      try {
        const result = main({ ...api, start: parse(text) });
        if (result instanceof Promise) result.then((value) => exit({ kind: 'done', value }), fail);
        else exit({ kind: 'done', value: result });
      } catch (e) {
        fail(e);
      }
    },
    settle(text, id) {
      const reply = id === undefined ? parse(text) : text;
      const key = Number(id ?? reply.id);
      waiting.get(key)(reply);
      waiting.delete(key);
    },
  });
})();
`;

/** A cell's reply, as the guest above reads it. */
export interface CellReply {
  value?: unknown;
  undefined?: true;
  number?: string;
  error?: CellError;
  logs?: string[];
  stderr?: string[];
}

export type Options = Partial<Omit<SandboxRun, 'bodies'>> & {
  limits?: Partial<Limits>;
  guest?: SandboxSetup['guest'];
  bodies?: (Partial<JsBody> & { code: string })[];
};

/** A door that knows one operation: `echo`, which answers with its argument `value`. */
export const echo: Door = (request) => ({ id: request.id, value: request.args.value?.data });

/** Runs the body of `main`: text of a function that gets the guest's interface. */
export function run(main: string, { bodies = [], limits, ...options }: Options = {}): Promise<SandboxOutcome> {
  return runInSandbox({
    program: `main(${main})`,
    programName: 'test.js',
    guest,
    start: null,
    door: echo,
    workerUrl,
    engine,
    limits,
    bodies: bodies.map((body) => ({ name: 'f', params: [], ...body })),
    ...options,
  });
}

/** The value a program ends with; fails when it ends otherwise. */
export async function resultOf(main: string, options?: Options): Promise<unknown> {
  const outcome = await run(main, options);
  if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome));
  return outcome.value;
}

/** Runs one js body in a cell. */
export async function reply(
  code: string,
  args: Record<string, unknown> = {},
  options: Options = {},
): Promise<CellReply> {
  const bodies = [{ code, params: Object.keys(args) }, ...(options.bodies ?? [])];
  const value = await resultOf('({ cell, start }) => cell(0, ...start)', {
    ...options,
    bodies,
    start: Object.values(args),
  });
  return value as CellReply;
}

/** Runs several js bodies one after the other in one cell; their replies. */
export async function replies(codes: readonly string[]): Promise<CellReply[]> {
  const value = await resultOf(`({ cell }) => [${codes.map((_, i) => `cell(${i})`).join()}]`, {
    bodies: codes.map((code) => ({ code })),
  });
  return value as CellReply[];
}
