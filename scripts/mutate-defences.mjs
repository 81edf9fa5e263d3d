// Switches off every defence, one at a time, and checks that the tests named for it notice.
//
//   node scripts/mutate-defences.mjs [--only TEXT]    only defences whose name, file or tests contain TEXT
//   node scripts/mutate-defences.mjs --check          only whether the text of each mutant is in its file, once
//
// The edits are made in copies of the sources in a temporary directory, one copy a worker.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { allMutants, TABLE } from './mutants/index.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const COPIED = [
  'cli',
  'compiler',
  'grammar',
  'messages',
  'runtime',
  'scripts/keyring-session.sh',
  'tests/cli',
  'tests/door',
  'tests/environments',
  'tests/isolation',
  'tests/keychain',
  'tests/global-setup.ts',
  'tests/mcp',
  'tests/unit',
  'index.ts',
  'package.json',
  'tsconfig.json',
  'version.ts',
  'vitest.config.ts',
];
const WORKERS = Math.min(4, os.availableParallelism());

const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : '';
const read = (file) => fs.readFileSync(path.join(root, file), 'utf8');
const mutants = allMutants(read).filter(({ file, defence, tests }) => `${file} ${defence} ${tests}`.includes(only));
const problems = [];

function copy(work, worker) {
  const directory = path.join(work, String(worker));
  for (const name of COPIED) fs.cpSync(path.join(root, name), path.join(directory, name), { recursive: true });
  fs.symlinkSync(fs.realpathSync(path.join(root, 'node_modules')), path.join(directory, 'node_modules'));
  return directory;
}

/** Whether the propagation table agrees with its examples; asked without starting the test runner. */
async function tableAgrees(directory) {
  const { outputFiles } = await build({
    entryPoints: [path.join(directory, TABLE)],
    bundle: true,
    format: 'esm',
    write: false,
  });
  const { contradictions } = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
  );
  return contradictions().length === 0;
}

/** Runs the tests; answers whether they all passed. */
function passes(directory, tests) {
  return new Promise((resolve, reject) => {
    const vitest = path.join(directory, 'node_modules/vitest/vitest.mjs');
    const child = spawn(
      process.execPath,
      // Between two mutants one file differs: what the others compile to is kept, by their contents.
      [
        ...[vitest, 'run', ...tests, '--bail=1', '--reporter=dot', '--no-file-parallelism'],
        ...['--experimental.fsModuleCache', `--experimental.fsModuleCachePath=${path.join(directory, 'compiled')}`],
      ],
      { cwd: directory, stdio: 'ignore', env: { ...process.env, CI: 'true' } },
    );
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0));
  });
}

/** Finds a piece of code however the formatter has laid it out: blanks, trailing commas and quotes do not count. */
function layoutFree(text) {
  const tokens = text.match(/\w+|[^\s\w]/g).map((token) => {
    if (token === "'" || token === '"') return `['"]`;
    const escaped = token.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return /[)\]}]/.test(token) ? `,?\\s*${escaped}` : escaped;
  });
  return new RegExp(tokens.join('\\s*'), 'g');
}

const placesOf = (text, source) => [...source.matchAll(layoutFree(text))];

/** Notes the mutants that no longer say what to change: the code has moved on without them. */
function checkTexts() {
  for (const { file, defence, text } of mutants) {
    const { length } = placesOf(text, read(file));
    if (length !== 1) problems.push(`${defence}: the text to change occurs ${length} times in ${file}`);
  }
}

async function tryMutant(directory, { file, defence, text, replacement, tests }) {
  const target = path.join(directory, file);
  const source = fs.readFileSync(target, 'utf8');
  const [{ index, 0: found }] = placesOf(text, source);
  fs.writeFileSync(target, source.slice(0, index) + replacement + source.slice(index + found.length));
  try {
    if (await (tests === TABLE ? tableAgrees(directory) : passes(directory, [tests])))
      problems.push(`${defence}: survives ${tests}`);
  } finally {
    fs.writeFileSync(target, source);
  }
}

/** Runs the tests of every mutant, in as many copies as there are workers. */
async function runMutants(work) {
  const directories = Array.from({ length: WORKERS }, (_, worker) => copy(work, worker));
  const suites = [...new Set(mutants.map(({ tests }) => tests))].filter((tests) => tests !== TABLE);
  // Tests that are not there fail like tests that notice.
  const absent = suites.filter((tests) => !fs.existsSync(path.join(directories[0], tests)));
  if (absent.length > 0) problems.push(`there are no tests ${absent.join(', ')}`);
  else if (!(await tableAgrees(directories[0])) || !(await passes(directories[0], suites)))
    problems.push('the tests fail with every defence in place');
  else {
    const queue = mutants.slice();
    await Promise.all(
      directories.map(async (directory) => {
        for (let mutant = queue.shift(); mutant; mutant = queue.shift()) await tryMutant(directory, mutant);
      }),
    );
  }
}

checkTexts();
const isCheck = process.argv.includes('--check');
if (problems.length === 0 && !isCheck) {
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'mlldc-mutants-'));
  try {
    await runMutants(work);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

for (const problem of problems) console.error(`  ${problem}`);
if (isCheck) console.log(`${mutants.length} mutants, ${problems.length} without a place`);
else console.log(`${mutants.length - problems.length} of ${mutants.length} mutants killed`);
process.exitCode = problems.length === 0 ? 0 : 1;
