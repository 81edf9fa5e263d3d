/**
 * What a condition decides, for strict flow (security.md 1.6 item 3). A region — the alternatives of
 * a condition, the body of a loop — that can only choose values keeps the condition's mark to the
 * values it chose and the variables it may have assigned. One that may do more (have an effect, call
 * something, fail, leave) makes everything after it depend on the condition, whichever alternative is
 * taken: see runtime/guest/control.ts.
 *
 * "Can only choose" is decided from the syntax alone and in doubt denied: literals, variables that
 * certainly have a value, templates, operators that take anything, fields of what was seen to have
 * fields, `let`, `+=` on texts, numbers and lists, and conditions over these.
 */

import type {
  Action,
  Block,
  BlockExpression,
  Expression,
  Pattern,
  Reference,
  Statement,
  TemplatePart,
  WhenExpression,
} from '../../grammar/ast.js';
import type { Emitter } from './emitter.js';
import type { Binding, Shape } from './scope.js';
import type { Use } from './use.js';

export interface Region {
  /** True when the region can do nothing but choose values. */
  readonly isPure: boolean;
  /** Variables around the region that it may assign. */
  readonly assigned: readonly Binding[];
}

export const IMPURE: Region = { isPure: false, assigned: [] };

/** The alternatives of an `if`. */
export function ifRegion(test: Expression, blocks: readonly (Block | null)[], e: Emitter): Region {
  const scan = new Scan(e, e.fn.isPure === true);
  scan.note(test);
  return scan.region(blocks.every((block) => block === null || scan.block(block.body, 'statement')));
}

/** All arms of a `when`, their conditions behind the first included. */
export function whenRegion(node: WhenExpression, use: Use, e: Emitter): Region {
  const scan = new Scan(e, e.fn.isPure === true);
  const region = scan.region(scan.arms(node, use));
  // The value leaves at once: there is no place behind it where the variables could be marked.
  return use === 'value' && region.assigned.length > 0 ? IMPURE : region;
}

/** The operands or alternatives of an expression that may not be evaluated. */
export function valueRegion(test: Expression, values: readonly Expression[], e: Emitter): Region {
  const scan = new Scan(e, false);
  scan.note(test);
  return scan.region(values.every((value) => scan.tolerant(value)));
}

/** Template parts that may not be rendered, with the names bound in them. */
export function partsRegion(parts: readonly TemplatePart[], names: readonly string[], e: Emitter): Region {
  const scan = new Scan(e, false);
  for (const name of names) scan.bind(name);
  return scan.region(parts.every((part) => scan.part(part)));
}

/** What the size of a collection decides, and what the filter does. */
export interface IterationRegions {
  readonly size: Region;
  readonly filter: Region;
}

/** The body of an iteration, run as often as the collection is long and for what the filter lets through. */
export function iterationRegions(
  filter: Expression | null,
  body: Action,
  names: readonly string[],
  use: Use,
  e: Emitter,
): IterationRegions {
  const scan = new Scan(e, false);
  for (const name of names) scan.bind(name);
  const isPureFilter = filter === null || scan.tolerant(filter);
  if (filter) scan.note(filter);
  const region = scan.region(scan.action(body, use));
  // Behind the loop nothing is known of the filter, and the elements of a value are out at once.
  const inner = region.assigned.length > 0 && (filter !== null || use === 'value') ? IMPURE : region;
  return { size: isPureFilter ? inner : IMPURE, filter: inner };
}

/** Whether the body of an executable does nothing but choose the value it returns. */
export function isPureBody(body: BlockExpression, e: Emitter): boolean {
  const scan = new Scan(e, true);
  const isPure = scan.block(body.body, 'statement');
  return isPure && scan.region(true).assigned.length === 0;
}

/** What an initial value makes of a variable, where the syntax says it. */
export function shapeOf(node: Expression): Shape | null {
  switch (node.type) {
    case 'Literal':
      return typeof node.value === 'string' ? 'text' : typeof node.value === 'number' ? 'number' : null;
    case 'Template':
      return 'text';
    case 'ArrayLiteral':
      return 'list';
    default:
      return null;
  }
}

/** Fields that texts have as well. */
const OF_ANYTHING = new Set(['length', 'text', 'keep', 'keepStructured', 'mx', 'type', 'name']);
const TAKE_ANYTHING = new Set(['==', '!=', '~=', '!~=', '<', '>', '<=', '>=', '-', '*', '/', '%']);
const SHORT = new Set(['&&', '||', '??']);

/** One walk through a region; every method answers whether what it was given is pure. */
class Scan {
  private readonly assigned = new Set<Binding>();
  private isTolerant = false;
  /** Variables bound inside the region. */
  private locals = new Map<string, Shape | null>();
  /** Paths (`m`, `m.a`) whose fields have been read by what certainly ran before, by the variable they begin with. */
  private readonly containers = new Map<string, Set<string>>();

  constructor(
    private readonly e: Emitter,
    /** True where `=>` ends a body that is pure as a whole. */
    private readonly mayLeave: boolean,
  ) {}

  region(isPure: boolean): Region {
    return isPure ? { isPure, assigned: [...this.assigned] } : IMPURE;
  }

  bind(name: string, shape: Shape | null = null): void {
    this.locals.set(name, shape);
    this.containers.delete(name);
  }

  /** Remembers what the evaluation of `node` has shown to have fields. */
  note(node: Expression): void {
    switch (node.type) {
      case 'Reference': {
        let path = node.name;
        const known = this.containers.get(path) ?? new Set();
        this.containers.set(path, known);
        for (const access of node.access) {
          if (access.kind !== 'field' || OF_ANYTHING.has(access.name)) return;
          known.add(path);
          path += `.${access.name}`;
        }
        return;
      }
      case 'UnaryExpression':
        this.note(node.operand);
        return;
      case 'BinaryExpression':
        this.note(node.left);
        if (!SHORT.has(node.operator)) this.note(node.right);
        return;
      case 'TernaryExpression':
        this.note(node.test);
    }
  }

  block(body: readonly Statement[], use: Use, returns = this.mayLeave): boolean {
    const outer = this.locals;
    this.locals = new Map(outer);
    const isPure = body.every((node) => this.statement(node, use, returns));
    this.locals = outer;
    return isPure;
  }

  action(node: Action, use: Use): boolean {
    if (node.type === 'Block')
      return this.block(node.body, use === 'value' ? 'statement' : use, use === 'value' || this.mayLeave);
    if (node.type === 'ExpressionStatement')
      return use === 'value' ? this.strictly(node.value) : this.leave(use, node.value);
    return this.statement(node, use, this.mayLeave);
  }

  private leave(use: Use, value: Expression | null): boolean {
    return use !== 'print' && this.mayLeave && (value === null || this.strictly(value));
  }

  private statement(node: Statement, use: Use, returns: boolean): boolean {
    switch (node.type) {
      case 'LetStatement': {
        const isPure = this.strictly(node.value);
        this.bind(node.name.name, shapeOf(node.value));
        return isPure;
      }
      case 'AugmentStatement':
        return this.strictly(node.value) && this.grows(node.name.name);
      case 'IfStatement':
        if (!this.tolerant(node.test)) return false;
        this.note(node.test);
        return [node.consequent, node.alternate].every(
          (block) => block === null || this.block(block.body, 'statement'),
        );
      case 'WhenStatement':
        return this.isEvaluated(node.when) && this.arms(node.when, use);
      case 'ReturnStatement':
        return returns && node.modifiers.length === 0 && (node.value === null || this.strictly(node.value));
      default:
        return false;
    }
  }

  /** `@name += …` that cannot fail. */
  private grows(name: string): boolean {
    if (this.locals.has(name)) return this.locals.get(name) !== null;
    const binding = this.e.scope.lookup(name);
    if (!binding?.shape || binding.parallelDepth < this.e.scope.parallelDepth) return false;
    this.assigned.add(binding);
    return true;
  }

  arms(node: WhenExpression, use: Use): boolean {
    const outer = this.locals;
    this.locals = new Map(outer);
    try {
      // The subject and the first condition are evaluated whatever comes of them.
      let isFirst = true;
      if (node.subject) {
        this.note(node.subject);
        isFirst = false;
      }
      return node.entries.every((entry) => {
        if (entry.type !== 'WhenArm') return this.statement(entry, use, false);
        const { test } = entry;
        if (test.kind === 'condition') {
          if (!isFirst && !this.tolerant(test.value)) return false;
          this.note(test.value);
          isFirst = false;
        }
        if (test.kind === 'pattern' && !this.pattern(test.pattern)) return false;
        return this.action(entry.action, use);
      });
    } finally {
      this.locals = outer;
    }
  }

  /** What a `when` evaluates whatever comes of it, where it is itself inside a region. */
  private isEvaluated({ subject, entries }: WhenExpression): boolean {
    const [first] = entries;
    if (subject) return this.tolerant(subject);
    return first?.type !== 'WhenArm' || first.test.kind !== 'condition' || this.tolerant(first.test.value);
  }

  private pattern(node: Pattern): boolean {
    if (node.kind === 'or' || node.kind === 'and') return node.patterns.every((each) => this.pattern(each));
    return this.tolerant(node.value);
  }

  tolerant(node: Expression): boolean {
    return this.under(true, node);
  }

  private strictly(node: Expression): boolean {
    return this.under(false, node);
  }

  private under(isTolerant: boolean, node: Expression): boolean {
    const outer = this.isTolerant;
    this.isTolerant = isTolerant;
    const isPure = this.value(node);
    this.isTolerant = outer;
    return isPure;
  }

  private value(node: Expression): boolean {
    switch (node.type) {
      case 'Literal':
      case 'RegexLiteral':
      case 'Wildcard':
        return true;
      case 'Template':
        return node.parts.every((part) => this.part(part));
      case 'ArrayLiteral':
        return node.elements.every(({ value }) => this.value(value));
      case 'ObjectLiteral':
        return node.members.every((member) => member.kind === 'pair' && this.value(member.value));
      case 'UnaryExpression':
        return this.value(node.operand);
      case 'BinaryExpression':
        return this.operator(node.operator, node.left, node.right);
      case 'TernaryExpression':
        return [node.test, node.consequent, node.alternate].every((each) => this.tolerant(each));
      case 'WhenExpression':
        return this.isEvaluated(node) && this.arms(node, 'value');
      case 'Reference':
        return this.reference(node);
      default:
        return false;
    }
  }

  private operator(operator: string, left: Expression, right: Expression): boolean {
    if (SHORT.has(operator) || TAKE_ANYTHING.has(operator)) return this.tolerant(left) && this.tolerant(right);
    // `+` refuses two words.
    return [left, right].some((side) => shapeOf(side) === 'number') && this.value(left) && this.value(right);
  }

  part(node: TemplatePart): boolean {
    if (node.type === 'TemplateText') return true;
    if (node.type !== 'TemplateReference' || node.pipes.length > 0) return false;
    const { ref, modifier } = node;
    const isPure = modifier.kind === 'none' ? this.reference(ref) : this.tolerant(ref);
    return isPure && (modifier.kind !== 'fragment' || modifier.parts.every((part) => this.part(part)));
  }

  private reference({ name, access }: Reference): boolean {
    if (!this.locals.has(name)) {
      const binding = this.e.scope.lookup(name);
      if (!binding || binding.kind === 'lazy' || binding.kind === 'exe' || binding.open) return false;
      if (!binding.definite && binding.kind !== 'param' && !this.isTolerant) return false;
      // A namespace refuses names it does not export.
      if (binding.kind === 'import' && access.length > 0) return false;
    }
    const known = this.containers.get(name);
    let path = name;
    return access.every((each) => {
      if (each.kind !== 'field' || !known?.has(path)) return false;
      path += `.${each.name}`;
      return true;
    });
  }
}
