/**
 * Runs many examples in one process: reads `[{ directory, script }]` from standard input, compiles and runs each with the
 * built library, and writes `[{ stdout, stderr, code }]` to the file named on the command line.
 */

import fs from 'node:fs';
import path from 'node:path';
import { compile, renderDiagnostics, run } from '../../dist/index.js';

const outcomes = [];
for (const { directory, script } of JSON.parse(fs.readFileSync(0, 'utf8')))
  outcomes.push(await runOne(directory, script));
fs.writeFileSync(process.argv[2], JSON.stringify(outcomes));

async function runOne(directory, script) {
  process.chdir(directory);
  const written = { stdout: '', stderr: '' };
  const original = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const name of ['stdout', 'stderr']) {
    process[name].write = (chunk) => {
      written[name] += chunk;
      return true;
    };
  }
  try {
    const source = fs.readFileSync(path.join(directory, script), 'utf8');
    const { bundle, diagnostics, sources } = compile({ source, file: script });
    if (diagnostics.length > 0) written.stderr += renderDiagnostics(diagnostics, sources, { color: false });
    const code = bundle ? await run(bundle) : 1;
    return { ...written, code };
  } finally {
    process.stdout.write = original.stdout;
    process.stderr.write = original.stderr;
  }
}
