/**
 * The first check at the door: a request has exactly the shape the protocol and the catalogue
 * state. Anything else is malformed; nothing is coerced and nothing is ignored.
 */

import { EMPTY, joinAll, type Mark, type MarkParts, makeMark } from '../../shared/marks.js';
import { type FieldType, isOperation, OPERATIONS, type Schema } from '../../shared/operations.js';
import type { Denial, DoorRequest } from '../../shared/protocol.js';
import { isRecord } from '../../shared/record.js';
import type { CheckedRequest } from './index.js';

/** The checked request, or the denial that says what is wrong with it. */
export function checkRequest(request: DoorRequest): { request: CheckedRequest } | { denied: Denial } {
  if (!isRecord(request)) return malformed('a request must be an object');
  if (typeof request.op !== 'string' || !isOperation(request.op)) {
    return { denied: { code: 'OPERATION_UNKNOWN', message: `Unknown operation '${String(request.op)}'` } };
  }
  if (!Number.isInteger(request.site)) return malformed(`${request.op}: site must be an integer`);
  const { under = [] }: { under?: unknown } = request;
  if (!Array.isArray(under) || !under.every((id) => Number.isSafeInteger(id) && id >= 0))
    return malformed(`${request.op}: under must be a list of policies`);
  if (!isRecord(request.args)) return malformed(`${request.op}: args must be an object`);

  const data: Record<string, unknown> = {};
  const marks: Record<string, Mark> = {};
  for (const name of Object.keys(request.args)) {
    const arg: unknown = request.args[name];
    if (
      !isRecord(arg) ||
      !Object.hasOwn(arg, 'data') ||
      Object.keys(arg).some((key) => key !== 'data' && key !== 'mark')
    ) {
      return malformed(`${request.op}: argument '${name}' must be { data, mark }`);
    }
    const mark = readMark(arg.mark);
    if (!mark) return malformed(`${request.op}: argument '${name}' has a malformed mark`);
    define(data, name, arg.data);
    define(marks, name, mark);
  }
  const problem = checkFields(OPERATIONS[request.op].args, data, '');
  if (problem) return malformed(`${request.op}: ${problem}`);
  const checked = {
    op: request.op,
    args: data,
    marks,
    mark: joinAll(Object.values(marks)),
    read: EMPTY,
    site: request.site,
    under,
  };
  return { request: checked as unknown as CheckedRequest };
}

function malformed(message: string): { denied: Denial } {
  return { denied: { code: 'REQUEST_MALFORMED', message: `Malformed request: ${message}` } };
}

/** What is wrong with the fields of `value`, or null. */
function checkFields(schema: Schema, value: Record<string, unknown>, prefix: string): string | null {
  for (const name of Object.keys(value)) {
    if (name.endsWith('?') || (!Object.hasOwn(schema, name) && !Object.hasOwn(schema, `${name}?`)))
      return `unknown argument '${prefix}${name}'`;
  }
  for (const key of Object.keys(schema)) {
    const optional = key.endsWith('?');
    const name = optional ? key.slice(0, -1) : key;
    if (!Object.hasOwn(value, name)) {
      if (optional) continue;
      return `missing argument '${prefix}${name}'`;
    }
    const problem = checkType(schema[key]!, value[name], `${prefix}${name}`);
    if (problem) return problem;
  }
  return null;
}

function checkType(type: FieldType, value: unknown, name: string): string | null {
  const wrong = (expected: string) => `argument '${name}' must be ${expected}`;
  if (typeof type !== 'string') {
    if ('listOf' in type) {
      if (!Array.isArray(value)) return wrong('a list');
      for (const [index, item] of value.entries()) {
        const problem = isRecord(item)
          ? checkFields(type.listOf, item, `${name}[${index}].`)
          : wrong('a list of objects');
        if (problem) return problem;
      }
      return null;
    }
    return typeof value === 'string' && type.includes(value) ? null : wrong(`one of ${type.join(', ')}`);
  }
  switch (type) {
    case 'string':
      return typeof value === 'string' ? null : wrong('a string');
    case 'integer':
      return Number.isSafeInteger(value) && (value as number) >= 0 ? null : wrong('a non-negative integer');
    case 'boolean':
      return typeof value === 'boolean' ? null : wrong('a boolean');
    case 'strings':
      return isStrings(value) ? null : wrong('a list of strings');
    case 'texts':
      return isRecord(value) && Object.values(value).every((item) => typeof item === 'string')
        ? null
        : wrong('an object of strings');
    case 'values':
      return isRecord(value) ? null : wrong('an object');
    case 'json':
      return value === undefined ? wrong('a JSON value') : null;
    default:
      // A type the catalogue may gain before this check does: refuse rather than let it through.
      return wrong(`of the unsupported type '${String(type)}'`);
  }
}

/** The mark sent with an argument; null when it is not a mark. */
function readMark(value: unknown): Mark | null {
  if (value === undefined) return EMPTY;
  if (!isRecord(value)) return null;
  for (const [key, part] of Object.entries(value)) {
    const known =
      key === 'tools' ? Array.isArray(part) && part.every(isToolUse) : MARK_LISTS.has(key) && isStrings(part);
    if (!known) return null;
  }
  return makeMark(value as MarkParts);
}

const MARK_LISTS: ReadonlySet<string> = new Set(['labels', 'taint', 'sources', 'applied']);

function isToolUse(value: unknown): boolean {
  if (!isRecord(value) || typeof value.name !== 'string') return false;
  return Object.entries(value).every(
    ([key, part]) =>
      key === 'name' || (key === 'args' ? isStrings(part) : key === 'auditRef' && typeof part === 'string'),
  );
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Sets an own property whatever its name; `__proto__` is a key like any other. */
function define(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}
