export * from './auth.js';
export { KeytarBackend } from './keytar.js';
export { Keychain, type OpenOptions, openKeychain } from './open.js';
export { SecretToolBackend } from './secret-tool.js';
export { SecurityBackend } from './security.js';
export { type KeychainBackend, KeychainError, type KeychainErrorCode } from './types.js';
