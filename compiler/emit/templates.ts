/** Template parts (language.md 3). */

import type { FileExpression, TemplateFor, TemplatePart, TemplateReference, TemplateText } from '../../grammar/ast.js';
import { AMBIENT_IN_TEXT } from './ambient.js';
import { type Code, joinCode, js, str } from './code.js';
import type { Emitter } from './emitter.js';
import { fileOptions } from './files.js';
import { chain, isBuiltinFunction, reference } from './references.js';
import { partsRegion } from './regions.js';

/** A whole template as a value; `open` names the placeholders that whoever imports it may fill. */
export function template(
  parts: readonly TemplatePart[],
  e: Emitter,
  open: readonly (string | null)[] | null = null,
): Code {
  return assembled(parts, e, open ? 'openTemplate' : 'tpl', open ? js`, ${JSON.stringify(open)}` : '');
}

/** A template that keeps its parts, for an operation whose guards judge them one by one. */
export function templateParts(parts: readonly TemplatePart[], e: Emitter): Code {
  return assembled(parts, e, 'parts', '');
}

function assembled(parts: readonly TemplatePart[], e: Emitter, make: string, more: Code): Code {
  const texts: TemplateText[][] = [[]];
  const values: Code[] = [];
  for (const part of parts) {
    if (part.type === 'TemplateText') texts.at(-1)!.push(part);
    else {
      values.push({ unit: e.unit.id, span: part.loc, name: null, code: interpolation(part, e) });
      texts.push([]);
    }
  }
  const literals = texts.map((pieces) => literal(pieces, e));
  if (values.length === 0) return js`${e.rt('box')}(${literals[0]!})`;
  return js`${e.rt(make)}([${joinCode(literals, ', ')}], [${joinCode(values, ', ')}]${more})`;
}

/** The text between two references. */
function literal(pieces: readonly TemplateText[], e: Emitter): Code {
  const code = str(pieces.map(({ text }) => text).join(''));
  const [first] = pieces;
  return first ? { unit: e.unit.id, span: first.loc, name: null, code } : code;
}

/** One interpolated part as a value. */
export function interpolation(part: Exclude<TemplatePart, { type: 'TemplateText' }>, e: Emitter): Code {
  switch (part.type) {
    case 'TemplateReference':
      return templateReference(part, e);
    case 'TemplateFor':
      return templateFor(part, e);
    case 'TemplateFileRef':
      return piped(inlineFile(part.file, e), part.pipes, e, part.loc);
  }
}

/** `<>.mx.filename`, and `<>.filename` for short (language.md 9.5). */
export function placeholderCode(file: string, node: FileExpression, e: Emitter): Code {
  const [first, second] = node.access;
  if (first?.kind !== 'field' || second?.kind === 'call') return chain(file, node.access, '<>', node, e);
  const start = js`${e.rt('fileField')}(${file}, ${str(first.name)}, ${e.site(node.loc)})`;
  return chain(start, node.access.slice(1), `<>.${first.name}`, node, e);
}

function inlineFile(file: FileExpression, e: Emitter): Code {
  const placeholder = e.scope.lookup('<>');
  // Inside an `as` template `<>` stands for the file itself.
  if (placeholder && file.path.parts.length === 0) return placeholderCode(placeholder.js, file, e);
  const load = e.await(
    js`${e.rt('loadInline')}(${e.context}, ${e.module}, ${fileOptions(file, e)}, ${e.site(file.loc)})`,
  );
  return chain(load, file.access, 'file', file, e);
}

function templateReference(part: TemplateReference, e: Emitter): Code {
  const { ref, modifier } = part;
  const binding = e.scope.lookup(ref.name);
  const known = binding !== undefined || AMBIENT_IN_TEXT.has(ref.name);
  if (!known && modifier.kind === 'none') {
    if (isBuiltinFunction(ref.name) && ref.access[0]?.kind === 'call')
      return piped(reference(ref, e), part.pipes, e, part.loc);
    return js`${e.rt('workspaceText')}(M, ${str(ref.name)}, ${str(part.source)})`;
  }
  const guarded = (value: Code): Code => {
    // An undefined root is text as written; a missing parameter too (language.md 2.3).
    if (!binding || (binding.definite && binding.kind !== 'param') || modifier.kind !== 'none') return value;
    return js`(${binding.js} === undefined ? ${e.rt('box')}(${str(part.source)}) : ${value})`;
  };
  const value = piped(
    modifier.kind === 'none' ? reference(ref, e, true) : e.tolerating(() => reference(ref, e)),
    part.pipes,
    e,
    part.loc,
    `@${ref.name}`,
  );
  switch (modifier.kind) {
    case 'none':
      return guarded(value);
    case 'optional':
      return js`${e.rt('whenTruthy')}(${value})`;
    case 'default':
      return js`${e.rt('orDefault')}(${value}, ${str(modifier.text)})`;
    case 'fragment': {
      const { code, async } = e.lambda({ kind: 'value', ownContext: false }, () => template(modifier.parts, e));
      const region = partsRegion(modifier.parts, [], e);
      return e.runtime(
        'fragment',
        async,
        js`${e.deciding('decisive', region, value, ref.loc, modifier.parts)}, ${code}`,
      );
    }
  }
}

/**
 * Condensed pipes behind a reference: `@x|@f|@o.g`.
 * @param subject what they are applied to, for messages
 */
function piped(
  value: Code,
  pipes: TemplateReference['pipes'],
  e: Emitter,
  loc: TemplateReference['loc'],
  subject: string | null = null,
): Code {
  let code = value;
  for (const pipe of pipes) {
    const name = [pipe.name, ...pipe.access.map((a) => (a.kind === 'field' ? a.name : ''))].join('.');
    const binding = e.scope.lookup(pipe.name);
    const isMember = binding !== undefined && pipe.access.length > 0;
    const target = isMember ? e.tolerating(() => reference(pipe, e)) : (binding?.js ?? 'undefined');
    const async = isMember || (binding !== undefined && e.mayWait(binding));
    const within = subject === null ? '' : js`, ${str(subject)}`;
    code = e.runtime('applyPipe', async, js`${e.context}, ${code}, ${target}, ${str(name)}, ${e.site(loc)}${within}`);
  }
  return code;
}

/** `/for @v in EXPR … /end`. */
function templateFor(part: TemplateFor, e: Emitter): Code {
  const items = e.expr(part.items);
  const value = e.unique('v_');
  const key = e.unique('k_');
  const declareItem = (name: string, code: string) =>
    e.scope.declare({
      name,
      js: code,
      kind: 'item',
      span: part.loc,
      moduleLevel: false,
      definite: true,
      async: null,
      parallelDepth: e.scope.parallelDepth,
    });
  const { code, async } = e.lambda(
    { kind: 'value', scope: 'iteration', params: [value, key], ownContext: false },
    () => {
      declareItem(part.value, value);
      if (part.key) declareItem(part.key, key);
      return template(part.body, e);
    },
  );
  const region = partsRegion(part.body, [part.value, ...(part.key ? [part.key] : [])], e);
  return e.runtime(
    'tplFor',
    async,
    js`${e.deciding('sized', region, items, part.items.loc, part.body)}, ${code}, ${e.site(part.loc)}`,
  );
}
