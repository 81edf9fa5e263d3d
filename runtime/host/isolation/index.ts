export { builtinProviders, chooseProvider } from './choose.js';
export { minimalEnvironment } from './environment.js';
export { signalGroup, spawnGroup, stopGroup } from './lifeline.js';
export { LocalProvider } from './local.js';
export { findProgram } from './lookup.js';
export { type RunOptions, type RunResult, runPlan } from './run.js';
export { type SandboxOptions, SandboxProvider } from './sandbox.js';
export * from './types.js';
