/** `@payload` from command-line flags (language.md 11.7). */

const FLAG = /^--?([A-Za-z][\w.-]*)(?:=([\s\S]*))?$/;
const NUMBER = /^-\d+(\.\d+)?$/;

/** An argument that belongs to no flag. */
export class PayloadError extends Error {
  constructor(readonly argument: string) {
    super(`Unexpected argument '${argument}'`);
    this.name = 'PayloadError';
  }
}

/**
 * The fields of `@payload`, made from the flags after the script's name: `--name value`,
 * `--name=value`, `-n value`; a flag without a value is `"true"`. Values are strings. A hyphenated
 * name is there in both spellings, `my-flag` and `myFlag`. A `--` is skipped: it only keeps mlldc
 * from reading what follows as its own options.
 *
 * @throws PayloadError for an argument that belongs to no flag
 */
export function payloadOf(args: readonly string[]): Record<string, string> {
  const fields = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (arg === '--') continue;
    const match = FLAG.exec(arg);
    if (!match) throw new PayloadError(arg);
    const name = match[1]!;
    let value = match[2];
    if (value === undefined) value = isValue(args[at + 1]) ? args[++at]! : 'true';
    fields.set(name, value);
    if (name.includes('-')) fields.set(camelCase(name), value);
  }
  // fromEntries defines own properties, so a flag called --constructor is only a field.
  return Object.fromEntries(fields);
}

function isValue(arg: string | undefined): boolean {
  return arg !== undefined && (!arg.startsWith('-') || arg === '-' || NUMBER.test(arg));
}

function camelCase(name: string): string {
  return name.replace(/-+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
