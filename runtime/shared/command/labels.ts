import type { CommandFact } from './types.js';

/**
 * The operation labels of one command: `op:cmd`, `op:cmd:git`, `op:cmd:git:status` (security.md 4).
 * Where the text does not settle the program or the subcommand, the last label ends in `*`: it
 * stands for any label below it, so that a rule about one of them applies.
 */
export function commandLabels(fact: CommandFact): string[] {
  if (fact.undecidable) return ['op:cmd', 'op:cmd:*'];
  const labels = ['op:cmd', `op:cmd:${fact.program}`];
  const sub = subcommand(fact);
  if (sub !== null) labels.push(`op:cmd:${fact.program}:${sub}`);
  return labels;
}

/** The source a command leaves on an operation: `cmd:git:status`. */
export function commandSource(fact: CommandFact): string {
  const sub = subcommand(fact);
  return `cmd:${fact.program}${sub === null || sub === '*' ? '' : `:${sub}`}`;
}

/**
 * The first word that is no option, no assignment and no path. A word only the run decides that
 * stands before it could be the subcommand as well.
 */
function subcommand(fact: CommandFact): string | null {
  for (const argument of fact.args) {
    if (argument.dynamic) return '*';
    const { text } = argument;
    if (text === '' || text.startsWith('-') || text.includes('/') || /^[A-Za-z_]\w*=/.test(text)) continue;
    return text.toLowerCase();
  }
  return null;
}
