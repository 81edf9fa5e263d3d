/**
 * What the alternatives of a condition may do, as labels policies judge by: in strict flow a choice
 * is refused before it is made when policies forbid what one of its alternatives does. Effects that
 * only appear at run time (a function held by a value) are refused when they are reached.
 */

import type { ExeStatement } from '../../grammar/ast.js';
import type { Emitter } from './emitter.js';
import { mediumOf } from './exes.js';

const EFFECTS: Readonly<Record<string, string>> = {
  ShowStatement: 'op:show',
  StreamStatement: 'op:show',
  LogStatement: 'op:log',
  OutputStatement: 'op:output',
  FileStatement: 'op:output',
  FilesStatement: 'op:output',
  AppendStatement: 'op:append',
  CommandExpression: 'op:cmd',
  BailStatement: 'op:exit',
};

/** The labels of everything in `nodes` and in the functions of the script they call, separated by blanks. */
export function operationsIn(nodes: readonly unknown[], e: Emitter): string {
  const found = new Set<string>();
  const seen = new Set<ExeStatement>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if (Array.isArray(node)) {
      for (const member of node) visit(member);
      return;
    }
    const { type } = node as { type?: string };
    if (type !== undefined && Object.hasOwn(EFFECTS, type)) found.add(EFFECTS[type]!);
    if (type === 'CodeExpression') found.add(`op:${languageOf(node as { language: string })}`);
    if (type === 'Reference' || type === 'Name') called((node as { name: string }).name);
    for (const key of Object.keys(node)) if (key !== 'loc') visit((node as Record<string, unknown>)[key]);
  };
  const called = (name: string): void => {
    const exe = e.scope.lookup(name)?.exe;
    if (!exe || seen.has(exe)) return;
    seen.add(exe);
    found.add('op:exe');
    for (const label of exe.labels) found.add(label);
    const medium = mediumOf(exe.body);
    if (medium !== 'exe' && medium !== 'template') found.add(`op:${medium}`);
    visit(exe.body);
  };
  visit(nodes);
  return [...found].sort().join(' ');
}

function languageOf({ language }: { language: string }): string {
  return language === 'bash' ? 'sh' : language;
}
