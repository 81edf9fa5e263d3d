/**
 * Cells: where js bodies run. All cells are contexts of one engine of their own; a cell has no host
 * function, so a body can compute and nothing else. Its timers fire when `Cells` asks for it.
 */

import type { JsBody } from '../../shared/bundle.js';
import type { CellReply, CellRequest } from '../../shared/protocol.js';
import { bodyFile, bodyOfFile, bodyScripts, mentionsConsole, placeInBody } from './body.js';
import type { Budget } from './budget.js';
import type { BodySpec, CellEntry } from './cell/harness.js';
import { harnessScript, randomSeed } from './cell/source.js';
import { type Engine, type Entry, GuestError, type Handle, type Realm } from './engine.js';
import { parseStack } from './frames.js';
import { LimitReached, limitOfError } from './limits.js';
import { familiarMessage } from './messages.js';
import { type CellError, type CellResult, readReply, writeReply } from './reply.js';

/** A realm with the harness. */
export interface CellRealm {
  realm: Realm;
  entry: Entry<keyof CellEntry>;
}

interface Cell extends CellRealm {
  compiled: Set<number>;
}

/** A call that waits for a promise. */
interface Waiting {
  cell: Cell;
  /** The guest's id for it. */
  id: number;
  /** Receives the reply's text. */
  reply(text: string): void;
}

const ENTRY: readonly (keyof CellEntry)[] = ['wake', 'define', 'run', 'tick', 'drain', 'abandon'];

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
  private readonly cells = new Map<string, Cell>();
  private readonly waiting = new Map<number, Waiting>();
  private readonly sleeper = new Int32Array(new SharedArrayBuffer(4));
  private nextRun = 1;

  constructor(
    private readonly engine: Engine,
    private readonly bodies: readonly JsBody[],
    private readonly budget: Budget,
    /** A realm that is there already, for the first cell. */
    private spare?: CellRealm,
  ) {}

  /** True while calls made by `post` wait. */
  get isWaiting(): boolean {
    return this.waiting.size > 0;
  }

  /**
   * Runs a body to its end, sleeping while it waits.
   *
   * @returns a `CellReply` as text
   * @throws LimitReached
   */
  call(text: string): string {
    let reply: string | undefined;
    const run = this.begin(text, (done) => {
      reply = done;
    });
    while (reply === undefined) {
      this.settle();
      if (reply !== undefined) break;
      const wait = this.fireTimer();
      if (wait === undefined) this.abandon(run);
      else if (wait > 0) this.sleep(wait);
    }
    return reply;
  }

  /** Starts a body; `onReply` gets its `CellReply` as text, at once or from `advance`. */
  post(text: string, onReply: (text: string) => void): void {
    this.begin(text, onReply);
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
    for (const run of [...this.waiting.keys()]) this.abandon(run);
  }

  private begin(text: string, onReply: (text: string) => void): number {
    const request = JSON.parse(text) as CellRequest;
    if (!Number.isSafeInteger(request.id)) throw new Error('a cell request without a number');
    const cell = this.cell(request.cell);
    const run = this.nextRun++;
    this.waiting.set(run, { cell, id: request.id, reply: onReply });
    const error = this.compile(cell, request.body);
    const reply = error ? '' : cell.realm.callText(cell.entry.run, String(run), text);
    if (error) this.finish(run, { ...error, logs: '[]', stderr: '[]' });
    else if (reply !== '') this.finish(run, readReply(reply));
    // What a body left to do when it returned comes before the next body, as in Node.
    this.engine.runJobs();
    return run;
  }

  private cell(name: string): Cell {
    const known = this.cells.get(name);
    if (known) return known;
    const { realm, entry } = this.spare ?? newCellRealm(this.engine);
    this.spare = undefined;
    realm.call(entry.wake, randomSeed());
    const cell = { realm, entry, compiled: new Set<number>() };
    this.cells.set(name, cell);
    return cell;
  }

  /** Makes a body and those it can call known to its cell. Returns what is wrong when one does not compile. */
  private compile(cell: Cell, index: number): CellError | undefined {
    if (cell.compiled.has(index)) return undefined;
    const body = this.bodies[index];
    if (!body) throw new Error(`there is no js body ${index}`);
    const scope = (body.scope ?? []).map((entry) => entry.body);
    // Before the scope: bodies of one environment may refer to each other.
    cell.compiled.add(index);
    let error: CellError | undefined;
    for (const callee of scope) error ??= this.compile(cell, callee);
    error ??= this.define(cell, body, { index, isPerCall: mentionsConsole(this.bodies, index), scope });
    if (error) cell.compiled.delete(index);
    return error;
  }

  private define(cell: Cell, body: JsBody, spec: BodySpec): CellError | undefined {
    try {
      const factory = this.evaluateBody(cell, spec.index, body);
      cell.realm.call(cell.entry.define, JSON.stringify(spec), factory);
      cell.realm.free(factory);
      return undefined;
    } catch (error) {
      if (!(error instanceof GuestError || error instanceof SyntaxError)) throw error;
      const { name, message } = error;
      return { kind: 'error', name, message, stack: 'guestStack' in error ? error.guestStack : '', isCompiling: true };
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

  private finish(run: number, result: CellResult): void {
    const call = this.waiting.get(run);
    if (!call) throw new Error('a cell answered a call that nobody made');
    this.waiting.delete(run);
    const error = result.kind === 'error' ? JSON.stringify(this.describe(result)) : undefined;
    call.reply(writeReply(call.id, result, error));
  }

  /** Runs jobs and takes in the replies they made. */
  private settle(): void {
    this.engine.runJobs();
    for (const { realm, entry } of this.cells.values()) {
      for (let text = realm.callText(entry.drain); text !== ''; text = realm.callText(entry.drain)) {
        const end = text.indexOf('\n');
        this.finish(Number(text.slice(0, end)), readReply(text.slice(end + 1)));
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

  private abandon(run: number): void {
    const { cell } = this.waiting.get(run)!;
    this.finish(run, readReply(cell.realm.callText(cell.entry.abandon, String(run), NEVER)));
  }

  /** What the guest is told about an error a body has thrown. */
  private describe({ name, message, stack, isCompiling }: CellError): Extract<CellReply, { error: unknown }>['error'] {
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
