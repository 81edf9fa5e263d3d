/**
 * Credentials of `auth` and `using auth:name` (security.md 7): the host finds the value and puts it
 * into the environment of the one child it was asked for. The program only ever names it.
 */

import type { OperationName } from '../../../shared/operations.js';
import type { Subject } from '../../monitor/index.js';
import type { AuthErrorCode } from '../keychain/auth.js';
import type { Services } from '../services.js';
import { type Binding, type BindingResult, HostError } from '../types.js';

/** One credential a request asks for. */
interface AuthRequest {
  /** Name in the program. */
  name: string;
  from: string;
  as?: string;
  standalone: boolean;
}

interface ChildArgs {
  auth?: AuthRequest[];
  env?: Record<string, string>;
}

/** The operations that start a child process. */
export type Child = Extract<OperationName, `exec.${string}`>;

/** A binding that starts a child, extended by the credentials its request names. */
export function withCredentials<Name extends Child>(services: Services, binding: Binding<Name>): Binding<Name> {
  return {
    async subjects(args) {
      const own = (await binding.subjects?.(args)) ?? [];
      const wanted = (args as ChildArgs).auth;
      return wanted ? [...own, ...(await keychainSubjects(services, wanted))] : own;
    },
    async run(args, context) {
      const wanted = (args as ChildArgs).auth;
      if (!wanted || wanted.length === 0) return binding.run(args, context);
      const values = await resolveAll(services, wanted);
      const env = { ...(args as ChildArgs).env, ...values };
      const secrets = Object.values(values);
      try {
        const result = await binding.run({ ...args, env }, context);
        return labelled(withoutSecrets(result, secrets), wanted);
      } catch (error) {
        throw error instanceof HostError ? redactedError(error, secrets) : error;
      }
    },
  };
}

/** The keychain entries a request touches, for the policies. */
async function keychainSubjects(services: Services, wanted: readonly AuthRequest[]): Promise<Subject[]> {
  const { readAuthConfig } = await import('../keychain/auth.js');
  return explained(async () =>
    wanted.flatMap(({ name, standalone, ...config }): Subject[] => {
      const project = services.config.projectname ?? '';
      const source = readAuthConfig(name, config, project);
      if (source.kind !== 'keychain') return [];
      return [{ kind: 'keychain', service: source.service, account: source.account, project, standalone }];
    }),
  );
}

async function resolveAll(services: Services, wanted: readonly AuthRequest[]): Promise<Record<string, string>> {
  const { resolveAuth } = await import('../keychain/auth.js');
  const keychain = await services.keychain();
  const configs = Object.fromEntries(
    wanted.map(({ name, from, as }) => [name, as === undefined ? { from } : { from, as }]),
  );
  const context = {
    projectName: services.config.projectname ?? undefined,
    env: services.environment,
    keychain,
    // The monitor has decided about every entry by now: they were subjects of this request.
    allowsKeychain: () => true,
  };
  const values: Record<string, string> = {};
  for (const { name } of wanted) {
    const { variable, value } = await explained(() => resolveAuth(name, configs, context));
    values[variable] = value;
  }
  return values;
}

/** What went wrong with a credential, as an error of the operation. */
async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AuthError') throw error;
    const { kind, code, hint } = error as Error & { kind: string; code: AuthErrorCode; hint?: string };
    throw new HostError(kind, code, error.message, {}, hint);
  }
}

function labelled(result: BindingResult, wanted: readonly AuthRequest[]): BindingResult {
  const mark = result.mark ?? {};
  return {
    ...result,
    mark: {
      ...mark,
      labels: [...(mark.labels ?? []), 'secret'],
      sources: [...(mark.sources ?? []), ...wanted.map(({ name }) => `auth:${name}`)],
    },
  };
}

/** What a child complains about is shown to people; the value it was given is not. */
function withoutSecrets(result: BindingResult, secrets: readonly string[]): BindingResult {
  const value = result.value as { stderr?: unknown } | null;
  if (typeof value?.stderr !== 'string') return result;
  return { ...result, value: { ...value, stderr: redact(value.stderr, secrets) } };
}

function redactedError(error: HostError, secrets: readonly string[]): HostError {
  const details = Object.fromEntries(
    Object.entries(error.details).map(([key, part]) => [key, typeof part === 'string' ? redact(part, secrets) : part]),
  );
  return new HostError(error.kind, error.code, redact(error.message, secrets), details, error.hint);
}

function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((result, secret) => (secret === '' ? result : result.split(secret).join('[REDACTED]')), text);
}
