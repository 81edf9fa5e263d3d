#!/usr/bin/env node
/**
 * Builds what is made from the error catalogue in `messages/`.
 *
 *     node scripts/build-messages.mjs           write compiler/diagnostics/generated.ts
 *     node scripts/build-messages.mjs --docs    write docs/errors.md as well
 *     node scripts/build-messages.mjs --check   fail when docs/errors.md is not current
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCatalogue } from './lib/catalogue.mjs';
import { toMarkdown, toTypeScript } from './lib/catalogue-output.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const target = path.join(root, 'compiler/diagnostics/generated.ts');
const page = path.join(root, 'docs/errors.md');
const options = new Set(process.argv.slice(2));

/** Keeps the time stamp of a file that would not change, so nothing downstream is rebuilt. */
function writeIfChanged(file, text) {
  if (readOrEmpty(file) !== text) fs.writeFileSync(file, text);
}

function readOrEmpty(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}

try {
  const groups = readCatalogue(path.join(root, 'messages'));
  if (options.has('--check')) {
    if (readOrEmpty(page) !== toMarkdown(groups)) {
      throw new Error('docs/errors.md is not current. Run: npm run docs:errors');
    }
  } else {
    writeIfChanged(target, toTypeScript(groups));
    if (options.has('--docs')) writeIfChanged(page, toMarkdown(groups));
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
