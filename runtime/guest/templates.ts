/** Templates (language.md 3): text and values joined, with the marks of everything interpolated. */

import { EMPTY, type Mark } from '../shared/marks.js';
import { joiner, PROPAGATION } from '../shared/propagation.js';
import { Box, box, marked } from './box.js';
import { Lazy } from './modules.js';
import type { Variable } from './refs.js';
import { toText } from './values/display.js';
import { truthy } from './values/truth.js';

const joinPart = joiner(PROPAGATION.template, 'parts');

/** `texts` has one element more than `values`: they alternate, beginning and ending with text. */
export function tpl(texts: readonly string[], values: readonly Box[]): Box {
  let text = texts[0]!;
  let mark: Mark = EMPTY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    text += toText(value) + texts[i + 1]!;
    mark = joinPart(mark, value.deep);
  }
  return new Box(text, mark);
}

/** A template of a module that leaves placeholders to those who import it (language.md 3.4). */
export function openTemplate(texts: readonly string[], values: readonly Box[], names: readonly (string | null)[]): Box {
  const { value, mark } = tpl(texts, values);
  return new Box(value, mark, { open: { texts, values, names } });
}

/** An imported template with the placeholders filled that this module has variables for. */
export function fillTemplate(template: Box, variables: readonly [string, Variable][]): Box {
  const open = template.extra?.open;
  if (!open) return template;
  const known = new Map(variables);
  const values = open.names.map((name, i) => {
    const found = name === null ? undefined : known.get(name);
    if (found instanceof Lazy) return found.force();
    return found instanceof Box ? found : open.values[i]!;
  });
  return marked(tpl(open.texts, values), template.mark);
}

/** A template that keeps what it interpolates, for an operation whose guards judge the parts. */
export class Parts {
  constructor(
    readonly texts: readonly string[],
    readonly values: readonly Box[],
  ) {}

  /** The text, with other values in the places of the interpolated ones. */
  render(values: readonly Box[] = this.values): Box {
    return tpl(this.texts, values);
  }
}

export function parts(texts: readonly string[], values: readonly Box[]): Parts {
  return new Parts(texts, values);
}

/** `@x?`: the value when truthy, else nothing. The condition's mark stays either way. */
export function whenTruthy(value: Box): Box {
  return truthy(value) ? value : box('', value.deep);
}

/** ``@x?`fragment` ``. */
export function fragment(value: Box, text: () => Box): Box {
  if (!truthy(value)) return box('', value.deep);
  const body = text();
  return new Box(body.value, joinPart(joinPart(EMPTY, value.deep), body.mark));
}

/** `@x??"default"`: for null and undefined only; an empty string is kept. */
export function orDefault(value: Box, fallback: string): Box {
  return value.value === null || value.value === undefined ? box(fallback, value.deep) : value;
}
