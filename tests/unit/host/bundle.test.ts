/** Bundles that somebody edited: a clear error before anything of them runs. */

import { describe, expect, test } from 'vitest';
import { checkBundle } from '../../../runtime/host/bundle.js';
import type { Bundle } from '../../../runtime/shared/bundle.js';

const whole = () => ({
  manifest: { format: 1, name: 'a.mld', needs: { inferred: {}, modules: [] as unknown[] }, exports: [] },
  program: '',
  bodies: [{ name: 'f', code: '1', params: ['x'], unit: 0, start: 0 }],
  sites: [[0, 1, 1, 1]],
  sources: [{ id: 0, file: 'a.mld', hash: 'sha256-', text: '' }],
  dir: '/project',
  root: '/project',
});
const check = (bundle: unknown) => checkBundle(bundle as Bundle, 'a.mjs');

test('a bundle that nobody edited is taken', () => {
  expect(check(whole())).toEqual(whole());
});

test('one of another format is refused', () => {
  for (const format of [2, undefined, '1', { toString: null }])
    expect(() => check({ ...whole(), manifest: { ...whole().manifest, format } })).toThrow(
      'is not the one this mlldc runs',
    );
  expect(() => check({})).toThrow('bundle format unknown is not the one');
});

describe('what is not what it should be is named', () => {
  const { manifest } = whole();
  const module = { source: 0, imported: false, dir: '', missing: [], needs: [] };
  test.each<[string, object]>([
    ['program', { program: 5 }],
    ['dir', { dir: '../..' }],
    ['dir', { dir: 5 }],
    ['dir', { dir: '/a\0' }],
    ['root', { root: {} }],
    ['sites', { sites: undefined }],
    ['sources', { sources: [{ file: null, text: '' }] }],
    ['bodies', { bodies: [{ name: 'f', code: 5 }] }],
    ['bodies', { bodies: null }],
    ['manifest.name', { manifest: { ...manifest, name: { toString: null } } }],
    ['manifest.needs', { manifest: { ...manifest, needs: null } }],
    ['manifest.needs', { manifest: { ...manifest, needs: { inferred: {}, modules: [null] } } }],
    ['manifest.needs', { manifest: { ...manifest, needs: { inferred: {}, modules: [{ ...module, missing: 5 }] } } }],
    [
      'manifest.needs',
      {
        manifest: {
          ...manifest,
          needs: { inferred: {}, modules: [{ ...module, needs: [{ start: 0, end: 1, needs: 5 }] }] },
        },
      },
    ],
    ['manifest.checkpoints', { manifest: { ...manifest, checkpoints: [5] } }],
  ])('%s', (part, edit) => {
    expect(() => check({ ...whole(), ...edit })).toThrow(`a.mjs: the bundle is damaged (${part}); build it again`);
  });
});
