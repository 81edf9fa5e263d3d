/**
 * What the static analysis says of a program beside what a run of it does: the run counts, for every
 * operation policies were asked about, whether it was let through.
 */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import type vm from 'node:vm';
import type { Plugin } from 'esbuild';
import { LineIndex } from '../../../compiler/diagnostics/location.js';
import { compile } from '../../../compiler/index.js';
import { compiled, guestScript, trace } from './host.js';

const ASKED = 'export function checkPolicies(';

/** Notes the site of every operation that policies let through, where the test's globals are. */
const plugin: Plugin = {
  name: 'passed',
  setup(build) {
    build.onLoad({ filter: /runtime\/guest\/security\/policies\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      if (!source.includes(ASKED)) throw new Error(`${path}: what is asked is not where it was`);
      const contents = `${source.replace(ASKED, 'function asked(')}
${ASKED}...given: Parameters<typeof asked>): void {
  asked(...given);
  if (given[1].kind !== 'var') (globalThis as { __passed?: (site: number, isShow: boolean) => void }).__passed?.(given[1].site, given[1].kind === 'show');
}`;
      return { contents, loader: 'ts' };
    });
  },
};

export function watchingGuest(): Promise<vm.Script> {
  return guestScript([plugin]);
}

export interface Comparison {
  source: string;
  /** `line:column message`, of errors and of warnings. */
  told: string[];
  /** What was told and did not come true. */
  falseAlarms: string[];
  /** How the run ended: the refusal of a policy that was told as an error, as a warning, or not at all. */
  end: 'done' | 'failed' | 'told' | 'warned' | 'missed';
  /** Where and why policies refused. */
  refusal: string | null;
}

const POLICY_CODES = new Set(['POLICY_LABEL_FLOW_DENIED', 'POLICY_CAPABILITY_DENIED']);

/** Checks a program and runs it. */
export async function compare(guest: vm.Script, source: string, file = 'main.mld'): Promise<Comparison> {
  const { diagnostics, sources } = compile({ source, file, purpose: 'check' });
  const reports = diagnostics
    .filter(({ code }) => code.startsWith('static_'))
    .map(({ file: place, span, message, severity, path: steps }) => {
      const { line, column } = new LineIndex(sources.get(place)!).position(span!.start);
      return {
        at: `${path.basename(place)}:${line}:${column}`,
        message,
        isError: severity === 'error',
        isShow: message.includes('(show,'),
        isCalled: (steps ?? []).some(({ text }) => text.startsWith('in the call of')),
      };
    });
  const bundle = compiled(source, file);
  const placeOf = (site: number): string => {
    const [unit, line, column] = bundle.sites[site] ?? [0];
    return `${path.basename(bundle.sources.find(({ id }) => id === unit)?.file ?? '')}:${line}:${column}`;
  };
  const passed = new Set<string>();
  const { end } = await trace(
    guest,
    bundle,
    {},
    {
      __passed: (site: number, isShow: boolean) => passed.add(`${isShow} ${placeOf(site)}`),
    },
  );
  const error = end.kind === 'done' ? null : end.error;
  const isRefused = error !== null && POLICY_CODES.has(error.code ?? '');
  const isGuarded = error?.code === 'GUARD_DENIED';
  const at = error && placeOf((error.data as { site?: number }).site ?? -1);
  const falseAlarms = reports.filter((report) => {
    if (report.at === at) return false;
    // Other calls of the executable it stands in may pass.
    if (passed.has(`${report.isShow} ${report.at}`) && !report.isCalled) return true;
    return report.isError && end.kind === 'done';
  });
  const here = reports.filter((report) => report.at === at || reports.length === 1);
  return {
    source,
    told: reports.map((report) => `${report.at} ${report.message}`),
    falseAlarms: falseAlarms.map((report) => `${report.at} ${report.message}`),
    refusal: isRefused
      ? `${at} ${error!.message.split('\n')[0]} ${JSON.stringify((error!.data as { details?: unknown }).details)}`
      : null,
    end: !error
      ? 'done'
      : !isRefused || isGuarded
        ? 'failed'
        : here.some(({ isError }) => isError)
          ? 'told'
          : here.length > 0
            ? 'warned'
            : 'missed',
  };
}
