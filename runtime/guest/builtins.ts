/** Built-in functions and names (language.md 12), and the small operations compiled code is made of. */

import { EMPTY, join, type Mark } from '../shared/marks.js';
import { joiner, PROPAGATION } from '../shared/propagation.js';
import { Box, box, isObject, memberOf, NULL } from './box.js';
import type { Context } from './context.js';
import { holds, sized } from './control.js';
import { told } from './document.js';
import { doorCall } from './door.js';
import { dual, isPromise, runSync, type Steps, wait } from './dual.js';
import { MlldError } from './errors.js';
import { answered, callAsync, callSteps, callSync, executableOf, isExecutable, resultOf } from './executable.js';
import { foreach, foreachA } from './flow.js';
import { keychainExports } from './keychain.js';
import { Lazy, LazyAsync, type ModuleRecord, Namespace } from './modules.js';
import { operate, operationsActive } from './operate.js';
import { missingFunction, pipelineView, prepare } from './pipeline.js';
import { labelled, located, missing, opt, type Variable } from './refs.js';
import { labelsChanged } from './security/audit.js';
import { autosign, type Written } from './security/signing.js';
import { type Outcome, Signal } from './signals.js';
import { runState } from './state.js';
import { tpl } from './templates.js';
import { TRANSFORMERS } from './transformers/index.js';
import { transformed } from './transformers/transform.js';
import { toText } from './values/display.js';
import { iterate } from './values/iterate.js';
import { typeInfo } from './values/kinds.js';
import { keep } from './values/metadata.js';
import { spread as spreadValue } from './values/objects.js';
import { binary as binaryValue, not as notValue } from './values/operators.js';
import { truthy } from './values/truth.js';

/** Calls an executable by name: `@f(…)`. */
export function call(context: Context, target: Variable, name: string, args: (Box | undefined)[], site: number): Box {
  const callee = target === undefined ? undefined : opt(target);
  const result = callSync(context, executableOf(callee, name, site), args, site);
  // The test of `answered`, here because it is made at every call.
  return callee!.mark === EMPTY ? result : answered(context, callee!, result);
}

export async function callA(
  context: Context,
  target: Variable,
  name: string,
  args: (Box | undefined)[],
  site: number,
): Promise<Box> {
  const callee = target === undefined ? undefined : opt(target);
  return answered(context, callee!, await callAsync(context, executableOf(callee, name, site), args, site));
}

/** The target of a pipeline stage, as the engine wants it. */
export function stageTarget(variable: Variable): Box | undefined {
  return variable === undefined ? undefined : opt(variable);
}

/** Built-in functions that are no pipeline stages (language.md 2.9, 12). */
const FUNCTIONS: Record<string, (input: Box) => Box> = {
  __proto__: null as never,
  typeInfo: (input) => new Box(typeInfo(input), input.deep),
  keep,
  keepStructured: keep,
};

/** A built-in function called by name; the result joins its arguments' marks. */
export function builtin(name: string, args: readonly Box[], site: number): Box {
  const transform = FUNCTIONS[name] ?? TRANSFORMERS.get(name);
  if (!transform)
    throw new MlldError(
      'MlldInterpreter',
      'COMMAND_NOT_FOUND',
      `Interpreter error (undefined): Command not found: ${name}`,
      { site },
    );
  return located(site, () => transformed(transform, args[0] ?? NULL, args.slice(1)), ...args);
}

/** A built-in named without a call: a value that may be passed on, but is no executable of the script. */
export function builtinRef(name: string): Box {
  return box(`<function(${name})>`);
}

/** One condensed pipe of a template, `@x|@f`. */
export const [applyPipe, applyPipeA] = dual(function* (
  context: Context,
  input: Box,
  target: Variable,
  name: string,
  site: number,
  subject?: string,
): Steps<Box> {
  const value = target === undefined ? undefined : opt(target);
  if (value && isExecutable(value.value)) {
    const executable = executableOf(value, name, site);
    const outcome = yield* callSteps(context, executable, [prepare(executable, input)], site);
    return asPrinted(resultOf(answered(context, value, outcome)));
  }
  const transform = TRANSFORMERS.get(name);
  if (transform) return located(site, () => transform(input, []), input);
  throw missingFunction(name, subject, site);
});

/** In a template the text a function returned stands as it is, also when it is JSON. */
function asPrinted(result: Box): Box {
  const raw = result.extra?.raw;
  return raw === undefined ? result : new Box(result.value, result.mark, { ...result.extra, text: raw }, result.deep);
}

/** A value under the conditions that led to it (security.md 1.4 row 20). */
export function under(mark: Mark, value: Box): Box {
  return mark === EMPTY ? value : new Box(value.value, join(mark, value.mark), value.extra, join(mark, value.deep));
}

/** What a `when` has evaluated, for emitted code. */
export const joinSubject = joiner(PROPAGATION.when, 'subject');
export const joinCondition = joiner(PROPAGATION.when, 'conditions');

/** The value of a `when` nothing matched: a null that prints as the word. */
export function noMatch(mark: Mark): Box {
  return new Box(null, mark, { nullWord: true });
}

/** Arms with alternatives and ranges: `"a" || "b"`, `>= 1 && < 5`. */
export function anyOf(tests: readonly (() => Box)[]): Box {
  let result = box(false);
  for (const test of tests) {
    const value = test();
    result = new Box(truthy(value), join(result.mark, value.deep));
    if (result.value) break;
  }
  return result;
}

export function allOf(tests: readonly (() => Box)[]): Box {
  let result = box(true);
  for (const test of tests) {
    const value = test();
    result = new Box(truthy(value), join(result.mark, value.deep));
    if (!result.value) break;
  }
  return result;
}

export const not = notValue;

type Thunk = () => Box | Promise<Box>;

function logical(operator: '&&' | '||' | '??', decides: (left: Box) => boolean) {
  return dual(function* (left: Box, right: Thunk): Steps<Box> {
    if (decides(left)) return left;
    const value = right();
    const settled = isPromise(value) ? ((yield value) as Box) : (value as Box);
    return binaryValue(operator, left, settled);
  });
}

export const [and, andA] = logical('&&', (left) => !truthy(left));
export const [or, orA] = logical('||', truthy);
export const [coalesce, coalesceA] = logical('??', (left) => left.value !== null && left.value !== undefined);

const joinTest = joiner(PROPAGATION.ternary, 'test');

/** `test ? a : b`; the condition's mark joins whichever branch is taken. */
export const [ternary, ternaryA] = dual(function* (test: Box, consequent: Thunk, alternate: Thunk): Steps<Box> {
  const value = holds(test) ? consequent() : alternate();
  return under(joinTest(EMPTY, test.deep), isPromise(value) ? ((yield value) as Box) : (value as Box));
});

export function spread(value: Box, name: string, site: number): [string, Box][] {
  return located(site, () => spreadValue(value, name), value);
}

export function spreadUndefined(name: string, site: number): never {
  throw new MlldError('MlldDirective', 'SPREAD_UNDEFINED', `Cannot spread undefined variable: ${name}`, { site });
}

/** `@exists(@x)`. */
export function isDefined(value: Box): Box {
  return new Box(value.value !== undefined, value.deep);
}

/** `@exists(@x.field)`: the key is there, whatever it holds. */
export function hasMember(holder: Box, key: Box): Box {
  const mark = join(holder.deep, key.deep);
  const { value } = holder;
  const name = String(key.value);
  if (Array.isArray(value)) return new Box(Number(name) >= 0 && Number(name) < value.length, mark);
  if (isObject(value)) return new Box(Object.hasOwn(value, name), mark);
  if (value instanceof Namespace) return new Box(value.exports.has(name), mark);
  return new Box(false, mark);
}

/** `var @x = …`: an operation when somebody may guard it (security.md 4). */
export const [declare, declareA] = dual(function* (
  context: Context,
  name: string,
  labels: readonly string[],
  value: Box,
  site: number,
  again?: ((context: Context) => Box | Promise<Box>) | null,
  written?: Written | null,
): Steps<Box> {
  const bound = labels.length > 0 ? labelled(value, labels) : value;
  if (labels.length > 0)
    labelsChanged({ event: 'label', var: `@${name}`, add: labels, by: 'directive:label', labels: bound.mark.labels });
  if (!operationsActive()) return bound;
  const result = resultOf(
    yield* operate(
      context,
      { kind: 'var', subtype: 'var', name, labels, inputs: [bound], site, retryable: Boolean(again) },
      function* (inner, inputs, attempt) {
        if (attempt === 1 || !again) return inputs[0] as Box;
        const value = yield* wait(again(inner));
        return labels.length > 0 ? labelled(value, labels) : value;
      },
    ),
  );
  if (written !== undefined) autosign(name, result, written, site);
  return result;
});

export function lazy(compute: () => Box): Lazy {
  return new Lazy(compute);
}

export function lazyAsync(compute: () => Promise<Box>): LazyAsync {
  return new LazyAsync(compute);
}

/** The value of a variable whose literal has to wait. */
export async function refLazy(variable: Variable | LazyAsync, name: string, site: number): Promise<Box> {
  if (variable instanceof LazyAsync) return variable.force();
  if (variable === undefined) throw missing(name, site);
  return opt(variable);
}

export const [foreachCall, foreachCallA] = (() => {
  const prepare = (target: Variable, name: string, arrays: readonly Box[], site: number) => {
    const callee = target === undefined ? undefined : opt(target);
    const executable = executableOf(callee, name, site);
    for (const array of arrays) sized(array, site);
    return { executable, callee: callee! };
  };
  const sync = (context: Context, target: Variable, name: string, arrays: Box[], site: number): Box => {
    const { executable, callee } = prepare(target, name, arrays, site);
    return foreach(
      arrays,
      executable.params.length,
      name,
      (args) => answered(context, callee, runSync(callSteps(context, executable, args, site))),
      site,
    );
  };
  const async = (context: Context, target: Variable, name: string, arrays: Box[], site: number): Promise<Box> => {
    const { executable, callee } = prepare(target, name, arrays, site);
    const run = async (args: Box[]): Promise<Box> =>
      answered(context, callee, await callAsync(context, executable, args, site));
    return foreachA(arrays, executable.params.length, name, run, site);
  };
  return [sync, async] as const;
})();

export function textOf(value: Box): string {
  return toText(value);
}

/** `for @item.path in …`: every element must have the field (language.md 7.4). */
export function assertPath(items: Box, name: string, path: readonly string[], site: number): Box {
  for (const item of located(site, () => iterate(items, 'for'), items)) {
    let current = item.value;
    for (const key of path) {
      if (!isObject(current.value) || !Object.hasOwn(current.value, key)) {
        throw new MlldError(
          'FieldAccess',
          'FIELD_ACCESS_ERROR',
          `Field "${key}" not found in object in for binding @${name}.${path.join('.')} (key ${item.key})`,
          { site },
        );
      }
      current = memberOf(current, current.value[key]);
    }
  }
  return items;
}

/** `/for … /end` in a template. */
export const [tplFor, tplForA] = dual(function* (
  items: Box,
  body: (value: Box, key: Box) => Box | Promise<Box>,
  site: number,
): Steps<Box> {
  const parts: Box[] = [];
  for (const item of located(site, () => iterate(items, 'for'), items)) {
    const part = body(item.value, box(item.key, item.value.mark));
    parts.push(isPromise(part) ? ((yield part) as Box) : (part as Box));
  }
  const joined = tpl(new Array(parts.length + 1).fill(''), parts);
  return new Box(joined.value, join(items.deep, joined.mark));
});

export function bail(message: Box | null, site: number): MlldError {
  return new MlldError(
    'MlldBail',
    'BAIL_EXIT',
    message ? told(toText(message), message.deep) : 'Script terminated by bail directive.',
    {
      site,
    },
  );
}

export function templateMissing(path: string, site: number): MlldError {
  return new MlldError('Mlld', 'FILE_NOT_FOUND', `File not found: ${path.replace(/^["']|["']$/g, '')}`, { site });
}

export function isReturn(outcome: Outcome): boolean {
  return outcome instanceof Signal && outcome.kind === 'return';
}

/** `with { format: "json" }`: how the first stage views its input (language.md 8.6). */
export function asFormat(value: Box, format: Box): Box {
  const name = toText(format).toLowerCase();
  if (name === 'json') return typeof value.value === 'string' ? TRANSFORMERS.get('parse')!(value, []) : value;
  if (name === 'text') return new Box(toText(value), value.deep);
  const transform = TRANSFORMERS.get(name);
  return transform ? transform(value, []) : value;
}

/** Names the run supplies (language.md 12). */
export function ambient(context: Context, module: ModuleRecord, name: string, tolerant: boolean, site: number): Box {
  switch (name) {
    case 'p':
    case 'pipeline':
      if (context.stage) return pipelineView(context.stage);
      break;
    case 'input':
      return context.guard?.input ?? context.input ?? context.stage?.input ?? runState.input ?? readInput(site);
    case 'output': {
      const output = context.guard?.output;
      if (output) return output;
      break;
    }
    case 'now':
    case 'time':
      return doorCall('clock.now', {}, site);
    case 'root':
    case 'base':
      return new Box({}, EMPTY, { text: module.root, type: 'path' });
    case 'fm':
    case 'frontmatter':
      if (module.frontmatter !== null) return box(module.frontmatter);
      break;
    case 'payload':
      return box(runState.payload);
    case 'state':
      if (runState.state !== null) return box(runState.state);
      break;
    case 'keychain':
      return new Box(new Namespace(keychainExports(module, site), null, '@keychain'), EMPTY);
  }
  if (tolerant) return box(undefined);
  throw missing(name, site);
}

/** Standard input: JSON when it is, text otherwise; null when there is none. */
function readInput(site: number): Box {
  const reply = doorCall('input.read', {}, site);
  runState.input =
    typeof reply.value === 'string' && reply.value !== ''
      ? located(site, () => parsedInput(reply))
      : new Box(null, reply.mark);
  return runState.input;
}

function parsedInput(reply: Box): Box {
  try {
    return new Box(JSON.parse(reply.value as string), reply.mark);
  } catch {
    return new Box(reply.value, reply.mark);
  }
}

/** A resolver target of `output`: `name:rest` through a prefix of the configuration. */
export function resolverPath(_module: ModuleRecord, path: Box, _site: number): Box {
  const text = toText(path);
  return new Box(
    text.replace(/^@?([\w-]+):/, (_m, name: string) => runState.prefixes[`@${name}/`] ?? `${name}/`),
    path.deep,
  );
}
