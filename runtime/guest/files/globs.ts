/** Arrays of files and of texts whose text view is their members' (language.md 9.3, 9.5). */

import { Box, box } from '../box.js';
import { makeArray, makeObject } from '../values/objects.js';
import { listSections } from './sections.js';

export { joinedText } from '../values/display.js';

/** The members as an array that is shown and interpolated as their texts with blank lines between. */
export function joined(members: readonly Box[]): Box {
  const list = makeArray(members);
  return new Box(list.value, list.mark, { joined: true, origin: 'file' }, list.deep);
}

/** `<glob # ??>`: for every file its name and the titles of its sections. */
export function sectionListing(files: readonly Box[], level: number | null): Box {
  return makeArray(
    files.flatMap((file) => {
      const names = listSections(String(file.value ?? ''), level);
      if (names.length === 0) return [];
      return makeObject([
        ['file', box(file.extra?.file?.filename ?? null, file.mark)],
        ['names', box(names, file.deep)],
      ]);
    }),
  );
}
