/** `for` (language.md 7.4, 7.5): iteration bodies as functions the runtime calls. */

import type { ForExpression } from '../../grammar/ast.js';
import { action } from './actions.js';
import { type Code, js, str } from './code.js';
import { delayCode } from './durations.js';
import type { Emitter, FunctionKind } from './emitter.js';
import { piped } from './pipelines.js';
import { IMPURE, type IterationRegions, iterationRegions, type Region } from './regions.js';
import type { Use } from './use.js';
import { whenArms } from './when.js';

/** `for` as a value: the array of what its iterations answer. */
export function forCollect(node: ForExpression, e: Emitter): Code {
  const regions = regionsOf(node, 'value', e);
  const items = collection(node, regions.size, e);
  const { code, async } = iterationBody(node, 'iteration', 'value', regions.filter, e);
  const collected = node.parallel
    ? e.await(js`${e.rt('forParallel')}(${e.context}, ${items}, ${code}, ${bounds(node, e)}, ${e.site(node.loc)})`)
    : e.runtime('forCollect', async || e.program.guardsWait, js`${e.context}, ${items}, ${code}, ${e.site(node.loc)}`);
  return batched(collected, node.batch, node.loc, e);
}

/** Stages behind a second `=>`: they get the whole result. */
export function batched(
  value: Code,
  stages: ForExpression['batch'],
  loc: ForExpression['loc'],
  e: Emitter,
  keepOnError = false,
): Code {
  if (stages.length === 0) return value;
  const name = e.unique('b');
  const inner = e.lambda(
    { kind: 'value', ownContext: false, params: [name] },
    () => js`(${piped({ code: `() => ${name}`, async: false, retryable: false }, stages, null, loc, e, null)})`,
  );
  if (keepOnError) return e.await(js`${e.rt('batchOrInput')}(${value}, ${inner.code}, ${e.site(loc)})`);
  return inner.async ? e.await(js`(${inner.code})(${value})`) : js`(${inner.code})(${value})`;
}

/** `for` as a directive. */
export function forEach(node: ForExpression, e: Emitter): Code {
  const printing: Use = node.body.type === 'Block' || isPlainValue(node.body) ? 'statement' : 'print';
  const regions = regionsOf(node, printing, e);
  const items = collection(node, regions.size, e);
  if (node.parallel || node.batch.length > 0) {
    const { code } = iterationBody(node, 'iteration', printing, regions.filter, e);
    const collected = node.parallel
      ? e.await(js`${e.rt('forParallel')}(${e.context}, ${items}, ${code}, ${bounds(node, e)}, ${e.site(node.loc)})`)
      : e.await(js`${e.rt('forCollectA')}(${e.context}, ${items}, ${code}, ${e.site(node.loc)})`);
    return js`${batched(collected, node.batch, node.loc, e)};`;
  }
  const { code, async } = iterationBody(node, 'each', printing, regions.filter, e);
  if (regions.size.assigned.length > 0) {
    const source = e.unique('r');
    const loop = e.runtime(
      'forEach',
      async || e.program.guardsWait,
      js`${e.context}, ${source}, ${code}, ${e.site(node.loc)}`,
    );
    return js`{ const ${source} = ${items}; ${loop};\n${e.dependent(regions.size, `${source}.mark`)}}`;
  }
  const run = e.runtime(
    'forEach',
    async || e.program.guardsWait,
    js`${e.context}, ${items}, ${code}, ${e.site(node.loc)}`,
  );
  if (e.fn.kind === 'module') return js`${run};`;
  const result = e.unique('r');
  return js`{ const ${result} = ${run}; if (${result}) return ${e.fn.kind === 'each' || e.fn.kind === 'loop' ? result : js`${result}.value ?? ${e.rt('NOTHING')}`}; }`;
}

/** A reference or a template: as the action of a directive it prints nothing (language.md 7.4). */
function isPlainValue(body: ForExpression['body']): boolean {
  if (body.type !== 'ExpressionStatement') return false;
  const { value } = body;
  return value.type === 'Template' || (value.type === 'Reference' && !value.access.some(({ kind }) => kind === 'call'));
}

/** In strict flow, what the size of the collection and the filter decide. */
function regionsOf(node: ForExpression, use: Use, e: Emitter): IterationRegions {
  const isHanded = node.batch.length > 0 && use !== 'value';
  if (node.parallel || node.valuePath.length > 0 || isHanded) return { size: IMPURE, filter: IMPURE };
  return iterationRegions(node.filter, node.body, [node.value, node.key ?? `${node.value}_key`], use, e);
}

function collection(node: ForExpression, region: Region, e: Emitter): Code {
  const items = e.deciding('sized', region, e.expr(node.items), node.items.loc, [node.filter, node.body]);
  if (node.valuePath.length === 0) return items;
  return js`${e.rt('assertPath')}(${items}, ${str(node.value)}, ${JSON.stringify(node.valuePath)}, ${e.site(node.loc)})`;
}

function bounds(node: ForExpression, e: Emitter): Code {
  const { limit, delay } = node.parallel!;
  return js`{ limit: ${limit ? e.expr(limit) : 'null'}, delay: ${delayCode(delay, e)} }`;
}

function iterationBody(
  node: ForExpression,
  kind: FunctionKind,
  use: Use,
  region: Region,
  e: Emitter,
): { code: Code; async: boolean } {
  const value = e.unique(`v_${node.value.replace(/-/g, '$')}_`);
  const key = e.unique('k_');
  const index = e.unique('i_');
  return e.lambda({ kind, scope: 'iteration', params: [value, key, index], parallel: node.parallel !== null }, () => {
    const keyValue = `${e.rt('itemKey')}(${key}, ${value})`;
    const declare = (name: string, js_: string, item?: { index: string; key: string }): void => {
      e.scope.declare({
        name,
        js: js_,
        kind: 'item',
        span: node.loc,
        moduleLevel: false,
        definite: true,
        async: null,
        item,
        parallelDepth: e.scope.parallelDepth,
      });
    };
    // Index and key become values only where the body names them.
    declare(node.value, value, { index: `${e.rt('box')}(${index})`, key: keyValue });
    declare(node.key ?? `${node.value}_key`, keyValue);
    const body = (): Code =>
      node.arms && node.body.type === 'WhenStatement'
        ? whenArms(
            node.body.when,
            use,
            e,
            (mark) => js`${e.rt('signal')}("skip", ${e.rt('noMatch')}(${mark}), ${e.site(node.loc)})`,
          )
        : action(node.body, use, e);
    if (!node.filter) return js`{\n${body()}\n}`;
    const test = e.unique('t');
    const condition = e.tolerating(() => e.expr(node.filter!));
    return js`{\nconst ${test} = ${condition};\nif (!${e.decides(region, test, node.filter.loc, [node.body])}) return ${e.rt('signal')}("skip", ${test}, ${e.site(node.filter.loc)});\n${e.underCondition(`${test}.deep`, body)}\n}`;
  });
}
