import { EXIT } from './exit-codes.js';

/** A mistake on the command line: reported as one line and a hint, without a stack. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';

  constructor(
    message: string,
    readonly hint?: string,
    readonly exitCode: number = EXIT.usage,
  ) {
    super(message);
  }
}
