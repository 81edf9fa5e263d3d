/**
 * The guest's side of the door: requests out, replies in. `call` blocks the realm until the host
 * has answered; `post` is a promise the host settles later, so several may be under way at once.
 */

import { EMPTY, join, makeMark, markToJSON } from '../shared/marks.js';
import { type Joiner, PROPAGATION, strictJoiner } from '../shared/propagation.js';
import type { Channel, Denial, DoorError, DoorReply, DoorRequest, DoorValue, Host } from '../shared/protocol.js';
import { isConfidential, WITHHELD } from '../shared/security/confidential.js';
import { Box, box, plain } from './box.js';
import type { Context } from './context.js';
import { control } from './control.js';
import { blame, MlldError } from './errors.js';
import { incoming } from './unlabeled.js';

let host: Host;
let nextId = 1;
const waiting = new Map<number, { resolve: (reply: never) => void; reject: (error: unknown) => void }>();

/** Takes the realm's one host function; called once, before any program code runs. */
export function connect(hostFunction: Host): void {
  host = hostFunction;
}

/** An argument of a request: a box keeps its mark; anything else is unmarked data. */
export type DoorArgument =
  | Box
  | string
  | number
  | boolean
  | null
  | readonly unknown[]
  | { readonly [key: string]: unknown };

/** Reports to the audit ledger that have not been sent yet, each the JSON of an event, and their length. */
let reports: string[] = [];
let reportsLength = 0;

/** What may wait: a loop that asks the host for nothing reports all the same. */
const MAX_WAITING = 256 * 1024;

/**
 * Queues a report; it goes out with the next request, and is written before that is carried out.
 *
 * @param event the JSON of a `GuestEvent`
 */
export function report(event: string): void {
  reports.push(event);
  reportsLength += event.length;
  if (reportsLength > MAX_WAITING) flushReports();
}

/** Sends what is queued though there is nothing to ask, and waits until it is written. */
export function flushReports(): void {
  if (reports.length > 0) doorCall('audit.flush', {}, -1);
}

/** How a request takes what control depends on: that something is asked at all depends on it. */
const CONTEXT: Record<string, Joiner> = {
  __proto__: null as never,
  'file.write': strictJoiner(PROPAGATION.write, 'context'),
  'file.append': strictJoiner(PROPAGATION.append, 'context'),
};
const joinContext = strictJoiner(PROPAGATION.effect, 'context');

function request(
  op: string,
  args: Record<string, DoorArgument | undefined>,
  site: number,
  context?: Context,
): { id: number; text: string } {
  const values: Record<string, DoorValue> = {};
  const under = (CONTEXT[op] ?? joinContext)(EMPTY, control.mark);
  for (const name of Object.keys(args)) {
    const arg = args[name];
    if (arg === undefined) continue;
    values[name] =
      arg instanceof Box
        ? { data: plain(arg.value), mark: markToJSON(join(arg.deep, under)) }
        : { data: arg, mark: markToJSON(under) };
  }
  const message: DoorRequest = { id: nextId++, op, args: values, site };
  if (context && context.fragments.length > 0) message.under = context.fragments.map(({ id }) => id);
  return { id: message.id, text: withReports(toWire(message)) };
}

/** A request with everything that is to be written before it is carried out. */
function withReports(message: string): string {
  if (reports.length === 0) return message;
  const events = reports.join();
  reports = [];
  reportsLength = 0;
  return `${message.slice(0, -1)},"events":[${events}]}`;
}

/**
 * Asks and waits. Throws the denial or error the host answers with.
 * @param context What asks; policies of single calls hold for it.
 */
export function doorCall(
  op: string,
  args: Record<string, DoorArgument | undefined>,
  site: number,
  context?: Context,
): Box {
  const text = host('call', request(op, args, site, context).text);
  return receive(JSON.parse(text as string) as DoorReply, op, args, site);
}

/**
 * Asks without waiting; the promise settles when the host answers.
 * @param context What asks; policies of single calls hold for it.
 */
export function doorPost(
  op: string,
  args: Record<string, DoorArgument | undefined>,
  site: number,
  context?: Context,
): Promise<Box> {
  const { id, text } = request(op, args, site, context);
  const reply = new Promise<DoorReply>((resolve, reject) => waiting.set(id, { resolve, reject }));
  host('post', text);
  return reply.then((answer) => receive(answer, op, args, site));
}

/** Sends on one of the other channels; the reply, if there is one, is JSON. */
export function hostCall(channel: Channel, message: unknown): unknown {
  const text = host(channel, typeof message === 'string' ? message : toWire(message));
  return text === undefined ? undefined : JSON.parse(text);
}

/** Runs a js body and waits. `args` is JSON; the answer is the text of a reply (protocol.ts). */
export function bodyCall(body: number, args: string, cell: number): string {
  return host(body, args, cell) as string;
}

/** Runs a js body without waiting for it. */
export function bodyPost(body: number, args: string, cell: number): Promise<string> {
  const id = nextId++;
  const reply = new Promise<string>((resolve, reject) => waiting.set(id, { resolve, reject }));
  host(body, args, cell, String(id));
  return reply;
}

/** Delivers a reply the host sent: of the door, or with an id of its own that of a js body. */
export function settle(text: string, id?: string): void {
  const reply = id === undefined ? (JSON.parse(text) as { id: number }) : text;
  const key = typeof reply === 'string' ? Number(id) : reply.id;
  const entry = waiting.get(key);
  if (!entry) return;
  waiting.delete(key);
  entry.resolve(reply as never);
}

function receive(reply: DoorReply, op: string, args: Record<string, DoorArgument | undefined>, site: number): Box {
  if ('denied' in reply) throw denial(reply.denied, site);
  if ('error' in reply) {
    const error = doorError(reply.error, args, site);
    for (const arg of Object.values(args)) if (arg instanceof Box) blame(error, arg.deep);
    throw error;
  }
  if (!reply.mark) return box(reply.value);
  const mark = makeMark(reply.mark);
  // The marks of files are in the reply itself, one for each.
  return box(reply.value, op.startsWith('file.') ? mark : incoming(mark));
}

function denial(denied: Denial, site: number): MlldError {
  return new MlldError('MlldSecurity', denied.code, denied.message, {
    site,
    details: { rule: denied.rule, label: denied.label },
    hint: denied.suggestions?.join('\n'),
  });
}

function doorError(error: DoorError, args: Record<string, DoorArgument | undefined>, site: number): MlldError {
  // Credentials the host injects it takes out of messages itself; the realm has only their names.
  const isSecret = Object.entries(args).some(
    ([name, arg]) => name !== 'auth' && arg instanceof Box && isConfidential(arg.deep),
  );
  if (isSecret) return new MlldError(error.name, error.code, WITHHELD, { site });
  return new MlldError(error.name, error.code, error.message, { site, details: error.details, hint: error.hint });
}

/**
 * A message as text. Lone surrogates, NUL and a leading BOM do not survive the engine's string API.
 * JSON writes the first two as escapes, and no message begins with the third.
 */
export function toWire(message: unknown): string {
  return JSON.stringify(message);
}
