/**
 * Nothing is told about programs that run: the conformance cases that succeed, where they are there,
 * and the examples.
 */

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '../../compiler/index.js';

const root = path.resolve(import.meta.dirname, '../..');
const conformance = path.resolve(root, '../shared/conformance/cases');
const examples = path.join(root, 'examples');

/** What the analysis tells about a script. */
function told(file: string, directory: string): string[] {
  const project = { root: directory, modules: { prefixes: [], stdlib: path.join(root, 'stdlib') } };
  const { diagnostics } = compile({ source: fs.readFileSync(file, 'utf8'), file, project, purpose: 'check' });
  return diagnostics.filter(({ code }) => code.startsWith('static_')).map(({ message }) => `${file}: ${message}`);
}

function files(directory: string, pattern: RegExp): string[] {
  return fs
    .readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => pattern.test(file) && !file.includes('node_modules'))
    .map((file) => path.join(directory, file));
}

describe.skipIf(!fs.existsSync(conformance))('conformance cases that succeed', () => {
  const succeeding = files(conformance, /(?:^|\/)example[^/]*\.(?:mld|md)$/).filter((file) => {
    const [, variant] = /example(.*?)\.(?:mld\.md|md|mld)$/.exec(file)!;
    return !['md', 'mld', 'txt'].some((ext) => fs.existsSync(path.join(path.dirname(file), `error${variant}.${ext}`)));
  });

  test('there are some', () => expect(succeeding.length).toBeGreaterThan(400));

  test('are passed over in silence', () => {
    expect(succeeding.flatMap((file) => told(file, path.dirname(file)))).toEqual([]);
  }, 120_000);
});

test('examples are passed over in silence', () => {
  const scripts = files(examples, /\.(?:mld|mld\.md)$/);
  expect(scripts.length).toBeGreaterThan(2);
  expect(scripts.flatMap((file) => told(file, path.dirname(file)))).toEqual([]);
});
