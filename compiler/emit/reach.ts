/**
 * What the alternatives of a condition may do, as labels policies judge by: in strict flow a choice
 * is refused before it is made when policies forbid what one of its alternatives does. Effects that
 * only appear at run time (a function held by a value) are refused when they are reached.
 */

import type { ExeStatement } from '../../grammar/ast.js';
import type { Emitter } from './emitter.js';
import { mediumOf } from './exes.js';
import type { Scope } from './scope.js';

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
  const { labels, calls } = written(nodes, e.scope);
  for (const exe of calls) for (const label of e.reach.of(exe)) labels.add(label);
  return [...labels].sort().join(' ');
}

/** What the executables of a module may do, those they call included. */
export class Reach {
  private known: Map<ExeStatement, Set<string>> | null = null;

  constructor(private readonly module: Scope) {}

  of(exe: ExeStatement): ReadonlySet<string> {
    this.known ??= this.findAll();
    return this.known.get(exe) ?? new Set();
  }

  /** Each body is read once; then labels travel from callees to callers until none is new to anyone. */
  private findAll(): Map<ExeStatement, Set<string>> {
    const known = new Map<ExeStatement, Set<string>>();
    const callers = new Map<ExeStatement, ExeStatement[]>();
    for (const { exe } of this.module.bindings()) {
      if (!exe) continue;
      const { labels, calls } = written(exe.body, this.module);
      labels.add('op:exe');
      for (const label of exe.labels) labels.add(label);
      const medium = mediumOf(exe.body);
      if (medium !== 'exe' && medium !== 'template') labels.add(`op:${medium}`);
      known.set(exe, labels);
      for (const callee of calls) {
        const list = callers.get(callee);
        if (list) list.push(exe);
        else callers.set(callee, [exe]);
      }
    }
    const news = [...known].map(([exe, labels]) => ({ exe, labels: [...labels] }));
    for (let next = news.pop(); next; next = news.pop()) {
      for (const caller of callers.get(next.exe) ?? []) {
        const has = known.get(caller)!;
        const labels = next.labels.filter((label) => !has.has(label));
        for (const label of labels) has.add(label);
        if (labels.length > 0) news.push({ exe: caller, labels });
      }
    }
    return known;
  }
}

/** The effects that stand in a part of the AST, and the executables it names. */
function written(root: unknown, scope: Scope): { labels: Set<string>; calls: Set<ExeStatement> } {
  const labels = new Set<string>();
  const calls = new Set<ExeStatement>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if (Array.isArray(node)) {
      for (const member of node) visit(member);
      return;
    }
    const { type } = node as { type?: string };
    if (type !== undefined && Object.hasOwn(EFFECTS, type)) labels.add(EFFECTS[type]!);
    if (type === 'CodeExpression') labels.add(`op:${languageOf(node as { language: string })}`);
    if (type === 'Reference' || type === 'Name') {
      const exe = scope.lookup((node as { name: string }).name)?.exe;
      if (exe) calls.add(exe);
    }
    for (const key of Object.keys(node)) if (key !== 'loc') visit((node as Record<string, unknown>)[key]);
  };
  visit(root);
  return { labels, calls };
}

function languageOf({ language }: { language: string }): string {
  return language === 'bash' ? 'sh' : language;
}
