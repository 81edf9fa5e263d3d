/** Pipelines and parallel groups (language.md 8): stage descriptions for the runtime's engine. */

import type { Expression, Pipeline, Reference, Stage, WithClause } from '../../grammar/ast.js';
import { TRANSFORMERS } from '../../runtime/guest/transformers/index.js';
import { type Code, joinCode, js, str } from './code.js';
import { codeCode } from './code-blocks.js';
import { commandCode } from './commands.js';
import { delayCode, milliseconds } from './durations.js';
import type { Emitter } from './emitter.js';
import { statementsOf } from './emitter.js';
import { boxTool, callArguments, reference } from './references.js';
import { runValue } from './runs.js';

/** A pipeline as a value. */
export function pipeline(node: Pipeline, e: Emitter, name: string | null = null): Code {
  return e.overriding(node.with, () =>
    piped(sourceOf(node.source, node.with, e), node.stages, node.with, node.loc, e, name),
  );
}

interface SourceCode {
  code: Code;
  async: boolean;
  retryable: boolean;
}

/** The source as a function, so that a retry can run it again. */
export function sourceOf(node: Expression, clause: WithClause | null, e: Emitter): SourceCode {
  const retryable = isCall(node);
  const { code, async } = e.lambda({ kind: 'value' }, () => {
    if (isBareExecutable(node, e)) {
      const binding = e.scope.lookup(node.name)!;
      return e.runtime(
        'call',
        e.mayWait(binding),
        js`${e.context}, ${binding.js}, ${str(node.name)}, [], ${e.site(node.loc)}`,
      );
    }
    return js`(${formatted(isExecution(node) ? runValue(node, clause, 'value', e) : e.expr(node), clause, e)})`;
  });
  return { code, async, retryable: retryable || isBareExecutable(node, e) };
}

function formatted(code: Code, clause: WithClause | null, e: Emitter): Code {
  const format = clause?.entries.find((entry) => entry.key === 'format');
  if (!format || format.value.type === 'StageList') return code;
  return js`${e.rt('asFormat')}(${code}, ${e.expr(format.value)})`;
}

function isCall(node: Expression): boolean {
  return isExecution(node) || (node.type === 'Reference' && node.access.some((a) => a.kind === 'call'));
}

function isExecution(node: Expression): boolean {
  return node.type === 'RunExpression' || node.type === 'CommandExpression' || node.type === 'CodeExpression';
}

/** `@stage1 | @stage2`: an executable named without parentheses is called. */
function isBareExecutable(node: Expression, e: Emitter): node is Reference {
  return node.type === 'Reference' && node.access.length === 0 && e.scope.lookup(node.name)?.kind === 'exe';
}

/** Code that runs `stages` on a source. */
export function piped(
  source: SourceCode,
  stages: readonly Stage[],
  clause: WithClause | null,
  loc: Pipeline['loc'],
  e: Emitter,
  name: string | null,
): Code {
  const parallel = withParallel(clause, e);
  const compiled = stages.map((stage) => stageCode(stage, e, parallel));
  const async = source.async || compiled.some((stage) => stage.async);
  const list = joinCode(
    compiled.map((stage) => stage.code),
    ',\n',
  );
  const options = name === null ? js`{ site: ${e.site(loc)} }` : js`{ name: ${str(`@${name}`)}, site: ${e.site(loc)} }`;
  return e.runtime(
    'pipe',
    async,
    js`${e.context}, { run: ${source.code}, retryable: ${String(source.retryable)} }, [${list}], ${options}`,
  );
}

/** `with { parallel: n, delay: "1s" }` on the whole pipeline. */
function withParallel(clause: WithClause | null, e: Emitter): Code | null {
  const limit = clause?.entries.find((entry) => entry.key === 'parallel')?.value;
  const delay = clause?.entries.find((entry) => entry.key === 'delay')?.value;
  if (!limit && !delay) return null;
  const ms =
    delay && delay.type === 'Template'
      ? milliseconds(delay.parts.map((p) => (p.type === 'TemplateText' ? p.text : '')).join(''))
      : 0;
  return js`{ limit: ${limit && limit.type !== 'StageList' ? e.expr(limit) : 'null'}, delay: ${String(ms)} }`;
}

interface StageCode {
  code: Code;
  async: boolean;
}

export function stageCode(stage: Stage, e: Emitter, parallel: Code | null = null): StageCode {
  const site = e.site(stage.loc);
  switch (stage.kind) {
    case 'call':
      return callStage('call', stage.ref, js`, inputArg: ${String(namesInput(stage.ref))}`, site, e);
    case 'while': {
      const limit = stage.limit ? e.expr(stage.limit) : 'null';
      return {
        ...callStage('while', stage.ref, js`, limit: ${limit}, delay: ${delayCode(stage.delay, e)}`, site, e),
        async: true,
      };
    }
    case 'command': {
      const { code, async } = e.lambda({ kind: 'value', params: ['$in'] }, () =>
        commandCode(stage.command, e, { position: 'stage', stdin: '$in' }),
      );
      return { code: js`{ kind: "run", run: ${code}, site: ${site} }`, async };
    }
    case 'code': {
      const { code, async } = e.lambda({ kind: 'value', params: ['$in'] }, () =>
        codeCode(stage.code, e, { position: 'stage', stdin: '$in' }),
      );
      return { code: js`{ kind: "run", run: ${code}, site: ${site} }`, async };
    }
    case 'effect': {
      const { code, async } = e.lambda({ kind: 'value', params: ['$in'] }, () => {
        e.scope.declare({
          name: '|',
          js: '$in',
          kind: 'item',
          span: stage.loc,
          moduleLevel: false,
          definite: true,
          async: null,
          parallelDepth: 0,
        });
        return js`{ ${statementsOf(stage.effect).map((s) => e.statement(s))} }`;
      });
      return { code: js`{ kind: "effect", run: ${code}, site: ${site} }`, async };
    }
    case 'parallel': {
      const members = stage.stages.map((member) => stageCode(member, e));
      const own =
        stage.limit || stage.delay
          ? js`{ limit: ${stage.limit ? e.expr(stage.limit) : 'null'}, delay: ${delayCode(stage.delay, e)} }`
          : null;
      const bounds = own ?? parallel ?? '{ limit: null, delay: 0 }';
      return {
        code: js`{ kind: "parallel", stages: [${joinCode(
          members.map((m) => m.code),
          ', ',
        )}], parallel: ${bounds}, site: ${site} }`,
        async: true,
      };
    }
  }
}

/** `@ok(@input)`: the input named as the only argument. */
function namesInput(ref: Reference): boolean {
  const last = ref.access[ref.access.length - 1];
  return (
    last?.kind === 'call' &&
    last.args.length === 1 &&
    last.args[0]!.type === 'Reference' &&
    last.args[0]!.name === 'input' &&
    last.args[0]!.access.length === 0
  );
}

function callStage(kind: 'call' | 'while', ref: Reference, more: Code, site: string, e: Emitter): StageCode {
  const last = ref.access[ref.access.length - 1];
  const called = last?.kind === 'call' ? last : null;
  const target: Reference = called ? { ...ref, access: ref.access.slice(0, -1) } : ref;
  const dotted = [target.name, ...target.access.map((a) => (a.kind === 'field' ? a.name : ''))].join('.');
  const binding = e.scope.lookup(target.name);
  const builtin = !binding && TRANSFORMERS.has(dotted);
  const tool = binding || TRANSFORMERS.has(target.name) ? null : boxTool(target.name, e);
  const targetCode =
    tool && target.access.length === 0
      ? e.lambda({ kind: 'value' }, () => boxTool(target.name, e)!).code
      : builtin || !(binding || tool)
        ? '() => undefined'
        : e.lambda({ kind: 'value' }, () =>
            target.access.length === 0 ? js`${e.rt('stageTarget')}(${binding!.js})` : js`${reference(target, e)}`,
          ).code;
  const args =
    called && called.args.length > 0
      ? e.lambda({ kind: 'value' }, () => js`[${callArguments(called.args, dotted, e)}]`)
      : null;
  const async = !builtin && (target.access.length > 0 || (binding ? e.mayWait(binding) : tool !== null));
  return {
    code: js`{ kind: ${str(kind)}, name: ${str(dotted)}, target: ${targetCode}, args: ${args ? args.code : 'null'}${more}, site: ${site} }`,
    async: async || (args?.async ?? false),
  };
}
