/**
 * Cells: where js bodies run. All cells are contexts of one engine of their own; a cell has no host
 * function, so a body can compute and nothing else. Its timers fire when `Cells` asks for it.
 */

import { Buffer } from 'node:buffer';
import type { JsBody } from '../../shared/bundle.js';
import type { CellError } from '../../shared/protocol.js';
import { bodyFile, bodyOfFile, bodyScripts, mentionsConsole, placeInBody } from './body.js';
import type { Budget } from './budget.js';
import type { BodySpec, CellEntry } from './cell/harness.js';
import { harnessScript, randomSeed } from './cell/source.js';
import { type Engine, type Entry, GuestError, type Handle, type Realm } from './engine.js';
import { parseStack } from './frames.js';
import { LimitReached, limitOfError } from './limits.js';
import { familiarMessage } from './messages.js';
import { errorReply, readReply, type Thrown, waitingCall } from './reply.js';

/** A realm with the harness. */
export interface CellRealm {
  realm: Realm;
  entry: Entry<keyof CellEntry>;
}

/** Takes the text of a reply (protocol.ts `CELL_REPLY`). */
type OnReply = (reply: Uint8Array) => void;

interface Cell extends CellRealm {
  /** Functions that run the bodies it knows, by index: of one text that gives one. */
  runners: Map<number, Handle>;
  /** Calls that wait for a promise, by the number the harness gave them. */
  waiting: Map<string, OnReply>;
}

const ENTRY: readonly (keyof CellEntry)[] = ['wake', 'define', 'tick', 'drain', 'abandon'];

/** A new realm of an engine, with the harness. */
export function newCellRealm(engine: Engine): CellRealm {
  const realm = engine.newRealm();
  const harness = realm.evaluate(harnessScript(), 'cell');
  return { realm, entry: realm.entry(harness, ENTRY) };
}

/** Timers fired in one go before the thread looks for messages again. */
const TIMERS_AT_ONCE = 64;

const NEVER = 'The js block waits for a promise that never settles';

export class Cells {
  private readonly cells = new Map<number, Cell>();
  private readonly sleeper = new Int32Array(new SharedArrayBuffer(4));

  constructor(
    private readonly engine: Engine,
    private readonly bodies: readonly JsBody[],
    private readonly budget: Budget,
    /** A realm that is there already, for the first cell. */
    private spare?: CellRealm,
  ) {}

  /** True while calls wait. */
  get isWaiting(): boolean {
    for (const { waiting } of this.cells.values()) if (waiting.size > 0) return true;
    return false;
  }

  /**
   * Runs a body to its end, sleeping while it waits.
   *
   * @param cell which cell; it is made when it is not there yet
   * @param args JSON of the arguments
   * @returns the text of its reply
   * @throws LimitReached
   */
  call(cell: number, body: number, args: Uint8Array): Uint8Array {
    const began = this.begin(cell, body, args);
    if (began instanceof Uint8Array) return began;
    let reply: Uint8Array | undefined;
    began.cell.waiting.set(began.run, (done) => {
      reply = done;
    });
    while (reply === undefined) {
      this.settle();
      if (reply !== undefined) break;
      const wait = this.fireTimer();
      if (wait === undefined) this.abandon(began.cell, began.run);
      else if (wait > 0) this.sleep(wait);
    }
    return reply;
  }

  /** Starts a body; `onReply` gets the text of its reply, at once or from `advance`. */
  post(cell: number, body: number, args: Uint8Array, onReply: OnReply): void {
    const began = this.begin(cell, body, args);
    if (began instanceof Uint8Array) onReply(began);
    else began.cell.waiting.set(began.run, onReply);
  }

  /**
   * Lets waiting bodies go on: runs their jobs and the timers that are due.
   *
   * @returns milliseconds until there is more to do; undefined when only an event from outside helps
   */
  advance(): number | undefined {
    if (!this.isWaiting) return undefined;
    this.settle();
    for (let fired = 0; this.isWaiting; fired++) {
      if (fired === TIMERS_AT_ONCE) return 0;
      const wait = this.fireTimer();
      if (wait !== 0) return wait;
      this.settle();
    }
    return undefined;
  }

  /** Ends every waiting call with an error: nothing is left that could settle its promise. */
  abandonAll(): void {
    for (const cell of this.cells.values()) for (const run of [...cell.waiting.keys()]) this.abandon(cell, run);
  }

  /** Its reply, or the call that waits. */
  private begin(number: number, body: number, args: Uint8Array): Uint8Array | { cell: Cell; run: string } {
    const cell = this.cells.get(number) ?? this.newCell(number);
    let runner = cell.runners.get(body);
    if (runner === undefined) {
      const error = this.compile(cell, body);
      if (error) return errorReply(this.describe(error));
      runner = cell.runners.get(body)!;
    }
    const reply = cell.realm.callBytes(runner, args);
    const run = waitingCall(reply);
    const began = run === undefined ? this.read(reply) : { cell, run };
    // What a body left to do when it returned comes before the next body, as in Node.
    this.engine.runJobs();
    return began;
  }

  private newCell(number: number): Cell {
    if (!Number.isSafeInteger(number)) throw new Error('a js body without a cell');
    const { realm, entry } = this.spare ?? newCellRealm(this.engine);
    this.spare = undefined;
    realm.call(entry.wake, randomSeed());
    const cell = { realm, entry, runners: new Map(), waiting: new Map() };
    this.cells.set(number, cell);
    return cell;
  }

  /**
   * Makes a body and those it can call known to a cell. Returns what is wrong when one does not compile.
   *
   * @param begun bodies that are being made known: those of one environment may refer to each other
   */
  private compile(cell: Cell, index: number, begun = new Set<number>()): Thrown | undefined {
    if (cell.runners.has(index) || begun.has(index)) return undefined;
    begun.add(index);
    const body = this.bodies[index];
    if (!body) throw new Error(`there is no js body ${index}`);
    const scope = (body.scope ?? []).map((entry) => entry.body);
    let error: Thrown | undefined;
    for (const callee of scope) error ??= this.compile(cell, callee, begun);
    return error ?? this.define(cell, body, { index, isPerCall: mentionsConsole(this.bodies, index), scope });
  }

  private define(cell: Cell, body: JsBody, spec: BodySpec): Thrown | undefined {
    try {
      const factory = this.evaluateBody(cell, spec.index, body);
      cell.runners.set(spec.index, cell.realm.callFor(cell.entry.define, JSON.stringify(spec), factory));
      cell.realm.free(factory);
      return undefined;
    } catch (error) {
      if (!(error instanceof GuestError || error instanceof SyntaxError)) throw error;
      const { name, message } = error;
      return { name, message, stack: 'guestStack' in error ? error.guestStack : '', isCompiling: true };
    }
  }

  private evaluateBody(cell: Cell, index: number, body: JsBody): Handle {
    const [expression, statements] = bodyScripts(body);
    try {
      return cell.realm.evaluate(expression, bodyFile(index));
    } catch (error) {
      if (!(error instanceof GuestError)) throw error;
      return cell.realm.evaluate(statements, bodyFile(index));
    }
  }

  private finish(cell: Cell, run: string, reply: Uint8Array): void {
    const onReply = cell.waiting.get(run);
    if (!onReply) throw new Error('a cell answered a call that nobody made');
    cell.waiting.delete(run);
    onReply(this.read(reply));
  }

  private read(reply: Uint8Array): Uint8Array {
    return readReply(reply, (thrown) => this.describe(thrown));
  }

  /** Runs jobs and takes in the replies they made. */
  private settle(): void {
    this.engine.runJobs();
    for (const cell of this.cells.values()) {
      const { realm, entry } = cell;
      for (let text = realm.callText(entry.drain); text !== ''; text = realm.callText(entry.drain)) {
        const end = text.indexOf('\n');
        this.finish(cell, text.slice(0, end), Buffer.from(text.slice(end + 1)));
      }
    }
  }

  /** Fires a timer that is due: 0. Otherwise the milliseconds until the next; undefined without timers. */
  private fireTimer(): number | undefined {
    let next: number | undefined;
    for (const { realm, entry } of this.cells.values()) {
      const text = realm.callText(entry.tick);
      if (text === 'fired') return 0;
      if (text !== '') next = Math.min(next ?? Infinity, Number(text));
    }
    return next;
  }

  private sleep(ms: number): void {
    this.budget.leave();
    Atomics.wait(this.sleeper, 0, 0, ms);
    this.budget.enter();
  }

  private abandon(cell: Cell, run: string): void {
    this.finish(cell, run, Buffer.from(cell.realm.callText(cell.entry.abandon, run, NEVER)));
  }

  /** What the guest is told about an error a body has thrown, as JSON. */
  private describe(thrown: Thrown): string {
    return JSON.stringify(this.describeError(thrown));
  }

  private describeError({ name, message, stack, isCompiling }: Thrown): CellError {
    const limit = name === 'null' && this.engine.isMemoryFull ? 'memory' : limitOfError(name, message);
    if (limit) throw new LimitReached(limit, 'cell', stack);
    for (const { file, line: fileLine, column } of parseStack(stack)) {
      const body = bodyOfFile(file);
      const code = body === undefined ? undefined : this.bodies[body]?.code;
      if (code === undefined) continue;
      const place = placeInBody(code, fileLine, column);
      return { name, message: familiarMessage(name, message, isCompiling, { code, ...place }), ...place, body };
    }
    return { name, message: familiarMessage(name, message, isCompiling) };
  }
}
