/** Commands and code: what policies say of their text, and what their output certainly carries. */

import type { CodeExpression, CommandExpression, TemplatePart } from '../../../grammar/ast.js';
import type { PropagationKey } from '../../../runtime/shared/propagation.js';
import { textOf } from './data.js';
import { evaluate, partsValue } from './follow.js';
import { type Frame, here } from './frame.js';
import { checkAround, checkCapability, checkFlow, commandsOf, UNKNOWN_WORD } from './refusals.js';
import { joined, result, UNKNOWN, type Value } from './values.js';

/** `exe`: the body of an executable, whose call was judged for the language. */
type Position = 'value' | 'exe';

/** `cmd { … }`. */
export function commandValue(node: CommandExpression, frame: Frame): Value {
  const parts = partsValue(node.parts, frame);
  const { text, shown, known } = written(node.parts, frame);
  const given = node.args.map((arg) => evaluate(arg, frame));
  for (const using of node.using) given.push(using.kind === 'var' ? (frame.scope.get(using.name) ?? UNKNOWN) : UNKNOWN);
  if (frame.piped) given.push(frame.piped);
  const place = { span: node.loc, operation: `run ${shown}` };
  // A relative name after another directory means another file.
  const cwd = node.cwd === null ? { cwd: frame.all.world.main.dir } : {};
  checkCapability(frame, place, { kind: 'command', text, ...cwd }, known && node.cwd === null);
  checkFlow(frame, place, [parts, ...given], { labels: [], opLabels: ['op:cmd'], commands: commandsOf(text) });
  checkAround(frame, place, [parts, ...given]);
  const at = here(frame, node.loc, `src:cmd enters: ${place.operation}`);
  const value = result('command', at, parts, joined(given));
  // A box may say more of what its children answer.
  return { ...value, exact: value.exact && known && node.using.length === 0 && !frame.box };
}

/** `js { … }`, `sh { … }` and their kin. */
export function codeValue(node: CodeExpression, frame: Frame, position: Position): Value {
  const { language, code } = node;
  const given = joined(node.args.map((arg) => evaluate(arg, frame)));
  const medium = language === 'bash' ? 'sh' : language;
  const place = { span: node.loc, operation: `${language} { … }` };
  if (medium === 'sh')
    checkCapability(frame, place, { kind: 'shell', text: code, cwd: frame.all.world.main.dir }, node.cwd === null);
  else if (position === 'value') checkCapability(frame, place, { kind: 'language', language: medium });
  if (position === 'value') checkFlow(frame, place, [given], { labels: [], opLabels: [`op:${medium}`] });
  // Code in the sandbox reaches nothing by itself.
  if (position === 'value' && medium !== 'js') checkAround(frame, place, [given]);
  const at = here(frame, node.loc, `src:${medium} enters: ${place.operation}`);
  return { ...result(ROWS[medium], at, given), exact: false };
}

const ROWS: Readonly<Record<'sh' | 'js' | 'node' | 'py', PropagationKey>> = {
  sh: 'shell',
  js: 'js',
  node: 'node',
  py: 'python',
};

/** A word that a shell takes as it is, quoted or not. */
const BARE_WORD = /^[\w./:@%+,-]+$/;

/** The text with every interpolation that is not known as a word of its own, and as it is written. */
function written(parts: readonly TemplatePart[], frame: Frame): { text: string; shown: string; known: boolean } {
  let known = true;
  let text = '';
  let shown = '';
  for (const part of parts) {
    if (part.type === 'TemplateText') {
      text += part.text;
      shown += part.text;
      continue;
    }
    const value = textOf(partsValue([part], { ...frame, tells: false }));
    const isWord = value !== undefined && BARE_WORD.test(value);
    known &&= isWord;
    text += isWord ? value : UNKNOWN_WORD;
    shown += part.type === 'TemplateReference' ? part.source : '…';
  }
  return { text: text.trim(), shown: shown.trim(), known };
}

/** What a pipe gives a command. */
export function pipedInto(node: CommandExpression | CodeExpression, input: Value, frame: Frame): Value {
  const inner: Frame = { ...frame, piped: input };
  const value = node.type === 'CommandExpression' ? commandValue(node, inner) : codeValue(node, inner, 'value');
  return joined([value, input]);
}
