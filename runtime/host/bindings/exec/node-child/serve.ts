/** The child's main loop. Part of the child's program: see source.ts for what that means. */

import type { Bodies } from './bodies.js';
import type { Call } from './logs.js';
import type { Packages } from './packages.js';
import type { NodeReply, NodeRequest } from './protocol.js';

export interface Parts {
  bodies: Bodies;
  packages: Packages;
  /** The request that code belongs to, also in its timers and promises. */
  calls: import('node:async_hooks').AsyncLocalStorage<Call>;
}

export function serve(load: NodeJS.Require, { bodies, packages, calls }: Parts): void {
  const { Socket } = load('node:net') as typeof import('node:net');
  const channel = new Socket({ fd: 3, readable: true, writable: true });

  async function answer(request: NodeRequest): Promise<void> {
    let answered = false;
    const send = (outcome: Pick<NodeReply, 'value' | 'error'>) => {
      if (answered) return;
      answered = true;
      channel.write(`${encode({ id: request.id, logs: call.logs, ...outcome })}\n`);
    };
    const call: Call = { logs: [], fail: (error) => send({ error: describeError(error) }) };
    try {
      send({ value: await calls.run(call, () => perform(request)) });
    } catch (error) {
      call.fail(error);
    }
  }

  async function perform(request: NodeRequest): Promise<unknown> {
    switch (request.kind) {
      case 'run': {
        const { code, params, values, functions, dir } = request;
        const args = params.map((name) => (Object.hasOwn(values, name) ? values[name] : undefined));
        return toData(await bodies.run(code, params, args, functions, dir));
      }
      case 'import':
        return packages.import(request.package, request.dir);
      case 'get':
        return packages.get(request.target, request.path);
      default:
        return packages.invoke(request);
    }
  }

  /** JSON has no form for these; as members of objects they are lost, as in `JSON.stringify`. */
  function toData(value: unknown): unknown {
    return typeof value === 'function' || typeof value === 'bigint' || typeof value === 'symbol'
      ? String(value)
      : value;
  }

  function encode(reply: NodeReply): string {
    try {
      return JSON.stringify(reply);
    } catch (error) {
      const reason = new TypeError(`The result cannot leave the node process: ${(error as Error).message}`);
      return JSON.stringify({ id: reply.id, logs: reply.logs, error: describeError(reason) });
    }
  }

  function describeError(error: unknown): NonNullable<NodeReply['error']> {
    if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: '' };
    const { code } = error as NodeJS.ErrnoException;
    return {
      name: error.name,
      message: error.message,
      stack: error.stack ?? '',
      ...(typeof code === 'string' ? { code } : {}),
    };
  }

  /** An error nobody awaited belongs to the body that caused it. */
  function stray(error: unknown): void {
    const call = calls.getStore();
    if (call) call.fail(error);
    else process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  }
  process.on('uncaughtException', stray);
  process.on('unhandledRejection', stray);

  let parts: string[] = [];
  channel.setEncoding('utf8');
  channel.on('data', (chunk: string) => {
    const [first = '', ...lines] = chunk.split('\n');
    parts.push(first);
    for (const line of lines) {
      void answer(JSON.parse(parts.join('')) as NodeRequest);
      parts = [line];
    }
  });
  // The host is gone: nothing this process does can matter any more.
  channel.on('close', () => process.exit(0));
  channel.on('error', () => process.exit(0));
}
