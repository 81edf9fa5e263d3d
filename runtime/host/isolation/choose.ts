import { LocalProvider } from './local.js';
import { SandboxProvider } from './sandbox.js';
import { type Box, IsolationError, type IsolationProvider, isUnrestricted } from './types.js';

/** The providers that come with mlldc, by the name a box config uses (security.md 9.1). */
export function builtinProviders(): Map<string, IsolationProvider> {
  return new Map<string, IsolationProvider>([
    ['local', new LocalProvider()],
    ['sandbox', new SandboxProvider()],
  ]);
}

/**
 * The provider for a box: the named one, else the weakest that enforces all the box asks for.
 * @throws IsolationError (ISOLATION_UNAVAILABLE) when this machine cannot enforce it. Isolation
 *   that was asked for is never left out.
 */
export async function chooseProvider(
  box: Box,
  providers: ReadonlyMap<string, IsolationProvider>,
  name?: string,
): Promise<IsolationProvider> {
  const wanted = name ?? (isUnrestricted(box) ? 'local' : 'sandbox');
  const provider = providers.get(wanted);
  if (!provider) throw new IsolationError(`Unknown isolation provider '${wanted}'.`, 'ISOLATION_UNAVAILABLE');
  const usable = await provider.available();
  if (usable !== true) {
    throw new IsolationError(
      `Isolation was asked for and is not available on this machine: ${usable}`,
      'ISOLATION_UNAVAILABLE',
    );
  }
  return provider;
}
