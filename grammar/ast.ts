/**
 * The node types the parser produces. Every node carries `loc`, a half-open range of UTF-16
 * offsets into its source text; lines and columns are derived from them when somebody asks.
 * Nothing in here depends on how the grammar is written or on what the compiler does with it.
 */

import type { SelectorPattern } from '../runtime/shared/selectors.js';

export interface Span {
  /** Offset of the first character. */
  start: number;
  /** Offset after the last character. */
  end: number;
}

interface NodeBase {
  loc: Span;
}

// ───────────────────────────────────────────────────────────── files

export type Mode = 'strict' | 'markdown' | 'att' | 'mtt';

/** A parsed `.mld`, `.mld.md` or `.md` file. */
export interface Program extends NodeBase {
  type: 'Program';
  mode: 'strict' | 'markdown';
  /** The raw YAML between the `---` lines, without them; null when there is none. */
  frontmatter: string | null;
  /** The value of a `resume:` header line: `auto`, `manual` or `never`. */
  resume: string | null;
  body: TopLevel[];
}

/** A parsed `.att` or `.mtt` file: one template body. */
export interface TemplateFile extends NodeBase {
  type: 'TemplateFile';
  mode: 'att' | 'mtt';
  body: TemplatePart[];
}

export type TopLevel = Statement | DocText | DocBreak | RunFence;

/** Document text of markdown mode (and literal fences in either mode), emitted verbatim. */
export interface DocText extends NodeBase {
  type: 'DocText';
  text: string;
}

/** A run of newlines between directives in markdown mode: `count` collapsible breaks. */
export interface DocBreak extends NodeBase {
  type: 'DocBreak';
  count: number;
}

/** A ```` ```mlld-run ```` fence: its statements run in place, in the scope of the file. */
export interface RunFence extends NodeBase {
  type: 'RunFence';
  body: Statement[];
}

// ───────────────────────────────────────────────────────────── names, labels, parameters

/** An identifier where it is declared or named, without the `@`. */
export interface Name extends NodeBase {
  type: 'Name';
  name: string;
}

export interface Param extends NodeBase {
  type: 'Param';
  name: string;
  /** `string number boolean object array`, or null when not written. */
  paramType: string | null;
}

/** One `key: value` of a `with { … }` clause, in source order. */
export interface WithEntry extends NodeBase {
  type: 'WithEntry';
  key: string;
  /** For `pipeline:` a Pipeline whose source is null; otherwise an expression. */
  value: Expression | StageList;
}

export interface WithClause extends NodeBase {
  type: 'WithClause';
  entries: WithEntry[];
}

/** `using auth:name` or `using @var as ENV`. */
export interface UsingClause extends NodeBase {
  type: 'UsingClause';
  kind: 'auth' | 'var';
  name: string;
  /** The environment variable, for `kind: 'var'`. */
  env: string | null;
}

// ───────────────────────────────────────────────────────────── statements

export type Statement =
  | VarStatement
  | LetStatement
  | AugmentStatement
  | ExeStatement
  | ShadowEnvStatement
  | ShowStatement
  | LogStatement
  | OutputStatement
  | AppendStatement
  | FileStatement
  | FilesStatement
  | StreamStatement
  | RunStatement
  | CallStatement
  | EffectStatement
  | IfStatement
  | WhenStatement
  | ForStatement
  | LoopStatement
  | ReturnStatement
  | ControlStatement
  | BailStatement
  | CheckpointStatement
  | ImportStatement
  | ExportStatement
  | GuardStatement
  | HookStatement
  | PolicyStatement
  | NeedsStatement
  | WantsStatement
  | ProfilesStatement
  | AuthStatement
  | SignStatement
  | VerifyStatement
  | BoxStatement
  | ExpressionStatement;

/** `var [labels] @name = value`; `var tools @t = …` has the label `tools`. */
export interface VarStatement extends NodeBase {
  type: 'VarStatement';
  labels: string[];
  name: Name;
  value: Expression;
}

/** `let @name = value`, in blocks. */
export interface LetStatement extends NodeBase {
  type: 'LetStatement';
  labels: string[];
  name: Name;
  value: Expression;
}

/** `@name += value` or `let @name += value`. */
export interface AugmentStatement extends NodeBase {
  type: 'AugmentStatement';
  name: Name;
  value: Expression;
}

export interface ExeStatement extends NodeBase {
  type: 'ExeStatement';
  labels: string[];
  name: Name;
  /** Null for `exe @f = …` without parentheses (the same as no parameters). */
  params: Param[] | null;
  body: ExeBody;
  with: WithClause | null;
}

export type ExeBody = Expression | TemplateFileBody | ProseBody;

/** `template "file.att"`. */
export interface TemplateFileBody extends NodeBase {
  type: 'TemplateFileBody';
  path: Template;
}

/** `prose:@config { … }` or `prose:@config "file"`. */
export interface ProseBody extends NodeBase {
  type: 'ProseBody';
  config: Reference;
  body: Template | null;
  file: Template | null;
}

/** `exe js = { f, alias: g }`: the executables code blocks of a language may call. */
export interface ShadowEnvStatement extends NodeBase {
  type: 'ShadowEnvStatement';
  language: CodeLanguage;
  entries: { name: string; alias: string; loc: Span }[];
}

export interface ShowStatement extends NodeBase {
  type: 'ShowStatement';
  /** Null for the inline effect `| show`, which shows the current value. */
  value: Expression | null;
  with: WithClause | null;
}

export interface LogStatement extends NodeBase {
  type: 'LogStatement';
  value: Expression | null;
  with: WithClause | null;
}

export type OutputTarget =
  | { kind: 'file'; path: Template | Reference; loc: Span }
  | { kind: 'stdout'; loc: Span }
  | { kind: 'stderr'; loc: Span }
  | { kind: 'env'; name: string | null; loc: Span }
  | { kind: 'state'; path: Template; loc: Span }
  | { kind: 'resolver'; path: Template; loc: Span };

export interface OutputStatement extends NodeBase {
  type: 'OutputStatement';
  /** Null: the whole document so far, or the current value of a pipeline. */
  value: Expression | null;
  target: OutputTarget;
  format: string | null;
  with: WithClause | null;
}

export interface AppendStatement extends NodeBase {
  type: 'AppendStatement';
  value: Expression | null;
  target: OutputTarget;
  with: WithClause | null;
}

/** `file "rel" = value`. */
export interface FileStatement extends NodeBase {
  type: 'FileStatement';
  path: Template;
  value: Expression;
}

/** `files "dir/" = […]`, `files <@ws/> = […]`, `files <@ws/> = git "url" …`. */
export interface FilesStatement extends NodeBase {
  type: 'FilesStatement';
  target:
    | { kind: 'directory'; path: Template; loc: Span }
    | { kind: 'resolver'; name: string; rest: string; loc: Span };
  value: Expression | null;
  git: { url: Template; options: ObjectLiteral | null; loc: Span } | null;
}

/** `stream @f()`. */
export interface StreamStatement extends NodeBase {
  type: 'StreamStatement';
  value: Expression;
  with: WithClause | null;
}

/** `run …`: a command, code, a call, a pipe into a command, or a parallel group. */
export interface RunStatement extends NodeBase {
  type: 'RunStatement';
  value: Expression;
  stream: boolean;
  with: WithClause | null;
}

/** A bare `@fn(args)` (possibly with a pipeline): behaves as `run @fn(args)`. */
export interface CallStatement extends NodeBase {
  type: 'CallStatement';
  value: Expression;
  with: WithClause | null;
}

/** A bare effect pipeline such as `@x | show` or `"one" | append "f.txt"`. */
export interface EffectStatement extends NodeBase {
  type: 'EffectStatement';
  value: Pipeline;
}

/** An expression as the action of a `when`/`for` arm (`when @c => "v"`). */
export interface ExpressionStatement extends NodeBase {
  type: 'ExpressionStatement';
  value: Expression;
}

/** `[ … ]` as the body of a construct. */
export interface Block extends NodeBase {
  type: 'Block';
  body: Statement[];
}

export interface IfStatement extends NodeBase {
  type: 'IfStatement';
  test: Expression;
  consequent: Block;
  alternate: Block | null;
}

export interface WhenStatement extends NodeBase {
  type: 'WhenStatement';
  when: WhenExpression;
}

export interface ForStatement extends NodeBase {
  type: 'ForStatement';
  for: ForExpression;
}

export interface LoopStatement extends NodeBase {
  type: 'LoopStatement';
  loop: LoopExpression;
}

/** `=> value`, with label modifications as in security.md 2.1. */
export interface ReturnStatement extends NodeBase {
  type: 'ReturnStatement';
  modifiers: LabelModifier[];
  value: Expression | null;
}

export interface LabelModifier extends NodeBase {
  type: 'LabelModifier';
  /** `label` add, `!label` remove, `trusted!` bless, `clear!` clear. */
  op: 'add' | 'remove' | 'bless' | 'clear';
  label: string;
}

/** `done [v]`, `continue [v]`, `skip`, `retry [hint]`. */
export interface ControlStatement extends NodeBase {
  type: 'ControlStatement';
  keyword: 'done' | 'continue' | 'skip' | 'retry';
  value: Expression | null;
}

export interface BailStatement extends NodeBase {
  type: 'BailStatement';
  message: Expression | null;
}

export interface CheckpointStatement extends NodeBase {
  type: 'CheckpointStatement';
  name: Template | Reference;
  with: WithClause | null;
}

// ───────────────────────────────────────────────────────────── modules

export interface ImportName extends NodeBase {
  type: 'ImportName';
  name: string;
  alias: string | null;
}

export type ImportSource =
  /** A quoted path, `<path>` or `@root/path`. */
  | { kind: 'path'; path: Template; loc: Span }
  /** `@author/module[@version]` or a resolver prefix; the text without the leading `@`. */
  | { kind: 'module'; name: string; version: string | null; loc: Span }
  /** `node @package[/sub/path]`. */
  | { kind: 'node'; name: string; loc: Span }
  /** `mcp "spec"`. */
  | { kind: 'mcp'; spec: Expression; loc: Span }
  /** `@input @stdin @payload @state @now @time @keychain`. */
  | { kind: 'builtin'; name: string; loc: Span };

export interface ImportStatement extends NodeBase {
  type: 'ImportStatement';
  /** `module static live cached local`, or null. */
  importType: { name: string; ttl: string | null } | null;
  what:
    | { kind: 'names'; names: ImportName[] }
    | { kind: 'namespace'; alias: string | null }
    | { kind: 'templates'; alias: string; params: Param[] }
    | { kind: 'policy'; alias: string | null }
    /** `import tools { … }` has names; `import tools from … as @ns` has an alias. */
    | { kind: 'tools'; names: ImportName[] | null; alias: string | null };
  source: ImportSource;
  with: WithClause | null;
}

export interface ExportStatement extends NodeBase {
  type: 'ExportStatement';
  /** Null for `export { * }`. */
  names: ImportName[] | null;
}

// ───────────────────────────────────────────────────────────── security

export type GuardTiming = 'before' | 'after' | 'always';

export type SecurityFilter =
  | { kind: 'label'; label: string; loc: Span }
  /** `op:cmd:git`, without the leading `op:`. */
  | { kind: 'operation'; operation: string; loc: Span }
  /** `@send`, `@ns.tool`; hooks may add a prefix: `@fn("prefix")`. */
  | { kind: 'function'; path: string[]; prefix: string | null; loc: Span };

export interface GuardStatement extends NodeBase {
  type: 'GuardStatement';
  name: Name | null;
  privileged: boolean;
  timing: GuardTiming;
  filter: SecurityFilter;
  body: GuardEntry[];
  with: WithClause | null;
}

export type GuardEntry = LetStatement | AugmentStatement | GuardRule;

export interface GuardRule extends NodeBase {
  type: 'GuardRule';
  /** Null for `*`. */
  test: Expression | null;
  action: GuardAction;
}

export type GuardAction =
  | { kind: 'allow'; value: Expression | null; with: WithClause | null; loc: Span }
  | { kind: 'deny'; reason: string; loc: Span }
  | { kind: 'retry'; hint: string; loc: Span }
  | { kind: 'env'; value: Expression | null; loc: Span }
  /** `=> trusted!,!secret @output`. */
  | { kind: 'relabel'; modifiers: LabelModifier[]; value: Expression | null; loc: Span };

export interface HookStatement extends NodeBase {
  type: 'HookStatement';
  name: Name | null;
  timing: 'before' | 'after';
  filter: SecurityFilter;
  body: Expression;
}

/** `policy @p = { … }`, `policy @p = union(@a, @b)`, and the anonymous `/policy { … }`. */
export interface PolicyStatement extends NodeBase {
  type: 'PolicyStatement';
  name: Name | null;
  /** Bare words in the object (`{ sh }`) are pairs with the value `true`. */
  value: ObjectLiteral | { type: 'PolicyUnion'; refs: Reference[]; loc: Span };
}

export interface NeedsStatement extends NodeBase {
  type: 'NeedsStatement';
  value: ObjectLiteral;
}

export interface WantsStatement extends NodeBase {
  type: 'WantsStatement';
  value: ArrayLiteral;
}

export interface ProfilesStatement extends NodeBase {
  type: 'ProfilesStatement';
  value: ObjectLiteral;
}

export interface AuthStatement extends NodeBase {
  type: 'AuthStatement';
  name: Name;
  value: Template | ObjectLiteral;
}

export interface SignStatement extends NodeBase {
  type: 'SignStatement';
  name: Name;
  by: Template | null;
  method: string;
}

export interface VerifyStatement extends NodeBase {
  type: 'VerifyStatement';
  name: Name;
}

/** `box …` / `env …` as a directive. */
export interface BoxStatement extends NodeBase {
  type: 'BoxStatement';
  box: BoxExpression;
}

// ───────────────────────────────────────────────────────────── expressions

export type Expression =
  | Literal
  | Template
  | ArrayLiteral
  | ObjectLiteral
  | Reference
  | UnaryExpression
  | BinaryExpression
  | TernaryExpression
  | Wildcard
  | KeywordCondition
  | Pipeline
  | ParallelGroup
  | CommandExpression
  | CodeExpression
  | FileExpression
  | WhenExpression
  | ForExpression
  | ForeachExpression
  | LoopExpression
  | BlockExpression
  | NewExpression
  | VerifyExpression
  | BoxExpression
  | RunExpression
  | StreamExpression
  | EffectExpression
  | McpExpression
  | RegexLiteral;

export interface Literal extends NodeBase {
  type: 'Literal';
  value: string | number | boolean | null;
}

export interface RegexLiteral extends NodeBase {
  type: 'RegexLiteral';
  pattern: string;
  flags: string;
}

/** Which quotes wrote a template, see language.md 3.1. */
export type Quote =
  | 'single'
  | 'double'
  | 'backtick'
  | 'colon2'
  | 'colon3'
  | 'brackets'
  | 'path'
  | 'att'
  | 'mtt'
  | 'bare';

/** Any quoted text: parts in order, escapes already decoded in the text parts. */
export interface Template extends NodeBase {
  type: 'Template';
  quote: Quote;
  parts: TemplatePart[];
}

export type TemplatePart = TemplateText | TemplateReference | TemplateFile_ | TemplateFor;

export interface TemplateText extends NodeBase {
  type: 'TemplateText';
  text: string;
}

/** `@x.f|@p`, `@x?`, ``@x?`fragment` ``, `@x??"d"`, `{{x.y}}`. */
export interface TemplateReference extends NodeBase {
  type: 'TemplateReference';
  ref: Reference;
  /** The source text, emitted unchanged when the root is not defined. */
  source: string;
  pipes: Reference[];
  modifier:
    | { kind: 'none' }
    | { kind: 'optional' }
    | { kind: 'fragment'; parts: TemplatePart[] }
    | { kind: 'default'; text: string };
  /** True when the reference stands inside double quotes of a `cmd {}` body. */
  quoted?: boolean;
}

/** `<file>` inside a template; a failed load is empty text and a warning. */
export interface TemplateFile_ extends NodeBase {
  type: 'TemplateFileRef';
  file: FileExpression;
  pipes: Reference[];
}

/** `/for @v in EXPR … /end` inside a template. */
export interface TemplateFor extends NodeBase {
  type: 'TemplateFor';
  key: string | null;
  value: string;
  items: Expression;
  body: TemplatePart[];
}

export interface ArrayLiteral extends NodeBase {
  type: 'ArrayLiteral';
  /** `optional`: the element is written `@x?` and left out when falsy. */
  elements: { value: Expression; optional: boolean }[];
}

export type ObjectMember =
  | { kind: 'pair'; key: string; optional: boolean; value: Expression; loc: Span }
  | { kind: 'spread'; value: Reference; loc: Span };

export interface ObjectLiteral extends NodeBase {
  type: 'ObjectLiteral';
  members: ObjectMember[];
}

/** `@name` and everything that follows it without blanks. */
export interface Reference extends NodeBase {
  type: 'Reference';
  name: string;
  access: Accessor[];
}

export type Accessor =
  | { kind: 'field'; name: string; loc: Span }
  | { kind: 'index'; index: Expression; loc: Span }
  | { kind: 'slice'; from: Expression | null; to: Expression | null; loc: Span }
  | { kind: 'wildcard'; loc: Span }
  /** A call of what stands before it: `@f(1)`, or of a method when a field stands before it. */
  | { kind: 'call'; args: Expression[]; loc: Span };

export interface UnaryExpression extends NodeBase {
  type: 'UnaryExpression';
  operator: '!';
  operand: Expression;
}

export type BinaryOperator =
  | '??'
  | '||'
  | '&&'
  | '=='
  | '!='
  | '~='
  | '!~='
  | '<'
  | '>'
  | '<='
  | '>='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%';

export interface BinaryExpression extends NodeBase {
  type: 'BinaryExpression';
  operator: BinaryOperator;
  left: Expression;
  right: Expression;
}

export interface TernaryExpression extends NodeBase {
  type: 'TernaryExpression';
  test: Expression;
  consequent: Expression;
  alternate: Expression;
}

/** `*` as a condition. */
export interface Wildcard extends NodeBase {
  type: 'Wildcard';
}

/** `none` and `denied` as conditions. */
export interface KeywordCondition extends NodeBase {
  type: 'KeywordCondition';
  keyword: 'none' | 'denied';
}

/** The least time between two starts: `500ms`, `1s`, a number of milliseconds, or a variable that holds one. */
export type Delay = string | Reference;

/** `SOURCE | STAGE | STAGE`, or `SOURCE with { pipeline: [ … ] }` in the same shape. */
export interface Pipeline extends NodeBase {
  type: 'Pipeline';
  source: Expression;
  stages: Stage[];
  with: WithClause | null;
}

/** The value of `pipeline:` in a `with` clause. */
export interface StageList extends NodeBase {
  type: 'StageList';
  stages: Stage[];
}

export type Stage =
  /** `@fn`, `@fn(extra)`, `@obj.fn`; a reference whose last accessor may be a call. */
  | { kind: 'call'; ref: Reference; loc: Span }
  | { kind: 'command'; command: CommandExpression; loc: Span }
  | { kind: 'code'; code: CodeExpression; loc: Span }
  | { kind: 'while'; limit: Expression | null; delay: Delay | null; ref: Reference; loc: Span }
  | { kind: 'effect'; effect: ShowStatement | LogStatement | OutputStatement | AppendStatement; loc: Span }
  | { kind: 'parallel'; stages: Stage[]; limit: Expression | null; delay: Delay | null; loc: Span };

/** `|| @a() || @b() (cap, delay)` as a source. */
export interface ParallelGroup extends NodeBase {
  type: 'ParallelGroup';
  members: Expression[];
  limit: Expression | null;
  delay: Delay | null;
}

/** `cmd { … }`, `run { … }`, `run "…"`. */
export interface CommandExpression extends NodeBase {
  type: 'CommandExpression';
  /** Text parts keep their shell quoting; references say whether they stand in double quotes. */
  parts: TemplatePart[];
  cwd: Template | Reference | null;
  args: Reference[];
  using: UsingClause[];
}

export type CodeLanguage = 'sh' | 'bash' | 'js' | 'node' | 'py';

/** `js { … }` and its kin; aliases (`javascript`, `nodejs`, `python`, `shell`) are normalised. */
export interface CodeExpression extends NodeBase {
  type: 'CodeExpression';
  language: CodeLanguage;
  /** The body as written, without the braces. */
  code: string;
  /** Offset of the body's first character in the source. */
  codeStart: number;
  cwd: Template | Reference | null;
  args: Reference[];
  using: UsingClause[];
}

/** `<path # section { selector } as "template">` with accessors. */
export interface FileExpression extends NodeBase {
  type: 'FileExpression';
  path: Template;
  optional: boolean;
  sections: SectionSelector | null;
  /** The text between `{` and `}` of an AST selector, parsed. */
  select: AstSelector | null;
  as: Template | null;
  access: Accessor[];
}

export interface SectionSelector extends NodeBase {
  type: 'SectionSelector';
  kind: 'sections' | 'list';
  /** For `list`: the heading level asked for, or null for all. */
  level: number | null;
  include: { title: Template; optional: boolean }[];
  exclude: { title: Template; optional: boolean }[];
}

export interface AstSelector extends NodeBase {
  type: 'AstSelector';
  items: {
    /** A name pattern (`create*`), a type filter (`*fn`), a listing (`??`, `fn??`, `@type??`), or `*`. */
    kind: SelectorPattern['kind'];
    pattern: string;
    /** Set when there are variables in the pattern: `kind` and `pattern` follow from their values. */
    parts?: TemplatePart[];
    /** `(name)`: what uses the name rather than what defines it. */
    usage: boolean;
    optional: boolean;
  }[];
}

/**
 * All forms of `when`. `subject` is null for condition lists; `inline` is `when C => A`.
 */
export interface WhenExpression extends NodeBase {
  type: 'WhenExpression';
  inline: boolean;
  subject: Expression | null;
  /** Leading and interleaved `let`/`+=` lines are entries of their own. */
  entries: (WhenArm | LetStatement | AugmentStatement)[];
}

export interface WhenArm extends NodeBase {
  type: 'WhenArm';
  /** A condition; with a subject, a pattern. */
  test: WhenTest;
  action: Action;
}

export type WhenTest =
  | { kind: 'condition'; value: Expression }
  /** `*` */
  | { kind: 'any' }
  | { kind: 'none' }
  /** Value form: literals and values compared with `==`; alternatives are joined by `||`. */
  | { kind: 'pattern'; pattern: Pattern };

export type Pattern =
  | { kind: 'value'; value: Expression }
  | { kind: 'compare'; operator: BinaryOperator; value: Expression }
  | { kind: 'or'; patterns: Pattern[] }
  | { kind: 'and'; patterns: Pattern[] };

/** What an arm or an iteration does: one statement, a value, or a block. */
export type Action = Statement | Block;

export interface ForExpression extends NodeBase {
  type: 'ForExpression';
  parallel: { limit: Expression | null; delay: Delay | null } | null;
  key: string | null;
  value: string;
  /** `for @item.path in …`: the fields asserted. */
  valuePath: string[];
  items: Expression;
  filter: Expression | null;
  /** `for @x in L when [ C => V … ]`: the arms both filter and map; what none matches is left out. */
  arms: boolean;
  body: Action;
  /** Stages of a trailing `=> | @f`, or a parallel group `=> || @a() || @b()`. */
  batch: Stage[];
}

export interface ForeachExpression extends NodeBase {
  type: 'ForeachExpression';
  callee: Reference;
  args: Expression[];
  batch: Stage[];
  with: WithClause | null;
}

export interface LoopExpression extends NodeBase {
  type: 'LoopExpression';
  /** Null when endless. */
  limit: Expression | null;
  delay: Delay | null;
  until: Expression | null;
  body: Block;
}

/** `[ let … => v ]` as a value. */
export interface BlockExpression extends NodeBase {
  type: 'BlockExpression';
  body: Statement[];
}

/** `verify @v` as a value (security.md 10.3). */
export interface VerifyExpression extends NodeBase {
  type: 'VerifyExpression';
  name: Name;
}

export interface NewExpression extends NodeBase {
  type: 'NewExpression';
  callee: Reference;
  args: Expression[];
}

/** `box @cfg with { … } [ … ]`, `env …`. */
export interface BoxExpression extends NodeBase {
  type: 'BoxExpression';
  keyword: 'box' | 'env';
  config: Reference | ObjectLiteral | null;
  with: WithClause | null;
  body: Block;
}

/** `run …` in value position. */
export interface RunExpression extends NodeBase {
  type: 'RunExpression';
  value: Expression;
  stream: boolean;
  with: WithClause | null;
}

/** `stream BODY`. */
export interface StreamExpression extends NodeBase {
  type: 'StreamExpression';
  value: Expression;
}

/** An effect whose text is the value: `when @c => show "x"` in value position. */
export interface EffectExpression extends NodeBase {
  type: 'EffectExpression';
  effect: Statement;
}

/** `mcp @spec` as the value of `var tools`. */
export interface McpExpression extends NodeBase {
  type: 'McpExpression';
  spec: Expression;
}
