/** `file.select`: definitions picked out of source files (language.md 9.6). */

import { relative } from 'node:path';
import type { FileInfo } from '../../../../shared/file-info.js';
import { type MarkParts, markToJSON } from '../../../../shared/marks.js';
import type { Services } from '../../services.js';
import { type Binding, type BindingContext, HostError } from '../../types.js';
import { fileInfo } from '../info.js';
import { isGlob, matchPaths } from '../match.js';
import { originOf } from '../origin.js';
import { readText } from '../read.js';
import { absolutePath, type PathSubject, pathSubject } from '../target.js';
import { type Definition, outline } from './definitions.js';
import { languageOf } from './languages.js';
import { listsNames, type SelectorItem, selectCode, selectNames } from './selector.js';

/** What one file contributes: the names listed, or the code selected. */
export interface Selection {
  file: FileInfo;
  mark: MarkParts;
  names?: string[];
  entries?: ({ name: string; type: string; line: number; endLine: number; code: string } | null)[];
}

export function selectBinding(services: Services): Binding<'file.select'> {
  return {
    subjects: (args) => (isGlob(args.path) ? [] : [pathSubject('r', absolutePath(services, args.path, args.base))]),
    async run(args, context) {
      const base = args.base ?? services.dir;
      if (!isGlob(args.path)) {
        const selection = await selectFrom(
          services,
          context.subjects[0] as PathSubject,
          base,
          args.items,
          args.path,
          context,
        );
        return { value: [selection], mark: selection.mark };
      }
      const selections: Selection[] = [];
      for (const path of await matchPaths(services, args.path, args.base)) {
        if (!languageOf(path)) continue;
        const subject = pathSubject('r', path);
        await context.permit(subject);
        const selection = await selectFrom(services, subject, base, args.items, relative(base, path), context);
        // In one file of many a name that is missing is no news.
        if (selection.entries) selection.entries = selection.entries.filter((entry) => entry !== null);
        if ((selection.entries ?? selection.names ?? []).length > 0) selections.push(selection);
      }
      return { value: selections };
    },
  };
}

async function selectFrom(
  services: Services,
  subject: PathSubject,
  base: string,
  items: readonly SelectorItem[],
  written: string,
  context: BindingContext,
): Promise<Selection> {
  const names = listsNames(items);
  const language = languageOf(subject.given);
  if (!language) {
    throw new HostError(
      'Mlld',
      'SELECTOR_LANGUAGE_UNKNOWN',
      `Failed to load content: ${written}\n\nCode selectors do not know this kind of file`,
      { path: subject.given },
    );
  }
  const text = readText(subject, services.limits.file, written);
  const found = await outline(text, language);
  const mark = markToJSON(await originOf(services, subject, text, context)) ?? {};
  const file = fileInfo(subject.given, base);
  return names
    ? { file, mark, names: selectNames(found, items) }
    : { file, mark, entries: selectCode(found, items).map(toEntry) };
}

function toEntry(definition: Definition | null) {
  if (!definition) return null;
  const { name, type, line, endLine, code } = definition;
  return { name, type, line, endLine, code };
}
