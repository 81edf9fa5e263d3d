import path from 'node:path';
import { type CompileResult, compile } from '../../../compiler/index.js';
import type { ResolveHost } from '../../../compiler/resolve/host.js';

/** Compiles a script that may import these files; none of them is on disk. */
export function compiled(source: string, files: Record<string, string> = {}): CompileResult {
  return compile({ source, file: 'main.mld', host: memoryHost({ ...files, 'main.mld': source }) });
}

/** The text of the program, of a script without errors. */
export function program(source: string, files: Record<string, string> = {}): string {
  const { bundle, diagnostics } = compiled(source, files);
  if (!bundle) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return bundle.program;
}

/** The errors of a script as `file:offset message`. */
export function problems(
  source: string,
  files: Record<string, string> = {},
): { at: string; message: string; hint: string }[] {
  const { diagnostics, sources } = compiled(source, files);
  return diagnostics.map(({ file, span, message, hint }) => ({
    at: `${file}: ${sources.get(file)?.slice(span?.start, span?.end)}`,
    message,
    hint: hint ?? '',
  }));
}

function memoryHost(files: Record<string, string>): ResolveHost {
  const name = (full: string): string => path.relative(process.cwd(), full).split(path.sep).join('/');
  const under = (full: string): string[] => Object.keys(files).filter((file) => file.startsWith(`${name(full)}/`));
  return {
    read: (full) => files[name(full)]!,
    isFile: (full) => Object.hasOwn(files, name(full)),
    isDirectory: (full) => under(full).length > 0,
    list: (full) => [...new Set(under(full).map((file) => file.slice(name(full).length + 1).split('/')[0]!))].sort(),
  };
}
