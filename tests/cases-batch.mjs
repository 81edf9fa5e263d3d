/**
 * Runs command lines in one process, as the built `mlldc` would one after the other: reads
 * `[{ cwd, commands: [[argument, …], …] }]` from the file named first, and writes what each command
 * printed, `[[{ stdout, stderr, code }, …], …]`, to the second. A command that fails is the last of its list.
 */

import fs from 'node:fs';
import { createRequire } from 'node:module';

const { start } = createRequire(import.meta.url)('../dist/start.js');
const [jobs, results] = process.argv.slice(2);
// Every command line listens for a closed pipe.
process.stdout.setMaxListeners(0);
const outcomes = [];
for (const { cwd, commands } of JSON.parse(fs.readFileSync(jobs, 'utf8'))) {
  const said = [];
  for (const args of commands) if (said.every(({ code }) => code === 0)) said.push(await runOne(cwd, args));
  outcomes.push(said);
}
fs.writeFileSync(results, JSON.stringify(outcomes));

async function runOne(cwd, args) {
  process.chdir(cwd);
  const said = { stdout: '', stderr: '' };
  const streams = [process.stdout, process.stderr];
  const writes = streams.map(({ write }) => write);
  for (const [i, name] of ['stdout', 'stderr'].entries()) {
    streams[i].write = (chunk, encoding, done) => {
      said[name] += chunk;
      (typeof encoding === 'function' ? encoding : done)?.();
      return true;
    };
  }
  try {
    return { code: await start(args), ...said };
  } finally {
    for (const [i, stream] of streams.entries()) stream.write = writes[i];
  }
}
