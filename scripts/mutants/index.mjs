/** Every defence and how it is switched off, gathered from the files beside this one. */

import { GUARDS } from './guards.mjs';
import { HOSTILE } from './hostile.mjs';
import { LABELS } from './labels.mjs';
import { LEDGER } from './ledger.mjs';
import { LIMITS } from './limits.mjs';
import { MONITOR } from './monitor.mjs';
import { PITFALLS } from './pitfalls.mjs';
import { POLICIES } from './policies.mjs';
import { REALM_JOINS } from './realm-joins.mjs';
import { SETTING_RULES } from './settings.mjs';
import { SHORT_WAY } from './short-way.mjs';
import { SIGNING } from './signing.mjs';
import { STRICT_FLOW } from './strict-flow.mjs';
import { TABLE } from './suites.mjs';
import { TOOL_RULES } from './tools.mjs';

export { TABLE };

const EDITS = [
  ...REALM_JOINS,
  ...STRICT_FLOW,
  ...GUARDS,
  ...SHORT_WAY,
  ...LABELS,
  ...POLICIES,
  ...LEDGER,
  ...MONITOR,
  ...LIMITS,
  ...SIGNING,
  ...SETTING_RULES,
  ...TOOL_RULES,
  ...PITFALLS,
  ...HOSTILE,
];

/** Every input of every row of the propagation table that joins: one mutant each. */
function tableMutants(source) {
  const file = 'runtime/shared/propagation.ts';
  const mutants = [];
  for (const line of source.split('\n')) {
    const match = /^ {2}(\w+): row\(\[([^\]]+)\](, \{)?/.exec(line);
    if (!match || line.includes('free:')) continue;
    const [head, key, list, options] = match;
    for (const input of list.split(', ')) {
      const strict = /strict: \[([^\]]*)\]/.exec(line)?.[1] ?? '';
      if (strict.includes(input)) {
        mutants.push([
          file,
          `${key}: strict ${input}`,
          line,
          line.replace(`strict: [${strict}]`, `free: [${input}]`),
          TABLE,
        ]);
        continue;
      }
      const opened = options ? `${head} free: [${input}],` : `${head}, { free: [${input}] }`;
      mutants.push([file, `${key}: ${input}`, line, line.replace(head, () => opened), TABLE]);
    }
  }
  for (const input of ["'arguments'", "'captured'", "'calls'"]) {
    mutants.push([
      file,
      `calls: ${input}`,
      "return row(['arguments', 'captured', 'calls'], {",
      `return row(['arguments', 'captured', 'calls'], { free: [${input}],`,
      TABLE,
    ]);
  }
  return mutants;
}

/** All mutants; `read` answers the text of a file. */
export function allMutants(read) {
  return [...EDITS, ...tableMutants(read('runtime/shared/propagation.ts'))].map(
    ([file, defence, text, replacement, tests]) => ({ file, defence, text, replacement, tests }),
  );
}
