/**
 * The shapes of the policy algebra (security.md 5). A `Policy` is plain JSON: it crosses the door
 * and is written into bundle manifests unchanged.
 */

export const CAPABILITIES = ['sh', 'js', 'node', 'py', 'prose', 'keychain'] as const;

/** A capability that is granted or denied as a whole. */
export type Capability = (typeof CAPABILITIES)[number];

export const BUILTIN_RULES = [
  'no-secret-exfil',
  'no-sensitive-exfil',
  'no-untrusted-destructive',
  'no-untrusted-privileged',
  'no-influenced-advice',
  'no-send-to-unknown',
  'no-send-to-external',
  'no-destroy-unknown',
  'untrusted-llms-get-influenced',
] as const;

export type BuiltinRule = (typeof BUILTIN_RULES)[number];

/** One `allow`, `deny` or `danger` value in normal form. */
export interface CapabilitySet {
  /** Written as `true` or `"*"`: every capability there is. */
  all: boolean;
  /** Command patterns without their `cmd:` prefix; null when commands are not mentioned. */
  cmd: string[] | null;
  /** Globs; null when files are not mentioned. */
  fs: { read: string[]; write: string[] } | null;
  /** Domains, or `["*"]`; null when the network is not mentioned. */
  network: string[] | null;
  names: Capability[];
}

/** What `policy.labels.L` says about data labelled L; null where the list is not given. */
export interface LabelRule {
  deny: string[] | null;
  allow: string[] | null;
}

export type ArgumentConstraint = { eq: unknown } | { oneOf: unknown[] };

/** `true`, or constraints by argument name. */
export type Authorization = true | { args: Record<string, ArgumentConstraint> };

export interface AllowDeny {
  allow: string[] | null;
  deny: string[];
  /** `union`: allow lists add up instead of narrowing. */
  attenuation?: 'union';
}

export interface ProviderRule {
  allowed: boolean;
  auth: string[];
  taint: string[];
  profiles: unknown;
}

export interface EnvironmentPolicy {
  default: string | null;
  providers: Record<string, ProviderRule>;
  tools: AllowDeny | null;
  mcps: AllowDeny | null;
  net: AllowDeny | null;
}

export interface AuthSource {
  from: string;
  as: string;
}

export interface Autosign {
  instructions: boolean;
  templates: boolean;
  labels: string[];
  variables: string[];
}

export interface IntegrityRule {
  mutable: boolean | null;
  authorizedIdentities: string[] | null;
}

export interface PolicyDefaults {
  rules: BuiltinRule[];
  unlabeled: 'trusted' | 'untrusted' | null;
  trustconflict: 'warn' | 'error' | 'silent' | null;
  /** `strict` tracks control dependence. */
  flow: 'explicit' | 'strict' | null;
  autosign: Autosign | null;
  /** `true`, or the template that introduces a verified prompt. */
  autoverify: true | string | null;
}

/**
 * One policy. `parts` is empty for a policy written as an object; a union lists what it was made
 * of, and decisions are taken for each part alone, so that every part has to agree.
 */
export interface Policy {
  /** Without `@`. */
  name: string;
  parts: Policy[];
  defaults: PolicyDefaults;
  operations: Record<string, string[]>;
  labels: Record<string, LabelRule>;
  /** Every set has to permit; empty means that the policy has no opinion. */
  allow: CapabilitySet[];
  deny: CapabilitySet | null;
  danger: CapabilitySet | null;
  auth: Record<string, AuthSource>;
  keychain: { provider: string | null; allow: string[] | null; deny: string[] };
  env: EnvironmentPolicy | null;
  /** What says that the policy comes from data: its authorizations lift nothing. Left out for what the author wrote. */
  dataLabels?: readonly string[];
  /** Null when not given; an empty record restricts nothing. */
  authorizations: Record<string, Authorization> | null;
  limits: Record<string, number>;
  signers: Record<string, string[]>;
  integrity: Record<string, IntegrityRule>;
  locked: boolean;
  default: 'allow' | 'deny' | null;
}

/** Something wrong in the source of a policy. */
export interface PolicyProblem {
  /** Where inside the policy: `defaults.rules[1]`; empty for the policy as a whole. */
  path: string;
  message: string;
  /** The name that was probably meant. */
  suggestion?: string;
}

/** A refusal, complete enough to be explained to a person. */
export interface Denied {
  allow: false;
  code: 'POLICY_CAPABILITY_DENIED' | 'POLICY_LABEL_FLOW_DENIED' | 'POLICY_LIMIT_EXCEEDED';
  kind: 'capability' | 'flow' | 'authorization';
  reason: string;
  /** The name of the policy that refuses. */
  policy: string;
  /** `deny.cmd`, `policy.labels.secret.deny`, `no-secret-exfil` … */
  rule: string;
  /** The data label that may not flow, for flow denials. */
  label?: string;
  inputLabels?: readonly string[];
  operationLabels?: readonly string[];
  suggestions: readonly string[];
  /** A locked policy's flow denials cannot be lifted by a privileged guard. */
  locked: boolean;
}

export type Decision = { allow: true } | Denied;

export const ALLOWED: { allow: true } = Object.freeze({ allow: true });
