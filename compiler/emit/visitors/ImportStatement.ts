import type { ImportName, ImportStatement } from '../../../grammar/ast.js';
import { BUILTIN_METHODS } from '../../../runtime/guest/values/methods.js';
import { moduleName } from '../../resolve/names.js';
import type { ResolvedImport, SourceUnit, TemplateTree, TemplateUnit } from '../../resolve/unit.js';
import { type Code, js, str } from '../code.js';
import type { Emitter } from '../emitter.js';
import { template } from '../templates.js';

/** Imports bind names to exports of modules that are part of the same program (language.md 11). */
export default function importStatement(node: ImportStatement, e: Emitter): Code {
  return js`${e.checkedOverride(node.with)}${asked(node, e)}${imported(node, e)}`;
}

/** Whoever guards imports is asked before anything of the module runs. */
function asked(node: ImportStatement, e: Emitter): Code {
  if (!e.program.isWatched) return '';
  const { kind } = node.what;
  const tools = kind === 'tools';
  const named = kind === 'names' || (node.what.kind === 'tools' && node.what.names !== null);
  const subtype = kind === 'policy' ? 'importPolicy' : `import${tools ? 'Mcp' : ''}${named ? 'Selected' : 'Namespace'}`;
  return js`${e.operation('importing', js`${e.context}, ${str(subtype)}, ${str(e.unit.source.slice(node.source.loc.start, node.source.loc.end))}, ${e.site(node.loc)}`)};\n`;
}

function imported(node: ImportStatement, e: Emitter): Code {
  if (node.what.kind === 'tools') return toolsImport(node, e);
  const target = e.unit.imports.get(node);
  if (!target) return '';
  switch (target.kind) {
    case 'unit':
      return bindAll(node, evaluated(target.unit, node, e), e, target.unit);
    case 'data':
      return bindAll(
        node,
        js`${e.rt('dataModule')}(${JSON.stringify(exportsOf(node, target.data))}, ${str(target.path)}, ${e.site(node.source.loc)}${node.what.kind === 'policy' ? ', true' : ''})`,
        e,
      );
    case 'directory':
      return directoryImport(node, target, e);
    case 'templates':
      return templatesImport(node, target.tree, e);
    case 'node':
      e.program.mayHold(BUILTIN_METHODS);
      return bindAll(
        node,
        e.await(js`${e.rt('nodeModule')}(${e.context}, M, ${str(target.package)}, ${e.site(node.source.loc)})`),
        e,
      );
    case 'builtin':
      return bindAll(
        node,
        e.await(
          js`${e.rt('builtinModule')}(${e.context}, M, ${str(target.name)}, ${JSON.stringify(requested(node))}, ${e.site(node.source.loc)})`,
        ),
        e,
      );
    case 'mcp':
      return '';
  }
}

function requested(node: ImportStatement): string[] {
  return node.what.kind === 'names' ? node.what.names.map((n) => n.name) : [];
}

/** Evaluates the module if nobody did yet. */
function evaluated(unit: SourceUnit, node: ImportStatement, e: Emitter): Code {
  const module = js`m${String(unit.id)}(${e.site(node.source.loc)}${node.what.kind === 'policy' ? ', true' : ''})`;
  return e.waitsFor(`module:${unit.id}`) ? e.await(module) : module;
}

/** A file of data may be a policy, or have policies by their names. */
function exportsOf({ what }: ImportStatement, data: unknown): unknown {
  if (what.kind !== 'policy') return data;
  const alias = what.alias ?? 'policy';
  const isNamed = typeof data === 'object' && data !== null && (alias in data || 'config' in data);
  return isNamed ? data : { [alias]: data };
}

/** `import policy @p from …` takes effect from here on, whatever it is in (security.md 5.1). */
function policyImport(alias: string, node: ImportStatement, module: Code, e: Emitter): Code {
  e.program.security = true;
  e.program.sawPolicies = true;
  return bind(alias, node, js`${e.rt('importPolicy')}(${module}, ${str(alias)}, ${e.site(node.loc)})`, e);
}

/** Binds what the directive names to a module record. */
function bindAll(node: ImportStatement, module: Code, e: Emitter, unit: SourceUnit | null = null): Code {
  const { what } = node;
  if (what.kind === 'policy') return policyImport(what.alias ?? 'policy', node, module, e);
  const record = e.unique('i');
  const lines: Code[] = [js`const ${record} = ${module};\n`];
  if (what.kind === 'names') {
    for (const name of what.names) lines.push(bindName(name, node, record, unit, e), '\n');
  } else {
    const alias = what.kind === 'namespace' && what.alias ? what.alias : moduleName(node);
    lines.push(bind(alias, node, js`${e.rt('namespaceOf')}(${record}, ${e.site(node.loc)})`, e));
  }
  return js`{\n${lines}}`;
}

function bindName(name: ImportName, node: ImportStatement, record: string, unit: SourceUnit | null, e: Emitter): Code {
  const local = name.alias ?? name.name;
  const code = bind(local, node, js`${e.rt('importName')}(${record}, ${str(name.name)}, ${e.site(name.loc)})`, e);
  const binding = e.scope.lookup(local)!;
  if (unit) binding.open = e.program.openPlaceholders(unit.id, name.name);
  if (unit) Object.assign(binding, e.program.exportWaits(unit.id, name.name));
  return code;
}

function bind(name: string, node: ImportStatement, value: Code, e: Emitter): Code {
  const binding = e.moduleBinding({ type: 'Name', name, loc: node.loc }, { kind: 'import', async: null });
  return js`${binding.js} = ${value};`;
}

function directoryImport(
  node: ImportStatement,
  target: Extract<ResolvedImport, { kind: 'directory' }>,
  e: Emitter,
): Code {
  const alias = node.what.kind === 'namespace' && node.what.alias ? node.what.alias : moduleName(node);
  const members = [...target.members].map(([name, unit], i) => [
    i ? ', ' : '',
    js`[${str(name)}, ${e.rt('namespaceOf')}(${evaluated(unit, node, e)}, ${e.site(node.loc)})]`,
  ]);
  return bind(alias, node, js`${e.rt('makeObject')}([${members}])`, e);
}

function templatesImport(node: ImportStatement, tree: TemplateTree, e: Emitter): Code {
  const { what } = node;
  if (what.kind !== 'templates') return '';
  const params = what.params.map((p) => p.name);
  return bind(what.alias, node, treeCode(tree, params, node, e), e);
}

function treeCode(tree: TemplateTree, params: readonly string[], node: ImportStatement, e: Emitter): Code {
  const entries: Code[] = [];
  for (const [name, unit] of tree.templates) {
    e.program.mayHold([name]);
    entries.push(js`[${str(name)}, ${templateExe(name, unit, params, node, e)}]`);
  }
  for (const [name, child] of tree.children) entries.push(js`[${str(name)}, ${treeCode(child, params, node, e)}]`);
  return js`${e.rt('makeObject')}([${entries.map((entry, i) => [i ? ', ' : '', entry])}])`;
}

/** A template file as an executable; it sees its parameters and nothing of the importing module. */
function templateExe(
  name: string,
  unit: TemplateUnit,
  params: readonly string[],
  node: ImportStatement,
  e: Emitter,
): Code {
  const names = params.map((param) => ({ param, js: e.unique('v_') }));
  const outer = e.scope;
  e.scope = e.emptyScope();
  try {
    const { code } = e.lambda({ kind: 'exe', scope: 'exe', params: names.map((n) => n.js) }, () => {
      for (const { param, js: variable } of names) {
        e.scope.declare({
          name: param,
          js: variable,
          kind: 'param',
          span: unit.ast.loc,
          moduleLevel: false,
          definite: false,
          async: null,
          parallelDepth: 0,
        });
      }
      return js`{ return ${e.inTemplateFile(unit, () => template(unit.ast.body, e))}; }`;
    });
    return js`${e.rt('executable')}({ name: ${str(name)}, params: ${JSON.stringify(params)}, medium: "template", site: -1, origin: ${e.rt('linked')}(${str(unit.path)}, ${e.site(node.source.loc)}), body: ${code} })`;
  } finally {
    e.scope = outer;
  }
}

/** `import tools … from mcp "spec"` (security.md 8.1). */
function toolsImport(node: ImportStatement, e: Emitter): Code {
  const { what, source } = node;
  if (what.kind !== 'tools' || source.kind !== 'mcp') return '';
  e.program.sawMcp = true;
  e.program.mayHold(BUILTIN_METHODS);
  const names = what.names?.map((n) => n.name) ?? null;
  const server = e.unique('i');
  const lines: Code[] = [
    js`const ${server} = ${e.await(js`${e.rt('mcpModule')}(${e.context}, M, ${e.expr(source.spec)}, ${JSON.stringify(names)}, ${e.site(node.loc)})`)};\n`,
  ];
  if (what.names) for (const name of what.names) lines.push(bindName(name, node, server, null, e), '\n');
  else if (what.alias)
    lines.push(bind(what.alias, node, js`${e.rt('namespaceOf')}(${server}, ${e.site(node.loc)})`, e));
  return js`{\n${lines}}`;
}
