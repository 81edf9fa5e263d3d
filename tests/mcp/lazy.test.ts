/** Start-up is a feature: nothing of the MCP SDK is loaded before the first server is needed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { sourceUrl, startNode } from '../isolation/processes.js';

it('importing the pool and the server loads no MCP SDK; the first server does', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lazy-'));
  const hooks = `export async function resolve(specifier, context, next) {
    if (specifier.startsWith('@modelcontextprotocol/')) globalThis.port.postMessage(specifier);
    return next(specifier, context);
  }
  export function initialize({ port }) { globalThis.port = port; }`;
  const script = path.join(folder, 'script.mjs');
  writeFileSync(
    script,
    `import { register } from 'node:module';
     import { MessageChannel } from 'node:worker_threads';
     const { port1, port2 } = new MessageChannel();
     const seen = [];
     port1.on('message', (name) => seen.push(name));
     port1.unref();
     register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hooks)}), { data: { port: port2 }, transferList: [port2] });
     const { McpPool } = await import(${JSON.stringify(sourceUrl('runtime/host/bindings/mcp/client.ts'))});
     await import(${JSON.stringify(sourceUrl('runtime/host/bindings/mcp/server.ts'))});
     await import(${JSON.stringify(sourceUrl('runtime/host/bindings/mcp/config.ts'))});
     const pool = new McpPool({ cwd: '/', version: '0' });
     await new Promise((resolve) => setTimeout(resolve, 50));
     const before = seen.length;
     await pool.listTools('node ${path.resolve('tests/mcp/fake-server.mjs')}');
     await new Promise((resolve) => setTimeout(resolve, 50));
     await pool.close();
     console.log(JSON.stringify([before, seen.length > 0]));
     process.exit();`,
  );
  const child = startNode(script);
  const output = Buffer.concat(await child.stdout!.toArray()).toString();
  rmSync(folder, { recursive: true });
  expect(JSON.parse(output)).toEqual([0, true]);
}, 20_000);
