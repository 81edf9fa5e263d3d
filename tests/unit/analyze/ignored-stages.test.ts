import { describe, expect, it } from 'vitest';
import { compile } from '../../../index.js';

const warnings = async (source: string) => {
  const { diagnostics } = await compile({ source, file: 'a.mld' });
  return diagnostics.map(({ severity, code, span }) => [severity, code, source.slice(span?.start, span?.end)]);
};

describe('stages that never run (language.md 8.1)', () => {
  it('are reported where a clause ends stages written with bars', async () => {
    expect(await warnings('show "a" | @upper with { pipeline: [@trim] }')).toEqual([
      ['warning', 'stages_ignored', 'pipeline: [@trim]'],
    ]);
  });

  it('are reported on output', async () => {
    expect(await warnings('output "a" to stdout with { pipeline: [@trim] }')).toMatchObject([
      ['warning', 'stages_ignored', 'pipeline: [@trim]'],
    ]);
  });

  it('are not those of the only clause', async () => {
    expect(
      await warnings('show "a" with { pipeline: [@upper] }\nshow "a" with { pipeline: [@trim] } | @upper'),
    ).toEqual([]);
  });
});
