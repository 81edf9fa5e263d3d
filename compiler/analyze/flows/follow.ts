/**
 * Expressions and statements are made of each other. Everything between them asks for both by these
 * functions, which the analysis hands on with its frame, so that no module needs one that needs it.
 */

import type { Expression, Statement, Template, TemplatePart } from '../../../grammar/ast.js';
import type { Frame } from './frame.js';
import type { Value } from './values.js';
import type { Ways } from './ways.js';

/** What a statement answers, and where control may go behind it. */
export interface Ran {
  value: Value | null;
  ways: Ways;
}

export interface Followers {
  /** Follows an expression: what it certainly carries, with every refusal on the way told. */
  evaluate(node: Expression, frame: Frame): Value;
  /** `run @f` calls what it names. */
  runValue(node: Expression, frame: Frame): Value;
  /** A text: the join of what is interpolated. */
  partsValue(parts: readonly TemplatePart[], frame: Frame): Value;
  /** What a path or a name in quotes says; null where only a run knows. */
  knownText(node: Template, frame: Frame): string | null;
  /** Follows one statement; effects and `=>` answer a value. */
  runStatement(node: Statement, frame: Frame): Ran;
  /** Follows a block: where control may go behind it. */
  runBlock(body: readonly Statement[], frame: Frame): Ways;
  /** Follows a block that is a value: any of its `=>`, or nothing. */
  answerOf(body: readonly Statement[], frame: Frame): Ran;
}

export const evaluate: Followers['evaluate'] = (node, frame) => frame.all.follow.evaluate(node, frame);
export const runValue: Followers['runValue'] = (node, frame) => frame.all.follow.runValue(node, frame);
export const partsValue: Followers['partsValue'] = (parts, frame) => frame.all.follow.partsValue(parts, frame);
export const knownText: Followers['knownText'] = (node, frame) => frame.all.follow.knownText(node, frame);
export const runStatement: Followers['runStatement'] = (node, frame) => frame.all.follow.runStatement(node, frame);
export const runBlock: Followers['runBlock'] = (body, frame) => frame.all.follow.runBlock(body, frame);
export const answerOf: Followers['answerOf'] = (body, frame) => frame.all.follow.answerOf(body, frame);
