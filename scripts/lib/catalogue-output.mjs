/** What is made from the error catalogue: a TypeScript module and `docs/errors.md`. */

const GENERATED = '// Generated from messages/*.md by scripts/build-messages.mjs. Do not edit.\n';

/**
 * The module `compiler/diagnostics/generated.ts`.
 * @param {import('./catalogue.mjs').Group[]} groups
 * @returns {string}
 */
export function toTypeScript(groups) {
  const entries = groups.flatMap((group) => group.entries);
  const rows = entries.map((entry) => {
    const { key, text, hint, class: name, code } = entry;
    return `  ${JSON.stringify(key)}: ${JSON.stringify({ text, hint, class: name, code })},`;
  });
  return `${GENERATED}
/** One entry of the error catalogue. */
export interface CatalogueEntry {
  /** The message, with \`%param%\` where a value goes. */
  readonly text: string;
  readonly hint?: string;
  /** The class a user sees, without \`Error\` (language.md 13.1). */
  readonly class?: string;
  /** The code a user sees; several entries may share one. */
  readonly code?: string;
}

export const MESSAGES: Readonly<Record<string, CatalogueEntry>> = {
${rows.join('\n')}
};
`;
}

/**
 * The page `docs/errors.md`.
 * @param {import('./catalogue.mjs').Group[]} groups
 * @returns {string}
 */
export function toMarkdown(groups) {
  const contents = groups.map((group) => `- [${group.title}](#${anchor(group.title)})`).join('\n');
  const body = groups.map((group) => {
    const intro = group.intro ? `${group.intro}\n\n` : '';
    return `## ${group.title}\n\n${intro}${group.entries.map(entrySection).join('\n\n')}`;
  });
  return `<!-- Generated from messages/*.md by \`npm run docs:errors\`. Edit there. -->

# Errors

Every error names its class, what happened, where, and in most cases what to do about it. \`%name%\` stands for a value
that is filled in. Every error ends the run with exit code 1; a wrong command line ends it with 2.

${contents}

${body.join('\n\n')}
`;
}

function entrySection(entry) {
  const shown = [entry.class && `class \`${entry.class}\``, entry.code && `code \`${entry.code}\``].filter(Boolean);
  const parts = [
    `### ${entry.key}`,
    `\`\`\`text\n${entry.text}\n\`\`\``,
    shown.length > 0 ? `Reported as ${shown.join(', ')}.` : null,
    entry.explanation,
    entry.hint ? `**What to do:** ${entry.hint}` : null,
  ];
  return parts.filter(Boolean).join('\n\n');
}

function anchor(title) {
  return title
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number} -]/gu, '')
    .replaceAll(' ', '-');
}
