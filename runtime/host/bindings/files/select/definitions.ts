/** Finds the definitions of a source file, and the identifiers used in it. */

import { createRequire } from 'node:module';
import type { Node, Parser, Tree } from '@vscode/tree-sitter-wasm';
import type { DefinitionType, Language, Rule } from './languages.js';

export interface Definition {
  name: string;
  type: DefinitionType;
  /** Lines count from 1. */
  line: number;
  endLine: number;
  code: string;
  /** Not inside another definition. */
  outermost: boolean;
  start: number;
  end: number;
}

/** A place where a name, or a dotted chain of names, stands without being defined there. */
export interface Use {
  name: string;
  at: number;
}

export interface Outline {
  definitions: Definition[];
  uses: Use[];
}

const FUNCTION_LIKE: ReadonlySet<string> = new Set(['function', 'method', 'constructor']);
const IDENTIFIER = /identifier$|^constant$/;
const CHAINS: ReadonlySet<string> = new Set([
  'member_expression',
  'attribute',
  'selector_expression',
  'field_expression',
  'field_access',
  'scoped_identifier',
]);

/** The outline of a source text. Text with syntax errors gives what could be recognised. */
export async function outline(text: string, language: Language): Promise<Outline> {
  const parser = await parserFor(language);
  const tree = parser.parse(text) as Tree;
  try {
    return new Collector(text, language).collect(tree.rootNode);
  } finally {
    tree.delete();
  }
}

const parsers = new Map<string, Promise<Parser>>();

function parserFor(language: Language): Promise<Parser> {
  let parser = parsers.get(language.grammar);
  if (!parser) {
    parser = loadParser(language.grammar);
    parsers.set(language.grammar, parser);
  }
  return parser;
}

async function loadParser(grammar: string): Promise<Parser> {
  const { default: treeSitter } = await import('@vscode/tree-sitter-wasm');
  await treeSitter.Parser.init();
  const file = createRequire(import.meta.url).resolve(`@vscode/tree-sitter-wasm/wasm/${grammar}`);
  const parser = new treeSitter.Parser();
  parser.setLanguage(await treeSitter.Language.load(file));
  return parser;
}

interface Scope {
  /** Inside a definition that holds members: a class, a trait, an `impl`. */
  members: boolean;
  /** Inside any definition other than a module. */
  nested: boolean;
  /** Inside a function body. */
  local: boolean;
}

class Collector {
  readonly #definitions: Definition[] = [];
  readonly #uses: Use[] = [];
  readonly #named = new Set<number>();

  constructor(
    private readonly text: string,
    private readonly language: Language,
  ) {}

  collect(root: Node): Outline {
    this.#visit(root, { members: false, nested: false, local: false });
    return { definitions: this.#definitions, uses: this.#uses };
  }

  #visit(node: Node, scope: Scope): void {
    const inner = this.#enter(node, scope);
    this.#use(node);
    for (const child of node.namedChildren) if (child) this.#visit(child, inner);
  }

  /** Records the node if it defines something; answers the scope of what is inside it. */
  #enter(node: Node, scope: Scope): Scope {
    const rule = Object.hasOwn(this.language.rules, node.type) ? this.language.rules[node.type]! : undefined;
    const name = rule && this.#nameOf(node, rule);
    if (!rule || !name) return this.language.scopes?.has(node.type) ? { ...scope, members: true, nested: true } : scope;
    const type = this.#typeOf(node, rule, scope);
    const isLocal = scope.local || (rule.outermost === true && scope.nested);
    this.#named.add(name.startIndex);
    if (!isLocal) this.#define(node, name.text, type, !scope.nested);
    if (type === 'module') return scope;
    const isFunction = FUNCTION_LIKE.has(type);
    return { members: !isFunction, nested: true, local: scope.local || isFunction || type === 'variable' };
  }

  #nameOf(node: Node, rule: Rule): Node | null {
    const name = node.childForFieldName(rule.name ?? 'name');
    return name && (!rule.nameType || rule.nameType.includes(name.type)) ? name : null;
  }

  #typeOf(node: Node, rule: Rule, scope: Scope): DefinitionType {
    const kind = rule.by && node.childForFieldName(rule.by.field)?.type;
    if (kind !== undefined && rule.by && Object.hasOwn(rule.by.types, kind)) return rule.by.types[kind]!;
    return scope.members && rule.inside ? rule.inside : rule.type;
  }

  #define(node: Node, name: string, type: DefinitionType, outermost: boolean): void {
    let whole = node;
    while (whole.parent && this.language.wrappers.has(whole.parent.type) && ownsParent(whole)) whole = whole.parent;
    const { startIndex: start, endIndex: end } = whole;
    const code = this.text.slice(start, end);
    this.#definitions.push({
      name,
      type,
      line: whole.startPosition.row + 1,
      endLine: whole.endPosition.row + 1,
      code,
      outermost,
      start,
      end,
    });
  }

  #use(node: Node): void {
    if (CHAINS.has(node.type)) this.#uses.push({ name: node.text.replace(/\s+/g, ''), at: node.startIndex });
    else if (IDENTIFIER.test(node.type) && !this.#named.has(node.startIndex))
      this.#uses.push({ name: node.text, at: node.startIndex });
  }
}

/** A declaration of several names (`const a = 1, b = 2`) belongs to none of them alone. */
function ownsParent(node: Node): boolean {
  return node.parent!.namedChildren.filter((sibling) => sibling?.type === node.type).length === 1;
}
