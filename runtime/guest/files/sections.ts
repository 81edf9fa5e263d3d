/** Sections of Markdown files: `<f.md # Title>` and its kin (language.md 9.5). */

import { MlldError } from '../errors.js';
import { type Heading, headingsOf } from './headings.js';

export interface SectionRequest {
  title: string;
  /** `"X"?`: nothing when there is no such section. */
  optional: boolean;
}

/** Lines `start` up to, not including, `end`. */
interface Section {
  heading: Heading;
  start: number;
  end: number;
}

/**
 * The sections `include` asks for, in that order, without those in `exclude`, joined by a blank
 * line; null when all of them are optional and missing.
 *
 * @param path the file as the script wrote it, for messages
 * @throws MlldError SECTION_NOT_FOUND for a missing section that is not optional
 */
export function selectSections(
  text: string,
  include: readonly SectionRequest[],
  exclude: readonly SectionRequest[],
  path: string,
): string | null {
  const lines = text.split('\n');
  const sections = sectionsOf(text, lines.length);
  const excluded = exclude.flatMap(({ title }) => sections.filter((section) => matches(section, title)));
  const found = include.flatMap((request) => {
    const section = sections.find((candidate) => matches(candidate, request.title));
    if (section === undefined && !request.optional) throw missing(request.title, sections, path);
    return section === undefined ? [] : [section];
  });
  if (found.length === 0) return null;
  return found
    .map((section) => textOf(section, lines, excluded))
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The titles `# ??` lists, of one level (`# ##??`) or of all. */
export function listSections(text: string, level: number | null): string[] {
  return headingsOf(text).flatMap((heading) => (level === null || heading.level === level ? [heading.title] : []));
}

/**
 * `as "## New"`: the section with another heading line. A name without `#` keeps the level.
 *
 * @param count how many sections were selected
 * @throws MlldError SECTION_RENAME for more than one
 */
export function renameSection(section: string, heading: string, count: number): string {
  if (count > 1) throw new MlldError('Mlld', 'SECTION_RENAME', 'Renaming multiple sections is not supported yet');
  const end = section.indexOf('\n');
  const line = heading.startsWith('#') ? heading : `${/^#+/.exec(section)?.[0] ?? '#'} ${heading}`;
  return end < 0 ? line : line + section.slice(end);
}

/** Every heading with its lines: up to the next heading of the same or a higher level. */
function sectionsOf(text: string, lineCount: number): Section[] {
  const headings = headingsOf(text);
  return headings.map((heading, i) => {
    let next = i + 1;
    while (next < headings.length && headings[next]!.level > heading.level) next++;
    return { heading, start: heading.line, end: headings[next]?.line ?? lineCount };
  });
}

function matches(section: Section, title: string): boolean {
  const wanted = comparable(title);
  return wanted !== '' && comparable(section.heading.title).startsWith(wanted);
}

/** Case and punctuation do not count. */
function comparable(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s]/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function textOf(section: Section, lines: readonly string[], excluded: readonly Section[]): string {
  const kept: string[] = [];
  for (let i = section.start; i < section.end; ) {
    const skipped = excluded.find((other) => other.start === i);
    if (skipped) i = Math.max(skipped.end, i + 1);
    else kept.push(lines[i++]!);
  }
  return kept.join('\n').trim();
}

function missing(title: string, sections: readonly Section[], path: string): MlldError {
  const titles = sections.map(({ heading }) => heading.title);
  const hint = titles.length > 0 ? `Sections in this file: ${titles.join(', ')}` : 'The file has no headings.';
  return new MlldError(
    'Mlld',
    'SECTION_NOT_FOUND',
    `Failed to load content: ${path}\n\nSection "${title}" not found in content\n\n${hint}`,
  );
}
