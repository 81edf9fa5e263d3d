import { isRecord } from '../record.js';
import { nearestName } from './suggest.js';
import type { PolicyProblem } from './types.js';

/**
 * Reads values of a policy source and collects what is wrong with them. A reader that finds a
 * problem returns a harmless value and goes on, so that one parse reports all problems; the policy
 * is refused as a whole when there is any.
 */
export class Reader {
  readonly problems: PolicyProblem[] = [];

  problem(path: string, message: string, suggestion?: string): void {
    this.problems.push(suggestion === undefined ? { path, message } : { path, message, suggestion });
  }

  /** Reports a name that is not among the known ones, with the nearest that is. */
  unknown(
    path: string,
    what: string,
    name: string,
    known: readonly string[],
    suggestion = nearestName(name, known),
  ): void {
    this.problem(path, `Unknown ${what} '${name}'`, suggestion);
  }

  wrongType(path: string, expected: string, value: unknown): void {
    this.problem(path, `Expected ${expected}, found ${describe(value)}`);
  }

  /** The value as a record, or null (with a problem) when it is none. */
  object(path: string, value: unknown): Record<string, unknown> | null {
    if (isRecord(value)) return value;
    this.wrongType(path, 'an object', value);
    return null;
  }

  /** An object all of whose keys are known. */
  fields(path: string, what: string, value: unknown, known: readonly string[]): Record<string, unknown> | null {
    const source = this.object(path, value);
    if (source) {
      for (const key of Object.keys(source)) if (!known.includes(key)) this.unknown(join(path, key), what, key, known);
    }
    return source;
  }

  /** A list of non-empty texts; a single text stands for a list of one. */
  texts(path: string, value: unknown): string[] {
    if (typeof value === 'string' && value !== '') return [value];
    if (!Array.isArray(value)) {
      this.wrongType(path, 'a list of texts', value);
      return [];
    }
    return value.filter((member, index): member is string => {
      if (typeof member === 'string' && member !== '') return true;
      this.wrongType(`${path}[${index}]`, 'a text', member);
      return false;
    });
  }

  text(path: string, value: unknown): string {
    if (typeof value === 'string' && value !== '') return value;
    this.wrongType(path, 'a text', value);
    return '';
  }

  flag(path: string, value: unknown): boolean {
    if (typeof value === 'boolean') return value;
    this.wrongType(path, 'true or false', value);
    return false;
  }

  oneOf<T extends string>(path: string, value: unknown, choices: readonly T[]): T | null {
    if (choices.includes(value as T)) return value as T;
    const expected = choices.map((choice) => `'${choice}'`).join(' or ');
    const suggestion = typeof value === 'string' ? nearestName(value, choices) : undefined;
    this.problem(path, `Expected ${expected}, found ${describe(value)}`, suggestion);
    return null;
  }
}

/** The path of a member: `labels.secret`, `labels["src:mcp"]`. */
export function join(path: string, key: string): string {
  if (!/^[\w$@-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? `'${value}'` : `${String(value)}`;
}
