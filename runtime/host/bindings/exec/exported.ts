/**
 * Variables a program gives its children: through `output … to env:NAME` all that follow, through
 * parameters and `using` one. What a variable holds is an input of the children that have it, and
 * one that decides which program a name means is judged like the assignment in a command.
 */

import { variableRole } from '../../../shared/command/programs.js';
import { joinAll, type Mark } from '../../../shared/marks.js';
import type { Subject } from '../../monitor/index.js';

/** The marks of what the program put into the environment, by the names of the variables. */
export class Exported {
  readonly #marks = new Map<string, Mark>();

  set(name: string, mark: Mark): void {
    this.#marks.set(name, mark);
  }

  /** The join over these variables, or over all of them. */
  mark(names: Iterable<string> = this.#marks.keys()): Mark {
    return joinAll([...names].flatMap((name) => this.#marks.get(name) ?? []));
  }
}

/** An assignment as a shell reads it, whatever the value. */
export function assignment(name: string, value: string): string {
  return `${name}='${value.replaceAll("'", `'\\''`)}'`;
}

/** What there is to judge about variables: those that change what the commands behind them are. */
export function variableSubjects(
  variables: Readonly<Record<string, string>> | undefined,
  toSubject: (code: string) => Subject = (command) => ({ kind: 'command', command }),
): Subject[] {
  return Object.entries(variables ?? {}).flatMap(([name, value]) =>
    variableRole(name) === null ? [] : [toSubject(assignment(name, value))],
  );
}
