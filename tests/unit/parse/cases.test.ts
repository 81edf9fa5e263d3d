import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from '../../../compiler/parse/index.js';

const cases = path.resolve('../shared/conformance/cases');

/** Scripts and modules of the conformance cases, but for examples that are meant to fail. */
function* scripts(dir: string): Generator<string> {
  for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
    const file = path.join(dir, entry.name);
    if (entry.isDirectory()) yield* scripts(file);
    else if (/\.(?:mld|att|mtt)$/.test(entry.name) || /^example.*\.md$/.test(entry.name)) {
      const variant = /^example(.*?)\.(?:mld\.md|md|mld)$/.exec(entry.name)?.[1];
      if (variant === undefined || !fs.existsSync(path.join(dir, `error${variant}.md`))) yield file;
    }
  }
}

describe.skipIf(!fs.existsSync(cases))('conformance cases', () => {
  it('parse without errors wherever no error is expected', () => {
    const failures = [...scripts(cases)].flatMap((file) =>
      parse(fs.readFileSync(file, 'utf8'), file).diagnostics.map((d) => `${path.relative(cases, file)}: ${d.message}`),
    );
    expect(failures).toEqual([]);
  });

  it.each([
    ['invalid/block-expression-in-args/example.md', 'Block expressions are not allowed inside function arguments.'],
    ['invalid/if-block-var-uses-let/example.mld', '`var` cannot be used inside blocks — use `let`'],
    ['invalid/pipe-in-argument/example.md', 'Pipe expressions are not supported inside function arguments'],
    ['invalid/pipeline-missing-at-prefix/example.mld', 'Pipeline filters require the @ prefix.'],
    ['invalid/strict-mode/text-line/example.mld', 'Text content not allowed in strict mode'],
    ['invalid/when-expression-missing-arrow/example.md', 'is ambiguous'],
    ['invalid/when-missing-arrow-before-block/example.md', 'is ambiguous'],
    ['exceptions/none-with-operators/example.md', "The 'none' keyword cannot be used with operators"],
    ['exceptions/javascript/at-sign-pipeline/example.md', 'Cannot use @payload syntax inside JavaScript code blocks'],
  ])('%s reports its error', (name, message) => {
    const file = path.join(cases, name);
    const messages = parse(fs.readFileSync(file, 'utf8'), file).diagnostics.map((d) => d.message);
    expect(messages.join('\n')).toContain(message);
  });
});
