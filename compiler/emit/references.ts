/** References: a root, and the chain of accessors and calls behind it (language.md 2.8, 5.3). */

import type { Accessor, Expression, Reference } from '../../grammar/ast.js';
import { TRANSFORMERS } from '../../runtime/guest/transformers/index.js';
import { isExtension } from '../../runtime/guest/values/access.js';
import { BUILTIN_METHODS } from '../../runtime/guest/values/methods.js';
import { mayExport } from '../analyze/used-exports.js';
import { AMBIENT, GUARD_HELPERS } from './ambient.js';
import { type Code, joinCode, js, str } from './code.js';
import type { Emitter } from './emitter.js';
import { filled } from './open-templates.js';
import { questionOf } from './questions.js';
import type { Binding } from './scope.js';

const FUNCTIONS = new Set([
  'exists',
  'fileExists',
  'EXISTS',
  'FILEEXISTS',
  'typeof',
  'typeInfo',
  'keep',
  'keepStructured',
]);

/** True for names the runtime supplies when the script does not define them. */
export function isBuiltinFunction(name: string): boolean {
  return FUNCTIONS.has(name) || TRANSFORMERS.has(name);
}

/**
 * The value of a whole reference.
 * @param inText in a template, where a file extension may look like a field
 */
export function reference(node: Reference, e: Emitter, inText = false): Code {
  if (asksLineage(node)) e.program.tracksLineage = true;
  const special = itemMetadata(node, e) ?? variableMetadata(node, e);
  if (special) return special;
  const { code, rest, label } = root(node, e);
  return chain(code, rest, label, node, e, inText);
}

/** `@item.mx.index` and `@item.mx.key` of a loop variable. */
function itemMetadata(node: Reference, e: Emitter): Code | null {
  const [first, second] = node.access;
  const item = e.scope.lookup(node.name)?.item;
  if (!item || first?.kind !== 'field' || first.name !== 'mx' || second?.kind !== 'field') return null;
  if (second.name !== 'index' && second.name !== 'key') return null;
  return chain(item[second.name], node.access.slice(2), node.name, node, e);
}

/** `@value.mx.tools` and `@mx.tools.history`: which calls a value has passed through (security.md 1.1, 3.3). */
function asksLineage({ name, access }: Reference): boolean {
  const fields = [name, ...access.map((accessor) => (accessor.kind === 'field' ? accessor.name : ''))];
  return fields.some((field, i) => field === 'mx' && fields[i + 1] === 'tools' && (i > 0 || asksHistory(fields)));
}

function asksHistory([, , field]: readonly string[]): boolean {
  return field === undefined || field === 'history';
}

/** What `.mx` says of a variable; a value that is bound to none has nothing of it. */
const OF_VARIABLES: ReadonlySet<string> = new Set(['name', 'definedAt', 'exported', 'policy']);

/** `@x.mx.name` and its kin: values have no name and no place, the variables they are bound to do (language.md 2.4). */
function variableMetadata(node: Reference, e: Emitter): Code | null {
  const [first, second] = node.access;
  if (first?.kind !== 'field' || first.name !== 'mx') return null;
  if (second?.kind === 'field' && !OF_VARIABLES.has(second.name)) return null;
  const binding = e.scope.lookup(node.name);
  if (!binding) return null;
  const { line, column } = e.program.position(e.unit.id, binding.span.start);
  const about = JSON.stringify({
    name: node.name,
    definedAt: { filePath: e.unit.file, line, column },
    exported: binding.moduleLevel && mayExport(e.unit.ast, node.name),
  });
  const mx = js`${e.rt('variableMx')}(${e.context}, ${variable(binding, node, e)}, ${about}, ${e.site(node.loc)})`;
  return chain(mx, node.access.slice(1), node.name, node, e);
}

interface Root {
  code: Code;
  rest: readonly Accessor[];
  label: string;
}

function root(node: Reference, e: Emitter): Root {
  const [first] = node.access;
  const binding = e.scope.lookup(node.name);
  const label = node.name;
  if (first?.kind === 'call') {
    const rest = node.access.slice(1);
    if (binding) return { code: call(binding, node, first, e), rest, label };
    if (GUARD_HELPERS.has(node.name))
      return {
        code: js`${e.rt('guardHelper')}(${e.context}, ${str(node.name)}, [${callArguments(first.args, node.name, e)}], ${e.site(node.loc)})`,
        rest,
        label,
      };
    if (isBuiltinFunction(node.name)) return { code: builtin(node.name, first.args, node, e), rest, label };
    if (node.name === 'mx' || AMBIENT.has(node.name)) return { code: ambient(node, e).code, rest: node.access, label };
    const tool = boxTool(node.name, e);
    if (tool) {
      const args = callArguments(first.args, node.name, e);
      const given = js`${callContext(first.args, e)}, ${tool}, ${str(node.name)}, [${args}], ${e.site(node.loc)}`;
      return { code: e.runtime('call', true, given), rest, label };
    }
    const unknown =
      e.running === node
        ? js`${e.rt('executableMissing')}(${str(node.name)}, ${e.site(node.loc)})`
        : js`${e.rt('call')}(${e.context}, undefined, ${str(node.name)}, [], ${e.site(node.loc)})`;
    return { code: unknown, rest, label };
  }
  const asksDefined = first?.kind === 'field' && first.name === 'isDefined' && node.access[1]?.kind === 'call';
  const value = () =>
    binding
      ? { code: variable(binding, node, e), rest: node.access, label }
      : (asked(node, e) ?? { ...ambient(node, e), label });
  return asksDefined ? e.missing(value) : value();
}

/** A question about all inputs, asked in one step where `includes` can only be the method. */
function asked(node: Reference, e: Emitter): Root | null {
  const question = node.name === 'input' && !e.program.memberNames.has('includes') ? questionOf(node) : null;
  if (question === null) return null;
  const { path, call: accessor, rest } = question;
  const label = `${node.name}.${path}`;
  const args = callArguments(accessor.args, 'includes', e);
  const site = e.site({ start: node.loc.start, end: accessor.loc.end });
  const { code: input } = ambient(node, e);
  return {
    code: js`${e.rt('inputsInclude')}(${input}, ${str(path)}, [${args}], ${str(label)}, ${site})`,
    rest,
    label: `${label}.includes()`,
  };
}

/** The value of a bound name. */
export function variable(binding: Binding, node: Reference, e: Emitter): Code {
  return binding.open ? filled(bound(binding, node, e), binding, e) : bound(binding, node, e);
}

function bound(binding: Binding, node: Reference, e: Emitter): Code {
  if (binding.kind === 'lazy' && binding.async)
    return e.await(js`${e.rt('refLazy')}(${binding.js}, ${str(node.name)}, ${e.site(node.loc)})`);
  if (binding.kind !== 'lazy' && (binding.kind === 'item' || binding.kind === 'let') && binding.definite)
    return binding.js;
  if (e.tolerant && !decidesInGuards(binding, e)) return js`${e.rt('opt')}(${binding.js})`;
  if (e.tolerant && e.scope.enclosing('guard') === null)
    return js`${e.rt('judged')}(${e.context}, ${binding.js}, ${str(node.name)}, ${e.site(node.loc)})`;
  if (binding.kind === 'param') return js`${e.rt('opt')}(${binding.js})`;
  return js`${e.rt('ref')}(${binding.js}, ${str(node.name)}, ${e.site(node.loc)})`;
}

/**
 * Whether a variable of the module is read by a guard, or by what guards may call: one that has no value yet decides
 * nothing there (security.md 3.3).
 */
function decidesInGuards(binding: Binding, e: Emitter): boolean {
  if (!binding.moduleLevel || e.missable) return false;
  return e.scope.enclosing('guard') !== null || (e.program.hasGuards && e.scope.enclosing('exe') !== null);
}

/** What `@debug` lists. Looked up, so that guards see what a body reads through it. */
function inSight(e: Emitter): Code {
  const bindings = e.scope
    .visible()
    .filter((name) => /^\w/.test(name))
    .sort()
    .map((name) => e.scope.lookup(name)!);
  return joinCode(
    bindings.map((binding) => js`[${str(binding.name)}, ${binding.js}, ${str(e.origin(binding.span))}]`),
    ', ',
  );
}

/** Names the run supplies: context, clock, paths, inputs. */
function ambient(node: Reference, e: Emitter): { code: Code; rest: readonly Accessor[] } {
  const rest = node.access;
  const [first] = rest;
  if (node.name === 'mx') {
    if (first?.kind === 'field' && first.name === 'tools') e.program.tracksTools = true;
    if (first?.kind === 'field')
      return { code: js`${e.rt('mxField')}(${e.context}, ${str(first.name)})`, rest: rest.slice(1) };
    return { code: js`${e.rt('mxObject')}(${e.context})`, rest };
  }
  if (node.name === 'debug') return { code: js`${e.rt('debugText')}([${inSight(e)}])`, rest };
  if (AMBIENT.has(node.name))
    return {
      code: js`${e.rt('ambient')}(${e.context}, M, ${str(node.name)}, ${String(e.tolerant)}, ${e.site(node.loc)})`,
      rest,
    };
  if (isBuiltinFunction(node.name)) return { code: js`${e.rt('builtinRef')}(${str(node.name)})`, rest };
  const workspace = js`${e.rt('workspaceRef')}(M, ${str(node.name)}`;
  // A guard whose condition names nothing would allow: there it is an error.
  const tolerant = e.tolerant && (e.missable || e.scope.enclosing('guard') === null);
  const directive = e.directive && !tolerant ? str(e.directive) : 'null';
  const code = js`${workspace}, ${String(tolerant)}, ${e.site(node.loc)}, ${directive})`;
  return { code: orBoxTool(node.name, code, e), rest };
}

/** What a name that nothing defines means in a box: a tool of the servers its `@mcpConfig` names, if there is one. */
export function boxTool(name: string, e: Emitter): Code | null {
  if (!e.scope.enclosing('box')) return null;
  e.program.sawMcp = true;
  return js`${e.rt('boxName')}(${e.context}, ${str(name)})`;
}

function orBoxTool(name: string, code: Code, e: Emitter): Code {
  const tool = boxTool(name, e);
  return tool ? js`(${tool} ?? ${code})` : code;
}

/** Arguments of a call, in order. */
export function callArguments(args: readonly Expression[], callee: string, e: Emitter): Code {
  return e.strictly(() =>
    joinCode(
      args.map((node) => argument(node, callee, e)),
      ', ',
    ),
  );
}

/** The context of a call; tools of MCP servers also learn how the arguments are written (security.md 8.2). */
function callContext(args: readonly Expression[], e: Emitter): Code {
  // What `run` runs is judged as a run as well (security.md 4).
  const last = e.program.isWatched ? e.running?.access.at(-1) : undefined;
  const context = last?.kind === 'call' && last.args === args ? js`${e.context}.with({ ran: true })` : e.context;
  if (!e.program.usesMcp || args.length === 0) return context;
  const names = args.map((node) =>
    node.type === 'ObjectLiteral' ? true : node.type === 'Reference' && node.access.length === 0 ? node.name : null,
  );
  return js`${e.rt('named')}(${context}, ${JSON.stringify(names)})`;
}

function argument(node: Expression, callee: string, e: Emitter): Code {
  if (node.type === 'Reference' && node.access.length === 0) {
    const binding = e.scope.lookup(node.name);
    if (binding && binding.kind !== 'lazy' && !binding.open)
      return js`${e.rt('arg')}(${binding.js}, ${str(node.name)}, ${str(callee)}, ${e.site(node.loc)})`;
    if (!binding && !AMBIENT.has(node.name) && node.name !== 'mx' && !isBuiltinFunction(node.name)) {
      const workspace = js`${e.rt('workspaceArg')}(M, ${str(node.name)}, ${str(callee)}, ${e.site(node.loc)})`;
      return orBoxTool(node.name, workspace, e);
    }
  }
  return e.expr(node);
}

function call(binding: Binding, node: Reference, accessor: Extract<Accessor, { kind: 'call' }>, e: Emitter): Code {
  const args = callArguments(accessor.args, node.name, e);
  const target = binding.kind === 'lazy' ? variable(binding, { ...node, access: [] }, e) : binding.js;
  return e.runtime(
    'call',
    e.mayWait(binding),
    js`${callContext(accessor.args, e)}, ${target}, ${str(node.name)}, [${args}], ${e.site(node.loc)}`,
  );
}

function builtin(name: string, args: readonly Expression[], node: Reference, e: Emitter): Code {
  if (/^(?:file)?exists$/i.test(name)) return existence(name.toLowerCase(), args, node, e);
  // What has no type is no variable; the others say which function was to get it.
  const list = /^type/.test(name)
    ? e.strictly(() =>
        joinCode(
          args.map((arg) => e.expr(arg)),
          ', ',
        ),
      )
    : callArguments(args, name, e);
  return js`${e.rt('builtin')}(${str(name)}, [${list}], ${e.site(node.loc)})`;
}

/** `@exists("path")`, `@exists(<glob>)`, `@exists(@var.field)` (language.md 12). */
function existence(name: string, args: readonly Expression[], node: Reference, e: Emitter): Code {
  const [arg] = args;
  if (!arg) return js`${e.rt('box')}(false)`;
  if (name === 'exists' && arg.type === 'Reference') return definedness(arg, e);
  if (arg.type === 'FileExpression')
    return e.await(js`${e.rt('fileExists')}(${e.context}, ${e.module}, ${e.expr(arg.path)}, ${e.site(node.loc)})`);
  return e.await(
    js`${e.rt('fileExists')}(${e.context}, ${e.module}, ${e.missing(() => e.expr(arg))}, ${e.site(node.loc)})`,
  );
}

/** A field that holds null exists; an undefined variable or a missing key does not. */
function definedness(node: Reference, e: Emitter): Code {
  const last = node.access[node.access.length - 1];
  if (last === undefined) return js`${e.rt('isDefined')}(${e.missing(() => e.expr(node))})`;
  const holder: Reference = { ...node, access: node.access.slice(0, -1) };
  const key =
    last.kind === 'field' ? js`${e.rt('box')}(${str(last.name)})` : last.kind === 'index' ? e.expr(last.index) : null;
  if (key === null) return js`${e.rt('isDefined')}(${e.missing(() => e.expr(node))})`;
  return js`${e.rt('hasMember')}(${e.missing(() => e.expr(holder))}, ${key})`;
}

/** How much of a path messages show. */
const SHOWN_PATH = 200;

/** Applies accessors to a value. */
export function chain(
  start: Code,
  accessors: readonly Accessor[],
  label: string,
  node: Reference | { loc: Reference['loc'] },
  e: Emitter,
  inText = false,
): Code {
  let code = start;
  let mapped = false;
  let path = label;
  for (let i = 0; i < accessors.length; i++) {
    const accessor = accessors[i]!;
    const site = e.site({ start: node.loc.start, end: accessor.loc.end });
    const next = accessors[i + 1];
    switch (accessor.kind) {
      case 'field':
        if (next?.kind === 'call') {
          code = memberCall(code, accessor.name, next, path, site, e);
          path = longer(path, `.${accessor.name}()`);
          mapped = false;
          i++;
          break;
        }
        code = js`${e.rt(mapped ? 'mapField' : 'field')}(${code}, ${str(accessor.name)}, ${site}${
          inText && !next && !mapped && isExtension(accessor.name) ? js`, ${str(path)}` : ''
        })`;
        path = longer(path, `.${accessor.name}`);
        break;
      case 'index':
        if (next?.kind === 'call') {
          code = e.runtime(
            'apply',
            true,
            js`${callContext(next.args, e)}, ${e.rt('index')}(${code}, ${e.expr(accessor.index)}, ${site}), [${callArguments(next.args, path, e)}], ${str(path)}, ${site}`,
          );
          i++;
          break;
        }
        code = js`${e.rt('index')}(${code}, ${e.strictly(() => e.expr(accessor.index))}, ${site})`;
        path = longer(path, '[…]');
        break;
      case 'slice': {
        const bound = (part: Expression | null): Code => (part ? e.expr(part) : 'null');
        code = js`${e.rt('slice')}(${code}, ${bound(accessor.from)}, ${bound(accessor.to)}, ${site})`;
        break;
      }
      case 'wildcard':
        code = js`${e.rt('wildcard')}(${code}, ${site})`;
        mapped = true;
        break;
      case 'call':
        code = e.runtime(
          'apply',
          true,
          js`${callContext(accessor.args, e)}, ${code}, [${callArguments(accessor.args, path, e)}], ${str(path)}, ${site}`,
        );
        break;
    }
  }
  return code;
}

/** A path as messages show it; of a long one the beginning, for every accessor of a chain has the path before it. */
function longer(path: string, step: string): string {
  return path.length > SHOWN_PATH ? path : path + step;
}

function memberCall(
  target: Code,
  name: string,
  accessor: Extract<Accessor, { kind: 'call' }>,
  label: string,
  site: string,
  e: Emitter,
): Code {
  const args = callArguments(accessor.args, name, e);
  if (BUILTIN_METHODS.has(name) && !e.program.memberNames.has(name)) {
    return js`${e.rt('method')}(${target}, ${str(name)}, [${args}], ${str(label)}, ${site})`;
  }
  return e.runtime(
    'member',
    true,
    js`${callContext(accessor.args, e)}, ${target}, ${str(name)}, [${args}], ${str(label)}, ${site}`,
  );
}
