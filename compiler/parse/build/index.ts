/** The builders the grammar calls. */
export { commandParts, language } from './code.js';
export * from './definitions.js';
export * from './expressions.js';
export * from './pipelines.js';
export * from './text.js';
export { isPlainReferenceAction } from './when.js';
