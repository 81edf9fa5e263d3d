#!/usr/bin/env node
/**
 * What a decision of a guard or policy costs, beside the same program without it.
 *
 *     node bench/guards.mjs [--smoke] [-n CALLS]
 *
 * Every program calls a labelled executable in a loop and shows a line after each call. Each takes
 * turns with the program without guards, so that a change in the machine's speed meets both alike: the
 * host lets only one go on at a time, for a block of calls, as a loop has them, and notes the CPU time
 * the process spends until each next line. That is one call with everything that belongs to it: its
 * audit records, its line, what V8 and the engine collect meanwhile, on whatever thread. The first call
 * of a block finds the processor's caches full of the other program; it counts, as one of the slow
 * ones. The beginning does not count: V8 compiles then. Two instances of the sandbox differ by where
 * their memory happens to lie, by as much as a decision costs, so every pair runs several times and the
 * median of the runs counts.
 *
 * A decision about labels and the operation alone, which those of policies are, is made once for the same
 * executable and marks and kept (runtime/guest/security/decisions.ts); one that looks at data is made
 * each time.
 *
 * What the median guarded call takes longer than the median call without guards is the decision at the
 * median, and what the slowest hundredth takes longer than the slowest hundredth there, the decision at
 * the 99th percentile: calls without guards have a tail of their own, mostly collections of the host's
 * garbage, which is told beside. Exits 1 when one of them is above its limit; with `--smoke` there are
 * few calls and only wrong output fails.
 */
import { parseArgs } from 'node:util';
import { compile, run } from '../dist/index.js';
import { median } from './measure.mjs';

/** Microseconds a decision may cost: at the median, and at the 99th percentile. */
const LIMITS = { median: 50, p99: 500 };

const { values } = parseArgs({ options: { smoke: { type: 'boolean' }, calls: { type: 'string', short: 'n' } } });
const calls = values.smoke ? 20 : Number(values.calls ?? 1500);
/** Runs of each pair of programs. */
const ROUNDS = values.smoke ? 1 : 7;
/** Calls of a turn. */
const BLOCK = 50;
/** Calls at the start that are not counted. */
const warmUp = Math.floor(calls / 5);

const BASE = { name: 'no guard', guard: '' };
const PROGRAMS = [
  { ...BASE, name: 'no guard either' },
  {
    name: 'a guard on the label of an executable',
    guard: 'guard before risky = when [ @input.any.mx.labels.includes("secret") => deny "no"; * => allow ]',
  },
  {
    name: 'a guard on the label of an argument',
    guard: 'guard before secret = when [ @mx.op.labels.includes("net:w") => deny "no"; * => allow ]',
    argument: '@key',
  },
  {
    name: 'a guard on all calls',
    guard: 'guard before op:exe = when [ @mx.op.name == "other" => deny "no"; * => allow ]',
  },
  {
    name: 'a guard that looks at what goes in',
    guard: 'guard before risky = when [ @input.any.text.includes("rm -rf") => deny "no"; * => allow ]',
  },
  {
    name: 'a guard on the result',
    guard: 'guard after risky = when [ @output == "no" => deny "no"; * => allow ]',
  },
  { name: 'a policy', guard: 'policy @p = { defaults: { rules: ["no-secret-exfil"] } }' },
  { name: 'a guard that is about something else', guard: 'guard before pii = when [ * => deny "no" ]' },
];

for (const program of PROGRAMS) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await decisionOf(program));
  const of = (key) => median(rounds.map((round) => round[key]));
  console.log(
    `${program.name}: ${us(of('median'))} a decision at the median (limit ${us(LIMITS.median)}), ${us(of('p99'))} at p99 (limit ${us(LIMITS.p99)}), of ${us(of('call'))} a call`,
  );
  if (!values.smoke && (of('median') > LIMITS.median || of('p99') > LIMITS.p99)) process.exitCode = 1;
}

/** What the program's calls take longer than those without guards. */
async function decisionOf(program) {
  const [without, guarded] = (await takingTurns([BASE, program])).map(summaryOf);
  return { median: guarded.median - without.median, p99: guarded.p99 - without.p99, call: guarded.median };
}

function summaryOf(times) {
  return { median: median(times), p99: percentile(times, 99) };
}

/** Microseconds of CPU time of the calls of each program. */
async function takingTurns(programs) {
  const results = programs.map(() => []);
  /** What lets a program go on that waits for its turn. */
  const waiting = new Array(programs.length).fill(null);
  const ended = new Array(programs.length).fill(false);
  let turn = -1;
  /** Calls left of the turn. */
  let left = 0;
  let started = 0;

  /** Lets the next program go on, once all have come to their next line. */
  function next() {
    if (programs.some((_, i) => !waiting[i] && !ended[i])) return;
    for (let steps = 0; steps < programs.length; steps++) {
      turn = (turn + 1) % programs.length;
      const goOn = waiting[turn];
      if (!goOn) continue;
      waiting[turn] = null;
      left = BLOCK;
      started = cpuTime();
      goOn({ value: null });
      return;
    }
  }

  async function play(index) {
    let shown = '';
    const write = {
      run({ text }) {
        if (turn === index) results[index].push(cpuTime() - started);
        shown = text.trim();
        if (turn === index && --left > 0) {
          started = cpuTime();
          return { value: null };
        }
        return new Promise((goOn) => {
          waiting[index] = goOn;
          setImmediate(next);
        });
      },
    };
    const code = await run(programOf(programs[index]), { bindings: { 'console.write': write } });
    ended[index] = true;
    next();
    if (code !== 0 || shown !== String(calls - 1) || results[index].length < calls - 1)
      throw new Error(`${programs[index].name}: exit ${code}, ${results[index].length} calls, the last ${shown}`);
  }

  // One listener a run; there is no leak in a few of them.
  process.setMaxListeners(0);
  await Promise.all(programs.map((_, index) => play(index)));
  return results.map((list) => list.slice(warmUp));
}

function programOf({ guard, argument = '@i' }) {
  const source = `${guard}
exe @numbers(n) = js { return Array.from({ length: Number(n) }, (_, i) => String(i)); }
exe risky @f(x) = \`answer @x\`
var secret @key = "k"
for @i in @numbers(${calls}) [
  let @answer = @f(${argument})
  show @i
]
`;
  const { bundle, diagnostics } = compile({ source, file: 'guards.mld' });
  if (!bundle) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return bundle;
}

/** CPU time of the process and its threads, in microseconds. */
function cpuTime() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function percentile(list, percent) {
  return [...list].sort((a, b) => a - b)[Math.floor((list.length * percent) / 100)];
}

function us(value) {
  return `${value.toFixed(0)} µs`;
}
