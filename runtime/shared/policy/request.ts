import type { Places } from '../glob.js';

/** What somebody wants to do. */
export type CapabilityRequest =
  /** The interpolated text of a `cmd { … }`. */
  | { kind: 'command'; text: string; cwd?: string }
  /** The body of a `sh { … }`. */
  | { kind: 'shell'; text: string; cwd?: string }
  | { kind: 'language'; language: 'js' | 'node' | 'py' | 'prose' }
  | { kind: 'network'; domain: string; policy?: true }
  /**
   * `path` is absolute; links are resolved by the caller, who asks for both names. `policy`: the module of
   * an `import policy`, which only restricts further; lists of what is allowed do not concern it.
   */
  | { kind: 'read' | 'write'; path: string; policy?: true }
  /** `standalone`: an `auth` directive, which the danger list does not concern. */
  | { kind: 'keychain'; service: string; account: string; project?: string; standalone?: boolean };

/** What decisions depend on besides policy and request. */
export interface CapabilityContext {
  places: Places;
  /** Blanks what must not be quoted in reasons, such as secret values inside a command. */
  redact?: (text: string) => string;
}
