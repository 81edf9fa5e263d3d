/** From the arguments of an mlld call to the arguments of `tools/call` (security.md 8.2). */

import { isRecord, own } from '../../../shared/record.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** One argument of a call, with what the program text says about it. */
export interface CallArgument {
  readonly value: unknown;
  /** Name of the variable when the argument is a plain variable. */
  readonly variable?: string;
  /** True when the argument is an object literal. */
  readonly literal?: boolean;
}

type Kind = 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object';

const KINDS: readonly string[] = ['string', 'number', 'integer', 'boolean', 'array', 'object'];

/** Parameter names of a tool: the required ones in `required` order, then the others. */
export function parameterOrder(inputSchema: JsonSchema): string[] {
  const properties = Object.keys(propertiesOf(inputSchema));
  const required = requiredOf(inputSchema);
  return [...new Set([...required, ...properties])];
}

/** What a parameter of these names would be declared as, where the schema says. */
export function parameterTypes(inputSchema: JsonSchema, names: readonly string[]): string[] {
  const properties = propertiesOf(inputSchema);
  return names.map((name) => {
    const kind = kindOf(own(properties, name));
    return kind === 'integer' ? 'number' : kind;
  });
}

/**
 * Assigns arguments to parameters: one object literal of parameter names is taken by name; an
 * argument that is a variable with a parameter's name goes to that parameter; the rest goes by
 * position to the parameters left.
 */
export function assignArguments(parameters: readonly string[], args: readonly CallArgument[]): Record<string, unknown> {
  const [only] = args;
  if (args.length === 1 && only?.literal && isRecord(only.value)) {
    const keys = Object.keys(only.value);
    if (keys.length > 0 && keys.every((key) => parameters.includes(key))) return { ...only.value };
  }
  const assigned = new Map<string, unknown>();
  const rest: unknown[] = [];
  for (const arg of args) {
    if (arg.variable !== undefined && parameters.includes(arg.variable) && !assigned.has(arg.variable))
      assigned.set(arg.variable, arg.value);
    else rest.push(arg.value);
  }
  for (const parameter of parameters) {
    if (rest.length === 0) break;
    if (!assigned.has(parameter)) assigned.set(parameter, rest.shift());
  }
  return Object.fromEntries(assigned);
}

/** Turns values into the types the tool's schema asks for; what means "nothing" is left out. */
export function coerceArguments(
  inputSchema: JsonSchema,
  args: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const properties = propertiesOf(inputSchema);
  const required = new Set(requiredOf(inputSchema));
  const result = new Map<string, unknown>();
  for (const [name, value] of Object.entries(args)) {
    const schema = own(properties, name);
    const coerced = coerce(kindOf(schema), value, !required.has(name) || isNullable(schema));
    if (coerced !== undefined) result.set(name, coerced);
  }
  // A server may call a parameter __proto__: here that is a name like any other.
  return Object.fromEntries(result);
}

/** The whole way: order, assignment, coercion. */
export function buildArguments(inputSchema: JsonSchema, args: readonly CallArgument[]): Record<string, unknown> {
  return coerceArguments(inputSchema, assignArguments(parameterOrder(inputSchema), args));
}

function coerce(kind: Kind, value: unknown, optional: boolean): unknown {
  if (value === null || value === undefined) return undefined;
  if (value === 'null' && kind !== 'string') return undefined;
  if (value === '' && kind === 'array') return [];
  if (value === '' && optional) return undefined;
  switch (kind) {
    case 'array':
      return Array.isArray(value) ? value : toArray(value);
    case 'number':
    case 'integer':
      return toNumber(value, kind);
    case 'boolean':
      return value === 'true' ? true : value === 'false' ? false : value;
    case 'object':
      return typeof value === 'string' ? (parseAs(value, isRecord) ?? value) : value;
    case 'string':
      return value;
  }
}

function toArray(value: unknown): unknown[] {
  if (typeof value !== 'string') return [value];
  const parsed = parseAs(value, Array.isArray);
  if (parsed) return parsed;
  return value.includes(',') ? value.split(',').map((item) => item.trim()) : [value];
}

/** What is no number stays as it is, so that the server can say so. */
function toNumber(value: unknown, kind: 'number' | 'integer'): unknown {
  if (typeof value !== 'string' || value.trim() === '') return value;
  const number = Number(value);
  return Number.isFinite(number) && (kind === 'number' || Number.isInteger(number)) ? number : value;
}

function parseAs<T>(text: string, is: (value: unknown) => value is T): T | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return is(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function kindOf(schema: unknown): Kind {
  const named = (type: unknown): Kind | undefined =>
    typeof type === 'string' && KINDS.includes(type) ? (type as Kind) : undefined;
  if (!isRecord(schema)) return 'string';
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  for (const type of types) if (named(type)) return named(type)!;
  for (const variants of [schema.anyOf, schema.oneOf]) {
    if (!Array.isArray(variants)) continue;
    const kind = variants
      .filter(isRecord)
      .map((variant) => named(variant.type))
      .find(Boolean);
    if (kind) return kind;
  }
  return 'string';
}

function isNullable(schema: unknown): boolean {
  if (!isRecord(schema)) return false;
  if (schema.type === 'null' || (Array.isArray(schema.type) && schema.type.includes('null'))) return true;
  return [schema.anyOf, schema.oneOf].some(
    (variants) => Array.isArray(variants) && variants.some((variant) => isRecord(variant) && variant.type === 'null'),
  );
}

function propertiesOf(inputSchema: JsonSchema): Readonly<Record<string, unknown>> {
  return isRecord(inputSchema.properties) ? inputSchema.properties : {};
}

function requiredOf(inputSchema: JsonSchema): string[] {
  return Array.isArray(inputSchema.required)
    ? inputSchema.required.filter((name): name is string => typeof name === 'string')
    : [];
}
