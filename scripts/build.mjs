#!/usr/bin/env node
/**
 * Builds the package: grammar and error catalogue first, since the sources import them, then
 * JavaScript (rollup) and declarations (tsc) side by side, then what is made from that: the runtime of
 * standalone bundles, the image of the guest runtime, the engine's machine code and the code caches.
 *
 *     node scripts/build.mjs [--if-stale]
 *
 * With `--if-stale` nothing happens unless a source is newer than the last build.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(root, 'dist');
const stamp = path.join(dist, '.built');
const staging = path.join(root, `build/dist-${process.pid}`);
const WASM = 'node_modules/@jitl/quickjs-wasmfile-release-sync/dist/emscripten-module.wasm';
const SOURCES = [
  ...['cli', 'compiler', 'grammar', 'messages', 'runtime', 'scripts', 'stdlib'],
  ...[
    'index.ts',
    'version.ts',
    'package.json',
    'package-lock.json',
    'rollup.config.mjs',
    'tsconfig.json',
    'tsconfig.types.json',
  ],
];
const GENERATED = new Set(
  ['grammar/generated', 'compiler/diagnostics/generated.ts'].map((name) => path.join(root, name)),
);

/** Time of the newest change below a path. */
function newest(file) {
  if (GENERATED.has(file) || !fs.existsSync(file)) return 0;
  const stat = fs.statSync(file);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return fs.readdirSync(file).reduce((time, name) => Math.max(time, newest(path.join(file, name))), stat.mtimeMs);
}

function isCurrent() {
  if (!fs.existsSync(stamp)) return false;
  const built = fs.statSync(stamp).mtimeMs;
  return SOURCES.every((source) => newest(path.join(root, source)) <= built);
}

/** Runs a tool with this Node; its output is shown, and a failure ends the build. */
function run(script, ...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(root, script), ...args], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, MLLDC_DIST: staging },
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`${script} failed (exit ${code})`))));
  });
}

/** Replaces dist in one step, so whoever runs mlldc meanwhile sees the old build or the new one. */
function swapIn() {
  const old = `${staging}.old`;
  if (fs.existsSync(dist)) fs.renameSync(dist, old);
  fs.renameSync(staging, dist);
  fs.rmSync(old, { recursive: true, force: true });
}

/** The stamp carries the time the build began: a source saved while it ran is newer. */
function markBuilt(started) {
  const file = path.join(staging, path.basename(stamp));
  fs.writeFileSync(file, '');
  fs.utimesSync(file, new Date(started), new Date(started));
}

async function build() {
  const started = Date.now();
  await Promise.all([run('scripts/build-grammar.mjs'), run('scripts/build-messages.mjs')]);
  try {
    fs.mkdirSync(staging, { recursive: true });
    fs.copyFileSync(path.join(root, WASM), path.join(staging, 'quickjs.wasm'));
    await Promise.all([
      run('node_modules/rollup/dist/bin/rollup', '--config', 'rollup.config.mjs', '--silent'),
      run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json', '--outDir', path.join(staging, 'types')),
    ]);
    await Promise.all([run('scripts/build-standalone.mjs'), run('scripts/build-image.mjs')]);
    fs.chmodSync(path.join(staging, 'cli.js'), 0o755);
    markBuilt(started);
    swapIn();
  } finally {
    fs.rmSync(staging, { recursive: true, force: true });
  }
  console.log(`built in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

if (!(process.argv.includes('--if-stale') && isCurrent())) {
  try {
    await build();
  } catch (error) {
    console.error(`build: ${error.message}`);
    process.exitCode = 1;
  }
}
