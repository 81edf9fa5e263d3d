/**
 * The program realm: evaluates the guest runtime and the compiled program, and answers the realm's
 * one host function. Everything here runs on the sandbox thread.
 */

import { Buffer } from 'node:buffer';
import type { Channel } from '../../shared/protocol.js';
import type { Budget } from './budget.js';
import { randomScript } from './cell/source.js';
import type { Cells } from './cells.js';
import type { Engine, Entry, Realm } from './engine.js';
import { LimitReached, type Limits, MAX_MESSAGE_LENGTH } from './limits.js';

/** The door as the thread reaches it. */
export interface DoorWire {
  /** Sends a request and waits for the reply. */
  call(text: string): string;
  /** Sends a request whose reply comes later, to `Program.receive`. */
  post(text: string): void;
}

/** The program has reported its outcome. Thrown through the engine, so that no guest code runs after it. */
export class ProgramExit extends Error {
  constructor(readonly text: string) {
    super('exit');
  }
}

/**
 * Takes away what makes code from text. The compiler never emits it; if data could still get that
 * far, it would find nothing that evaluates it.
 */
const LOCKDOWN = `(() => {
  'use strict';
  const refuse = function () { throw new TypeError('Code generation from strings is disallowed'); };
  refuse.prototype = Function.prototype;
  for (const kind of [function () {}, async function () {}, function* () {}, async function* () {}]) {
    Object.defineProperty(Object.getPrototypeOf(kind), 'constructor', { value: refuse, writable: false, configurable: false });
  }
  globalThis.Function = refuse;
  delete globalThis.eval;
  delete globalThis.__host;
})()`;

const ENTRY = ['start', 'settle'] as const;

/** A realm with the guest runtime. */
export interface ProgramRealm {
  realm: Realm;
  entry: Entry<(typeof ENTRY)[number]>;
}

/**
 * Evaluates the guest runtime in a new realm of an engine.
 *
 * @throws GuestError, LimitReached
 */
export function newProgramRealm(engine: Engine, guest: string): ProgramRealm {
  const realm = engine.newRealm();
  realm.defineHost('__host');
  realm.execute(guest, 'guest');
  realm.execute(LOCKDOWN, 'lockdown');
  return { realm, entry: realm.entry(realm.global('__guest'), ENTRY) };
}

export class Program {
  private readonly realm: Realm;
  private readonly entry: ProgramRealm['entry'];
  private chunks: Readonly<Record<string, string>> = {};
  private cells: Cells | undefined;
  /** Replies of cells that the program has not got yet. */
  private replies: { id: string; text: string }[] = [];
  /** Requests under way, and the length of their texts: the host holds them until they are answered. */
  private posted = 0;
  private postedLength = 0;

  constructor(
    private readonly engine: Engine,
    { realm, entry }: ProgramRealm,
    private readonly wire: DoorWire,
    private readonly budget: Budget,
    private readonly limits: Limits,
  ) {
    this.realm = realm;
    this.entry = entry;
    engine.host = (channel = '', text = '') => this.answer(channel as Channel, text);
    engine.bodies = (body, args, cell, id) => this.runBody(body, args, cell, id);
  }

  /** Evaluates the program and starts it. */
  run(program: string, name: string, start: string, chunks: Readonly<Record<string, string>>, cells?: Cells): void {
    this.chunks = chunks;
    this.cells = cells;
    this.realm.execute(randomScript(), 'random');
    this.realm.execute(program, name);
    this.realm.call(this.entry.start, start);
  }

  /** Takes the reply to a `post` whose request had a certain length. */
  receive(text: string, requestLength: number): void {
    this.posted--;
    this.postedLength -= requestLength;
    this.budget.reset();
    this.realm.call(this.entry.settle, text);
  }

  /**
   * Runs the program and its js bodies as far as they get without an event from outside.
   *
   * @returns milliseconds after which they can go on by themselves, if they can
   * @throws ProgramExit, LimitReached; Error when the program waits for nothing
   */
  advance(): number | undefined {
    for (;;) {
      this.engine.runJobs();
      const wait = this.cells?.advance();
      if (this.replies.length === 0) {
        if (this.posted > 0 || wait !== undefined) return wait;
        if (!this.cells?.isWaiting) throw new Error('The program waits for something that can never happen');
        this.cells.abandonAll();
      }
      const replies = this.replies;
      this.replies = [];
      for (const { id, text } of replies) this.realm.call(this.entry.settle, text, id);
    }
  }

  private answer(channel: Channel, text: string): string | undefined {
    if (channel === 'exit') throw new ProgramExit(text);
    this.limitLength(text.length);
    switch (channel) {
      case 'call':
        return this.wire.call(text);
      case 'post':
        this.post(text);
        return undefined;
      case 'chunk':
        this.evaluateChunk(text);
        return undefined;
      default:
        throw new Error(`unknown channel '${channel}'`);
    }
  }

  private post(text: string): void {
    this.posted++;
    this.postedLength += text.length;
    if (this.postedLength > this.limits.memoryMb * 1024 * 1024) throw new LimitReached('memory', 'program');
    this.budget.reset();
    this.wire.post(text);
  }

  /** Runs a js body; with an `id` nobody waits for it. */
  private runBody(body: number, args: Uint8Array, cell: number, id: string | undefined): Uint8Array | undefined {
    if (!this.cells) throw new Error('the program has no js bodies');
    this.limitLength(args.length);
    if (id === undefined) return this.cells.call(cell, body, args);
    this.cells.post(cell, body, args, (reply) => this.replies.push({ id, text: Buffer.from(reply).toString() }));
    return undefined;
  }

  private limitLength(length: number): void {
    if (length <= MAX_MESSAGE_LENGTH) return;
    const size = Math.ceil(length / 1024 / 1024);
    const limit = MAX_MESSAGE_LENGTH / 1024 / 1024;
    throw new LimitReached(
      'memory',
      'program',
      '',
      `A value of ${size} MB is too large to leave the sandbox (limit: ${limit} MB)`,
    );
  }

  private evaluateChunk(name: string): void {
    if (!Object.hasOwn(this.chunks, name)) throw new Error(`there is no chunk '${name}'`);
    this.realm.execute(this.chunks[name]!, name);
  }
}
