/** What a failed run tells: the error at its mlld position, with the frame and the call stack (language.md 13.1). */

import { LineIndex } from '../../compiler/diagnostics/location.js';
import { type RuntimeError, renderRuntimeError, type SourcePosition } from '../../compiler/diagnostics/render.js';
import type { Bundle } from '../shared/bundle.js';
import type { CommandFailure } from '../shared/protocol.js';
import { sitePosition } from './positions.js';
import type { SandboxError, SandboxOutcome } from './sandbox/options.js';

/** What the guest says about an error it raised. */
interface ErrorData {
  site?: number;
  frames?: { name: string; site: number }[];
  details?: Record<string, unknown>;
  hint?: string;
  body?: { index: number; line: number; column: number };
}

/** The text for stderr; ends with a newline. */
export function renderOutcome(bundle: Bundle, outcome: Exclude<SandboxOutcome, { kind: 'done' }>): string {
  const sources = new Map(bundle.sources.map((source) => [source.file, source.text]));
  return renderRuntimeError(describe(bundle, outcome), sources, { color: useColor(), width: process.stderr.columns });
}

/** Failed commands of a run that went on (language.md 6.5), for stderr. */
export function renderFailures(bundle: Bundle, failures: readonly CommandFailure[]): string {
  const head = `\n❌ ${failures.length} ${failures.length === 1 ? 'error' : 'errors'} occurred:\n`;
  const entries = failures.map(({ command, exitCode, cause, site }, i) => {
    const position = sitePosition(bundle, site);
    const place = position ? `\n     at: ${position.file}:${position.line}:${position.column}` : '';
    const said = cause === '' ? '' : `\n     stderr: ${cause}`;
    return `\n  ${i + 1}. MlldCommandExecution: Command execution failed: ${command}\n     exitCode: ${exitCode}${said}${place}\n`;
  });
  return `${head}${entries.join('')}\n  💡 The script went on after each of them. Run it with --strict to stop at the first.\n`;
}

function useColor(): boolean {
  return process.stderr.isTTY === true && !process.env.NO_COLOR;
}

function describe(bundle: Bundle, outcome: Exclude<SandboxOutcome, { kind: 'done' }>): RuntimeError {
  if (outcome.kind === 'aborted')
    return { name: 'Mlld', code: 'ABORTED', message: 'The run was stopped', position: null };
  if (outcome.kind === 'limit') return limit(bundle, outcome);
  return fromGuest(bundle, outcome.error);
}

/** A limit is told with the place that was computing, when that was a js body. */
function limit(bundle: Bundle, outcome: Extract<SandboxOutcome, { kind: 'limit' }>): RuntimeError {
  const place = (outcome.stack ?? [])
    .map(({ file, line, column }) => ({ body: /^js-(\d+)$/.exec(file)?.[1], line, column }))
    .find(({ body }) => body !== undefined);
  const position = place
    ? bodyPosition(bundle, { index: Number(place.body), line: place.line, column: place.column })
    : null;
  return { name: 'MlldLimit', code: `LIMIT_${outcome.which.toUpperCase()}`, message: outcome.message, position };
}

function fromGuest(bundle: Bundle, error: SandboxError): RuntimeError {
  const data = (error.data ?? {}) as ErrorData;
  const position = data.body ? bodyPosition(bundle, data.body) : sitePosition(bundle, data.site);
  return {
    name: error.name,
    code: error.code,
    message: error.message,
    position: position ?? sitePosition(bundle, data.frames?.[0]?.site),
    details: data.details,
    hint: data.hint,
    stack: (data.frames ?? []).map(({ name, site }) => ({ name, position: sitePosition(bundle, site) })),
  };
}

/** A line and column inside a js body, as a place in the file the body stands in. */
function bodyPosition(bundle: Bundle, at: { index: number; line: number; column: number }): SourcePosition | null {
  const body = bundle.bodies[at.index];
  const source = body && bundle.sources.find((s) => s.id === body.unit);
  if (!body || !source) return null;
  const start = new LineIndex(source.text).position(body.start);
  return {
    file: source.file,
    line: start.line + at.line - 1,
    column: at.line === 1 ? start.column + at.column - 1 : at.column,
  };
}
