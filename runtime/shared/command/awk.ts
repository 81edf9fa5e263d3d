/** The shell commands an awk program starts: `system(…)` and pipes. */

import { literalWord, type Word } from './word.js';

export interface AwkCommands {
  /** Shell code that stands in the program. */
  code: Word[];
  /** True when the program starts commands it puts together, or loads code. */
  unknown: boolean;
}

interface Token {
  kind: 'string' | 'name' | 'mark' | 'end';
  text: string;
}

/** Reads a program's text. */
export function awkCommands(program: string): AwkCommands {
  const found: AwkCommands = { code: [], unknown: false };
  const tokens = tokensOf(program);
  const at = (index: number): Token => tokens[index] ?? { kind: 'end', text: '' };
  /** The command is one string, and nothing is joined to it. */
  const whole = (index: number, after: RegExp): void => {
    if (at(index).kind === 'string' && after.test(at(index + 1).text)) found.code.push(literalWord(at(index).text));
    else found.unknown = true;
  };
  tokens.forEach(({ kind, text }, index) => {
    if (kind === 'name') {
      if (text === 'system') whole(at(index + 1).text === '(' ? index + 2 : index + 1, /^[)]$/);
      // gawk calls functions by names in variables.
      else if (text.startsWith('@')) found.unknown = true;
    } else if (kind === 'mark' && (text === '|' || text === '|&')) {
      if (at(index + 1).text !== 'getline') whole(index + 1, /^[;}\n]?$/);
      else if (at(index - 1).kind === 'string' && /^[;{(\n!]?$/.test(at(index - 2).text))
        found.code.push(literalWord(at(index - 1).text));
      else found.unknown = true;
    }
  });
  return found;
}

const TOKEN =
  /[ \t\r]+|\\\n|#[^\n]*|"((?:[^"\\\n]|\\[\s\S])*)"|(@?[A-Za-z_][\w:]*)|\d[\w.]*|(\|\||\|&|&&|[=!<>~+\-*/%^]=|\+\+|--|\*\*|[\s\S])/y;

/** Tokens without blanks, comments and numbers; regular expressions are skipped where one can stand. */
function tokensOf(program: string): Token[] {
  const tokens: Token[] = [];
  let operand = false;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(program); match !== null; match = TOKEN.exec(program)) {
    const [text, string, name, mark] = match;
    if (mark === '/' && !operand) {
      const end = regexEnd(program, TOKEN.lastIndex);
      if (end < 0) return [...tokens, { kind: 'mark', text: '|' }];
      TOKEN.lastIndex = end;
      tokens.push({ kind: 'name', text: '/' });
      operand = true;
    } else if (string !== undefined) {
      tokens.push({ kind: 'string', text: unescaped(string) });
      operand = true;
    } else if (name !== undefined || /^\d/.test(text)) {
      tokens.push({ kind: 'name', text });
      operand = !/^(?:print|printf|return|in|getline|if|while|else|do|delete|exit)$/.test(text);
    } else if (mark !== undefined) {
      tokens.push({ kind: 'mark', text: mark });
      operand = mark === ')' || mark === ']' || mark === '$';
    }
  }
  return tokens;
}

/** The offset after the slash that ends a regular expression, or -1. */
function regexEnd(program: string, from: number): number {
  let inClass = false;
  for (let at = from; at < program.length; at++) {
    const char = program[at];
    if (char === '\\') at++;
    else if (char === '\n') return -1;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if (char === '/' && !inClass) return at + 1;
  }
  return -1;
}

function unescaped(text: string): string {
  return text.replace(/\\([0-7]{1,3}|x[0-9a-fA-F]+|[\s\S])/g, (_, code: string) => {
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8));
    if (/^x[0-9a-fA-F]/.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return { n: '\n', t: '\t', r: '\r', '\n': '' }[code] ?? code;
  });
}
