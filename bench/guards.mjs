#!/usr/bin/env node
/**
 * What a decision of a guard or policy costs, beside the same program without it.
 *
 *     node bench/guards.mjs [--smoke] [-n LINES]
 *
 * Every program calls a labelled executable in a loop and shows lines. Each takes turns with the same
 * program without its guard, so that a change in the machine's speed meets both alike: the host lets
 * only one go on at a time, for a block of lines, and notes the CPU time the process spends until each
 * next line, on whatever thread, with all that belongs to a call: its audit records, and what V8 and the
 * engine collect meanwhile. The beginning does not count: V8 compiles then. Two instances of the
 * sandbox differ by where their memory happens to lie, by as much as a decision costs, so every pair
 * runs several times and the median of the runs counts; the slowest hundredth is that of all runs together.
 *
 * - In loops: a line after every `LOOP` calls. What a call with the guard takes longer than one without, at the
 *   median, is a decision.
 * - Before effects: a line after every call, so each finds the processor's caches full of the host's
 *   work. What the median call takes longer is told; what the slowest hundredth takes longer than the
 *   slowest hundredth there is the decision at the 99th percentile.
 *
 * A decision about labels and the operation alone, which those of policies are, is made once for the same
 * executable and marks and kept (runtime/guest/security/decisions.ts); one that looks at data is made
 * each time. Exits 1 when a decision is above its limit; with `--smoke` there are few calls and only wrong
 * output fails.
 */
import { parseArgs } from 'node:util';
import { compile, run } from '../dist/index.js';
import { median } from './measure.mjs';

/** Microseconds a decision may cost: at the median, and at the 99th percentile. */
const LIMITS = { median: 50, p99: 500 };

const { values } = parseArgs({ options: { smoke: { type: 'boolean' }, lines: { type: 'string', short: 'n' } } });
/** Lines of a run. */
const lines = values.smoke ? 20 : Number(values.lines ?? 600);
/** Calls before a line in a loop. */
const LOOP = 20;
/** Runs of each pair of programs. */
const ROUNDS = values.smoke ? 1 : 5;
/** Lines of a turn. */
const BLOCK = 30;
/** Lines at the start that are not counted. */
const warmUp = Math.floor(lines / 5);

const PROGRAMS = [
  { name: 'no guard, beside itself', guard: '' },
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
  const inLoops = await decisionOf(program, LOOP);
  const beforeEffects = await decisionOf(program, 1);
  console.log(
    `${program.name}: ${us(inLoops.median)} a decision at the median in loops (limit ${us(LIMITS.median)}, a call ${us(inLoops.call)}); before effects ${us(beforeEffects.median)}, ${us(beforeEffects.p99)} at p99 (limit ${us(LIMITS.p99)}, a call ${us(beforeEffects.call)})`,
  );
  if (!values.smoke && (inLoops.median > LIMITS.median || beforeEffects.p99 > LIMITS.p99)) process.exitCode = 1;
}

/**
 * What the program's calls take longer than those without its guard, in microseconds a call.
 *
 * @param callsALine how many calls it makes before it shows a line
 */
async function decisionOf(program, callsALine) {
  const rounds = [];
  const all = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const times = await takingTurns([{ ...program, guard: '' }, program], callsALine);
    const [without, guarded] = times.map(median);
    rounds.push({ median: (guarded - without) / callsALine, call: guarded / callsALine });
    for (const [i, list] of times.entries()) all[i].push(...list);
  }
  // A slow call is rare; in one run there are too few to tell how slow the slowest hundredth is.
  const [without, guarded] = all.map((list) => percentile(list, 99));
  const of = (key) => median(rounds.map((round) => round[key]));
  return { median: of('median'), p99: (guarded - without) / callsALine, call: of('call') };
}

/** Microseconds of CPU time until each line of each program. */
async function takingTurns(programs, callsALine) {
  const results = programs.map(() => []);
  /** What lets a program go on that waits for its turn. */
  const waiting = new Array(programs.length).fill(null);
  const ended = new Array(programs.length).fill(false);
  let turn = -1;
  /** Lines left of the turn. */
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
    const code = await run(programOf(programs[index], callsALine), { bindings: { 'console.write': write } });
    ended[index] = true;
    next();
    if (code !== 0 || shown !== String(lines - 1) || results[index].length < lines - 1)
      throw new Error(`${programs[index].name}: exit ${code}, ${results[index].length} lines, the last ${shown}`);
  }

  // One listener a run; there is no leak in a few of them.
  process.setMaxListeners(0);
  await Promise.all(programs.map((_, index) => play(index)));
  return results.map((list) => list.slice(warmUp));
}

function programOf({ guard, argument = '@j' }, callsALine) {
  const source = `${guard}
exe @numbers(n) = js { return Array.from({ length: Number(n) }, (_, i) => String(i)); }
exe risky @f(x) = \`answer @x\`
var secret @key = "k"
for @i in @numbers(${lines}) [
  for @j in @numbers(${callsALine}) [
    let @answer = @f(${argument})
  ]
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
