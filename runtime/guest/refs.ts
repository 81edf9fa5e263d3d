/** References as compiled code makes them: defined or not, lazy or not, with the errors of language.md 2.8 and 13.2. */

import { makeMark } from '../shared/marks.js';
import { leadingJoiner, PROPAGATION } from '../shared/propagation.js';
import { Box, isObject, memberOf, UNDEFINED } from './box.js';
import type { Context } from './context.js';
import { dual, type Steps, wait } from './dual.js';
import { blame, MlldError } from './errors.js';
import { answered, callSteps, executableOf, isExecutable, resultOf } from './executable.js';
import { Lazy, Namespace } from './modules.js';
import { mxField } from './mx.js';
import { isNative } from './native.js';
import * as access from './values/access.js';
import { augment as augmentValue } from './values/augment.js';
import { ofVariable, type VariableInfo } from './values/metadata.js';
import { BUILTIN_METHODS, callMethod } from './values/methods.js';
import { binary as binaryValue } from './values/operators.js';

export type Variable = Box | Lazy | undefined;

/** The value of a variable that must exist. */
export function ref(variable: Variable, name: string, site: number): Box {
  if (variable instanceof Box) return variable;
  if (variable instanceof Lazy) return variable.force();
  throw missing(name, site);
}

export function missing(name: string, site: number, directive: string | null = null): MlldError {
  const text = `Variable not found: ${name}`;
  return new MlldError('Mlld', 'VARIABLE_NOT_FOUND', directive ? `Directive error (${directive}): ${text}` : text, {
    site,
    hint: `Define it before this line: var @${name} = …`,
  });
}

/** The value of a variable where an undefined one is tolerated (language.md 4.4). */
export function opt(variable: Variable): Box {
  if (variable instanceof Box) return variable;
  return variable instanceof Lazy ? variable.force() : UNDEFINED;
}

/** The same in a body that guards may call: what they decide does not hang on a value that is not there yet. */
export function judged(context: Context, variable: Variable, name: string, site: number): Box {
  return context.guard?.role === 'guard' ? ref(variable, name, site) : opt(variable);
}

/** An argument: an undefined variable is an error that names the callee (language.md 5.3). */
export function arg(variable: Variable, name: string, callee: string, site: number): Box {
  if (variable !== undefined) return opt(variable);
  throw new MlldError('Mlld', 'UNDEFINED_ARGUMENT', `Undefined variable '@${name}' passed to function @${callee}`, {
    site,
  });
}

const joinDeclared = leadingJoiner(PROPAGATION.declaration, 'declared');

/** The value a `var` or `let` binds: declared labels come before those the value carries (security.md 1.2). */
export function labelled(value: Box, labels: readonly string[]): Box {
  const own = makeMark({ labels });
  return new Box(value.value, joinDeclared(value.mark, own), value.extra, joinDeclared(value.deep, own));
}

/** Fails when a module variable already has a value (language.md 4.3). */
export function fresh(variable: Variable, name: string, origin: string, site: number): void {
  if (variable === undefined) return;
  throw redefined(name, origin, site);
}

export function redefined(name: string, origin: string, site: number): MlldError {
  return new MlldError(
    'VariableRedefinition',
    'VARIABLE_REDEFINITION',
    `Interpreter error (variable-redefinition): Variable '${name}' is already defined and cannot be redefined. Originally defined at ${origin}. Variables in mlld are immutable by design. Use a different variable name or remove one of the definitions.`,
    { site },
  );
}

/** `@name += value` (language.md 4.2). */
export function augment(variable: Variable, value: Box, name: string, site: number): Box {
  if (variable === undefined) {
    throw new MlldError(
      'MlldDirective',
      'AUGMENT_UNDEFINED',
      `Cannot use += on undefined variable @${name}. Use "let @${name} = ..." first.`,
      { site },
    );
  }
  return located(site, () => augmentValue(opt(variable), value, name), opt(variable), value);
}

export function parallelMutation(name: string, site: number): never {
  throw new MlldError(
    'MlldDirective',
    'PARALLEL_MUTATION',
    `Parallel for block cannot mutate outer variable @${name}.`,
    { site },
  );
}

/** Runs `compute`, putting the site on errors that have none, and the marks of what was worked on. */
export function located<T>(site: number, compute: () => T, ...operands: readonly (Box | null | undefined)[]): T {
  try {
    return compute();
  } catch (error) {
    throw at(site, error, operands);
  }
}

function at(site: number, error: unknown, operands: readonly (Box | null | undefined)[]): unknown {
  if (error instanceof MlldError) error.site ??= site;
  for (const operand of operands) if (operand) blame(error, operand.deep);
  return error;
}

/** `name` is how messages call the value, `@o` in `Field "x" not found …`. */
export function field(target: Box, name: string, site: number, source?: string): Box {
  const { value } = target;
  // Data, which most values are, before everything that only looks like it.
  if (isObject(value) && name !== 'mx' && Object.hasOwn(value, name)) return memberOf(target, value[name]);
  try {
    if (isNative(value)) return value.get(name) ?? access.field(target, name);
    if (value instanceof Namespace) return namespaceField(target, name, site);
    if (isExecutable(value) && (name === 'type' || name === 'name'))
      return new Box(name === 'type' ? 'executable' : value.name, target.mark);
    return access.field(target, name, source === undefined ? undefined : { source });
  } catch (error) {
    throw at(site, error, [target]);
  }
}

/** `@variable.mx` where more than the value is asked about (language.md 2.4). */
export function variableMx(context: Context, target: Box, about: Omit<VariableInfo, 'policy'>, site: number): Box {
  return ofVariable(field(target, 'mx', site), { ...about, policy: mxField(context, 'policy') });
}

function namespaceField(target: Box, name: string, site: number): Box {
  const namespace = target.value as Namespace;
  const member = namespace.exports.get(name);
  if (member !== undefined) return member;
  if (name === 'mx' || name === '__meta__') return access.field(target, name);
  throw new MlldError('FieldAccess', 'FIELD_ACCESS_ERROR', `Field "${name}" not found in object`, {
    site,
    hint: `The namespace exports: ${[...namespace.exports.keys()].join(', ') || 'nothing'}.`,
  });
}

export function index(target: Box, key: Box, site: number): Box {
  if (target.value instanceof Namespace) return field(target, String(key.value), site);
  if (isNative(target.value))
    return target.value.at?.(String(key.value)) ?? target.value.get(String(key.value)) ?? access.index(target, key);
  try {
    return access.index(target, key);
  } catch (error) {
    throw at(site, error, [target, key]);
  }
}

export function slice(target: Box, from: Box | null, to: Box | null, site: number): Box {
  return located(site, () => access.slice(target, from, to), target, from, to);
}

export function wildcard(target: Box, site: number): Box {
  return located(site, () => access.wildcard(target), target);
}

export function mapField(target: Box, name: string, site: number): Box {
  return located(site, () => access.mapField(target, name), target);
}

export function binary(operator: Parameters<typeof binaryValue>[0], left: Box, right: Box, site: number): Box {
  try {
    return binaryValue(operator, left, right);
  } catch (error) {
    throw at(site, error, [left, right]);
  }
}

/** A member call: an executable the value holds, or a built-in method (language.md 2.9, 5.3). */
export const [member, memberA] = dual(function* (
  context: Context,
  target: Box,
  name: string,
  args: (Box | undefined)[],
  label: string,
  site: number,
): Steps<Box> {
  const native = isNative(target.value) ? target.value.call?.(name, args as Box[]) : undefined;
  if (native) return native;
  const held = heldExecutable(target, name, site);
  if (held) {
    const executable = executableOf(held, name, site);
    return resultOf(answered(context, held, yield* callSteps(context, executable, args, site)));
  }
  return yield* wait(located(site, () => callMethod(target, name, args as Box[], label), target, ...args));
});

/** A built-in method, when nothing in the program could hold an executable of that name. */
export function method(target: Box, name: string, args: Box[], label: string, site: number): Box {
  try {
    if (isNative(target.value)) {
      const native = target.value.call?.(name, args);
      if (native) return native;
    }
    return callMethod(target, name, args, label);
  } catch (error) {
    throw at(site, error, [target, ...args]);
  }
}

/** `@input.any.text.includes("x")`, without the views between where `@input` is the inputs of an operation. */
export function inputsInclude(input: Box, path: string, args: Box[], label: string, site: number): Box {
  const answer = isNative(input.value) ? input.value.includes?.(path, args) : undefined;
  if (answer) return answer;
  let target = input;
  for (const name of path.split('.')) target = field(target, name, site);
  return method(target, 'includes', args, label, site);
}

/** A call of whatever value stands before the parentheses. */
export const [apply, applyA] = dual(function* (
  context: Context,
  target: Box,
  args: (Box | undefined)[],
  label: string,
  site: number,
): Steps<Box> {
  const executable = executableOf(target, label, site);
  return resultOf(answered(context, target, yield* callSteps(context, executable, args, site)));
});

function heldExecutable(target: Box, name: string, site: number): Box | null {
  if (typeof target.value !== 'object' || target.value === null || Array.isArray(target.value)) return null;
  if (BUILTIN_METHODS.has(name) && !(target.value instanceof Namespace) && !Object.hasOwn(target.value, name))
    return null;
  const held =
    target.value instanceof Namespace
      ? namespaceField(target, name, site)
      : located(site, () => access.field(target, name), target);
  return isExecutable(held.value) ? held : null;
}

/** `<>.name` in a template for files: a member of the file's data, or else of its metadata (language.md 9.5). */
export function fileField(file: Box, name: string, site: number): Box {
  const isData = typeof file.value === 'object' && file.value !== null && Object.hasOwn(file.value, name);
  return name === 'mx' || isData ? field(file, name, site) : field(field(file, 'mx', site), name, site);
}
