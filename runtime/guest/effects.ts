/**
 * The directives that make something visible: show, log, output, append, printed results and the
 * inline effects of pipelines (language.md 10.1, 10.2, 10.5). Each is an operation somebody may guard.
 */

import { EMPTY } from '../shared/marks.js';
import { Box, box } from './box.js';
import type { Context } from './context.js';
import { control } from './control.js';
import { document, stderr } from './document.js';
import { doorCall } from './door.js';
import { dual, type Steps } from './dual.js';
import { MlldError } from './errors.js';
import { resultOf } from './executable.js';
import type { ModuleRecord } from './modules.js';
import { bystander, type Operation, operate } from './operate.js';
import { resolvePath } from './paths.js';
import { Parts } from './templates.js';
import { TRANSFORMERS } from './transformers/index.js';
import { compactJson, display, effectText, fileText, toText } from './values/display.js';
import { toYaml } from './values/yaml.js';

/** Runs an effect as an operation, so that guards and hooks see it; answers the value it passed on. */
function* effect(context: Context, operation: Operation, now: (value: Box) => void): Steps<Box> {
  const value = operation.inputs[0] ?? box('');
  if (context.quiet) return value;
  const perform = (allowed: Box): void => {
    if (context.held) context.held.push(() => now(allowed));
    else now(allowed);
  };
  if (bystander()?.passes(context, operation) ?? true) {
    perform(value);
    return value;
  }
  // biome-ignore lint/correctness/useYield: the pipeline drives steps; these never wait
  const outcome = yield* operate(context, operation, function* (_inner, inputs) {
    const allowed = inputs[0] ?? box('');
    perform(allowed);
    return allowed;
  });
  return resultOf(outcome);
}

/** `show`: display text and a newline; answers the shown text. */
export const [show, showA] = dual(function* (
  context: Context,
  what: Box | Parts,
  site: number,
  subtype?: string,
): Steps<Box> {
  const isParts = what instanceof Parts;
  const operation: Operation = {
    kind: 'show',
    subtype: subtype ?? 'showVariable',
    inputs: [isParts ? what.render() : what],
    site,
    labels: ['op:show'],
  };
  if (isParts) operation.parts = what;
  const shown = yield* effect(context, operation, (v) => document.print(display(v), v.deep, site));
  return box(display(shown), shown.deep);
});

/** A value printed by a `for`, `when` or `if` action or at top level: like show; no value prints nothing. */
export const [print, printA] = dual(function* (context: Context, value: Box, site: number): Steps<Box> {
  const isNothing = (v: Box): boolean => (v.value === null || v.value === undefined) && v.extra?.text === '';
  if (isNothing(value) && !isJudged(value)) return value;
  return yield* effect(
    context,
    { kind: 'show', subtype: 'showVariable', inputs: [value], site, labels: ['op:show'] },
    (v) => {
      if (!isNothing(v)) document.print(display(v), v.deep, site);
    },
  );
});

/** What `run` and bare calls print: nothing when empty, compact JSON for containers (10.2). */
export const [printRun, printRunA] = dual(function* (context: Context, value: Box, site: number) {
  if (runText(value) === '' && !isJudged(value)) return value;
  return yield* effect(
    context,
    { kind: 'show', subtype: 'showRun', inputs: [value], site, labels: ['op:show'] },
    (v) => {
      const text = runText(v);
      if (text !== '') document.print(text, v.deep, site);
    },
  );
});

/** In strict flow printing nothing is an operation where it depends on labelled data that it is nothing. */
function isJudged(value: Box): boolean {
  return control.strict && value.deep !== EMPTY;
}

function runText(value: Box): string {
  if (value.value === null || value.value === undefined) return value.extra?.nullWord ? 'null' : '';
  if (value.extra?.text !== undefined) return value.extra.text;
  return typeof value.value === 'object' ? compactJson(value.value) : display(value);
}

/** `log`: text on stderr. */
export const [log, logA] = dual(function* (context: Context, value: Box, site: number) {
  return yield* effect(
    context,
    { kind: 'log', subtype: 'outputStream', inputs: [value], site, labels: ['op:log'] },
    (v) => stderr(effectText(v), v.deep, site),
  );
});

export type Target =
  | { kind: 'file'; path: Box }
  | { kind: 'stdout' }
  | { kind: 'stderr' }
  | { kind: 'env'; name: string | null }
  | { kind: 'state'; path: Box };

/** `output VALUE to TARGET as FORMAT`; a null value is the whole document so far. */
export const [output, outputA] = dual(function* (
  context: Context,
  module: ModuleRecord,
  value: Box | null,
  target: Target,
  format: string | null,
  site: number,
) {
  const source = value ?? document.content();
  const path = target.kind === 'file' ? new Box(resolvePath(module, target.path), target.path.deep) : undefined;
  return yield* effect(
    context,
    {
      kind: 'output',
      subtype: target.kind === 'file' ? 'outputFile' : 'outputStream',
      inputs: [source],
      site,
      labels: ['op:output'],
      ...(path && placed(path, toText((target as { path: Box }).path))),
    },
    (v) => write(context, v, target, path, format, site),
  );
});

/** Where an effect writes, as it is written; a path made from labelled data is judged like what is written there. */
function placed(path: Box, text: string): Pick<Operation, 'target' | 'path' | 'captured'> {
  return { target: text, path: String(path.value), ...(path.deep === EMPTY ? {} : { captured: [path] }) };
}

function write(
  context: Context,
  value: Box,
  target: Target,
  path: Box | undefined,
  format: string | null,
  site: number,
): void {
  const text = format === null ? null : formatted(value, format, site);
  switch (target.kind) {
    case 'stdout':
      document.stdout(`${text ?? effectText(value)}\n`, value.deep, site);
      return;
    case 'stderr':
      stderr(text ?? effectText(value), value.deep, site);
      return;
    case 'file':
      doorCall('file.write', { path: path!, text: new Box(text ?? fileText(value), value.deep) }, site, context);
      return;
    case 'env':
      doorCall(
        'env.set',
        { name: target.name ?? 'MLLD_OUTPUT', text: new Box(text ?? effectText(value), value.deep) },
        site,
        context,
      );
      return;
    case 'state':
      doorCall('state.write', { path: String(target.path.value), value }, site, context);
  }
}

function formatted(value: Box, format: string, site: number): string {
  switch (format) {
    case 'yaml':
    case 'yml':
      return toYaml(value.value);
    case 'json':
      return typeof value.value === 'object' && value.value !== null ? fileText(value) : JSON.stringify(value.value);
    case 'csv':
    case 'xml':
      return fileText(TRANSFORMERS.get(format)!(value, []));
    case 'text':
    case 'txt':
    case 'md':
    case 'markdown':
      return fileText(value);
    default:
      throw new MlldError(
        'MlldOutput',
        'OUTPUT_FORMAT_UNKNOWN',
        `Output error (${format}): Unsupported output format '${format}'`,
        {
          site,
          hint: 'Use json, yaml, csv, xml or text.',
        },
      );
  }
}

/** `append VALUE to "file"` (language.md 10.5). */
export const [append, appendA] = dual(function* (
  context: Context,
  module: ModuleRecord,
  value: Box,
  target: Target,
  site: number,
) {
  if (target.kind !== 'file')
    throw new MlldError('MlldDirective', 'VALIDATION_FAILED', 'Directive error (append): append writes to files only', {
      site,
    });
  const path = new Box(resolvePath(module, target.path), target.path.deep);
  return yield* effect(
    context,
    {
      kind: 'append',
      subtype: 'appendFile',
      inputs: [value],
      site,
      labels: ['op:append'],
      ...placed(path, toText(target.path)),
    },
    (v) => {
      doorCall('file.append', { path, text: new Box(appendLine(v, String(path.value), site), v.deep) }, site, context);
    },
  );
});

function appendLine(value: Box, path: string, site: number): string {
  if (path.endsWith('.json')) {
    throw new MlldError(
      'MlldDirective',
      'VALIDATION_FAILED',
      'Directive error (append): Cannot append to .json files. Use a .jsonl extension for JSON lines output.',
      { site },
    );
  }
  if (!path.endsWith('.jsonl')) return `${effectText(value)}\n`;
  if (typeof value.value !== 'string') return `${compactJson(value.value)}\n`;
  try {
    return `${compactJson(JSON.parse(value.value))}\n`;
  } catch {
    throw new MlldError(
      'MlldDirective',
      'VALIDATION_FAILED',
      'Directive error (append): Content appended to .jsonl must be valid JSON. Provide a variable or template that resolves to JSON data.',
      { site },
    );
  }
}

/** `file "rel" = value` (language.md 10.5): inside the project, or inside the box's workspace. */
export const [writeFile, writeFileA] = dual(function* (
  context: Context,
  module: ModuleRecord,
  path: Box,
  value: Box,
  site: number,
) {
  return yield* effect(
    context,
    {
      kind: 'output',
      subtype: 'outputFile',
      inputs: [value],
      site,
      labels: ['op:output'],
      ...placed(new Box(`${projectOf(context, module)}/${toText(path)}`, path.deep), toText(path)),
    },
    (v) => writeProjectFile(context, module, path, v, site),
  );
});

/** Where `file` writes: the workspace of the box around, or the project. */
function projectOf(context: Context, module: ModuleRecord): string {
  return context.scope?.workspace ?? module.root;
}

/** Writes below the project root, or below the workspace of the box around. */
export function writeProjectFile(
  context: Context,
  module: ModuleRecord,
  path: Box | string,
  value: Box,
  site: number,
): void {
  const relative = typeof path === 'string' ? path : toText(path);
  if (relative.startsWith('/') || relative.split('/').includes('..')) {
    throw new MlldError(
      'MlldDirective',
      'VALIDATION_FAILED',
      `Directive error (file): "${relative}" must be a relative path inside the project`,
      { site },
    );
  }
  const base = projectOf(context, module);
  doorCall(
    'file.write',
    {
      path: new Box(`${base}/${relative}`, typeof path === 'string' ? EMPTY : path.deep),
      text: new Box(fileText(value), value.deep),
      within: base,
    },
    site,
    context,
  );
}

/** `stream @f()`: with streaming on, its text as it comes; off, nothing by itself (language.md 10.5). */
export const [streamed, streamedA] = dual(function* (context: Context, value: Box, site: number) {
  if (!document.isStreaming) return value;
  return yield* effect(context, { kind: 'show', subtype: 'stream', inputs: [value], site, labels: ['op:show'] }, (v) =>
    document.print(display(v), v.deep, site),
  );
});
