/** Commands that failed: the script goes on, and the end of the run tells of them (language.md 6.5). */

import type { Mark } from '../shared/marks.js';
import type { CommandFailure } from '../shared/protocol.js';
import { isConfidential, REDACTED } from '../shared/security/confidential.js';
import { note } from './document.js';
import { blame, MlldError } from './errors.js';
import { runState } from './state.js';

export const failures: CommandFailure[] = [];

/**
 * Records a command that ended with a status other than 0. What a secret went into is not named.
 * @throws MlldError COMMAND_EXECUTION_FAILED in a strict run
 */
export function commandFailed(
  language: string,
  command: string,
  exitCode: number,
  output: string,
  mark: Mark,
  site: number,
): void {
  const hide = (text: string): string => (isConfidential(mark) ? REDACTED : text);
  const shown = hide(command);
  const cause = hide(firstLine(output));
  if (runState.strict) {
    const error = new MlldError(
      'MlldCommandExecution',
      'COMMAND_EXECUTION_FAILED',
      `Command execution failed: ${shown}`,
      { site, details: { exitCode, stderr: cause } },
    );
    throw blame(error, mark);
  }
  failures.push({ command: shown, exitCode, cause, site });
  note(`[${language}] exited with ${exitCode}: ${cause}`, mark, site);
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? '';
}
