/**
 * Replies of a cell, from the cell's text to the text the guest gets (protocol.ts `CellReply`).
 *
 * A cell's text is untrusted: the engine that made it ran a script's own code. It is not parsed here,
 * since parsed JSON may take many times the memory of its text; it is only made sure that each
 * part is one JSON value, so that nothing in it can add to the reply.
 */

/** A reply in parts. `value`, `logs` and `stderr` are JSON texts. */
export type CellResult = { logs: string; stderr: string } & (
  | { kind: 'value'; value: string }
  | { kind: 'number'; number: string }
  | { kind: 'undefined' }
  | CellError
);

export interface CellError {
  kind: 'error';
  name: string;
  message: string;
  /** The engine's stack text. */
  stack: string;
  /** The body did not compile. */
  isCompiling: boolean;
}

const NUMBERS = new Set(['"NaN"', '"Infinity"', '"-Infinity"']);

/**
 * Reads what the harness wrote.
 *
 * @throws Error when the text has another form: then the cell's engine is not to be trusted any more
 */
export function readReply(text: string): CellResult {
  const [outcome, logs, stderr, more] = text.split('\n', 4);
  if (!outcome || !logs || !stderr || more !== undefined || !isJsonValue(logs) || !isJsonValue(stderr))
    throw malformed();
  const payload = outcome.slice(1);
  switch (outcome[0]) {
    case 'u':
      if (payload === '') return { kind: 'undefined', logs, stderr };
      break;
    case 'v':
      if (isJsonValue(payload)) return { kind: 'value', value: payload, logs, stderr };
      break;
    case 'n':
      if (NUMBERS.has(payload)) return { kind: 'number', number: payload, logs, stderr };
      break;
    case 'e': {
      const [name, message, stack] = JSON.parse(payload) as unknown[];
      if (typeof name !== 'string' || typeof message !== 'string' || typeof stack !== 'string') break;
      return { kind: 'error', name, message, stack, isCompiling: false, logs, stderr };
    }
  }
  throw malformed();
}

function malformed(): Error {
  return new Error('a cell gave a malformed reply');
}

/** The guest's text for a reply. `error` is JSON of the error's description. */
export function writeReply(id: number, result: CellResult, error?: string): string {
  const logs = result.logs === '[]' ? '' : `,"logs":${result.logs}`;
  const stderr = result.stderr === '[]' ? '' : `,"stderr":${result.stderr}`;
  return `{"id":${id},${outcomeText(result, error)}${logs}${stderr}}`;
}

function outcomeText(result: CellResult, error: string | undefined): string {
  switch (result.kind) {
    case 'value':
      return `"value":${result.value}`;
    case 'number':
      return `"number":${result.number}`;
    case 'undefined':
      return '"undefined":true';
    case 'error':
      return `"error":${error}`;
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);

/**
 * Whether a text is closed in itself: put in place of a value in JSON, it stays within that place.
 * Not everything this accepts is JSON; parsing the whole then fails.
 */
export function isJsonValue(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(text, i + 1);
      if (i < 0 || (depth === 0 && i < text.length - 1)) return false;
    } else if (OPEN.has(code)) {
      depth++;
    } else if (CLOSE.has(code)) {
      if (--depth < 0 || (depth === 0 && i < text.length - 1)) return false;
    } else if (depth === 0 && (code === COMMA || code === COLON)) {
      return false;
    }
  }
  return depth === 0 && text !== '';
}

/** Index of the quote that ends a string whose text starts at `from`; -1 when it does not end. */
function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end >= 0; end = text.indexOf('"', end + 1)) {
    let first = end;
    while (first > from && text[first - 1] === '\\') first--;
    if ((end - first) % 2 === 0) return end;
  }
  return -1;
}
