/** What is known of a file's content: its place, what the audit log remembers, and its signature. */

import { join, type Mark, makeMark } from '../../../shared/marks.js';
import { signerLabels } from '../../../shared/policy/integrity.js';
import type { Policy } from '../../../shared/policy/types.js';
import type { Services } from '../services.js';
import type { BindingContext } from '../types.js';
import { contentMark } from './info.js';
import type { PathSubject } from './target.js';

/** What a directive is called in write records; a signature says who that was. */
const DIRECTIVE = 'directive:output';

/**
 * The mark of a file's content (security.md 10.2, 10.3). What its signer vouches for is added where
 * the signature holds; a file that was changed since it was signed is `untrusted`.
 */
export async function originOf(
  services: Services,
  subject: PathSubject,
  text: string,
  context: Pick<BindingContext, 'restored' | 'policies'>,
): Promise<Mark> {
  const mark = await contentMark(subject, context);
  if (!services.hasSignatures()) return mark;
  const judged = (await services.signatures()).files.judge(subject.path, text);
  switch (judged.status) {
    case 'unsigned':
      return mark;
    case 'changed':
      return join(mark, makeMark({ labels: ['untrusted'] }));
    case 'verified':
      return vouchedFor(mark, judged.signer, context.policies);
  }
}

function vouchedFor(mark: Mark, signer: string, policies: readonly Policy[]): Mark {
  const sources = mark.sources.map((source) => (source === DIRECTIVE ? signer : source));
  // Trust is not given back to what was written as untrusted (security.md 2.3).
  const given = signerLabels(policies, signer).filter(
    (label) => label !== 'trusted' || !mark.labels.includes('untrusted'),
  );
  return makeMark({ ...mark, labels: [...mark.labels, ...given], sources });
}
