/** Builders of expressions: operators, calls, patterns. */
import type { Action, BinaryOperator, Expression, Pattern, Reference, Span, WhenTest } from '../../../grammar/ast.js';

/** Precedence of the binary operators, weakest first (language.md 4.4). */
const PRECEDENCE: Record<BinaryOperator, number> = {
  '??': 1,
  '||': 2,
  '&&': 3,
  '==': 4,
  '!=': 4,
  '~=': 4,
  '!~=': 4,
  '<': 4,
  '>': 4,
  '<=': 4,
  '>=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
};

/** Methods that values have (language.md 2.9): in text, only they are chained after a call. */
const METHODS = new Set(
  (
    'length includes indexOf startsWith endsWith toLowerCase toUpperCase trim split slice substring replace replaceAll ' +
    'match padStart padEnd repeat join concat reverse sort flat at ' +
    'isArray isObject isString isNumber isBoolean isNull isDefined keep keepStructured'
  ).split(' '),
);

interface Rest {
  op: BinaryOperator;
  right: Expression;
}

const between = (left: { loc: Span }, right: { loc: Span }): Span => ({ start: left.loc.start, end: right.loc.end });

/** The tree of a flat list of operands and operators; all operators are left associative. */
export function binary(first: Expression, rest: Rest[]): Expression {
  const operands: Expression[] = [first];
  const operators: BinaryOperator[] = [];
  const reduce = (): void => {
    const operator = operators.pop();
    const right = operands.pop();
    const left = operands.pop();
    if (!operator || !left || !right) return;
    operands.push({ type: 'BinaryExpression', operator, left, right, loc: between(left, right) });
  };
  for (const { op, right } of rest) {
    for (let top = operators.at(-1); top && PRECEDENCE[top] >= PRECEDENCE[op]; top = operators.at(-1)) reduce();
    operators.push(op);
    operands.push(right);
  }
  while (operators.length > 0) reduce();
  return operands[0] ?? first;
}

/** True for a reference with a call in it. */
export function isCall(reference: Reference): boolean {
  return reference.access.some((accessor) => accessor.kind === 'call');
}

/** The callee and the arguments of a reference whose last accessor is a call. */
export function splitCall(reference: Reference): { callee: Reference; args: Expression[] } {
  const last = reference.access.at(-1);
  if (last?.kind !== 'call') return { callee: reference, args: [] };
  return {
    callee: {
      ...reference,
      access: reference.access.slice(0, -1),
      loc: { start: reference.loc.start, end: last.loc.start },
    },
    args: last.args,
  };
}

export function isMethod(name: string): boolean {
  return METHODS.has(name);
}

/** True when the last of the accessors names a built-in method. */
export function endsInMethod(access: Reference['access']): boolean {
  const last = access.at(-1);
  return last?.kind === 'field' && METHODS.has(last.name);
}

// ───────────────────────────────────────────────────────────── when

/** The expression of a test that turned out to be the subject of a value list. */
export function subject(test: WhenTest & { loc?: Span }): Expression {
  if (test.kind === 'condition') return test.value;
  return { type: 'Wildcard', loc: test.loc ?? { start: 0, end: 0 } };
}

interface PatternOperand {
  /** Null for a value. */
  operator: BinaryOperator | null;
  value: Expression;
}

/** A pattern of `when VALUE [ … ]`: `||` and `&&` join patterns, other operators belong to their values. */
export function pattern(first: PatternOperand, rest: { op: BinaryOperator; right: PatternOperand }[]): Pattern {
  const alternatives: Pattern[][] = [[]];
  let current = first;
  let values: Rest[] = [];
  const flush = (): void => {
    const value = binary(current.value, values);
    alternatives
      .at(-1)
      ?.push(current.operator ? { kind: 'compare', operator: current.operator, value } : { kind: 'value', value });
    values = [];
  };
  for (const { op, right } of rest) {
    if (op === '||' || op === '&&') {
      flush();
      if (op === '||') alternatives.push([]);
      current = right;
    } else {
      values.push({ op, right: right.value });
    }
  }
  flush();
  const joined = alternatives.map((all) =>
    all.length === 1 && all[0] ? all[0] : { kind: 'and' as const, patterns: all },
  );
  return joined.length === 1 && joined[0] ? joined[0] : { kind: 'or', patterns: joined };
}

/** A value as an action: brackets with statements are a block. */
export function action(value: Expression): Action {
  if (value.type === 'BlockExpression') return { type: 'Block', body: value.body, loc: value.loc };
  if (value.type === 'ArrayLiteral' && value.elements.length === 1) {
    const only = value.elements[0]?.value;
    if (only?.type === 'RunExpression')
      return { type: 'Block', body: [{ ...only, type: 'RunStatement' }], loc: value.loc };
    if (only?.type === 'StreamExpression') {
      return { type: 'Block', body: [{ ...only, type: 'StreamStatement', with: null }], loc: value.loc };
    }
  }
  return { type: 'ExpressionStatement', value, loc: value.loc };
}
