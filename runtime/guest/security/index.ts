/** The security statements compiled code makes (security.md 2, 3, 5, 6). */

export { authNames, defineAuth, usingValue } from './auth.js';
export { guardHelper } from './helpers.js';
export { applyModifiers, relabel } from './labels.js';
export { needsKeychain, profiles, wants } from './needs.js';
export { checkOverride, overrideGuards, streaming } from './override.js';
export {
  configuredPolicy,
  definitionPolicy,
  importPolicy,
  literalPolicy,
  underPolicy,
  unionPolicy,
} from './policies.js';
export { ALLOW, registerGuard, registerHook, trackTools } from './registry.js';
export { autosign, sign, signA, verification, verificationA, verify, verifyA } from './signing.js';
export { importing, importingA } from './watched.js';
