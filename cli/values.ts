/** Values of command line options. */

import { InvalidArgumentError } from 'commander';

const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const BYTES = { b: 1, kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30 } as const;

/**
 * Milliseconds of `500ms`, `5s`, `1.5m`, `1h`; a bare number counts seconds.
 * @throws {InvalidArgumentError} when the text is not a positive duration
 */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim());
  const value = match ? Number(match[1]) * MILLISECONDS[(match[2] ?? 's') as keyof typeof MILLISECONDS] : 0;
  if (!(value > 0)) throw new InvalidArgumentError("Expected a duration such as '500ms', '5s' or '2m'.");
  return Math.ceil(value);
}

/**
 * Bytes of `64mb`, `1gb`, `512kb`; a bare number counts megabytes.
 * @throws {InvalidArgumentError} when the text is not a positive size
 */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(b|kb|mb|gb)?$/i.exec(text.trim());
  const value = match ? Number(match[1]) * BYTES[(match[2]?.toLowerCase() ?? 'mb') as keyof typeof BYTES] : 0;
  if (!(value >= 1)) throw new InvalidArgumentError("Expected a size such as '64mb' or '1gb'.");
  return Math.ceil(value);
}

/**
 * One more `name=server` beside those of earlier options.
 * @throws {InvalidArgumentError} when the text does not name both
 */
export function parseMcpServer(text: string, earlier: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, server] = /^([^=\s]+)=(.*\S.*)$/s.exec(text) ?? [];
  if (name === undefined || server === undefined)
    throw new InvalidArgumentError("Expected a name and a server, such as 'notes=npx -y notes-server'.");
  return { ...earlier, [name]: server.trim() };
}
