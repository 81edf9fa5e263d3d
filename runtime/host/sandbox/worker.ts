/** The sandbox thread: owns the engines of one run, and ends with one outcome. */

import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { JsBody } from '../../shared/bundle.js';
import { Budget } from './budget.js';
import { type CellRealm, Cells, newCellRealm } from './cells.js';
import { Engine, type EngineOptions } from './engine.js';
import { joinImages, splitImages } from './image.js';
import { type LimitOwner, STACK_BYTES } from './limits.js';
import { outcomeOf } from './outcome.js';
import { type DoorWire, newProgramRealm, Program, type ProgramRealm } from './program.js';
import { CONTROL_REPLY, type FromThread, type ThreadSetup, type ToThread } from './thread.js';

const { control, replies, limits } = workerData as ThreadSetup;
const port = parentPort!;
const budget = new Budget(limits.cpuMs, control);

let compiled: WebAssembly.Module;
let engine: Engine | undefined;
let program: Program;
/** Of the engine for cells, when there is one. */
let cellImage: Uint8Array | undefined;
let timer: NodeJS.Timeout | undefined;

const send = (message: FromThread): void => port.postMessage(message);

const wire: DoorWire = {
  call(text) {
    budget.leave();
    Atomics.store(control, CONTROL_REPLY, 0);
    send({ type: 'call', text });
    // Again, when it was woken by a late notification of the reply before.
    while (Atomics.load(control, CONTROL_REPLY) === 0) Atomics.wait(control, CONTROL_REPLY, 0);
    const reply = receiveMessageOnPort(replies)!.message as string;
    budget.reset();
    budget.enter();
    return reply;
  },
  post: (text) => send({ type: 'post', text }),
};

const engineOptions = (owner: LimitOwner): EngineOptions => ({
  owner,
  memoryMb: owner === 'cell' ? limits.cellMemoryMb : limits.memoryMb,
  stackBytes: STACK_BYTES,
  isOverBudget: () => budget.exceeded,
});

/** Lets guest code run. Whatever ends it is the run's outcome. */
function turn(work: () => void): void {
  budget.enter();
  try {
    work();
    const wait = program.advance();
    budget.leave();
    clearTimeout(timer);
    timer = wait === undefined ? undefined : setTimeout(turn, wait, () => {});
  } catch (reason) {
    finish(reason);
  }
}

function finish(reason: unknown): void {
  budget.leave();
  clearTimeout(timer);
  port.removeAllListeners('message');
  send({ type: 'outcome', outcome: outcomeOf(reason, limits, engine?.isMemoryFull ?? false) });
}

async function boot(message: ToThread & { type: 'boot' }): Promise<void> {
  compiled = message.engine;
  program = new Program(...(await loadGuest(message.guest)), wire, budget, limits);
}

async function loadGuest(guest: string | Uint8Array): Promise<[Engine, ProgramRealm]> {
  if (typeof guest !== 'string') {
    const [programImage, forCells] = splitImages(guest);
    cellImage = forCells;
    const restored = await Engine.restore<keyof ProgramRealm['entry']>(
      compiled,
      engineOptions('program'),
      programImage!,
    );
    engine = restored.engine;
    return [engine, restored];
  }
  engine = await Engine.start(compiled, engineOptions('program'));
  budget.enter();
  const realm = newProgramRealm(engine, guest);
  budget.leave();
  return [engine, realm];
}

async function loadCells(bodies: readonly JsBody[]): Promise<Cells | undefined> {
  if (bodies.length === 0) return undefined;
  if (!cellImage) return new Cells(await Engine.start(compiled, engineOptions('cell')), bodies, budget);
  const restored = await Engine.restore<keyof CellRealm['entry']>(compiled, engineOptions('cell'), cellImage);
  return new Cells(restored.engine, bodies, budget, restored);
}

async function run({ bodies, program: code, programName, start, chunks }: ToThread & { type: 'run' }): Promise<void> {
  // Made beforehand, because a body may be called where nothing can be awaited.
  const cells = await loadCells(bodies);
  budget.reset();
  turn(() => program.run(code, programName, start, chunks, cells));
}

async function makeImage(message: ToThread & { type: 'makeImage' }): Promise<void> {
  compiled = message.engine;
  const forProgram = await Engine.start(compiled, engineOptions('program'));
  const forCells = await Engine.start(compiled, engineOptions('cell'));
  const images = [
    await forProgram.image(compiled, newProgramRealm(forProgram, message.guest).entry),
    await forCells.image(compiled, newCellRealm(forCells).entry),
  ];
  send({ type: 'image', image: joinImages(images) });
}

let booted: Promise<void>;

port.on('message', (message: ToThread) => {
  switch (message.type) {
    case 'boot':
      booted = boot(message);
      // A failure is reported as the outcome of the run.
      booted.catch(() => {});
      break;
    case 'run':
      booted.then(() => run(message)).catch(finish);
      break;
    case 'makeImage':
      makeImage(message).catch(finish);
      break;
    case 'reply':
      turn(() => program.receive(message.text, message.requestLength));
      break;
  }
});
