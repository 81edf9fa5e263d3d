import { PayloadError, payloadOf } from '../runtime/host/payload.js';
import { CommandLineError } from './errors.js';

/**
 * The fields of `@payload`, made from the flags after the script's name (language.md 11.7).
 * @throws {CommandLineError} for an argument that belongs to no flag
 */
export function parsePayload(flags: readonly string[]): Record<string, string> {
  try {
    return payloadOf(flags);
  } catch (error) {
    if (!(error instanceof PayloadError)) throw error;
    throw new CommandLineError(
      error.message,
      'Values for the script are passed as flags: --name value. The script reads them as @payload.name.',
    );
  }
}
