#!/usr/bin/env node
/**
 * Runs the benchmark programs from source and as bundles and prints what they cost.
 *
 *     node bench/run.mjs [--smoke] [-n REPEATS] [NAME …]
 *
 * Times are whole-process CPU as a ratio to `node -e 0` in the same run. With `--smoke` every
 * program runs once, and only wrong output fails.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { compare, measure, peakMemory, root } from './measure.mjs';
import { MEMORY_TARGET, PROGRAMS } from './programs.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { smoke: { type: 'boolean', default: false }, repeats: { type: 'string', short: 'n' } },
});
const repeats = values.smoke ? 1 : Number(values.repeats ?? 5);
const programs = PROGRAMS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const cli = path.join(root, 'dist/cli.js');
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'mlldc-bench-'));
const problems = [];
const rows = [];
const growthRows = [];

try {
  for (const program of programs) {
    const source = path.join(root, 'bench/programs', `${program.name}.mld`);
    const bundle = path.join(work, `${program.name}.mjs`);
    check(program.name, await measure([process.execPath, cli, 'build', source, '-o', bundle]), '');
    const [fromSource, fromBundle] = await compare(
      [
        [process.execPath, cli, 'run', source],
        [process.execPath, cli, 'run', bundle],
      ],
      repeats,
    );
    for (const run of fromSource.runs) check(program.name, run, program.expected);
    for (const run of fromBundle.runs) check(`${program.name} (bundle)`, run, program.expected);
    const memory = await peakMemory([cli, 'run', source]);
    rows.push(costRow(program, fromSource, fromBundle, memory));
    if (program.growth && !values.smoke) growthRows.push(await growthRow(program, fromSource.cpu));
  }
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}

printTable(['program', 'CPU ms', 'ratio', 'target', 'bundle', 'MiB', 'mlld 2.0.5', 'its MiB'], rows);
if (growthRows.length > 0) {
  console.log('');
  printTable(['growth', 'work', 'CPU', 'factor'], growthRows);
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

/** Records a run that failed or printed something else than it should. */
function check(name, { code, stdout, stderr }, expected) {
  const right = expected instanceof RegExp ? expected.test(stdout) : stdout === expected;
  if (code === 0 && right) return;
  problems.push(`${name}: exit ${code}, expected ${expected}, printed ${JSON.stringify(stdout)}\n${stderr}`);
}

function costRow(program, fromSource, fromBundle, memory) {
  const over = (value, limit) => (value > limit ? ' !' : '');
  return [
    program.name,
    fromSource.cpu.toFixed(0),
    fromSource.ratio.toFixed(2) + over(fromSource.ratio, program.target),
    program.target.toFixed(1),
    fromBundle.ratio.toFixed(2),
    memory.toFixed(0) + over(memory, MEMORY_TARGET),
    `${program.reference.ratio} ×`,
    String(program.reference.memory),
  ];
}

/** How the cost grows with the work; a factor of 1 is linear. The cost of starting up is taken off both. */
async function growthRow(program, smallCpu) {
  const { from, to, scale, expected } = program.growth;
  const source = fs.readFileSync(path.join(root, 'bench/programs', `${program.name}.mld`), 'utf8');
  const large = path.join(os.tmpdir(), `mlldc-bench-${process.pid}-${program.name}.mld`);
  const empty = path.join(root, 'bench/programs/hello.mld');
  try {
    fs.writeFileSync(large, source.replace(from, to));
    const [big, start] = await compare(
      [
        [process.execPath, cli, 'run', large],
        [process.execPath, cli, 'run', empty],
      ],
      Math.max(1, Math.ceil(repeats / 2)),
    );
    for (const run of big.runs) check(`${program.name} ${to}`, run, expected);
    const [more, less] = [big.cpu - start.cpu, smallCpu - start.cpu];
    const factor = less > 0 ? (more / less / scale).toFixed(2) : 'below noise';
    return [`${program.name} ${from} → ${to}`, `${scale.toFixed(1)} ×`, `${big.cpu.toFixed(0)} ms`, factor];
  } finally {
    fs.rmSync(large, { force: true });
  }
}

function printTable(head, body) {
  const widths = head.map((title, column) => Math.max(title.length, ...body.map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  console.log(line(head));
  console.log(`|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  for (const row of body) console.log(line(row));
}
