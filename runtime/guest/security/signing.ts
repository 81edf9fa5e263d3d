/**
 * `sign`, `verify` and what policies sign by themselves (security.md 10.3, 10.4). Of a template its
 * text with the placeholders is signed: what the program says, not what data says in it. The host
 * keeps the signatures; nothing here can make one.
 */

import { matchText } from '../../shared/glob.js';
import { EMPTY, join, makeMark } from '../../shared/marks.js';
import { isConfidential } from '../../shared/security/confidential.js';
import { Box, box } from '../box.js';
import type { Context } from '../context.js';
import { note } from '../document.js';
import { doorCall } from '../door.js';
import { dual, type Steps } from '../dual.js';
import { MlldError } from '../errors.js';
import { isExecutable, resultOf } from '../executable.js';
import { type Operation, operate, operationsActive } from '../operate.js';
import { opt, type Variable } from '../refs.js';
import { toText } from '../values/display.js';
import { activePolicies } from './policies.js';
import { requireAuthor } from './settings.js';
import { knowSigned } from './verifying.js';

/** A text and what it carries, in the form it is signed in. */
interface Signable {
  readonly text: Box;
  /** What bears the variable's name: the value itself. */
  readonly value: Box;
}

/** A template as it is written, and the labels it is declared with. */
export interface Written {
  readonly text: string;
  readonly labels: readonly string[];
}

/**
 * What a variable says. A template's own labels are those it is declared with; labels of what it
 * interpolates are not of its text.
 */
function signable(value: Box, written: Written | null): Signable {
  const template = isExecutable(value.value) ? value.value.templateText : undefined;
  if (template !== undefined) return { value, text: box(template) };
  if (written !== null) return { value, text: new Box(written.text, makeMark({ labels: written.labels })) };
  return { value, text: new Box(toText(value), value.deep) };
}

/** `sign @v by "who" with sha256`. */
export const [sign, signA] = dual(function* (
  context: Context,
  variable: Variable,
  name: string,
  written: Written | null,
  by: Box | null,
  method: string,
  site: number,
): Steps<Box> {
  if (variable === undefined) throw refusal('SIGN_VARIABLE', `Variable not found for signing: @${name}`, site);
  if (method !== 'sha256') throw refusal('SIGN_METHOD', `Unsupported signing method: ${method}`, site);
  const signed = signable(opt(variable), written);
  return yield* asOperation(context, 'sign', name, signed.text, site, (text) =>
    signText(name, text, signed.value, by, site),
  );
});

/** `verify @v`: ends the run unless what the variable says is what was signed. */
export const [verify, verifyA] = dual(function* (
  context: Context,
  variable: Variable,
  name: string,
  written: Written | null,
  site: number,
): Steps<Box> {
  const answer = yield* verified(context, variable, name, written, site);
  const { verified: holds, reason } = answer.value as { verified: boolean; reason?: string };
  if (holds) return answer;
  throw new MlldError('MlldSecurity', 'SIGNATURE_INVALID', `@${name} is not verified: ${reason}`, {
    site,
    hint: `Handle it with: var @result = verify @${name}`,
  });
});

/** `var @r = verify @v`: what is known of the signature. */
export const [verification, verificationA] = dual(verified);

function* verified(
  context: Context,
  variable: Variable,
  name: string,
  written: Written | null,
  site: number,
): Steps<Box> {
  if (variable === undefined) throw refusal('VERIFY_VARIABLE', `Variable not found for verification: @${name}`, site);
  const { text } = signable(opt(variable), written);
  const caller = context.activation ? `exe:${context.activation.executable.name}` : 'directive:verify';
  return yield* asOperation(context, 'verify', name, text, site, (given) => {
    const answer = doorCall('signature.verify', { name, text: given, caller }, site, context);
    return new Box(answer.value, join(answer.mark, text.deep));
  });
}

/** What guards, hooks and policies see of signing and verifying: `op:sign`, `op:verify`. */
function* asOperation(
  context: Context,
  kind: 'sign' | 'verify',
  name: string,
  text: Box,
  site: number,
  perform: (text: Box) => Box,
): Steps<Box> {
  if (!operationsActive()) return perform(text);
  const operation: Operation = { kind, subtype: kind, name, inputs: [text], site, labels: [`op:${kind}`] };
  // biome-ignore lint/correctness/useYield: the pipeline drives steps; the door answers at once
  const outcome = yield* operate(context, operation, function* (_inner, inputs) {
    return perform(inputs[0] ?? text);
  });
  return resultOf(outcome);
}

function signText(name: string, text: Box, value: Box, by: Box | null, site: number): Box {
  requireAuthor(by, 'The signer', site);
  const signer = by === null ? undefined : new Box(toText(by), by.deep);
  const answer = doorCall('signature.sign', { name, text, by: signer, method: 'sha256' }, site);
  knowSigned(value, name);
  return answer;
}

/**
 * A variable or template executable has been declared: signs it where a policy asks for that
 * (`defaults.autosign`, security.md 10.4).
 */
export function autosign(name: string, value: Box, written: Written | null, site: number): void {
  const { text } = signable(value, written);
  const isTemplate = written !== null || isExecutable(value.value);
  if (!wanted(`@${name}`, value, isTemplate)) return;
  if (isConfidential(text.deep)) note(`Warning: @${name} is not signed: it carries a secret`, EMPTY, site);
  else signText(name, text, value, null, site);
}

function wanted(name: string, value: Box, isTemplate: boolean): boolean {
  return activePolicies().some(({ defaults: { autosign } }) => {
    if (autosign === null) return false;
    if (isTemplate && (autosign.instructions || autosign.templates)) return true;
    return (
      autosign.labels.some((label) => value.deep.labels.includes(label)) ||
      autosign.variables.some((glob) => matchText(glob, name))
    );
  });
}

function refusal(code: string, message: string, site: number): MlldError {
  return new MlldError('MlldSecurity', code, message, { site });
}
