/** Content hashes as the lock file and registries write them: `sha256:<hex>`, `sha256-<base64>`, plain hex. */

import { createHash } from 'node:crypto';

/** SHA-256 of a text, in hex. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The hex digest an integrity text stands for; null when it is none of the known forms. */
export function digestOf(integrity: string): string | null {
  const match = /^(?:sha256([:-]))?(.+)$/.exec(integrity.trim());
  if (!match) return null;
  if (/^[0-9a-f]{64}$/i.test(match[2]!)) return match[2]!.toLowerCase();
  const digest = match[1] ? Buffer.from(match[2]!, 'base64').toString('hex') : '';
  return digest.length === 64 ? digest : null;
}
