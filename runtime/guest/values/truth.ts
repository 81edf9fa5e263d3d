import type { Box } from '../box.js';
import { isObject } from '../box.js';

/**
 * True unless the value is false, null, undefined, 0, NaN, an empty string or container, or one of
 * the strings `false`, `0` and `NaN`. A command's result is tested by its text; one that failed is
 * false (language.md 2.5).
 */
export function truthy(b: Box): boolean {
  const { value, extra } = b;
  if (extra === null && typeof value === 'boolean') return value;
  if (extra?.failed) return false;
  if (extra !== null && extra.text !== undefined && extra.origin === 'cmd') return truthyText(extra.text);
  switch (typeof value) {
    case 'string':
      return truthyText(value);
    case 'number':
      return value !== 0 && !Number.isNaN(value);
    case 'boolean':
      return value;
    case 'object':
      if (value === null) return false;
      if (Array.isArray(value)) return value.length > 0;
      return isObject(value) ? Object.keys(value).length > 0 : true;
    default:
      return false;
  }
}

function truthyText(text: string): boolean {
  return text !== '' && text !== 'false' && text !== '0' && text !== 'NaN';
}
