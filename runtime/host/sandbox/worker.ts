/** The sandbox thread: owns the engines of one run, and ends with one outcome. */

import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Budget } from './budget.js';
import { Cells } from './cells.js';
import { Engine } from './engine.js';
import { STACK_BYTES } from './limits.js';
import { outcomeOf } from './outcome.js';
import { type DoorWire, Program } from './program.js';
import { CONTROL_REPLY, type FromThread, type ThreadSetup, type ToThread } from './thread.js';

const { control, replies, limits } = workerData as ThreadSetup;
const port = parentPort!;
const budget = new Budget(limits.cpuMs, control);
const isOverBudget = () => budget.exceeded;

let compiled: WebAssembly.Module;
let engine: Engine | undefined;
let program: Program;
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

function startEngine(owner: 'program' | 'cell', memoryMb: number): Promise<Engine> {
  return Engine.start(compiled, { owner, memoryMb, stackBytes: STACK_BYTES, isOverBudget });
}

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
  engine = await startEngine('program', limits.memoryMb);
  budget.enter();
  program = new Program(engine, message.guest, wire, budget, limits);
  budget.leave();
}

async function run({ bodies, program: code, programName, start, chunks }: ToThread & { type: 'run' }): Promise<void> {
  // Made beforehand, because a body may be called where nothing can be awaited.
  const cells =
    bodies.length > 0 ? new Cells(await startEngine('cell', limits.cellMemoryMb), bodies, budget) : undefined;
  budget.reset();
  turn(() => program.run(code, programName, start, chunks, cells));
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
    case 'reply':
      turn(() => program.receive(message.text, message.requestLength));
      break;
  }
});
