/** `js`, `sh`, `bash`, `node` and `py` blocks (language.md 5.4, 5.5, 5.8). */

import type { CodeExpression } from '../../grammar/ast.js';
import { type Code, joinCode, js, str } from './code.js';
import type { Position, RunOptions } from './commands.js';
import { runOptions } from './commands.js';
import type { Emitter } from './emitter.js';

/** Words that mean a js body may have to wait; those without them run to their end at once. */
const MAY_WAIT = /\b(?:await|async|Promise|setTimeout|setInterval|queueMicrotask)\b/;

/** Bodies may read the ambient context as `mx` (language.md 8.2). */
const MENTIONS_MX = /\bmx\b/;

/** Parameters of the executable around a block: what its body can name. */
export interface CodeParameter {
  name: string;
  js: string;
}

export function codeCode(
  node: CodeExpression,
  e: Emitter,
  options: RunOptions,
  params: readonly CodeParameter[] = [],
): Code {
  const explicit = node.args.map((arg) => ({ name: arg.name, js: e.expr(arg) }));
  const all: { name: string; js: Code }[] = [...params, ...explicit];
  if (MENTIONS_MX.test(node.code) && !all.some((param) => param.name === 'mx'))
    all.push({ name: 'mx', js: js`${e.rt('mxObject')}(${e.context})` });
  if (node.language === 'js') return jsCode(node, e, all, options.position);
  const list = joinCode(
    all.map(({ name, js: value }) => js`[${str(name)}, ${value}]`),
    ', ',
  );
  const scope = node.language === 'node' || node.language === 'py' ? e.shadow(node.language) : [];
  const base = runOptions({ ...node, args: [] }, e, options, false);
  const withScope =
    scope.length === 0
      ? base
      : js`{ ...${base}, scope: ${JSON.stringify(scope.map(({ name, params: p, code }) => ({ name, params: p, code })))} }`;
  return e.await(
    js`${e.rt('script')}(${e.context}, M, ${str(node.language)}, ${str(node.code)}, [${list}], ${withScope}, ${e.site(node.loc)})`,
  );
}

function jsCode(
  node: CodeExpression,
  e: Emitter,
  params: readonly { name: string; js: Code }[],
  position: Position,
): Code {
  const shadow = e.shadow('js');
  const body = e.program.bodies.length;
  e.program.bodies.push({
    name: `${e.unit.file}:js`,
    code: node.code,
    params: params.map(({ name }) => name),
    scope: shadow.map(({ name, body: index }) => ({ name, body: index! })),
    beforeShadow: !e.shadows.has('js'),
    unit: e.unit.id,
    start: node.codeStart,
  });
  const waits = MAY_WAIT.test(node.code) || shadow.some((entry) => entry.waits);
  const args = js`${str(`m${e.unit.id}`)}, ${String(body)}, [${joinCode(
    params.map((p) => p.js),
    ', ',
  )}], ${e.site(node.loc)}`;
  // In an executable the call is the operation; elsewhere the block is one of its own.
  if (position === 'exe') return e.runtime('js', waits, args);
  return e.runtime('jsBlock', waits || e.program.guardsWait, js`${e.context}, ${String(waits)}, ${args}`);
}

export function mayWait(code: string): boolean {
  return MAY_WAIT.test(code);
}
