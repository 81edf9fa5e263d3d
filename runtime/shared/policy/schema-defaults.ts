import { distinct, isRecord } from '../record.js';
import { join, type Reader } from './reader.js';
import { type Autosign, BUILTIN_RULES, type BuiltinRule, type Policy } from './types.js';

const KEYS = ['rules', 'unlabeled', 'trustconflict', 'flow', 'autosign', 'autoverify'];
const SIGN_INSTRUCTIONS = ['instructions', 'instruction', 'instruct', 'inst'];

/** Reads `defaults` and its shorthand `verify_all_instructions` into the policy (security.md 5.2, 10.4). */
export function readDefaults(reader: Reader, given: Record<string, unknown>, policy: Policy): void {
  const target = policy.defaults;
  const source = given.defaults === undefined ? null : reader.fields('defaults', 'defaults key', given.defaults, KEYS);
  if (source) {
    if (source.rules !== undefined) target.rules = readRules(reader, source.rules);
    if (source.unlabeled !== undefined)
      target.unlabeled = reader.oneOf('defaults.unlabeled', source.unlabeled, ['trusted', 'untrusted'] as const);
    if (source.trustconflict !== undefined) {
      target.trustconflict = reader.oneOf('defaults.trustconflict', source.trustconflict, [
        'warn',
        'error',
        'silent',
      ] as const);
    }
    if (source.flow !== undefined)
      target.flow = reader.oneOf('defaults.flow', source.flow, ['explicit', 'strict'] as const);
    if (source.autosign !== undefined) target.autosign = readAutosign(reader, source.autosign);
    if (source.autoverify !== undefined) target.autoverify = readAutoverify(reader, source.autoverify);
  }
  if (
    given.verify_all_instructions !== undefined &&
    reader.flag('verify_all_instructions', given.verify_all_instructions)
  ) {
    target.autosign = { ...(target.autosign ?? noAutosign()), instructions: true };
    target.autoverify ??= true;
  }
}

function readRules(reader: Reader, value: unknown): BuiltinRule[] {
  const names = reader.texts('defaults.rules', value);
  const rules = names.filter((name, index): name is BuiltinRule => {
    if ((BUILTIN_RULES as readonly string[]).includes(name)) return true;
    reader.unknown(`defaults.rules[${index}]`, 'rule', name, BUILTIN_RULES);
    return false;
  });
  return distinct(rules);
}

function noAutosign(): Autosign {
  return { instructions: false, templates: false, labels: [], variables: [] };
}

/** A list of kinds, labels and `@name` globs, or the same sorted into an object. */
function readAutosign(reader: Reader, value: unknown): Autosign {
  const result = noAutosign();
  if (isRecord(value)) {
    const path = 'defaults.autosign';
    reader.fields(path, 'autosign key', value, ['instructions', 'templates', 'labels', 'variables']);
    if (value.instructions !== undefined)
      result.instructions = reader.flag(join(path, 'instructions'), value.instructions);
    if (value.templates !== undefined) result.templates = reader.flag(join(path, 'templates'), value.templates);
    if (value.labels !== undefined) result.labels = reader.texts(join(path, 'labels'), value.labels);
    if (value.variables !== undefined) result.variables = reader.texts(join(path, 'variables'), value.variables);
    return result;
  }
  for (const entry of reader.texts('defaults.autosign', value)) {
    if (SIGN_INSTRUCTIONS.includes(entry)) result.instructions = true;
    else if (entry === 'templates') result.templates = true;
    else (entry.startsWith('@') ? result.variables : result.labels).push(entry);
  }
  return result;
}

function readAutoverify(reader: Reader, value: unknown): true | string | null {
  if (value === true || (typeof value === 'string' && value !== '')) return value;
  if (value !== false) reader.wrongType('defaults.autoverify', 'true or a template', value);
  return null;
}
