/** docs/propagation.md is written from the table: `npx vitest run tests/unit/security/propagation-page.test.ts -u`. */

import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { PROPAGATION, type PropagationKey, type PropagationRow } from '../../../runtime/shared/propagation.js';

const PAGE = fileURLToPath(new URL('../../../docs/propagation.md', import.meta.url));

const HEAD = `# What labels do on the way

For every kind of operation: what joins into the labels of its result, and what is added. The page is written from
\`runtime/shared/propagation.ts\`, where the runtime takes its joins from; \`runtime/shared/propagation-examples.ts\` has a
program for every input of every row, and the tests run each of them with every kind of label. Inputs in _italics_ go on
in the result themselves, with their mark; about every other the runtime asks the table. Inputs in the column "strict
flow" join under \`policy.defaults.flow: "strict"\` only ([strict flow](strict-flow.md)). \`tests/unit/flow/joins.test.ts\`
switches the joins off one at a time and finds a program that leaks; joins that it cannot find that way stand there with
the reason: two joins give the same label, or the input cannot be told from a result.

| operation | joins | strict flow | adds |
|---|---|---|---|
`;

function inputs({ inputs, ...row }: PropagationRow, bits: 'joins' | 'strict'): string {
  return inputs
    .flatMap((input, index) => {
      const bit = 1 << index;
      return row[bits] & bit ? [row.keeps & row[bits] & bit ? `_${input}_` : input] : [];
    })
    .join(', ');
}

function additions({ labels, taint, source, taintEach, executable }: PropagationRow): string {
  return [
    ...labels.map((label) => `label \`${label}\``),
    ...[...taint, ...(taintEach === null ? [] : [taintEach])].map((mark) => `\`${mark.replace('%', '…')}\``),
    ...(source === null ? [] : [`source \`${source.replace('%', '…')}\``]),
    ...(executable ? ['the labels of the executable'] : []),
  ].join(', ');
}

/** \`exeTemplate\` as people say it: exe template. */
function title(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

test('docs/propagation.md is current', async () => {
  const rows = (Object.keys(PROPAGATION) as PropagationKey[]).map((key) => {
    const row: PropagationRow = PROPAGATION[key];
    return `| ${title(key)} | ${inputs(row, 'joins')} | ${inputs(row, 'strict')} | ${additions(row)} |\n`;
  });
  await expect(HEAD + rows.join('')).toMatchFileSnapshot(PAGE);
});
