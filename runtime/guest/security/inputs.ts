/** `@input` and `@mx.args` as guards see them (security.md 3.3). */

import { EMPTY, type Mark } from '../../shared/marks.js';
import { includesLabel } from '../../shared/policy/labels.js';
import { type Box, box, plain } from '../box.js';
import { MlldError } from '../errors.js';
import { NATIVE, type NativeValue, native } from '../native.js';
import { toText } from '../values/display.js';
import { markList } from '../values/mark-lists.js';
import { makeArray } from '../values/objects.js';
import { inputMark } from './operations.js';

/**
 * The inputs of an operation: an array with quantified views of its members. What says something of
 * their content, their size included, has their marks; what their labels are has none.
 */
export class GuardInputs implements NativeValue {
  declare readonly [NATIVE]: true;
  declare readonly isView: true;
  static {
    native(GuardInputs.prototype);
  }

  constructor(readonly inputs: readonly Box[]) {}

  toJSON(): unknown {
    return this.inputs.map((input) => plain(input.value));
  }

  get(name: string): Box | undefined {
    switch (name) {
      case 'any':
      case 'all':
      case 'none':
        return box(new QuantifiedInputs(this.inputs, name, false));
      case 'mx':
        return box(new InputsMx(this.inputs));
      case 'length':
        return box(this.inputs.length);
    }
    if (/^\d+$/.test(name)) return this.inputs[Number(name)] ?? box(null);
    // A single input answers for itself, so filters may be written for one or for many.
    return undefined;
  }

  call(name: string, args: readonly Box[]): Box | undefined {
    const mark = inputMark(this.inputs);
    if (name === 'totalTokens') return box(total(this.inputs), mark);
    if (name === 'maxTokens') return box(Math.max(0, ...tokens(this.inputs)), mark);
    if (name === 'includes')
      return box(
        this.inputs.some((input) => plain(input.value) === plain(args[0]?.value)),
        mark,
      );
    return undefined;
  }

  includes(path: string, args: readonly Box[]): Box | undefined {
    const question = QUESTIONS.get(path);
    return question && include(this.inputs, question.mode, question.of, args);
  }

  /** As an ordinary array value. */
  asArray(): Box {
    return makeArray(this.inputs as Box[]);
  }
}

function tokens(inputs: readonly Box[]): number[] {
  return inputs.map((input) => Math.ceil(toText(input).length / 4));
}

function total(inputs: readonly Box[]): number {
  return tokens(inputs).reduce((sum, n) => sum + n, 0);
}

const MODES = ['any', 'all', 'none'] as const;
type Mode = (typeof MODES)[number];
const LISTS = ['labels', 'taint', 'sources'] as const;
type Asked = (typeof LISTS)[number] | 'text';

/** `@input.any.mx.labels.includes("x")`, `@input.none.text.includes("y")`: one field of every input. */
class QuantifiedInputs implements NativeValue {
  declare readonly [NATIVE]: true;
  declare readonly isView: true;
  static {
    native(QuantifiedInputs.prototype);
  }

  constructor(
    private readonly inputs: readonly Box[],
    private readonly mode: Mode,
    private readonly isMx: boolean,
  ) {}

  toJSON(): unknown {
    return null;
  }

  get(name: string): Box {
    const { inputs, mode, isMx } = this;
    if (!isMx && name === 'mx') return box(new QuantifiedInputs(inputs, mode, true));
    const question = QUESTIONS.get(`${mode}.${isMx ? 'mx.' : ''}${name}`);
    if (question) return box(new QuantifiedList(inputs, mode, question.of));
    throw noSuchField(isMx ? `input.${mode}.mx` : `input.${mode}`, name, isMx ? LISTS : ['text', 'mx']);
  }
}

/** A condition that asks about nothing would always let pass. */
function noSuchField(of: string, name: string, fields: readonly string[]): MlldError {
  return new MlldError('FieldAccess', 'FIELD_NOT_FOUND', `Variable "${of}" has no field "${name}"`, {
    hint: `@${of} has: ${fields.join(', ')}.`,
  });
}

/** A text or list of every input, asked with `includes` under a quantifier. */
class QuantifiedList implements NativeValue {
  declare readonly [NATIVE]: true;
  declare readonly isView: true;
  static {
    native(QuantifiedList.prototype);
  }

  constructor(
    private readonly inputs: readonly Box[],
    private readonly mode: Mode,
    private readonly of: Asked,
  ) {}

  toJSON(): unknown {
    const { of } = this;
    return this.inputs.map((input) => (of === 'text' ? toText(input) : input.deep[of]));
  }

  get(): Box | undefined {
    return undefined;
  }

  call(name: string, args: readonly Box[]): Box | undefined {
    if (name !== 'includes') return undefined;
    return include(this.inputs, this.mode, this.of, args);
  }
}

/** `any.text`, `none.mx.labels` … */
const QUESTIONS = new Map<string, { readonly mode: Mode; readonly of: Asked }>();
for (const mode of MODES) {
  QUESTIONS.set(`${mode}.text`, { mode, of: 'text' });
  for (const of of LISTS) QUESTIONS.set(`${mode}.mx.${of}`, { mode, of });
}

/** Whether what is asked about includes something, in as many inputs as the mode says. */
function include(inputs: readonly Box[], mode: Mode, of: Asked, args: readonly Box[]): Box {
  const wanted = String(plain(args[0]?.value));
  // Labels may be told without what they are on; texts are the inputs' own.
  return box(areFound(inputs, mode, of, wanted), of === 'text' ? inputMark(inputs) : EMPTY);
}

function areFound(inputs: readonly Box[], mode: Mode, of: Asked, wanted: string): boolean {
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i]!;
    const found = of === 'text' ? toText(input).includes(wanted) : includesLabel(input.deep[of], wanted);
    // The first that decides it.
    if (found !== (mode === 'all')) return mode === 'any';
  }
  return mode !== 'any';
}

/** The union over all inputs, as `@input.mx`. */
class InputsMx implements NativeValue {
  declare readonly [NATIVE]: true;
  declare readonly isView: true;
  static {
    native(InputsMx.prototype);
  }

  private readonly mark: Mark;
  constructor(private readonly inputs: readonly Box[]) {
    this.mark = inputMark(inputs);
  }

  toJSON(): unknown {
    return { labels: this.mark.labels, taint: this.mark.taint, sources: this.mark.sources };
  }

  get(name: string): Box | undefined {
    if (name === 'labels' || name === 'taint' || name === 'sources') return markList(this.mark, name);
    if (name === 'tokens') return box(total(this.inputs), this.mark);
    return undefined;
  }
}

/** `@mx.args`: values by parameter name; `.names` lists the names. */
export class GuardArgs implements NativeValue {
  declare readonly [NATIVE]: true;
  declare readonly isView: true;
  static {
    native(GuardArgs.prototype);
  }

  constructor(
    private readonly params: readonly string[],
    private readonly args: readonly (Box | undefined)[],
  ) {}

  toJSON(): unknown {
    return Object.fromEntries(this.names().map((name) => [name, plain(this.value(name)!.value)]));
  }

  get(name: string): Box | undefined {
    if (name === 'names') return box(this.names());
    return this.value(name) ?? box(null);
  }

  /** `@mx.args["names"]` is the argument of that name. */
  at(name: string): Box {
    return this.value(name) ?? box(null);
  }

  private names(): string[] {
    return this.params.filter((_, i) => this.args[i] !== undefined);
  }

  private value(name: string): Box | undefined {
    const i = this.params.indexOf(name);
    return i < 0 ? undefined : this.args[i];
  }
}
