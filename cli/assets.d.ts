/** Files of the package as values, put into the standalone runtime by rollup.config.mjs. */

declare module 'asset:guest' {
  /** Text of the guest runtime. */
  const text: string;
  export default text;
}

declare module 'asset:worker' {
  /** Text of the sandbox thread's code, CommonJS. */
  const text: string;
  export default text;
}

declare module 'asset:engine' {
  /** QuickJS as WebAssembly, in base64. */
  const base64: string;
  export default base64;
}
