/**
 * An error of the security rules, in the shape of the guest's `MlldError`: the class name users see
 * without `Error`, a code of security.md 13.2, the message, and lines for the `Details:` block.
 */
export class RuleError extends Error {
  readonly info: { details?: Record<string, unknown> };

  constructor(
    readonly kind: string,
    readonly code: string,
    message: string,
    details?: Record<string, unknown>,
  ) {
    super(message);
    this.info = details ? { details } : {};
  }
}
