/** Many small programs as one run: each one's module names get a suffix of their own. */

import { warm } from '../cli/warm.js';
import { project } from './project.js';

const DEFINES = /^[ \t]*(?:var|exe)\s+(?:[\w:,-]+\s+)?@(\w+)/gm;

/** What one program cannot share with others: what decides about operations, and what is recorded. */
const ALONE = /^\s*(?:guard|policy|hook|import|run|output|append|checkpoint)\b/m;

/** The last line each program shows, by its key; a program that fails answers its error. */
export async function lastLines(
  programs: Readonly<Record<string, string>>,
  files: Record<string, string> = {},
): Promise<Record<string, string>> {
  const keys = Object.keys(programs);
  const shared = keys.filter((key) => !ALONE.test(programs[key]!));
  const results: Record<string, string> = {};
  const batch = shared.map((key, i) => `${renamed(programs[key]!, i)}show "--- ${i}"\n`).join('');
  const { code, stdout } = await run(batch, files);
  if (code === 0) {
    const outputs = stdout.split(/^--- \d+\n/m);
    shared.forEach((key, i) => {
      results[key] = outputs[i]!.trim().split('\n').at(-1)!;
    });
  }
  // One by one: those that have to be alone, and all of them when the batch has failed.
  const rest = code === 0 ? keys.filter((key) => !shared.includes(key)) : keys;
  for (let i = 0; i < rest.length; i += 2) {
    await Promise.all(
      rest.slice(i, i + 2).map(async (key) => {
        const outcome = await run(programs[key]!, files);
        results[key] = outcome.code === 0 ? outcome.stdout.trim().split('\n').at(-1)! : outcome.stderr.trim();
      }),
    );
  }
  return results;
}

function run(program: string, files: Record<string, string>) {
  const cwd = project({ ...files, 'mlld-config.json': '{}', 'main.mld': program });
  return warm(['run', 'main.mld'], { cwd });
}

function renamed(program: string, suffix: number): string {
  const names = new Set([...program.matchAll(DEFINES)].map(([, name]) => name!));
  return program.replace(/@(\w+)/g, (whole, name: string) => (names.has(name) ? `@${name}_${suffix}` : whole));
}
