import type { StackEntry } from './options.js';

const FRAME = /^\s*at (?:(.*) \()?(.*?):(\d+)(?::(\d+))?\)?$/;

/**
 * Reads the engine's stack text: lines of `    at name (file:line:column)` or `    at file:line:column`.
 *
 * @returns the frames that have a position, innermost first; native frames have none
 */
export function parseStack(stack: string): StackEntry[] {
  const frames: StackEntry[] = [];
  for (const text of stack.split('\n')) {
    const match = FRAME.exec(text);
    if (!match) continue;
    const [, fn = '', file = '', line, column] = match;
    frames.push({ fn, file, line: Number(line), column: Number(column ?? 1) });
  }
  return frames;
}
