/** `needs`, `wants` and `profiles` in normal form (security.md 6). */

export const ECOSYSTEMS = ['node', 'python', 'ruby', 'go', 'rust'] as const;
export type Ecosystem = (typeof ECOSYSTEMS)[number];

export interface CommandNeed {
  subcommands: string[];
  methods: string[];
  flags: string[];
}

export interface PackageNeed {
  name: string;
  /** The version range after `@`, or null. */
  range: string | null;
}

export interface Needs {
  sh: boolean;
  network: boolean;
  filesystem: boolean;
  keychain: boolean;
  /** `cmd: *`. */
  anyCommand: boolean;
  commands: Record<string, CommandNeed>;
  /** Languages whose own program has to be there: those named with a list of packages, empty lists included. */
  runtimes: Ecosystem[];
  packages: Record<Ecosystem, PackageNeed[]>;
}

export interface Tier {
  tier: string;
  why: string | null;
  needs: Needs;
}

export interface Profile {
  name: string;
  description: string | null;
  needs: Needs;
}
