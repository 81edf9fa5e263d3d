/**
 * The files a build writes: an ES module that carries the program as data, and its source map. The
 * program text stands in the file line by line, so the map's lines are lines of the file.
 */

import path from 'node:path';
import type { Bundle } from '../../runtime/shared/bundle.js';
import { type Code, isMapped } from '../emit/code.js';
import type { Emitted } from '../emit/index.js';
import { isPlaceless } from '../resolve/remote.js';

export interface WriteOptions {
  /** Path of the bundle; the map goes beside it. */
  file: string;
  /** Text of the module that runs bundles, when it is to be part of the file. */
  runtime?: string;
}

/** The text of the bundle and of its map. */
export async function writeBundle(
  bundle: Bundle,
  emitted: Emitted,
  options: WriteOptions,
): Promise<{ code: string; map: string }> {
  const { program, ...rest } = bundle;
  const lines = program.split('\n');
  const head = [
    '#!/usr/bin/env node',
    options.runtime === undefined ? "import { runIfMain } from 'mlldc/runtime';" : options.runtime,
    '/* mlldc:bundle */ const program = [',
  ].join('\n');
  const code = `${head}
${lines.map((line) => jsonLine(line)).join(',\n')}
].join("\\n");
const bundle = ${JSON.stringify(rest).replace(/\n/g, '\\n')};
/* mlldc:end */
Object.assign(bundle, { program });
export default bundle;
await runIfMain(bundle, import.meta.url);
//# sourceMappingURL=${path.basename(options.file)}.map
`;
  return { code, map: await sourceMap(emitted, bundle, options.file, head.split('\n').length) };
}

function jsonLine(line: string): string {
  return JSON.stringify(line).replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
}

/** Version 3 source map; positions are those of the bundle file. */
async function sourceMap(emitted: Emitted, bundle: Bundle, file: string, offset: number): Promise<string> {
  const { SourceMapGenerator } = await import('source-map');
  const generator = new SourceMapGenerator({ file: path.basename(file) });
  const sources = new Map(bundle.sources.map((source) => [source.id, source]));
  const relative = (shown: string): string =>
    isPlaceless(shown)
      ? shown
      : path
          .relative(path.dirname(path.resolve(file)), path.resolve(shown))
          .split(path.sep)
          .join('/');
  for (const source of bundle.sources) generator.setSourceContent(relative(source.file), source.text);
  const bundled = bundle.program.split('\n');
  for (const { unit, start, name, line, column } of mappings(emitted.code)) {
    const source = sources.get(unit);
    if (!source) continue;
    const original = emitted.program.position(unit, start);
    generator.addMapping({
      // Inside the file the line is a JSON string: a quote before it, escapes in it.
      generated: { line: line + offset, column: jsonLine((bundled[line - 1] ?? '').slice(0, column)).length - 1 },
      original: { line: original.line, column: original.column - 1 },
      source: relative(source.file),
      ...(name === null ? {} : { name }),
    });
  }
  return generator.toString();
}

interface Mapping {
  unit: number;
  start: number;
  name: string | null;
  /** 1-based line and 0-based column in the program text. */
  line: number;
  column: number;
}

/** Where each mapped piece begins in the program's text, in order. */
export function* mappings(code: Code): Generator<Mapping> {
  let line = 1;
  let column = 0;
  const stack: Code[] = [code];
  while (stack.length) {
    const top = stack.pop()!;
    if (typeof top === 'string') {
      const newline = top.lastIndexOf('\n');
      if (newline < 0) column += top.length;
      else {
        line += top.split('\n').length - 1;
        column = top.length - newline - 1;
      }
    } else if (isMapped(top)) {
      yield { unit: top.unit, start: top.span.start, name: top.name, line, column };
      stack.push(top.code);
    } else {
      for (let i = top.length - 1; i >= 0; i--) stack.push(top[i]!);
    }
  }
}
