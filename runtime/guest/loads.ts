/**
 * File loads (language.md 9): what the door read becomes a value: typed by extension, with metadata,
 * sections, selections, templates.
 */

import { EMPTY, join, joinAll, type Mark, type MarkParts, makeMark } from '../shared/marks.js';
import { joiner, PROPAGATION } from '../shared/propagation.js';
import { isConfidential, REDACTED } from '../shared/security/confidential.js';
import { type SelectorPattern, selectorItem } from '../shared/selectors.js';
import { Box, box, type LoadInfo, marked } from './box.js';
import type { Context } from './context.js';
import { note } from './document.js';
import { doorPost } from './door.js';
import { MlldError } from './errors.js';
import { splitFrontmatter } from './files/frontmatter.js';
import { joined, sectionListing } from './files/globs.js';
import { listSections, renameSection, type SectionRequest, selectSections } from './files/sections.js';
import type { ModuleRecord } from './modules.js';
import { resolvePath } from './paths.js';
import { incoming } from './unlabeled.js';
import { toText } from './values/display.js';
import { makeArray } from './values/objects.js';

export interface LoadOptions {
  path: Box;
  optional?: true;
  sections?: { kind: 'sections' | 'list'; level: number | null; include: SectionOption[]; exclude: SectionOption[] };
  select?: SelectorItem[];
  /** A template for each file, or a heading for a section. */
  as?: (file: Box) => Box;
}

interface SectionOption {
  title: Box;
  optional: boolean;
}

interface SelectorItem extends SelectorPattern {
  usage: boolean;
  optional: boolean;
  /** Of the variables in it. */
  mark?: Mark;
}

/** An item of a selector with variables in it. */
export function selectorOf(text: Box, usage: boolean, optional: boolean): SelectorItem {
  return { ...selectorItem(toText(text)), usage, optional, mark: text.deep };
}

interface Loaded {
  file: LoadInfo;
  text: string;
  html?: string;
  mark: MarkParts;
}

const GLOB = /[*?{[]/;

const joinPath = joiner(PROPAGATION.file, 'path');
const joinRecorded = joiner(PROPAGATION.file, 'recorded');
const joinAddress = joiner(PROPAGATION.network, 'address');

/** The mark of what is at a path: the path's own, and what the door knows about the file. */
function under(path: Box, reply: Box): Mark {
  return joinRecorded(joinPath(EMPTY, path.deep), reply.mark);
}

/** `<path …>` as a value. */
export async function load(context: Context, module: ModuleRecord, options: LoadOptions, site: number): Promise<Box> {
  const written = toText(options.path).trim();
  if (/^https?:\/\//i.test(written))
    return finish(await loadUrl(context, options.path, written, site), written, options);
  const path = new Box(resolvePath(module, options.path), options.path.deep);
  if (options.select) return select(context, module, path, options, site);
  if (GLOB.test(written)) return loadGlob(context, module, path, written, options, site);
  try {
    const reply = await doorPost('file.read', { path, base: module.dir }, site, context);
    return finish(fileValue(reply.value as Loaded, under(path, reply), written), written, options);
  } catch (error) {
    if (options.optional && error instanceof MlldError && error.code === 'FILE_NOT_FOUND') return box(null, path.deep);
    throw asWritten(error, String(path.value), written, site);
  }
}

/** Messages name the path as the script has it. */
function asWritten(error: unknown, path: string, written: string, site: number): unknown {
  if (!(error instanceof MlldError)) return error;
  error.site ??= site;
  error.message = error.message.replace(path, written);
  return error;
}

/** `<path>` inside a template: a failed load is empty text and a warning (language.md 3.6). */
export async function loadInline(
  context: Context,
  module: ModuleRecord,
  options: LoadOptions,
  site: number,
): Promise<Box> {
  try {
    return await load(context, module, options, site);
  } catch (error) {
    if (!(error instanceof MlldError) || error.kind === 'MlldSecurity') throw error;
    note(inlineWarning(options.path, error), options.path.deep, site);
    return box('', options.path.deep);
  }
}

/** A path made of a secret is not shown, and neither is a message that may quote it. */
function inlineWarning(path: Box, error: MlldError): string {
  if (isConfidential(path.deep)) return `Warning: Failed to load file '${REDACTED}'`;
  return `Warning: Failed to load file '${toText(path)}': ${error.message.split('\n', 1)[0]}`;
}

/** The value of a loaded file by its extension (language.md 9.2). */
function fileValue(loaded: Loaded, mark: Mark, written: string, lenient = false): Box {
  const { text } = loaded;
  const all = incoming(joinRecorded(mark, makeMark(loaded.mark)));
  const isText = !/\.jsonl?$/i.test(loaded.file.filename);
  const file: LoadInfo = isText
    ? { ...loaded.file, fm: splitFrontmatter(text).data, ...(loaded.html === undefined ? {} : { html: loaded.html }) }
    : loaded.file;
  if (isText) return new Box(text, all, { file, type: 'text', origin: 'file' });
  try {
    const data = /\.jsonl$/i.test(loaded.file.filename) ? parseLines(text) : JSON.parse(text);
    return new Box(data, all, { file, text, origin: 'file' });
  } catch (error) {
    if (lenient) return new Box(text, all, { file, type: 'text', origin: 'file' });
    throw new MlldError(
      'Mlld',
      'JSON_LOAD_FAILED',
      `Failed to load content: ${written}\n\nFailed to parse JSON from ${loaded.file.filename} (${(error as Error).message})`,
    );
  }
}

function parseLines(text: string): unknown[] {
  const records: unknown[] = [];
  for (const line of text.split('\n')) if (line.trim() !== '') records.push(JSON.parse(line));
  return records;
}

async function loadUrl(context: Context, path: Box, url: string, site: number): Promise<Box> {
  const reply = await doorPost('net.fetch', { url: path }, site, context);
  const mark = join(joinAddress(EMPTY, path.deep), reply.mark);
  const page = reply.value as {
    url: string;
    domain: string;
    status: number;
    ok: boolean;
    contentType: string;
    text: string;
    title?: string;
    description?: string;
  };
  if (!page.ok)
    throw new MlldError(
      'Mlld',
      'URL_LOAD_FAILED',
      `Failed to load URL: ${url}\n\nThe server answered with status ${page.status}`,
      { site },
    );
  const file: LoadInfo = {
    filename: url.split('/').pop() ?? '',
    relative: url,
    absolute: url,
    dirname: '',
    relativeDir: '',
    absoluteDir: '',
    url: page.url,
    domain: page.domain,
    status: page.status,
    title: page.title,
    description: page.description,
  };
  if (page.contentType.endsWith('json')) {
    try {
      return new Box(JSON.parse(page.text), mark, { file, text: page.text, origin: 'url' });
    } catch {
      // A page that only claims to be JSON is text.
    }
  }
  return new Box(page.text, mark, { file, type: 'text', origin: 'url' });
}

async function loadGlob(
  context: Context,
  module: ModuleRecord,
  path: Box,
  written: string,
  options: LoadOptions,
  site: number,
): Promise<Box> {
  const reply = await doorPost('file.glob', { pattern: path, base: module.dir }, site, context);
  const files = (reply.value as Loaded[]).map((loaded) => fileValue(loaded, under(path, reply), written, true));
  const { sections } = options;
  if (sections?.kind === 'list') return sectionListing(files, sections.level);
  if (sections) {
    const chosen = files.flatMap((file) => {
      const part = selectSections(
        String(file.value),
        requests(sections.include, true),
        requests(sections.exclude),
        written,
      );
      return part === null
        ? []
        : [
            new Box(
              options.as ? renameSection(part, toText(options.as(file)), sections.include.length) : part,
              file.mark,
              file.extra,
            ),
          ];
    });
    return joined(chosen);
  }
  return joined(options.as ? files.map((file) => options.as!(file)) : files);
}

async function select(
  context: Context,
  module: ModuleRecord,
  path: Box,
  options: LoadOptions,
  site: number,
): Promise<Box> {
  const { marks, items } = withoutMarks(options.select!);
  const reply = await doorPost('file.select', { path, base: module.dir, items: new Box(items, marks) }, site, context);
  const selections = reply.value as {
    file: LoadInfo;
    kind: string;
    names?: string[];
    entries?: (Record<string, unknown> | null)[];
    mark: MarkParts;
  }[];
  const results: Box[] = [];
  for (const selection of selections) {
    const mark = incoming(joinRecorded(under(path, reply), makeMark(selection.mark)));
    if (selection.names) {
      if (selections.length === 1) return joined(selection.names.map((name) => box(name, mark)));
      results.push(new Box({ file: selection.file.filename, names: selection.names }, mark));
    } else {
      for (const item of selection.entries ?? [])
        results.push(
          item === null
            ? box(null, mark)
            : new Box(item, mark, { text: String(item.code ?? ''), file: selection.file, origin: 'file' }),
        );
    }
  }
  return selections.some((s) => s.names) ? makeArray(results) : joined(results);
}

function withoutMarks(all: readonly SelectorItem[]): { items: unknown[]; marks: Mark } {
  const items = all.map(({ mark: _, ...item }) => item);
  return { items, marks: joinAll(all.map(({ mark }) => mark ?? EMPTY)) };
}

function requests(options: readonly SectionOption[], optional = false): SectionRequest[] {
  return options.map((option) => ({ title: toText(option.title), optional: optional || option.optional }));
}

/** Sections, listings and templates of one file. */
function finish(file: Box, written: string, options: LoadOptions): Box {
  const { sections, as } = options;
  if (!sections) return as ? marked(as(file), file.deep) : file;
  const text = file.extra?.text ?? toText(file);
  const mark = joinAll([file.deep, ...[...sections.include, ...sections.exclude].map((s) => s.title.deep)]);
  if (sections.kind === 'list') return joined(listSections(text, sections.level).map((name) => box(name, mark)));
  const part = selectSections(text, requests(sections.include), requests(sections.exclude), written);
  if (part === null) return box(null, mark);
  const renamed = as ? renameSection(part, toText(as(file)), sections.include.length) : part;
  return new Box(renamed, mark, { ...file.extra, text: undefined, type: 'text' });
}

/** `@exists(path)`: a file, or a pattern that matches one (language.md 12). */
export async function fileExists(context: Context, module: ModuleRecord, path: Box, site: number): Promise<Box> {
  if (path.value === null || path.value === undefined) return box(false, path.deep);
  if (path.extra?.file) return box(true, path.deep);
  const _written = toText(path).trim();
  const reply = await doorPost(
    'file.exists',
    { path: new Box(resolvePath(module, path), path.deep), base: module.dir },
    site,
    context,
  );
  return box(reply.value, under(path, reply));
}
