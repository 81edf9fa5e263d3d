/**
 * What the package ships:
 *
 *   dist/cli.js         the command line; each command's heavy parts are chunks it loads when needed
 *   dist/index.js       the library
 *   dist/runtime.js     the host side of a run, without the compiler; bundles import it
 *   dist/worker.js      the sandbox thread
 *   dist/guest.js       the guest runtime, a script that is evaluated inside QuickJS
 *
 * All but the guest are CommonJS, because only scripts can be loaded from V8's code cache on Node 20
 * (runtime/host/boot.ts); dist/package.json says so. Libraries are bundled, so that starting up reads few files and a standalone bundle needs no
 * node_modules. Declarations come from tsc (tsconfig.types.json), dist/standalone.js,
 * dist/guest.image, dist/quickjs.code and the code caches from scripts of their own; see scripts/build.mjs.
 */
import fs from 'node:fs';
import { builtinModules } from 'node:module';
import commonjs from '@rollup/plugin-commonjs';
import json from '@rollup/plugin-json';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { transform } from 'esbuild';
import esbuild, { minify } from 'rollup-plugin-esbuild';
import license from 'rollup-plugin-license';

const pkg = JSON.parse(fs.readFileSync('package.json', 'utf8'));

/** Not bundled: what ships data files beside its code, and what may be missing. */
const EXTERNAL = ['@vscode/tree-sitter-wasm', ...Object.keys(pkg.optionalDependencies ?? {})];

const builtin = new Set([...builtinModules, ...builtinModules.map((name) => `node:${name}`)]);
const isExternal = (id) => builtin.has(id) || EXTERNAL.some((name) => id === name || id.startsWith(`${name}/`));

/** Fields are assigned, not defined: defining each property first doubles the cost of making a box. */
const FIELDS = { useDefineForClassFields: false };

const typescript = (target) =>
  esbuild({
    target,
    tsconfig: false,
    tsconfigRaw: { compilerOptions: FIELDS },
    define: { __MLLDC_VERSION__: JSON.stringify(pkg.version) },
  });

const nodePlugins = [
  commanderWithoutProcesses(),
  compact(),
  ownPlace(),
  nodeResolve({ preferBuiltins: true, exportConditions: ['node'] }),
  commonjs(),
  json(),
  typescript('node20'),
];

/** Where the build goes; scripts/build.mjs fills a fresh directory and swaps it in when it is complete. */
const DIST = process.env.MLLDC_DIST ?? 'dist';

/** The notices of the libraries that were bundled, which their licences ask for. */
const notices = license({
  thirdParty: { includePrivate: false, output: { file: `${DIST}/THIRD-PARTY-LICENSES.txt`, encoding: 'utf-8' } },
});

function onwarn(warning, warn) {
  // An import that leads nowhere would otherwise be left in the output.
  if (warning.code === 'UNRESOLVED_IMPORT') throw new Error(warning.message);
  // What libraries do inside themselves is theirs to judge.
  const isLibrary = [warning.id, ...(warning.ids ?? [])].some((id) => id?.includes('node_modules'));
  if (!isLibrary) warn(warning);
}

const guest = {
  input: 'runtime/guest/index.ts',
  plugins: [nodeResolve(), typescript('es2022')],
  onwarn,
  output: {
    file: `${DIST}/guest.js`,
    format: 'iife',
    generatedCode: 'es2015',
    plugins: [minify({ target: 'es2022' })],
  },
};

/** For Node: chunks lie beside the entries, so `new URL('./worker.js', import.meta.url)` is right in all of them. */
const forNode = (input, plugins) => ({
  input,
  external: isExternal,
  plugins,
  onwarn,
  output: {
    dir: DIST,
    format: 'cjs',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunk-[name]-[hash].js',
    dynamicImportInCjs: false,
    hoistTransitiveImports: false,
    generatedCode: 'es2015',
  },
});

/** What is loaded first, before there is anything that loads from the code cache. */
const first = [
  forNode({ cli: 'cli/index.ts' }, nodePlugins),
  forNode({ worker: 'runtime/host/sandbox/thread-boot.ts' }, nodePlugins),
];
const thread = forNode({ thread: 'runtime/host/sandbox/thread-start.ts' }, [withoutOwnUrl(), ...nodePlugins]);
const host = forNode({ start: 'cli/start.ts', index: 'index.ts', runtime: 'runtime/host/index.ts' }, [
  ...nodePlugins,
  notices,
  packageType(),
]);

export default [guest, ...first, thread, host];

/** The engine's loader asks where it lies, to find a file it is given; in a standalone bundle it lies nowhere. */
function withoutOwnUrl() {
  return { name: 'without-own-url', resolveImportMeta: (property) => (property === 'url' ? "'file:///'" : null) };
}

/** Where a CommonJS file lies. */
function ownPlace() {
  const places = { url: "require('node:url').pathToFileURL(__filename).href", dirname: '__dirname' };
  return { name: 'own-place', resolveImportMeta: (property) => places[property] ?? null };
}

/** Says that the files are CommonJS, inside a package whose sources are not. */
function packageType() {
  return {
    name: 'package-type',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'package.json', source: '{ "type": "commonjs" }\n' });
    },
  };
}

/**
 * Makes the text of the parser and of the libraries small before it is bundled: starting up reads
 * and scans all of it. Our own code keeps its names and layout, for stack traces.
 */
function compact() {
  return {
    name: 'compact',
    async transform(code, id) {
      const isParser = id.endsWith('/grammar/generated/parser.js');
      const isLibrary = id.includes('/node_modules/') && !id.endsWith('.json');
      if (!isParser && !isLibrary) return null;
      const options = { minifyWhitespace: true, minifySyntax: isParser, minifyIdentifiers: isParser };
      const result = await transform(code, { ...options, target: 'node20', legalComments: 'none' });
      return { code: result.code, map: null };
    },
  };
}

/** commander can run commands that are programs of their own; ours are not, and loading node:child_process costs time. */
function commanderWithoutProcesses() {
  const id = '\0no-child-process';
  return {
    name: 'commander-without-processes',
    resolveId: (source, importer) =>
      source === 'node:child_process' && importer?.includes('/node_modules/commander/') ? id : null,
    load: (loaded) => (loaded === id ? 'export default {};' : null),
  };
}
