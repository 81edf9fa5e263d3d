/** Something that keeps a signature from being made or checked. */
export class SignatureError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'SignatureError';
  }
}
