#!/usr/bin/env node
/**
 * Builds dist/standalone.js: all of a run in one text, which `mlldc build --standalone` puts in
 * front of a program. It is a function around CommonJS, so that none of its names can meet one of
 * the bundle's; the files of the sandbox are values in it.
 *
 *     MLLDC_DIST=dist node scripts/build-standalone.mjs      after rollup
 */
import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { dist, root } from './lib/build-step.mjs';

const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));

const ASSETS = {
  'asset:guest': { file: 'guest.js', loader: 'text' },
  'asset:worker': { file: threadFile(), loader: 'text' },
  'asset:engine': { file: 'quickjs.wasm', loader: 'base64' },
};

/** The file of the sandbox thread's code, which dist/thread.js names. */
function threadFile() {
  return /chunk-worker-[\w-]+\.js/.exec(fs.readFileSync(path.join(dist, 'thread.js'), 'utf8'))[0];
}

/** The modules cli/assets.d.ts declares. */
const assets = {
  name: 'assets',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^asset:/ }, ({ path: id }) => ({ path: id, namespace: 'asset' }));
    onLoad({ filter: /./, namespace: 'asset' }, ({ path: id }) => ({
      contents: fs.readFileSync(path.join(dist, ASSETS[id].file)),
      loader: ASSETS[id].loader,
    }));
  },
};

await build({
  entryPoints: [path.join(root, 'cli/standalone.ts')],
  outfile: path.join(dist, 'standalone.js'),
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'inline',
  external: ['@vscode/tree-sitter-wasm'],
  define: { 'import.meta.url': '__url', __MLLDC_VERSION__: JSON.stringify(version) },
  plugins: [assets],
  banner: {
    js: `import { createRequire as mlldcRequire } from 'node:module';
const { runIfMain } = ((require, module, __url) => {`,
  },
  footer: { js: 'return module.exports;\n})(mlldcRequire(import.meta.url), { exports: {} }, import.meta.url);' },
  logLevel: 'warning',
});
