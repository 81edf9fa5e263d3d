#!/usr/bin/env node
/**
 * Big input: what it costs and whether it stays within memory.
 *
 *     node bench/big.mjs [--smoke] [NAME …]
 *
 * Every program runs at two sizes, so that cost that grows faster than the input shows. With
 * `--smoke` the inputs are a twentieth; wrong output, too much memory or a factor far from linear fail.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { measure, peakMemory, root } from './measure.mjs';

const MEMORY_LIMIT = 1024;
/** Cost for each part of the input may grow this much between the sizes; memory and noise make it more than 1. */
const GROWTH_LIMIT = 2;
/** Between the two sizes. */
const SCALE = 4;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { smoke: { type: 'boolean', default: false } },
});
const part = values.smoke ? 20 : 1;
const cli = path.join(root, 'dist/cli.js');
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'mlldc-big-'));

const record = (i) =>
  `${JSON.stringify({ id: i, name: `user ${i}`, tags: ['a', 'b'], nested: { x: 2 * i, text: 'lorem ipsum '.repeat(6) } })}\n`;

const RANGE = 'exe @range(n) = js { return Array.from({ length: n }, (_, i) => i) }\n';
const OBJECTS =
  'exe @make(n) = js { return Array.from({ length: n }, (_, i) => ({ id: i, name: `n${i}`, even: i % 2 === 0 })) }\n';

/** `size` is the full input's; `script` gets the size of one run, and `prints` says what comes out. */
const PROGRAMS = [
  {
    name: 'jsonl',
    size: 250_000,
    prepare: (n) =>
      fs.writeFileSync(path.join(work, 'big.jsonl'), Array.from({ length: n }, (_, i) => record(i)).join('')),
    script: () => 'var @rows = <big.jsonl>\nshow @rows.length\nshow @rows[10].name',
    prints: (n) => `${n}\nuser 10\n`,
  },
  {
    name: 'glob',
    size: 5000,
    prepare(n) {
      fs.rmSync(path.join(work, 'many'), { recursive: true, force: true });
      fs.mkdirSync(path.join(work, 'many'));
      for (let i = 0; i < n; i++)
        fs.writeFileSync(path.join(work, 'many', `f${String(i).padStart(5, '0')}.md`), `# File ${i}\n`);
    },
    script: () =>
      'var @files = <many/*.md>\nshow @files.length\nvar @titles = for @f in @files => @f.mx.filename\nshow @titles[1]',
    prints: (n) => `${n}\nf00001.md\n`,
  },
  {
    name: 'command',
    size: 131_072,
    script: (n) =>
      `var @out = cmd { node -e "process.stdout.write(('x'.repeat(79) + '\\n').repeat(${n}))" }\nshow @out.length`,
    prints: (n) => `${n * 80 - 1}\n`,
  },
  {
    name: 'array',
    size: 100_000,
    script: (n) =>
      `${OBJECTS}exe @count(list) = js { return list.length }\nvar @list = @make(${n})\nvar @names = for @x in @list => @x.name\nshow @names.length\n` +
      'var @even = for @x in @list when @x.even => @x\nshow @even.length\nshow @list | @count\nvar @more = @list.concat(@names)\nshow @more.length\nshow @names.join(",").slice(0, 5)',
    prints: (n) => `${n}\n${n / 2}\n${n}\n${2 * n}\nn0,n1\n`,
  },
  {
    name: 'append',
    size: 100_000,
    script: (n) =>
      `${RANGE}exe @build(list) = [\n  let @acc = []\n  let @text = ""\n  for @x in @list [\n    let @acc += [@x]\n    let @text += "@x "\n  ]\n  => \`@acc.length @text.length\`\n]\nshow @build(@range(${n}))`,
    prints: (n) => `${n} ${Array.from({ length: n }, (_, i) => `${i} `).join('').length}\n`,
  },
  {
    name: 'template',
    size: 100_000,
    script: (n) =>
      `${RANGE}var @list = @range(${n})\nvar @text = \`\n/for @x in @list\n- @x\n/end\n\`\nshow @text.trim().split("\\n").length`,
    prints: (n) => `${n}\n`,
  },
  {
    name: 'functions',
    size: 4000,
    script: (n) =>
      `${Array.from({ length: n }, (_, i) => `exe @f${i}(x) = [ => @f${i + 1}(@x) ]\n`).join('')}exe @f${n}(x) = cmd { echo @x }\nshow "compiled"`,
    prints: () => 'compiled\n',
  },
  {
    name: 'conditions',
    size: 8000,
    script: (n) =>
      `exe @f(x) = [ => @x ]\nvar @x = ${n - 1}\nwhen [\n${Array.from({ length: n }, (_, i) => `@x == ${i} => show @f("found")\n`).join('')}]`,
    prints: () => 'found\n',
  },
];

const rows = [];
const problems = [];
try {
  const start = (await run({ name: 'start', script: () => 'show "x"', prints: () => 'x\n' }, 1)).cpu;
  for (const program of PROGRAMS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
    const size = Math.floor(program.size / part / SCALE / 2) * SCALE * 2;
    const small = await run(program, size / SCALE);
    const large = await run(program, size);
    const factor = (large.cpu - start) / Math.max(small.cpu - start, 20) / SCALE;
    if (factor > GROWTH_LIMIT)
      problems.push(`${program.name}: ${SCALE} times the input costs ${(factor * SCALE).toFixed(1)} times as much`);
    const memory = await peakMemory([cli, 'run', large.file]);
    if (memory > MEMORY_LIMIT) problems.push(`${program.name}: ${memory.toFixed(0)} MiB`);
    rows.push([program.name, String(size), large.cpu.toFixed(0), factor.toFixed(2), memory.toFixed(0)]);
  }
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}
console.log('| program | size | CPU ms | growth | MiB |\n|---|---|---|---|---|');
for (const row of rows) console.log(`| ${row.join(' | ')} |`);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

async function run({ name, prepare, script, prints }, size) {
  prepare?.(size);
  const file = path.join(work, `${name}.mld`);
  fs.writeFileSync(file, script(size));
  const command = [process.execPath, cli, 'run', file];
  const { cpu, code, stdout, stderr } = await measure(command);
  if (code !== 0 || stdout !== prints(size))
    problems.push(
      `${name}: exit ${code}, expected ${JSON.stringify(prints(size))}, printed ${JSON.stringify(stdout.slice(0, 200))}\n${stderr}`,
    );
  prepare?.(size);
  // The lesser of two: what else the machine does only ever adds.
  return { cpu: Math.min(cpu, (await measure(command)).cpu), file };
}
