/** Commands and scripts (language.md 6): operations at the door. js bodies are in cells.ts. */

import { analyzeShell } from '../shared/command/analyze.js';
import { commandLabels } from '../shared/command/labels.js';
import { EMPTY, join, joinAll, type Mark, makeMark } from '../shared/marks.js';
import { addition, type Joiner, joiner, PROPAGATION, type PropagationRow } from '../shared/propagation.js';
import { isConfidential, WITHHELD } from '../shared/security/confidential.js';
import { Box, box, setKey } from './box.js';
import { requireBash } from './boxes.js';
import type { Context } from './context.js';
import { doorPost } from './door.js';
import { runAsync } from './dual.js';
import { blame, MlldError } from './errors.js';
import { resultOf } from './executable.js';
import { commandFailed } from './failures.js';
import type { ModuleRecord } from './modules.js';
import { CODE_MEDIA, type Operation, operate, operationsActive } from './operate.js';
import { located } from './refs.js';
import { type Injected, injected } from './security/auth.js';
import { introduced, verifyVariables } from './security/verifying.js';
import { type CommandPart, commandStdin, commandText } from './shell/interpolate.js';
import { ownsTerminal, permitShowing, terminal } from './terminal.js';
import { toText } from './values/display.js';
import { codeArgument, codeResult, type Position, shellArgument, typedCommandOutput } from './values/typing.js';

export interface CommandOptions {
  /** Where the result goes; decides its typing (language.md 6.4). */
  position: Position;
  cwd?: Box;
  stdin?: Box | undefined;
  /** `using` values and explicit arguments: environment of the child. */
  env?: readonly (readonly [name: string, value: Box])[];
  /** Names of `using auth:…` credentials the host injects. */
  auth?: readonly string[];
  stream?: boolean;
  /** `with { terminal: true }`: on the user's terminal, in a run that has it. */
  terminal?: Box | undefined;
}

interface ExecReply {
  stdout: string;
  stderr: string;
  exitCode: number;
  durationMs?: number;
}

/** Runs `cmd { … }`. The marks of everything interpolated flow to the result, with `src:cmd`. */
export async function command(
  context: Context,
  module: ModuleRecord,
  written: readonly CommandPart[],
  options: CommandOptions,
  site: number,
): Promise<Box> {
  requireBash(context, 'Command', site);
  const parts = introducedParts(context, written);
  const mark = parts.reduce<Mark>((all, part) => (typeof part === 'string' ? all : joinPart(all, part[0].deep)), EMPTY);
  const line = new Box(located(site, () => commandText(parts)).trim(), mark);
  return exec(context, module, 'cmd', line, [], withStageInput(context, options), site);
}

/** The parts with the values as a model is given them. */
function introducedParts(context: Context, parts: readonly CommandPart[]): readonly CommandPart[] {
  if (context.verifying === null) return parts;
  const values = introduced(
    context,
    parts.map((part) => (typeof part === 'string' ? undefined : part[0])),
  );
  return parts.map((part, i) => (typeof part === 'string' ? part : [values[i]!, part[1]]));
}

/** A parameter as an environment variable of the command; one without an argument is not set. */
export function envParameter(name: string, value: Box | undefined): [string, Box][] {
  return value === undefined || value.value === null || value.value === undefined ? [] : [[name, value]];
}

/** A command that is the body of a pipeline stage reads the stage's input (language.md 8.1). */
function withStageInput(context: Context, options: CommandOptions): CommandOptions {
  const input = context.activation?.stageInput;
  return options.position === 'exe' && input && !options.stdin ? { ...options, stdin: input } : options;
}

/** Runs a `sh`, `bash`, `node` or `py` body with its parameters. */
export async function script(
  context: Context,
  module: ModuleRecord,
  language: 'sh' | 'bash' | 'node' | 'py',
  code: string,
  params: readonly (readonly [name: string, value: Box | undefined])[],
  options: ExecOptions,
  site: number,
): Promise<Box> {
  requireBash(context, language === 'sh' || language === 'bash' ? 'Shell' : 'Command', site);
  const values = introduced(
    context,
    params.map(([, value]) => value),
  );
  const given = params.map(([name], i) => [name, values[i]] as const);
  return exec(context, module, language, box(code), given, options, site);
}

/** An executable of a shadow environment, as children receive it (language.md 5.8). */
export interface ScopeEntry {
  name: string;
  params: readonly string[];
  code: string;
}

type ExecOptions = CommandOptions & {
  scope?: readonly ScopeEntry[];
  /** A command that fails is an answer like any other: whoever asked is told. */
  lenient?: true;
  /** On the user's terminal. */
  attached?: boolean;
};

type ExecLanguage = 'cmd' | 'sh' | 'bash' | 'node' | 'py';

/** What the propagation table says of a language: what its results join, and what they get. */
interface CommandRow {
  readonly part: Joiner;
  readonly input: Joiner;
  readonly credential: Joiner;
  readonly added: Mark;
}

function commandRow(row: PropagationRow): CommandRow {
  return {
    part: joiner(row, row.inputs[0]!),
    input: joiner(row, 'input'),
    credential: joiner(row, 'credentials'),
    added: addition(row),
  };
}

const SHELL = commandRow(PROPAGATION.shell);
const COMMANDS: Readonly<Record<ExecLanguage, CommandRow>> = {
  cmd: commandRow(PROPAGATION.command),
  sh: SHELL,
  bash: SHELL,
  node: commandRow(PROPAGATION.node),
  py: commandRow(PROPAGATION.python),
};
const joinPart = COMMANDS.cmd.part;

/** The sources of a result, with the credentials after the command they were given to (security.md 7.2). */
function namedLast(mark: Mark, credentials: readonly Box[]): Mark {
  if (credentials.length === 0) return mark;
  const last = credentials.flatMap(({ deep }) => deep.sources);
  return makeMark({ ...mark, sources: [...mark.sources.filter((source) => !last.includes(source)), ...last] });
}

/** Shell code that came as a value, with its parameters, under every rule for scripts. */
export function shellText(
  context: Context,
  code: Box,
  params: readonly (readonly [name: string, value: Box])[],
  site: number,
): Promise<Box> {
  return exec(context, null, 'bash', code, params, { position: 'exe', lenient: true }, site);
}

async function exec(
  context: Context,
  module: ModuleRecord | null,
  language: ExecLanguage,
  code: Box,
  params: readonly (readonly [string, Box | undefined])[],
  options: ExecOptions,
  site: number,
): Promise<Box> {
  const inBox = context.scope;
  const credentials = injected(module, [...(options.auth ?? []), ...(inBox?.auth ?? [])], site);
  const perform = async (
    context: Context,
    code: Box,
    params: readonly (readonly [string, Box | undefined])[],
    options: ExecOptions,
  ): Promise<Box> => {
    const { added, part, input, credential } = COMMANDS[language];
    const given = [code, ...params.map(([, value]) => value)].reduce(
      (all, value) => part(all, value?.deep ?? EMPTY),
      EMPTY,
    );
    const fed = input(given, options.stdin?.deep ?? EMPTY);
    const told = (options.env ?? []).reduce((all, [, value]) => credential(all, value.deep), fed);
    const mark = credentials.inputs.reduce((all, { deep }) => credential(all, deep), told);
    context.llm?.tell(told);
    const attached = isAttached(context, language, options);
    if (attached) await permitShowing(context, mark, site);
    const env = [...(options.env ?? []), ...verifyVariables(context)];
    const reply = await send(context, module, language, code, params, { ...options, env, attached }, credentials, site);
    if (attached) {
      terminal.exitCode = (reply.value as ExecReply).exitCode;
      return new Box('', join(mark, reply.mark));
    }
    return result(
      language,
      reply.value as ExecReply | CodeReply,
      namedLast(join(join(join(mark, reply.mark), inBox?.mark ?? EMPTY), added), credentials.inputs),
      code,
      options,
      site,
    );
  };
  if (!operationsActive()) return perform(context, code, params, options);
  const env = options.env ?? [];
  const command = language === 'cmd' ? String(code.value) : undefined;
  const operation: Operation = {
    kind: 'run',
    subtype: language === 'cmd' ? 'runCommand' : language,
    inputs: [
      code,
      ...params.map(([, value]) => value),
      ...env.map(([, value]) => value),
      ...(options.stdin ? [options.stdin] : []),
      ...credentials.inputs,
    ],
    params: ['', ...params.map(([name]) => name), ...env.map(([name]) => name)],
    command,
    labels:
      command === undefined
        ? [`op:${language === 'bash' ? 'sh' : language}`]
        : [...new Set(['op:cmd', ...analyzeShell(command).flatMap(commandLabels)])],
    around: context.activation,
    covered: options.position === 'exe' && CODE_MEDIA.has(context.activation?.executable.medium ?? ''),
    site,
  };
  return resultOf(
    await runAsync(
      operate(context, operation, function* (inner, inputs) {
        // What guards and hooks put in the place of an input is what runs; a single replacement is the code.
        const at = (index: number): Box | undefined => inputs[index];
        const allowed = at(0) ?? code;
        const replaced = params.map(([name], i) => [name, at(1 + i)] as const);
        const variables = env.flatMap(([name], i): [string, Box][] => {
          const value = at(1 + params.length + i);
          return value ? [[name, value]] : [];
        });
        const stdin = options.stdin ? at(1 + params.length + env.length) : undefined;
        return (yield perform(inner, allowed, replaced, {
          ...options,
          env: variables,
          ...(options.stdin ? { stdin } : {}),
        })) as Box;
      }),
    ),
  );
}

/**
 * A command that is the whole body of the executable an environment is entered by, or one that asks
 * for the terminal while that executable runs.
 */
function isAttached(context: Context, language: ExecLanguage, options: ExecOptions): boolean {
  if (terminal.owner === null || options.stdin !== undefined || language === 'node' || language === 'py') return false;
  return options.terminal?.value === true || (options.position === 'exe' && ownsTerminal(context));
}

interface CodeReply {
  value?: unknown;
  logs?: string[];
}

function send(
  context: Context,
  module: ModuleRecord | null,
  language: ExecLanguage,
  code: Box,
  params: readonly (readonly [string, Box | undefined])[],
  options: ExecOptions,
  credentials: Injected,
  site: number,
): Promise<Box> {
  const cwd = options.cwd
    ? new Box(toText(options.cwd), options.cwd.deep)
    : context.scope?.workspace
      ? box(context.scope.workspace)
      : undefined;
  const { activeLabels } = context;
  const place = {
    cwd,
    auth: credentials.argument,
    box: context.scope?.isolation ?? undefined,
    labels: activeLabels.length > 0 ? activeLabels : undefined,
    bridge: context.llm?.bridge,
  };
  const shared = {
    ...place,
    stdin: options.stdin ? new Box(commandStdin(options.stdin), options.stdin.deep) : undefined,
    terminal: options.attached || undefined,
  };
  const env: Record<string, string> = Object.fromEntries(
    (options.env ?? []).map(([name, value]) => [name, shellArgument(value)]),
  );
  const carried = new Box(env, joinAll((options.env ?? []).map(([, value]) => value.deep)));
  if (language === 'cmd') return doorPost('exec.cmd', { ...shared, command: code, env: carried }, site, context);
  const mark = joinAll(params.map(([, value]) => (value ? value.deep : EMPTY)));
  if (language === 'sh' || language === 'bash') {
    const texts: Record<string, string> = {};
    for (const [name, value] of params) setKey(texts, name, value ? shellArgument(value) : '');
    return doorPost(
      'exec.sh',
      { ...shared, shell: language, code, params: new Box(texts, mark), env: carried },
      site,
      context,
    );
  }
  const values: Record<string, unknown> = {};
  for (const [name, value] of params) if (value && value.value !== undefined) setKey(values, name, codeArgument(value));
  const common = {
    code,
    params: params.map(([name]) => name),
    values: new Box(values, mark),
    functions: options.scope?.length ? (options.scope as readonly unknown[]) : undefined,
    env: carried,
    ...place,
  };
  if (language === 'node')
    return doorPost('exec.node', { ...common, scope: `m${module!.id}`, dir: module!.dir }, site, context);
  return doorPost('exec.py', { ...common, stdin: shared.stdin }, site, context);
}

function result(
  language: ExecLanguage,
  reply: ExecReply | CodeReply,
  mark: Mark,
  code: Box,
  options: ExecOptions,
  site: number,
): Box {
  if (language === 'node') {
    const answer = reply as CodeReply;
    return codeResult(answer.value, answer.logs ?? [], mark);
  }
  const { stdout, stderr: errors, exitCode } = reply as ExecReply;
  if (language === 'py' && exitCode !== 0) {
    const error = new MlldError(
      'MlldCommandExecution',
      'COMMAND_EXECUTION_FAILED',
      isConfidential(mark) ? WITHHELD : errors.trim() || `python exited with ${exitCode}`,
      { site, details: { exitCode } },
    );
    throw blame(error, mark);
  }
  const text = stdout.replace(/\n+$/, '');
  if (exitCode !== 0 && options.lenient) {
    const said = [text, errors.replace(/\n+$/, ''), `exit code ${exitCode}`].filter(Boolean).join('\n');
    return new Box(said, mark, { origin: language, failed: true });
  }
  if (exitCode !== 0) {
    commandFailed(language, String(code.value), exitCode, errors || stdout, mark, site);
    const shown = text !== '' ? text : errors.replace(/\n+$/, '');
    return new Box(shown, mark, { origin: language, failed: true, text: shown });
  }
  // A script that only wrote to stderr has that as its value (language.md 6.5).
  if (text === '' && language === 'sh') return new Box(errors.replace(/\n+$/, ''), mark, { origin: 'sh' });
  return typedCommandOutput(text, language === 'bash' ? 'sh' : language, options.position, mark);
}
