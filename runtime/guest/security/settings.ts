/**
 * Settings of security that come as values: policies, credentials, terms of boxes and tools. Each is the author's or
 * comes from data; data may restrict what the author permits, and never the other way round.
 */

import type { Mark } from '../../shared/marks.js';
import { outsideLabels } from '../../shared/security/origin.js';
import { Box, isObject, memberOf, setKey } from '../box.js';
import { MlldError } from '../errors.js';
import { programPlaces } from '../modules.js';

const VOUCH =
  'Write it in the script or a module of it, or let a privileged guard that has checked it remove these labels.';

const isProgram = (place: string): boolean => programPlaces.has(place);

/** The labels that say a setting comes from data, its members' among them; empty when it is the author's. */
export function dataLabels(setting: Box): string[] {
  return outsideLabels(setting.deep, isProgram);
}

/**
 * Refuses a setting that permits something and comes from data.
 * @throws MlldError MlldSecurity SETTING_FROM_DATA
 */
export function requireAuthor(setting: Box | null | undefined, what: string, site: number): void {
  const labels = setting ? dataLabels(setting) : [];
  if (labels.length > 0) throw fromData(what, labels, site);
}

/** The same of one field of a configuration, if it has it. */
export function requireAuthorOf(config: Box, field: string, what: string, site: number): void {
  if (isObject(config.value) && Object.hasOwn(config.value, field))
    requireAuthor(memberOf(config, config.value[field]), what, site);
}

export function fromData(what: string, labels: readonly string[], site: number): MlldError {
  return new MlldError(
    'MlldSecurity',
    'SETTING_FROM_DATA',
    `${what} comes from data (${labels.join(', ')}): data can take permissions away, not give them`,
    { site, hint: VOUCH },
  );
}

function isData(mark: Mark): boolean {
  return outsideLabels(mark, isProgram).length > 0;
}

/** A configuration taken apart; a side that is null has nothing. */
interface Parts {
  readonly author: Box | null;
  readonly data: Box | null;
}

/** What means something as a whole only: half of what is allowed would allow nothing. */
const WHOLE = new Set(['allow', 'danger', 'auth', 'authorizations']);

/** Takes the members of objects that come from data out of a policy. */
export function byOrigin(config: Box, isWhole = false): Parts {
  if (isWhole || config.mark === config.deep || !isObject(config.value) || isData(config.mark))
    return dataLabels(config).length > 0 ? { author: null, data: config } : { author: config, data: null };
  const author: Record<string, unknown> = {};
  const data: Record<string, unknown> = {};
  for (const [key, raw] of Object.entries(config.value)) {
    const member = byOrigin(memberOf(config, raw), WHOLE.has(key));
    if (member.author) setKey(author, key, member.author);
    if (member.data) setKey(data, key, member.data);
  }
  const part = (members: Record<string, unknown>): Box | null =>
    Object.keys(members).length === 0 ? null : new Box(members, config.mark, null, config.deep);
  return { author: part(author), data: part(data) };
}
