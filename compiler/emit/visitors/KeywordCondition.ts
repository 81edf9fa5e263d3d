import type { KeywordCondition } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';

export default function keywordCondition(node: KeywordCondition, e: Emitter): Code {
  if (node.keyword === 'none') return e.rt('TRUE');
  return js`${e.rt('mxField')}(${e.context}, "denied")`;
}
