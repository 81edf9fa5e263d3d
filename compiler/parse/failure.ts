/** A syntax error on its way from the grammar to the diagnostics. */
export class SyntaxFailure extends Error {
  /**
   * @param code key of the error catalogue (`messages/parse.md`)
   * @param params what the message names
   * @param start offset of the first character at fault
   * @param end offset after the last
   */
  constructor(
    readonly code: string,
    readonly params: Record<string, string | number>,
    readonly start: number,
    readonly end: number,
  ) {
    super(code);
    this.name = 'SyntaxFailure';
  }
}
