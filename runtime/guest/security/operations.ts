/** What guards, hooks and policies are matched against: the keys of an operation (security.md 3.2, 4). */

import { analyzeShell } from '../../shared/command/analyze.js';
import { commandLabels } from '../../shared/command/labels.js';
import { EMPTY, join, joinAll, type Mark } from '../../shared/marks.js';
import { type Box, box } from '../box.js';
import { capturedMark } from '../captures.js';
import type { Activation } from '../context.js';
import type { Executable } from '../executable.js';
import type { Operation } from '../operate.js';
import { makeObject } from '../values/objects.js';

const MEDIA = new Set(['cmd', 'sh', 'js', 'node', 'py']);

/** Labels of the operation as policies see them: `op:*` and the executable's. */
export function operationLabels(operation: Operation): string[] {
  return [...new Set([...(operation.executable?.labels ?? []), ...opLabels(operation)])];
}

/** The `op:*` labels: medium, program, subcommand. */
export function opLabels(operation: Operation): string[] {
  const labels = (operation.labels ?? []).filter((label) => label.startsWith('op:'));
  const medium = operation.executable?.medium;
  if (medium && MEDIA.has(medium)) labels.push(`op:${medium}`);
  if (operation.executable && !labels.includes('op:exe')) labels.push('op:exe');
  return labels;
}

/** The keys of the calls of an executable that have no labels of their own, by kind. */
const keysOfCalls = new WeakMap<Executable, Map<string, ReadonlySet<string>>>();

/** Everything an operation filter can name, in lower case. */
export function keysOf(operation: Operation): ReadonlySet<string> {
  const { executable, kind, subtype = '' } = operation;
  if (!executable || operation.labels?.length) return allKeys(operation);
  const calls = keysOfCalls.get(executable) ?? new Map<string, ReadonlySet<string>>();
  const call = `${kind} ${subtype}`;
  const keys = calls.get(call) ?? allKeys(operation);
  keysOfCalls.set(executable, calls.set(call, keys));
  return keys;
}

function allKeys(operation: Operation): Set<string> {
  const keys = new Set<string>();
  const add = (key: string | undefined): void => {
    if (key) keys.add(key.toLowerCase());
  };
  const medium = operation.executable?.medium;
  add(operation.kind);
  add(operation.subtype);
  if (operation.kind === 'run') {
    add('exe');
    if (operation.subtype === 'runCommand') add('cmd');
    else if (operation.subtype === 'runExec') add('exec');
  }
  if (medium && MEDIA.has(medium)) {
    add('run');
    add(medium);
  }
  for (const label of [...(operation.labels ?? []), ...(operation.executable?.labels ?? []), ...opLabels(operation)]) {
    add(label);
    if (label.startsWith('op:')) add(label.slice(3));
  }
  return keys;
}

/** Other names of languages. */
const LANGUAGES: ReadonlyMap<string, string> = new Map([
  ['javascript', 'js'],
  ['nodejs', 'node'],
  ['python', 'py'],
  ['shell', 'sh'],
]);

/** `op:cmd:git` matches `cmd:git` and everything below it. */
export function matchesOperation(keys: ReadonlySet<string>, filter: string): boolean {
  const written = filter.toLowerCase();
  const wanted = LANGUAGES.get(written) ?? written;
  if (keys.has(wanted)) return true;
  // `for:iteration` is an operation beside `for`, not below it.
  for (const key of keys) if (key.startsWith(`${wanted}:`) && wanted !== 'for') return true;
  return false;
}

/** What goes into an operation: the inputs that are there, and what it reads beside them. */
export function presentInputs({ captured }: Operation, inputs: readonly (Box | undefined)[]): readonly Box[] {
  const given = givenInputs(inputs);
  return captured ? given.concat(captured) : given;
}

/** The inputs that are there; most operations have all of them. */
export function givenInputs(inputs: readonly (Box | undefined)[]): readonly Box[] {
  return (inputs.includes(undefined) ? inputs.filter((input) => input !== undefined) : inputs) as readonly Box[];
}

export function inputMark(inputs: readonly (Box | undefined)[]): Mark {
  let mark = EMPTY;
  // Most are alike; what differs is joined in one pass.
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i];
    if (input === undefined || input.deep === mark) continue;
    if (mark !== EMPTY) return joinAll(inputs.flatMap((one) => (one ? [one.deep] : [])));
    mark = input.deep;
  }
  return mark;
}

/** What a call was judged with: its arguments and what its body reads from around it. */
export function judgedMark({ executable, args }: Activation): Mark {
  const mark = inputMark(args);
  return executable.captures ? join(mark, capturedMark(executable)) : mark;
}

/** `@mx.op` of the calls of executables, by kind. */
const valuesOfCalls = new WeakMap<Executable, Map<string, Box>>();

/** `@mx.op`. */
export function opValue(operation: Operation): Box {
  const { executable, kind, labels, command, target } = operation;
  if (!executable || labels?.length || command !== undefined || target !== undefined || operation.stage)
    return makeOpValue(operation);
  const values = valuesOfCalls.get(executable) ?? new Map<string, Box>();
  const call = `${kind} ${operation.subtype} ${operation.name}`;
  let value = values.get(call);
  if (!value) {
    value = makeOpValue(operation);
    valuesOfCalls.set(executable, values.set(call, value));
  }
  return value;
}

function makeOpValue(operation: Operation): Box {
  const { executable } = operation;
  // What a command is put together from is known when it runs; until then its text says what it is.
  const preview = executable?.medium === 'cmd' ? (executable.preview ?? '') : '';
  const ops = [...new Set([...opLabels(operation), ...analyzeShell(preview).flatMap(commandLabels)])];
  const text = (value: string | undefined): Box => box(value ?? null);
  return makeObject([
    ['type', box(operation.kind)],
    ['subtype', text(operation.subtype)],
    ['name', text(operation.name)],
    ['command', text(operation.command)],
    ['target', text(operation.target)],
    [
      'labels',
      box([
        ...new Set([
          ...(operation.executable?.labels ?? []),
          ...(operation.labels ?? []).filter((l) => !l.startsWith('op:')),
          ...ops,
        ]),
      ]),
    ],
    ['opLabels', box(ops)],
    ['sources', box([sourceOf(operation, ops)])],
    ['metadata', box(metadataOf(operation))],
  ]);
}

/** What the operation comes from: the command it runs, as far as it is known, or else its type. */
function sourceOf({ kind }: Operation, ops: readonly string[]): string {
  const command = ops.filter((label) => label.startsWith('op:cmd:')).at(-1);
  return command?.slice('op:'.length) ?? kind;
}

/** `@mx.op.metadata`: what is particular to the type. */
function metadataOf({ kind, subtype, command, executable, retryable, stage, streaming, metadata }: Operation): object {
  const of: Record<string, unknown> = {};
  if (executable) {
    Object.assign(of, {
      executableType: EXECUTABLE_TYPES[executable.medium] ?? 'nodeFunction',
      command: executable.name,
      guardArgNames: [...executable.params],
      commandPreview: executable.preview ?? null,
    });
  } else if (command !== undefined) Object.assign(of, { command, commandPreview: command });
  if (kind === 'var') of.sourceRetryable = true;
  if (kind === 'show') Object.assign(of, { showSubtype: subtype, sourceRetryable: retryable === true });
  if (kind === 'run') {
    const isCode = !executable && subtype !== 'runCommand';
    Object.assign(of, { runSubtype: isCode ? 'runCode' : subtype, ...(isCode && { language: subtype }) });
  }
  if (subtype === 'outputStream') of.outputTargetType = 'stream';
  if (subtype === 'outputFile' || subtype === 'appendFile') of.outputTargetType = 'file';
  if (stage) Object.assign(of, { stageIndex: stage.stage, totalStages: stage.total, streaming: streaming === true });
  return { ...of, ...metadata };
}

const EXECUTABLE_TYPES: Readonly<Record<string, string>> = {
  cmd: 'command',
  sh: 'code',
  js: 'code',
  node: 'code',
  py: 'code',
  exe: 'code',
  template: 'template',
};

/** `/show (showVariable)`, as messages name an operation. */
export function operationTitle(operation: Operation): string {
  return `/${operation.kind}${operation.subtype ? ` (${operation.subtype})` : ''}`;
}
