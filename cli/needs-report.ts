/** What `mlldc needs` says of one module, and how it writes the directive. */

import { readFile } from 'node:fs/promises';
import type { ModuleNeeds } from '../compiler/analyze/needs.js';
import { readNeeds } from '../compiler/needs.js';
import { mergeNeeds, noNeeds } from '../runtime/shared/security/needs.js';
import { needsData, needsText } from '../runtime/shared/security/needs-data.js';
import type { Needs } from '../runtime/shared/security/needs-types.js';
import { uncovered } from '../runtime/shared/security/uncovered.js';
import { CommandLineError } from './errors.js';
import { writeFiles } from './output-file.js';
import { printDiagnostics } from './print.js';
import type { Script } from './script.js';

/**
 * Prints or writes the needs of one module.
 *
 * @param named whether the file's name stands before its directive
 * @returns false when the module has errors
 */
export async function reportNeeds(
  script: Script,
  { json, write }: { json?: boolean; write?: boolean },
  named: boolean,
): Promise<boolean> {
  if (write && /^<.*>$/.test(script.file)) throw new CommandLineError('--write needs a file to write to');
  const result = readNeeds(script);
  if (result.diagnostics.length > 0) printDiagnostics(result);
  if (!result.found) return false;
  const needs = summarize(result.found);
  if (json) process.stdout.write(`${JSON.stringify(jsonOf(script.file, needs))}\n`);
  else if (!write) process.stdout.write(`${named ? `${script.file}: ` : ''}${needsText(needs.complete)}\n`);
  if (write) await writeDirective(script, result.found, needs, result.mode, json === true);
  return true;
}

interface Summary {
  declared: Needs;
  inferred: Needs;
  complete: Needs;
  missing: string[];
}

function summarize({ declared: directives, uses }: ModuleNeeds): Summary {
  const declared = directives.reduce((sum, { needs }) => mergeNeeds(sum, needs), noNeeds());
  const inferred = uses.reduce((sum, { needs }) => mergeNeeds(sum, needs), noNeeds());
  return { declared, inferred, complete: mergeNeeds(declared, inferred), missing: uncovered(declared, inferred) };
}

function jsonOf(file: string, { declared, inferred, complete, missing }: Summary) {
  return {
    file,
    directive: needsText(complete),
    declared: needsData(declared),
    inferred: needsData(inferred),
    missing,
  };
}

/** Nothing is written to a file that declares all it uses, so writing twice is writing once. */
async function writeDirective(
  { file, source }: Script,
  { declared, hasNeeds }: ModuleNeeds,
  { complete, missing }: Summary,
  mode: 'strict' | 'markdown',
  quiet: boolean,
): Promise<void> {
  const say = (text: string) => quiet || process.stdout.write(`${file}: ${text}\n`);
  if (hasNeeds && missing.length === 0) {
    say('declares what it uses');
    return;
  }
  const directive = `${mode === 'markdown' ? '/' : ''}${needsText(complete)}`;
  const [first] = declared;
  const text = first ? replaceDirective(source, first.span, directive) : insertDirective(source, directive);
  // What was read may have begun with a byte order mark, which stays.
  const mark = (await readFile(file, 'utf8')).startsWith('\uFEFF') ? '\uFEFF' : '';
  await writeFiles([{ path: file, text: mark + text }]);
  say(`wrote ${directive}`);
}

/** A slash before the directive is not part of it, and stays in front of the new one. */
function replaceDirective(source: string, { start, end }: { start: number; end: number }, directive: string): string {
  const before = source.slice(0, start);
  const text = directive.replace(/^\//, '');
  return `${before}${before.endsWith('/') || source[start] !== '/' ? text : `/${text}`}${source.slice(end)}`;
}

/** After the frontmatter, before everything else, with the line ends of the file. */
function insertDirective(source: string, directive: string): string {
  const head = /^(?:---\r?\n[\s\S]*?\r?\n---[ \t]*(?:\r?\n|$))?/.exec(source)![0];
  const newline = /\r\n/.test(source) ? '\r\n' : '\n';
  const gap = head !== '' && !head.endsWith('\n') ? newline : '';
  return `${head}${gap}${directive}${newline}${source.slice(head.length)}`;
}
