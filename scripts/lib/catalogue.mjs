/**
 * The error catalogue: `messages/*.md` read into entries.
 *
 *     # Title of the group
 *
 *     Introduction of the group.
 *
 *     ## key
 *
 *     > Message with %param%
 *     > and a second line
 *
 *     class: FieldAccess
 *     code: FIELD_ACCESS_ERROR
 *     hint: What to do about it.
 *
 *     Explanation, with an example in a fence.
 *
 * A key names one message and is unique in the catalogue. `class` and `code` are what a user sees
 * (language.md 13.1); several entries may share a code.
 */
import fs from 'node:fs';
import path from 'node:path';

const KEY = /^[A-Za-z][A-Za-z0-9_-]*$/;
const PARAM = /%([a-z][A-Za-z0-9]*)%/g;
const FIELD = /^(class|code|hint):[ \t]*(.*)$/;
const FENCE = /^\s*(`{3,}|~{3,})/;

/**
 * @typedef {{ key: string, text: string, hint?: string, class?: string, code?: string, params: string[],
 *             explanation: string, line: number }} Entry
 * @typedef {{ file: string, title: string, intro: string, entries: Entry[] }} Group
 */

/**
 * Reads every group of a directory, in the order of the file names.
 * @param {string} directory
 * @returns {Group[]}
 * @throws {Error} listing every malformed or duplicate entry with its file and line
 */
export function readCatalogue(directory) {
  const problems = [];
  const groups = fs
    .readdirSync(directory)
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => readGroup(name, fs.readFileSync(path.join(directory, name), 'utf8'), problems));
  const seen = new Map();
  for (const group of groups) {
    for (const entry of group.entries) {
      const first = seen.get(entry.key);
      if (first) problems.push(`${group.file}:${entry.line}: '${entry.key}' is already defined in ${first}`);
      else seen.set(entry.key, `${group.file}:${entry.line}`);
    }
  }
  if (problems.length > 0) throw new Error(`The error catalogue is malformed:\n  ${problems.join('\n  ')}`);
  return groups;
}

/**
 * @param {string} file
 * @param {string} source
 * @param {string[]} problems collects what is wrong, as `file:line: problem`
 * @returns {Group}
 */
export function readGroup(file, source, problems) {
  const sections = splitSections(source.replace(/\r\n/g, '\n').split('\n'));
  const head = sections.shift();
  const titleAt = head.lines.findIndex((line) => line.startsWith('# '));
  if (titleAt < 0) problems.push(`${file}:1: the group has no '# Title'`);
  const title = titleAt < 0 ? file : head.lines[titleAt].slice(2).trim();
  const intro = head.lines
    .slice(titleAt + 1)
    .join('\n')
    .trim();
  return { file, title, intro, entries: sections.map((section) => readEntry(file, section, problems)) };
}

function splitSections(lines) {
  const sections = [{ key: '', line: 1, lines: [] }];
  let fence = null;
  lines.forEach((line, index) => {
    const mark = FENCE.exec(line)?.[1];
    if (mark && fence === null) fence = mark;
    else if (mark && line.trim() === fence) fence = null;
    if (fence === null && line.startsWith('## ')) {
      sections.push({ key: line.slice(3).trim(), line: index + 1, lines: [] });
    } else {
      sections.at(-1).lines.push(line);
    }
  });
  return sections;
}

function readEntry(file, { key, line, lines }, problems) {
  const report = (problem) => problems.push(`${file}:${line}: '${key}' ${problem}`);
  if (!KEY.test(key)) report('is not a valid key');

  const rest = [...lines];
  skipBlank(rest);
  const message = [];
  while (rest[0]?.startsWith('>')) message.push(rest.shift().replace(/^> ?/, ''));
  if (message.join('').trim() === '') report("has no message: the first thing under the key is '> message'");

  const fields = {};
  for (skipBlank(rest); FIELD.test(rest[0] ?? ''); skipBlank(rest)) {
    const [, name, first] = FIELD.exec(rest.shift());
    if (name in fields) report(`has more than one '${name}:'`);
    const value = [first];
    while (rest.length > 0 && rest[0].trim() !== '' && !FIELD.test(rest[0])) value.push(rest.shift());
    fields[name] = value.join('\n').trim();
    if (fields[name] === '') report(`has an empty '${name}:'`);
  }

  const explanation = rest.join('\n').trim();
  if (explanation === '') report('has no explanation');
  const text = message.join('\n').trimEnd();
  const params = new Set([...`${text}\n${fields.hint ?? ''}`.matchAll(PARAM)].map((match) => match[1]));
  return { key, line, text, ...fields, params: [...params], explanation };
}

function skipBlank(lines) {
  while (lines.length > 0 && lines[0].trim() === '') lines.shift();
}
