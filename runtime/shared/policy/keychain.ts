import { matchText } from '../glob.js';
import type { Policy } from './types.js';

/**
 * Whether `policy.keychain` permits an entry: globs on `service/account`, `{projectname}` standing
 * for the project's name, `*` alone for everything; denials after grants (security.md 7.3).
 */
export function keychainAllows(rules: Policy['keychain'], service: string, account: string, project = ''): boolean {
  const entries = (list: readonly string[]) =>
    list.map((pattern) => pattern.split('{projectname}').join(literalGlob(project)));
  if (rules.allow && !entries(rules.allow).some((pattern) => grantsEntry(pattern, service, account))) return false;
  return !entries(rules.deny).some(
    (pattern) => matchText(pattern, `${service}/${account}`) || grantsEntry(pattern, service, account),
  );
}

/** In a grant the service and the account are matched apart: neither can spill into the other. */
function grantsEntry(pattern: string, service: string, account: string): boolean {
  if (pattern === '*') return true;
  const slash = pattern.indexOf('/');
  if (slash < 0) return matchText(pattern, service);
  return matchText(pattern.slice(0, slash), service) && matchText(pattern.slice(slash + 1), account);
}

/** A project's name is a name, whatever characters are in it. */
function literalGlob(text: string): string {
  return text.replace(/[*?[\]\\]/g, '\\$&');
}
