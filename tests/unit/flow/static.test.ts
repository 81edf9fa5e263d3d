/**
 * The static analysis beside real runs: nothing is told that a run does not refuse, and most of what
 * runs refuse is told. `STATIC_PROGRAMS` says how many programs are generated beside the grid, of
 * which a thorough run takes every combination; it prints the figures.
 */

import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { project } from '../../security/project.js';
import { CARRIERS, flowProgram, SINKS, type Sink, SOURCES } from './carriers.js';
import { cases, sourceOf } from './property.js';
import * as scopes from './scopes.js';
import { type Comparison, compare, watchingGuest } from './told.js';

const PROGRAMS = Number(process.env.STATIC_PROGRAMS ?? 25);
const IS_THOROUGH = PROGRAMS >= 500;

const SEED = 7;
const LITERALS: Readonly<Record<string, string>> = {
  s: '"a"',
  n: '2',
  b: 'true',
  l: '["a", "b"]',
  o: '{ a: "x", z: 2 }',
};

async function compareAll(programs: readonly string[], file?: string): Promise<Comparison[]> {
  const guest = await watchingGuest();
  const compared: Comparison[] = [];
  for (const source of programs) compared.push(await compare(guest, source, file));
  return compared;
}

function falseAlarms(compared: readonly Comparison[]): string[] {
  return compared.flatMap((each) => (each.falseAlarms.length > 0 ? [`${each.falseAlarms}\n${each.source}`] : []));
}

/** The share of what runs refuse that is told: as an error, and as an error or a warning. */
function recall(name: string, compared: readonly Comparison[]): { errors: number; all: number } {
  const count = (end: Comparison['end']): number => compared.filter((each) => each.end === end).length;
  const [told, warned, missed] = [count('told'), count('warned'), count('missed')];
  const refused = told + warned + missed;
  if (IS_THOROUGH)
    console.log(
      `${name}: ${compared.length} programs, ${refused} refused, ${told} told, ${warned} warned, ${missed} not`,
    );
  return { errors: told / refused, all: (told + warned) / refused };
}

/** Every carrier with a few sources and sinks; all of them in a thorough run. */
function grid(): string[] {
  const [sources, sinks] = [Object.values(SOURCES), Object.values(SINKS)];
  return Object.values(CARRIERS).flatMap((carrier, i) => {
    if (IS_THOROUGH) return sources.flatMap((source) => sinks.map((sink) => flowProgram(source, [carrier], sink)));
    return [0, 1].map((turn) =>
      flowProgram(sources[(i + turn) % 3]!, [carrier], sinks[(i * 3 + turn * 7) % sinks.length]!),
    );
  });
}

test('one step between where a label enters and where it is refused', { timeout: 600_000 }, async () => {
  const compared = await compareAll(grid());
  expect(falseAlarms(compared)).toEqual([]);
  const { errors, all } = recall('steps', compared);
  expect(errors).toBeGreaterThan(0.85);
  expect(all).toBeGreaterThan(0.95);
});

test('two steps', { timeout: 600_000 }, async () => {
  const carriers = Object.values(CARRIERS);
  const sinks = Object.values(SINKS);
  const pairs = carriers.map((first, i) => [first, carriers[(i * 31 + 17) % carriers.length]!] as const);
  const compared = await compareAll(
    pairs.map((pair, i) => flowProgram(SOURCES.variable!, pair, sinks[i % sinks.length]!)),
  );
  expect(falseAlarms(compared)).toEqual([]);
  expect(recall('pairs', compared).all).toBeGreaterThan(0.85);
});

/** Modules, boxes, authorizations, guards: each piece with a few others, all with all in a thorough run. */
function scoped(ends: Readonly<Record<string, Sink>>): string[] {
  const sources = Object.values({ ...scopes.SOURCES, variable: SOURCES.variable! });
  const crossings = Object.values({ ...scopes.CROSSINGS, copy: CARRIERS.copy! });
  const sinks = Object.values(ends);
  if (IS_THOROUGH)
    return sources.flatMap((source) =>
      crossings.flatMap((crossing) => sinks.map((sink) => flowProgram(source, [crossing], sink))),
    );
  return Array.from({ length: 2 * Math.max(sources.length, crossings.length, sinks.length) }, (_, i) =>
    flowProgram(sources[(i * 7) % sources.length]!, [crossings[(i * 3) % crossings.length]!], sinks[i % sinks.length]!),
  );
}

test('modules, boxes, authorizations and guards', { timeout: 600_000 }, async () => {
  const file = path.join(project(scopes.MODULES), 'main.mld');
  const compared = await compareAll(scoped(scopes.SINKS), file);
  expect(falseAlarms(compared)).toEqual([]);
  expect(compared.filter(({ end }) => end === 'done' || end === 'failed')).toEqual([]);
  const { errors, all } = recall('scopes', compared);
  expect(errors).toBeGreaterThan(0.85);
  expect(all).toBeGreaterThan(0.95);
});

test('what they permit', { timeout: 600_000 }, async () => {
  const file = path.join(project(scopes.MODULES), 'main.mld');
  const compared = await compareAll(scoped(scopes.PERMITTED), file);
  expect(falseAlarms(compared)).toEqual([]);
  expect(compared.filter(({ end }) => end !== 'done')).toEqual([]);
});

test(`${PROGRAMS} generated programs`, { timeout: 600_000 }, async () => {
  const programs = fc
    .sample(cases, { numRuns: PROGRAMS, seed: SEED })
    .map((given) => sourceOf(given, 'explicit').replace(/@payload\.(\w)/g, (_, name: string) => LITERALS[name]!));
  const compared = await compareAll(programs);
  expect(falseAlarms(compared)).toEqual([]);
  expect(recall('generated', compared).all).toBeGreaterThan(0.85);
});
