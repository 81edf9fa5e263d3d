/** `signature.sign`, `signature.verify`: what variables say, signed and compared (security.md 10.3). */

import { isConfidential } from '../../shared/security/confidential.js';
import type { Signatures } from '../signatures/index.js';
import type { Services } from './services.js';
import { type BindingsOf, DeniedError, HostError } from './types.js';

export function signatureBindings(services: Services): BindingsOf<'signature'> {
  async function use<T>(work: (signatures: Signatures) => T | Promise<T>): Promise<T> {
    try {
      return await work(await services.signatures());
    } catch (error) {
      if ((error as Error).name === 'SignatureError')
        throw new HostError('MlldSecurity', (error as { code: string }).code ?? '', (error as Error).message);
      if ((error as NodeJS.ErrnoException).syscall !== undefined)
        throw new HostError(
          'MlldSecurity',
          'SIGN_STORE_FAILED',
          `The signature could not be kept: ${(error as Error).message}`,
        );
      throw error;
    }
  }

  return {
    'signature.sign': {
      async run({ name, text, by }, { mark, signed }) {
        if (isConfidential(mark))
          throw new DeniedError({
            code: 'SIGN_SECRET',
            message: `@${name} was not signed: it carries a secret, and what is signed is kept in the project as it stands`,
          });
        const { labels, taint } = mark;
        const { signature, isNew } = await use(({ variables }) =>
          variables.sign({ name, text, labels, taint, ...(by === undefined ? {} : { by }) }),
        );
        const { hash, signedBy, signedAt } = signature;
        if (isNew) await signed({ event: 'sign', var: `@${name}`, hash, by: signedBy, ok: true });
        return { value: { hash, signedBy, signedAt } };
      },
    },
    'signature.verify': {
      async run({ name, text, caller }, { signed }) {
        const { signature, ...result } = await use(({ variables }) => variables.verify(name, text ?? null, caller));
        const { hash, signedBy, reason } = result;
        await signed({
          event: 'verify',
          var: `@${name}`,
          ...(hash === null ? {} : { hash }),
          ...(signedBy === null ? {} : { by: signedBy }),
          caller,
          ok: result.verified,
          ...(reason === undefined ? {} : { detail: reason }),
        });
        // What comes from a record that does not hold is not to be trusted either.
        if (!result.verified) return { value: result, mark: { labels: ['untrusted'] } };
        const { labels, taint } = signature!;
        return { value: result, mark: { labels: [...labels], taint: [...taint], sources: [signature!.signedBy] } };
      },
    },
  };
}
