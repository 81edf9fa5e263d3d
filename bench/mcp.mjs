#!/usr/bin/env node
/**
 * What a call of an MCP tool costs in a script, beside the plain client of the SDK on the same
 * server in the same run.
 *
 *     node bench/mcp.mjs [--smoke] [-n ROUNDS]
 *
 * Both make 1,000 calls, 20 at a time. The server measures, from its first call to its last answer,
 * so starting up is not part of it. The script's side has everything: arguments and results cross
 * the sandbox, the door decides and records, labels are joined. Exits 1 when the difference is above
 * the limit; with `--smoke` there are few calls and only wrong output fails.
 *
 * Three processes and the sandbox's thread hand every call on, so a machine that is busy with other
 * things measures those: on Linux, `chrt -f 10 node bench/mcp.mjs` puts them aside.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { measure, median, root } from './measure.mjs';

/** Milliseconds a call may cost more than with the SDK alone. */
const LIMIT_MS = 1;
const CONCURRENCY = 20;

const { values } = parseArgs({ options: { smoke: { type: 'boolean' }, rounds: { type: 'string', short: 'n' } } });
const calls = values.smoke ? 40 : 1000;
const rounds = values.smoke ? 1 : Number(values.rounds ?? 5);
const server = fileURLToPath(new URL('./mcp-server.mjs', import.meta.url));

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mlldc-bench-'));
const script = path.join(directory, 'calls.mld');
fs.writeFileSync(
  script,
  `import tools { @echo, @span } from mcp "${process.execPath} ${server}"
exe @numbers(n) = js { return Array.from({ length: Number(n) }, (_, i) => String(i)); }
var @list = @numbers(${calls})
var @answers = for parallel(${CONCURRENCY}) @text in @list => @echo(@text)
show \`@answers.length @span()\`
`,
);

try {
  const own = [];
  for (let round = 0; round < rounds; round++) {
    const [plain, scripted] = [await plainClient(), await scriptRun()];
    own.push(scripted - plain);
    console.log(`${calls} calls, ${CONCURRENCY} at a time: SDK ${ms(plain)}, script ${ms(scripted)} a call`);
  }
  const cost = median(own);
  console.log(`of our own, median: ${ms(cost)} a call (limit ${ms(LIMIT_MS)})`);
  if (!values.smoke && cost > LIMIT_MS) process.exitCode = 1;
} finally {
  fs.rmSync(directory, { recursive: true, force: true });
}

/** Milliseconds a call takes with the SDK's client. */
async function plainClient() {
  const client = new Client({ name: 'bench', version: '1' });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [server] }));
  await client.listTools();
  const call = async (name, args = {}) => (await client.callTool({ name, arguments: args })).content[0].text;
  let next = 0;
  const worker = async () => {
    while (next < calls) {
      const text = String(next++);
      if ((await call('echo', { text })) !== text) throw new Error('the SDK client got another answer');
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  const span = Number(await call('span'));
  await client.close();
  return span / calls;
}

/** Milliseconds a call takes in a script. */
async function scriptRun() {
  const { code, stdout, stderr } = await measure([process.execPath, path.join(root, 'dist/cli.js'), 'run', script]);
  const [count, span] = stdout.split(' ').map(Number);
  if (code !== 0 || count !== calls || !(span > 0)) throw new Error(`exit ${code}, printed ${stdout}\n${stderr}`);
  return span / calls;
}

function ms(value) {
  return `${value.toFixed(2)} ms`;
}
