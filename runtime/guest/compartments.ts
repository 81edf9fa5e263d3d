/**
 * Which cell a js body runs in. The bodies of a module share globals: one can keep what it was
 * given and another can answer it, so what a cell holds must never be more labelled than what comes
 * out. Each set of labels and origins has a cell of its own: calls share what they keep with calls
 * that were given the same, and a result carries its arguments' marks and no more.
 *
 * A cell is an engine context, so there is a bound: what comes later shares one, and a result of it
 * carries everything that went into it before.
 */

import { EMPTY, join, type Mark } from '../shared/marks.js';

/** A cell, and what its results carry besides the marks of their arguments. */
export interface Compartment {
  /** The number the host knows it by; cells are made when they are first named. */
  readonly cell: number;
  mark: Mark;
}

/** Contexts for each module; each has globals and a copy of the bodies of its own. */
const MOST = 24;

/** What the language itself says of a value it computed: how it was made, not from what. */
const COMPUTED = new Set(['src:js', 'src:exe', 'src:template']);

interface Compartments {
  /** By the mark's id: the way of all calls but the first. */
  readonly byMark: Map<number, Compartment>;
  readonly byLabels: Map<string, Compartment>;
  /** For all calls beyond the bound; made when there is one. */
  rest: Compartment | null;
}

const modules = new Map<string, Compartments>();
let nextCell = 0;

/** The compartment of a module's cell for a call with arguments of this mark. */
export function compartment(cell: string, mark: Mark): Compartment {
  let known = modules.get(cell);
  if (!known) {
    known = { byMark: new Map(), byLabels: new Map(), rest: null };
    modules.set(cell, known);
  }
  let found = known.byMark.get(mark.id);
  if (!found) {
    found = chosen(known, mark);
    known.byMark.set(mark.id, found);
  }
  if (found === known.rest) found.mark = join(found.mark, mark);
  return found;
}

function chosen(compartments: Compartments, mark: Mark): Compartment {
  const { byLabels } = compartments;
  const labels = mark.taint.filter((label) => !COMPUTED.has(label)).sort();
  const key = JSON.stringify(labels);
  const known = byLabels.get(key);
  if (known) return known;
  if (labels.length > 0 && byLabels.size >= MOST) {
    compartments.rest ??= newCompartment();
    return compartments.rest;
  }
  const made = newCompartment();
  byLabels.set(key, made);
  return made;
}

function newCompartment(): Compartment {
  return { cell: nextCell++, mark: EMPTY };
}
