import type { Denied } from './types.js';

/** What the monitor knows about the refused operation. */
export interface RefusedOperation {
  /** `/run`, `/show`, `/exe`. */
  directive: string;
  /** The command or name behind it; secret values in it are already blanked. */
  detail?: string;
}

/**
 * The text of an unhandled denial (security.md 5.4):
 *
 * ```
 * Operation denied
 *
 *   Operation: /run "git push"
 *   Blocked by: Policy p
 *   Rule: deny.cmd
 *
 *   Reason: Command 'git' denied by policy
 *
 *   Input labels: secret
 *   Suggestions:
 *   - Remove 'cmd:git:*' from deny list
 * ```
 *
 * @param redact blanks secret values; it is applied to every part that may quote data
 */
export function explainDenial(
  denial: Denied,
  operation: RefusedOperation,
  redact: (text: string) => string = (text) => text,
): string {
  const detail = operation.detail === undefined ? '' : ` ${JSON.stringify(redact(operation.detail))}`;
  const lines = [
    'Operation denied',
    '',
    `  Operation: ${operation.directive}${detail}`,
    `  Blocked by: Policy ${denial.policy}`,
  ];
  // The reason of a built-in rule names the rule itself.
  if (!denial.reason.startsWith('Rule ')) lines.push(`  Rule: ${denial.rule}`);
  lines.push('', `  Reason: ${redact(denial.reason)}`);
  const details = [
    ...labelLine('Input labels', denial.inputLabels, redact),
    ...labelLine('Operation labels', denial.operationLabels, redact),
    ...(denial.suggestions.length
      ? ['  Suggestions:', ...denial.suggestions.map((text) => `  - ${redact(text)}`)]
      : []),
  ];
  if (details.length) lines.push('', ...details);
  return lines.join('\n');
}

function labelLine(title: string, labels: readonly string[] | undefined, redact: (text: string) => string): string[] {
  return labels?.length ? [`  ${title}: ${labels.map(redact).join(', ')}`] : [];
}
