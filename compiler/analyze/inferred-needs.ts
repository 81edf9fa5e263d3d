/**
 * Pass: what a module needs of the machine, read off the operations it contains (seed.md 5 item 4,
 * E4). The answer is what the text says; programs and packages a run decides on are `cmd: *` or
 * not seen at all, and policy decides about those when they run.
 */

import { builtinModules } from 'node:module';
import type {
  CodeExpression,
  CommandExpression,
  Expression,
  ImportStatement,
  OutputTarget,
  Program,
  Reference,
  Span,
  Template,
  TemplatePart,
} from '../../grammar/ast.js';
import { analyzeShell } from '../../runtime/shared/command/analyze.js';
import { NETWORK_PROGRAMS, SHELLS } from '../../runtime/shared/command/programs.js';
import { addCommand, addPackages, anyUse, mergeNeeds, noNeeds } from '../../runtime/shared/security/needs.js';
import { needsData } from '../../runtime/shared/security/needs-data.js';
import type { Ecosystem, Needs } from '../../runtime/shared/security/needs-types.js';
import { isUrl } from '../resolve/remote.js';
import { PYTHON_MODULES } from './python-modules.js';
import { walk } from './walk.js';

/** One need and the place that has it. */
export interface NeedUse {
  needs: Needs;
  span: Span;
}

/** Every use of something outside in the module, in source order. */
export function needUses(ast: Program): NeedUse[] {
  const uses: NeedUse[] = [];
  const found = (span: Span, add: (needs: Needs) => void) => {
    const needs = noNeeds();
    add(needs);
    if (Object.keys(needsData(needs)).length > 0) uses.push({ needs, span });
  };
  walk(ast, (node) => {
    switch (node.type) {
      case 'CommandExpression':
        found(node.loc, (needs) => commandNeeds(needs, node as unknown as CommandExpression));
        break;
      case 'CodeExpression':
        found(node.loc, (needs) => codeNeeds(needs, node as unknown as CodeExpression));
        break;
      case 'FileExpression':
        found(node.loc, (needs) => {
          needs[isUrl(leadingText(node.path as Template)) ? 'network' : 'filesystem'] = true;
        });
        break;
      case 'OutputStatement':
      case 'AppendStatement':
        found(node.loc, (needs) => {
          needs.filesystem = ['file', 'resolver'].includes((node.target as OutputTarget).kind);
        });
        break;
      case 'FileStatement':
        found(node.loc, (needs) => {
          needs.filesystem = true;
        });
        break;
      case 'FilesStatement':
        found(node.loc, (needs) => {
          needs.filesystem = true;
          needs.network = node.git !== null;
        });
        break;
      case 'ImportStatement':
        found(node.loc, (needs) => importNeeds(needs, node as unknown as ImportStatement));
        break;
      case 'McpExpression':
        found(node.loc, (needs) => serverNeeds(needs, node.spec as Expression));
        break;
      case 'Reference':
        found(node.loc, (needs) => {
          const { name, access } = node as unknown as Reference;
          needs.keychain = name === 'keychain' && access[1]?.kind === 'call';
        });
        break;
    }
    return true;
  });
  return uses;
}

/** All needs of a module together. */
export function inferredNeeds(ast: Program): Needs {
  return needUses(ast).reduce((all, { needs }) => mergeNeeds(all, needs), noNeeds());
}

function commandNeeds(needs: Needs, { parts }: CommandExpression): void {
  shellNeeds(needs, shellText(parts));
}

/** The command's text with every interpolation as an expansion, which the analysis takes for unknown. */
function shellText(parts: readonly TemplatePart[]): string {
  return parts.map((part) => (part.type === 'TemplateText' ? part.text : '$unknown')).join('');
}

/** Programs to policy, but built into every shell, which runs `cmd` and `sh` alike. */
const BUILT_IN = new Set([
  'echo',
  'printf',
  'test',
  'kill',
  'command',
  'exec',
  'eval',
  'source',
  '.',
  'type',
  'wait',
  'trap',
]);

function shellNeeds(needs: Needs, text: string): void {
  for (const fact of analyzeShell(text)) {
    if (fact.undecidable) needs.anyCommand = true;
    else if (fact.kind === 'program' && !BUILT_IN.has(fact.path)) {
      addCommand(needs, fact.path.includes('/') ? fact.path : fact.program, anyUse());
      needs.sh ||= SHELLS.has(fact.program);
      needs.network ||= NETWORK_PROGRAMS.has(fact.program);
    }
    needs.filesystem ||= fact.files.length > 0;
  }
}

function codeNeeds(needs: Needs, { language, code }: CodeExpression): void {
  switch (language) {
    case 'sh':
    case 'bash':
      needs.sh = true;
      shellNeeds(needs, code);
      break;
    case 'node':
      addPackages(needs, 'node', []);
      nodeNeeds(needs, code);
      break;
    case 'py':
      addPackages(needs, 'python', []);
      pythonNeeds(needs, code);
      break;
    case 'js':
      needs.network ||= FETCH.test(code);
      break;
  }
}

const FETCH = /\bfetch\s*\(/;
const NODE_IMPORT = /\b(?:require|import)\s*\(\s*(['"])([^'"]+)\1\s*\)|\b(?:from|import)\s+(['"])([^'"]+)\3/g;
const NODE_NETWORK = new Set(['http', 'https', 'http2', 'net', 'tls', 'dgram']);
const NODE_BUILTIN = new Set(builtinModules);

function nodeNeeds(needs: Needs, code: string): void {
  needs.network ||= FETCH.test(code);
  for (const match of code.matchAll(NODE_IMPORT)) importOfNode(needs, match[2] ?? match[4]!);
}

function importOfNode(needs: Needs, specifier: string): void {
  if (/^[./]/.test(specifier)) {
    needs.filesystem = true;
    return;
  }
  const name = specifier.replace(/^node:/, '');
  const [module = ''] = name.split('/');
  if (!specifier.startsWith('node:') && !NODE_BUILTIN.has(name)) addPackage(needs, 'node', packageName(name));
  else if (module === 'fs') needs.filesystem = true;
  else if (NODE_NETWORK.has(module)) needs.network = true;
  else if (module === 'child_process') needs.anyCommand = true;
}

/** `@scope/name` or `name` of a specifier that may go on below it. */
function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

const PYTHON_IMPORT = /^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+([\w., \t]+))/gm;
const PYTHON_NETWORK = new Set(['urllib', 'http', 'socket', 'ftplib', 'smtplib', 'imaplib', 'poplib', 'xmlrpc', 'ssl']);

function pythonNeeds(needs: Needs, code: string): void {
  for (const [, from, list] of code.matchAll(PYTHON_IMPORT)) {
    if (from?.startsWith('.')) continue;
    for (const item of from !== undefined ? [from] : list!.split(',')) {
      const [module = ''] = item.trim().split(/[\s.]/);
      if (!PYTHON_MODULES.has(module)) addPackage(needs, 'python', module);
      else if (PYTHON_NETWORK.has(module)) needs.network = true;
      else if (module === 'subprocess') needs.anyCommand = true;
    }
  }
  needs.anyCommand ||= /\bos\.(?:system|popen|exec\w+|spawn\w+)\s*\(/.test(code);
  needs.filesystem ||= /(?<![\w.])open\s*\(/.test(code);
}

function addPackage(needs: Needs, ecosystem: Ecosystem, name: string): void {
  if (name !== '') addPackages(needs, ecosystem, [{ name, range: null }]);
}

/** Modules are part of the program once it is built; what stays outside are packages, servers and the keychain. */
function importNeeds(needs: Needs, { source }: ImportStatement): void {
  if (source.kind === 'mcp') serverNeeds(needs, source.spec);
  else if (source.kind === 'builtin') needs.keychain = source.name.toLowerCase() === 'keychain';
  else if (source.kind === 'node') {
    addPackages(needs, 'node', []);
    importOfNode(needs, source.name);
  }
}

/** A program with arguments, or an address; a single word is a module or a server the project names. */
function serverNeeds(needs: Needs, spec: Expression): void {
  const text = spec.type === 'Template' ? leadingText(spec).trimStart() : '';
  const [program = '', ...rest] = text.split(/\s+/);
  if (isUrl(text)) needs.network = true;
  else if (text === '') needs.anyCommand = true;
  else if (rest.length > 0) addCommand(needs, program, anyUse());
}

/** The text a template begins with. */
function leadingText({ parts }: Template): string {
  const [first] = parts;
  return first?.type === 'TemplateText' ? first.text : '';
}
