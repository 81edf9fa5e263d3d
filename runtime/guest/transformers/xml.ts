/** `@xml`: data and Markdown as tagged text for language models (language.md 8.6). */

import { isObject } from '../box.js';
import { headingsOf } from '../files/headings.js';
import { textView } from '../values/display.js';
import { containerData, type Transformer, textTransformer } from './transform.js';

export const xml: Transformer = textTransformer((input) => {
  const data = containerData(input);
  if (Array.isArray(data))
    return ['<ROOT>', ...data.map((member) => element('ITEM', member, '  ')), '</ROOT>'].join('\n');
  if (isObject(data))
    return Object.keys(data)
      .map((key) => element(tag(key), data[key], ''))
      .join('\n');
  return document(textView(input));
});

function element(name: string, value: unknown, indent: string): string {
  const inner = `${indent}  `;
  const children = Array.isArray(value)
    ? value.map((member) => element('ITEM', member, inner))
    : isObject(value)
      ? Object.keys(value).map((key) => element(tag(key), value[key], inner))
      : null;
  if (children === null) return `${indent}<${name}>${escaped(String(value ?? ''))}</${name}>`;
  return children.length === 0
    ? `${indent}<${name}></${name}>`
    : `${indent}<${name}>\n${children.join('\n')}\n${indent}</${name}>`;
}

/** A heading or key as a tag: upper case, underscores for everything that is no letter or digit. */
function tag(name: string): string {
  const word = name
    .trim()
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '');
  return /^\p{L}/u.test(word) ? word : `_${word}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Text without headings is one document; headings become nested elements. */
function document(text: string): string {
  const headings = headingsOf(text);
  const lines = text.split('\n');
  if (headings.length === 0) return ['<DOCUMENT>', ...body(lines), '</DOCUMENT>'].join('\n');
  const output = body(lines.slice(0, headings[0]!.line));
  const open: { level: number; name: string }[] = [];
  const close = (level: number): void => {
    while (open.length > 0 && open.at(-1)!.level >= level) output.push(`</${open.pop()!.name}>`);
  };
  headings.forEach((heading, i) => {
    close(heading.level);
    const name = tag(heading.title);
    output.push(`<${name}>`, ...body(lines.slice(heading.line + 1, headings[i + 1]?.line)));
    open.push({ level: heading.level, name });
  });
  close(0);
  return output.join('\n');
}

/** The lines between the first and the last that are not blank. */
function body(lines: readonly string[]): string[] {
  const text = lines
    .join('\n')
    .replace(/^(?:[ \t]*\n)+/, '')
    .trimEnd();
  return text === '' ? [] : [escaped(text)];
}
