/** Finding an agent's token, and keeping it out of everything but the keychain. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isRecord } from '../../shared/record.js';
import type { Agent } from './agents.js';

export interface FoundToken {
  readonly token: string | null;
  readonly warnings: readonly string[];
}

/** The token in an agent's credential files (seed.md D27). */
export function findToken(folder: string, agent: Agent): FoundToken {
  const warnings: string[] = [];
  for (const name of agent.credentials) {
    let text: string;
    try {
      text = readFileSync(path.join(folder, name), 'utf8');
    } catch {
      continue;
    }
    try {
      const token = tokenIn(JSON.parse(text), agent.tokenPaths);
      if (token !== null) return { token, warnings };
    } catch {
      // What the parser says may quote the file, and the file holds a token.
      warnings.push(`Warning: ${name} is not valid JSON`);
    }
  }
  warnings.push('Warning: No token found - you may need to add credentials manually');
  return { token: null, warnings };
}

function tokenIn(data: unknown, paths: Agent['tokenPaths']): string | null {
  for (const keys of paths) {
    let value = data;
    for (const key of keys)
      value =
        typeof value === 'object' && value !== null && Object.hasOwn(value, key)
          ? (value as Record<string, unknown>)[key]
          : undefined;
    if (typeof value === 'string' && value !== '') return value;
  }
  return null;
}

/** Names of variables that hold credentials more often than not. */
const SECRET_NAME = /(token|secret|key|passw|credential|auth)/i;

/** Names of entries in the `env` of a settings file that look like credentials. */
export function secretSettings(text: string): string[] {
  const env = settingsEnv(text);
  return Object.keys(env).filter((name) => SECRET_NAME.test(name));
}

/** The settings file without the entries that look like credentials. */
export function withoutSecretSettings(text: string): string {
  const settings = JSON.parse(text) as { env: Record<string, unknown> };
  for (const name of secretSettings(text)) delete settings.env[name];
  return `${JSON.stringify(settings, null, 2)}\n`;
}

function settingsEnv(text: string): Record<string, unknown> {
  try {
    const { env } = JSON.parse(text) as { env?: unknown };
    return isRecord(env) ? env : {};
  } catch {
    return {};
  }
}
