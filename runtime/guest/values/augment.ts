import { joiner, PROPAGATION } from '../../shared/propagation.js';
import { Box, isObject, setKey } from '../box.js';
import { MlldError } from '../errors.js';
import { arithmetic } from './arithmetic.js';
import { display } from './display.js';
import { Growing } from './growing.js';
import { kindOf } from './kinds.js';
import { membersOf, stored } from './objects.js';

const joinAdded = joiner(PROPAGATION.augment, 'added');

/**
 * The value of `@name` after `@name += value` (language.md 4.2): arrays take elements, strings the
 * display text, objects merge, numbers add.
 *
 * @param name the variable, for messages
 * @throws MlldError AUGMENT_UNDEFINED, AUGMENT_TYPE
 */
export function augment(target: Box, value: Box, name: string): Box {
  if (target instanceof Growing) return appended(target, value);
  const { value: current } = target;
  if (Array.isArray(current)) return appended(target, value);
  if (typeof current === 'string') return new Box(current + display(value), joinAdded(target.mark, value.deep));
  if (typeof current === 'number') return arithmetic('+', target, value);
  if (isObject(current)) return merged(target, value, name);
  if (current === undefined) {
    throw new MlldError(
      'MlldDirective',
      'AUGMENT_UNDEFINED',
      `Cannot use += on undefined variable @${name}. Use "let @${name} = ..." first.`,
    );
  }
  throw new MlldError(
    'MlldDirective',
    'AUGMENT_TYPE',
    `Cannot use += on @${name}: it is ${kindOf(current)}, not an array, string, object or number`,
  );
}

/** Elements after those of `target`: all of an array, or one value. */
export function appended(target: Box, value: Box): Box {
  const deep = joinAdded(target.deep, value.deep);
  if (!Array.isArray(value.value)) return Growing.of(target, [stored(value, target.mark)], target.mark, deep);
  return Growing.of(target, value.value, joinAdded(target.mark, value.mark), deep);
}

function merged(target: Box, value: Box, name: string): Box {
  const added = membersOf(value);
  if (added === null) {
    throw new MlldError(
      'MlldDirective',
      'AUGMENT_TYPE',
      `Cannot use += with ${kindOf(value.value)} on the object @${name}`,
    );
  }
  const own = target.value as Record<string, unknown>;
  const members: Record<string, unknown> = {};
  for (const key of Object.keys(own)) setKey(members, key, own[key]);
  for (const [key, member] of added) setKey(members, key, stored(member, target.mark));
  return new Box(members, joinAdded(target.mark, value.mark), null, joinAdded(target.deep, value.deep));
}
