/** What a command of `env` says and how it ends; the command line prints it. */
export interface Report {
  readonly exitCode: 0 | 1;
  readonly out: readonly string[];
  readonly err: readonly string[];
}

/** A refusal or failure, with lines that help. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  constructor(
    message: string,
    readonly hints: readonly string[] = [],
  ) {
    super(message);
  }
}

/** The end of what a command says that has made an environment. */
export function createdLines(name: string): string[] {
  return [
    '',
    `✓ Created environment: ${name}`,
    '',
    'Usage:',
    `  mlldc env spawn ${name} -- "PROMPT"`,
    `  mlldc env shell ${name}`,
  ];
}

/** The report of an error; anything but an EnvironmentError is a defect and is thrown on. */
export function reportError(error: unknown): Report {
  if (!(error instanceof EnvironmentError)) throw error;
  return { exitCode: 1, out: [], err: [`Error: ${error.message}`, ...error.hints] };
}
