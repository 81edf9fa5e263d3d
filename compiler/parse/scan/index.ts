/** The scanners the grammar calls. */
export { codeEnd } from './code.js';
export * from './template.js';
export * from './text.js';
