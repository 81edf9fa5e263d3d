/**
 * Which syntax nodes define something, language by language (language.md 9.6). The grammars are
 * tree-sitter's; a rule maps a node type to the kind of definition it is.
 */

import type { SELECTOR_TYPES } from '../../../../shared/selectors.js';

export type DefinitionType =
  | 'function'
  | 'method'
  | 'constructor'
  | 'class'
  | 'interface'
  | 'type-alias'
  | 'enum'
  | 'struct'
  | 'trait'
  | 'module'
  | 'variable';

export interface Rule {
  type: DefinitionType;
  /** Field that holds the name; `name` when absent. */
  name?: string;
  /** The type where the definition stands inside another one: a Python function in a class is a method. */
  inside?: DefinitionType;
  /** The type by the node type of a field's value: a variable that holds an arrow function is a function. */
  by?: { field: string; types: Readonly<Record<string, DefinitionType>> };
  /** The name must be of this node type: `x = 1` defines a variable, `x.y = 1` does not. */
  nameType?: readonly string[];
  /** Only outside of functions and classes: a local variable is no definition. */
  outermost?: true;
}

export interface Language {
  /** File name of the grammar in the package of grammars. */
  grammar: string;
  rules: Readonly<Record<string, Rule>>;
  /** Parents that belong to the definition: `export`, decorators, the statement of a declarator. */
  wrappers: ReadonlySet<string>;
  /** Nodes that are no definitions themselves but hold methods: Rust's `impl`. */
  scopes?: ReadonlySet<string>;
}

const FUNCTION_VALUES = {
  field: 'value',
  types: { arrow_function: 'function', function_expression: 'function', generator_function: 'function' },
} as const;

const ECMASCRIPT: Readonly<Record<string, Rule>> = {
  function_declaration: { type: 'function' },
  generator_function_declaration: { type: 'function' },
  function_signature: { type: 'function' },
  class_declaration: { type: 'class' },
  abstract_class_declaration: { type: 'class' },
  method_definition: { type: 'method' },
  abstract_method_signature: { type: 'method' },
  interface_declaration: { type: 'interface' },
  type_alias_declaration: { type: 'type-alias' },
  enum_declaration: { type: 'enum' },
  internal_module: { type: 'module' },
  module: { type: 'module' },
  variable_declarator: { type: 'variable', by: FUNCTION_VALUES, nameType: ['identifier'], outermost: true },
};

const ECMASCRIPT_WRAPPERS = new Set([
  'export_statement',
  'lexical_declaration',
  'variable_declaration',
  'ambient_declaration',
]);

const ecmascript = (grammar: string): Language => ({ grammar, rules: ECMASCRIPT, wrappers: ECMASCRIPT_WRAPPERS });

const PYTHON: Language = {
  grammar: 'tree-sitter-python.wasm',
  rules: {
    function_definition: { type: 'function', inside: 'method' },
    class_definition: { type: 'class' },
    assignment: { type: 'variable', name: 'left', nameType: ['identifier'], outermost: true },
    type_alias_statement: { type: 'type-alias', name: 'left' },
  },
  wrappers: new Set(['decorated_definition', 'expression_statement']),
};

const GO: Language = {
  grammar: 'tree-sitter-go.wasm',
  rules: {
    function_declaration: { type: 'function' },
    method_declaration: { type: 'method' },
    type_spec: {
      type: 'type-alias',
      by: { field: 'type', types: { struct_type: 'struct', interface_type: 'interface' } },
    },
    type_alias: { type: 'type-alias' },
    const_spec: { type: 'variable', outermost: true },
    var_spec: { type: 'variable', outermost: true },
  },
  wrappers: new Set(['type_declaration', 'const_declaration', 'var_declaration']),
};

const RUST: Language = {
  grammar: 'tree-sitter-rust.wasm',
  rules: {
    function_item: { type: 'function', inside: 'method' },
    function_signature_item: { type: 'function', inside: 'method' },
    struct_item: { type: 'struct' },
    union_item: { type: 'struct' },
    enum_item: { type: 'enum' },
    trait_item: { type: 'trait' },
    type_item: { type: 'type-alias' },
    const_item: { type: 'variable', outermost: true },
    static_item: { type: 'variable', outermost: true },
    mod_item: { type: 'module' },
  },
  wrappers: new Set(),
  scopes: new Set(['impl_item']),
};

const JAVA: Language = {
  grammar: 'tree-sitter-java.wasm',
  rules: {
    class_declaration: { type: 'class' },
    record_declaration: { type: 'class' },
    interface_declaration: { type: 'interface' },
    annotation_type_declaration: { type: 'interface' },
    enum_declaration: { type: 'enum' },
    method_declaration: { type: 'method' },
    constructor_declaration: { type: 'constructor' },
    variable_declarator: { type: 'variable' },
  },
  wrappers: new Set(['field_declaration']),
};

const RUBY: Language = {
  grammar: 'tree-sitter-ruby.wasm',
  rules: {
    method: { type: 'function', inside: 'method' },
    singleton_method: { type: 'function', inside: 'method' },
    class: { type: 'class' },
    module: { type: 'module' },
    assignment: { type: 'variable', name: 'left', nameType: ['identifier', 'constant'], outermost: true },
  },
  wrappers: new Set(),
};

const BY_EXTENSION: Readonly<Record<string, Language>> = {
  js: ecmascript('tree-sitter-javascript.wasm'),
  jsx: ecmascript('tree-sitter-javascript.wasm'),
  mjs: ecmascript('tree-sitter-javascript.wasm'),
  cjs: ecmascript('tree-sitter-javascript.wasm'),
  ts: ecmascript('tree-sitter-typescript.wasm'),
  mts: ecmascript('tree-sitter-typescript.wasm'),
  cts: ecmascript('tree-sitter-typescript.wasm'),
  tsx: ecmascript('tree-sitter-tsx.wasm'),
  py: PYTHON,
  pyi: PYTHON,
  go: GO,
  rs: RUST,
  java: JAVA,
  rb: RUBY,
};

/** The language of a file by its name, or null when there is no grammar for it. */
export function languageOf(filename: string): Language | null {
  const extension = filename.slice(filename.lastIndexOf('.') + 1).toLowerCase();
  return Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension]! : null;
}

/** The definition types a type keyword of a selector stands for. */
export const TYPE_KEYWORDS: Readonly<Record<(typeof SELECTOR_TYPES)[number], readonly DefinitionType[]>> = {
  fn: ['function', 'method', 'constructor'],
  var: ['variable'],
  class: ['class'],
  interface: ['interface'],
  type: ['type-alias'],
  enum: ['enum'],
  struct: ['struct'],
  trait: ['trait'],
  module: ['module'],
};
