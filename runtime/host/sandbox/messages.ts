/**
 * The engine's error messages in the words JavaScript programmers know from Node: scripts and their
 * tests compare them. What is not in the tables stays as the engine says it.
 */

/** Where the engine says an error is; line and column count from 1. */
export interface ErrorPlace {
  code: string;
  line: number;
  column: number;
}

type Rule = readonly [
  pattern: RegExp,
  message: string | ((match: RegExpExecArray, place: ErrorPlace | undefined) => string),
];

const RULES: Record<string, readonly Rule[]> = {
  ReferenceError: [
    [/^'(.+)' is not defined$/s, '$1 is not defined'],
    [
      /^this is not initialized$/,
      "Must call super constructor in derived class before accessing 'this' or returning from derived constructor",
    ],
    [/^(\S+) is not initialized$/, "Cannot access '$1' before initialization"],
  ],
  TypeError: [
    [/^cannot read property 'Symbol\.iterator' of (null|undefined)$/, '$1 is not iterable'],
    [/^cannot read property '(.*)' of (null|undefined)$/s, "Cannot read properties of $2 (reading '$1')"],
    [/^cannot set property '(.*)' of (null|undefined)$/s, "Cannot set properties of $2 (setting '$1')"],
    [/^cannot (read|set) property of (null|undefined)$/, 'Cannot $1 properties of $2'],
    [/^not a (function|constructor)$/, (match, place) => `${callee(place) ?? 'value'} is not a ${match[1]}`],
    [/^'.+' is read-only$/s, 'Assignment to constant variable.'],
    [/^circular reference$/, 'Converting circular structure to JSON'],
    [/^empty array$/, 'Reduce of empty array with no initial value'],
    [/^object is not extensible$/, 'Cannot add property, object is not extensible'],
  ],
  RangeError: [[/^invalid array length$/, 'Invalid array length']],
};

const SYNTAX_RULES: readonly Rule[] = [
  [/^expecting catch or finally$/, 'Missing catch or finally after try'],
  [/^expecting ','$/, 'missing ) after argument list'],
  [
    /^(expecting|unexpected token|invalid property name|variable name expected)/,
    (match, place) => unexpected(place) ?? match.input,
  ],
  [/^(unexpected end of string|invalid number literal)$/, 'Invalid or unexpected token'],
  [/^missing initializer for const variable$/, 'Missing initializer in const declaration'],
  [/^function name expected$/, 'Function statements require a function name'],
  [/^break must be inside loop or switch$/, 'Illegal break statement'],
  [/^invalid assignment left-hand side$/, 'Invalid left-hand side in assignment'],
];

/**
 * The familiar form of an error message.
 *
 * @param isCompiling the error is about the text of a body, not about running it
 */
export function familiarMessage(name: string, message: string, isCompiling: boolean, place?: ErrorPlace): string {
  return apply(isCompiling ? SYNTAX_RULES : (RULES[name] ?? []), message, place);
}

function apply(rules: readonly Rule[], message: string, place: ErrorPlace | undefined): string {
  for (const [pattern, result] of rules) {
    const match = pattern.exec(message);
    if (match) return typeof result === 'string' ? message.replace(pattern, result) : result(match, place);
  }
  return message;
}

const PATH = '(?:[\\p{ID_Start}$_][\\p{ID_Continue}$]*\\??\\.)*[\\p{ID_Start}$_][\\p{ID_Continue}$]*';
const PATH_AT_END = new RegExp(`${PATH}$`, 'u');
const RETURNED_CALL = new RegExp(`^return\\s+(${PATH})\\s*\\(`, 'u');

/**
 * What is called at a place, as far as it is names and dots. The place is that of the parenthesis; of
 * a call that is returned, it is that of `return`.
 */
function callee(place: ErrorPlace | undefined): string | undefined {
  const line = place?.code.split('\n')[place.line - 1];
  if (line === undefined) return undefined;
  const at = place!.column - 1;
  return RETURNED_CALL.exec(line.slice(at))?.[1] ?? PATH_AT_END.exec(line.slice(0, at))?.[0];
}

const RESERVED = new Set(
  (
    'break case catch class const continue debugger default delete do else export extends false finally for function ' +
    'if import in instanceof new null return super switch this throw true try typeof var void while with'
  ).split(' '),
);

const PUNCTUATOR = /=>|\.\.\.|[=!]==?|[<>]{1,3}=?|\*\*=?|&&=?|\|\|=?|\?\?=?|\?\.|\+\+|--|[-+*/%&|^]=|[\s\S]/uy;
const NAME = /[\p{ID_Start}$_][\p{ID_Continue}$]*/uy;

/** What a parser meets that it cannot use there. */
function unexpected(place: ErrorPlace | undefined): string | undefined {
  if (!place) return undefined;
  const rest = place.code.split('\n').slice(place.line - 1);
  const line = rest[0]?.slice(place.column - 1) ?? '';
  if (rest.length === 0 || (line.trim() === '' && rest.slice(1).join('').trim() === ''))
    return 'Unexpected end of input';
  if (/^["']/.test(line)) return 'Unexpected string';
  if (/^\.?\d/.test(line)) return 'Unexpected number';
  if (line.startsWith('`')) return 'Unexpected template string';
  const name = first(NAME, line);
  if (name !== undefined) return RESERVED.has(name) ? `Unexpected token '${name}'` : `Unexpected identifier '${name}'`;
  const token = first(PUNCTUATOR, line);
  return token === '@' ? 'Invalid or unexpected token' : token && `Unexpected token '${token}'`;
}

function first(pattern: RegExp, text: string): string | undefined {
  pattern.lastIndex = 0;
  return pattern.exec(text)?.[0];
}
