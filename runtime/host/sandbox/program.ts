/**
 * The program realm: evaluates the guest runtime and the compiled program, and answers the realm's
 * one host function. Everything here runs on the sandbox thread.
 */

import type { Channel } from '../../shared/protocol.js';
import type { Budget } from './budget.js';
import type { Cells } from './cells.js';
import type { Engine, Handle, Realm } from './engine.js';
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

export class Program {
  private realm: Realm;
  private start: Handle;
  private settle: Handle;
  private chunks: Readonly<Record<string, string>> = {};
  private cells: Cells | undefined;
  /** Replies of cells that the program has not got yet. */
  private replies: string[] = [];
  /** Requests under way, and the length of their texts: the host holds them until they are answered. */
  private posted = 0;
  private postedLength = 0;

  /**
   * Makes the realm and evaluates the guest runtime in it.
   *
   * @throws GuestError, LimitReached
   */
  constructor(
    private readonly engine: Engine,
    guest: string,
    private readonly wire: DoorWire,
    private readonly budget: Budget,
    private readonly limits: Limits,
  ) {
    this.realm = engine.newRealm();
    this.realm.define('__host', (channel = '', text = '') => this.answer(channel as Channel, text));
    this.realm.free(this.realm.evaluate(guest, 'guest'));
    this.realm.free(this.realm.evaluate(LOCKDOWN, 'lockdown'));
    const entry = this.realm.property(undefined, '__guest');
    this.start = this.realm.property(entry, 'start');
    this.settle = this.realm.property(entry, 'settle');
  }

  /** Evaluates the program and starts it. */
  run(program: string, name: string, start: string, chunks: Readonly<Record<string, string>>, cells?: Cells): void {
    this.chunks = chunks;
    this.cells = cells;
    this.realm.free(this.realm.evaluate(program, name));
    this.realm.call(this.start, start);
  }

  /** Takes the reply to a `post` whose request had a certain length. */
  receive(text: string, requestLength: number): void {
    this.posted--;
    this.postedLength -= requestLength;
    this.budget.reset();
    this.realm.call(this.settle, text);
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
      for (const text of replies) this.realm.call(this.settle, text);
    }
  }

  private answer(channel: Channel, text: string): string | undefined {
    if (channel === 'exit') throw new ProgramExit(text);
    if (text.length > MAX_MESSAGE_LENGTH) {
      const size = Math.ceil(text.length / 1024 / 1024);
      const limit = MAX_MESSAGE_LENGTH / 1024 / 1024;
      throw new LimitReached(
        'memory',
        'program',
        '',
        `A value of ${size} MB is too large to leave the sandbox (limit: ${limit} MB)`,
      );
    }
    switch (channel) {
      case 'call':
        return this.wire.call(text);
      case 'post':
        this.post(text);
        return undefined;
      case 'cell':
        return this.needCells().call(text);
      case 'cellPost':
        this.needCells().post(text, (reply) => this.replies.push(reply));
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

  private needCells(): Cells {
    if (!this.cells) throw new Error('the program has no js bodies');
    return this.cells;
  }

  private evaluateChunk(name: string): void {
    if (!Object.hasOwn(this.chunks, name)) throw new Error(`there is no chunk '${name}'`);
    this.realm.free(this.realm.evaluate(this.chunks[name]!, name));
  }
}
