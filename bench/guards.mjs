#!/usr/bin/env node
/**
 * What a decision of a guard costs, beside the same program without the guard in the same run.
 *
 *     node bench/guards.mjs [--smoke] [-n CALLS]
 *
 * A script calls a labelled executable in a loop and shows a line after each call; the host notes when
 * each line arrives. The time between two lines is one call, its audit records included; what it takes longer than the median
 * call of the program without a guard is the guard's decision. Exits 1 when the median or the 99th
 * percentile is above its limit; with `--smoke` there are few calls and only wrong output fails.
 */
import { parseArgs } from 'node:util';
import { compile, run } from '../dist/index.js';
import { median } from './measure.mjs';

/** Microseconds a decision may cost: at the median, and at the 99th percentile. */
const LIMITS = { median: 50, p99: 500 };

const { values } = parseArgs({ options: { smoke: { type: 'boolean' }, calls: { type: 'string', short: 'n' } } });
const calls = values.smoke ? 50 : Number(values.calls ?? 5000);
/** Calls at the start that are not counted: the engine is still warming up. */
const warmUp = Math.floor(calls / 5);

const GUARDS = {
  'no guard': '',
  'a guard on a label':
    'guard before risky = when [ @input.any.mx.labels.includes("secret") => deny "no"; * => allow ]',
  'a guard on all calls': 'guard before op:exe = when [ @mx.op.name == "other" => deny "no"; * => allow ]',
};

const times = {};
for (const [name, guard] of Object.entries(GUARDS)) times[name] = await callTimes(guard);
const base = median(times['no guard']);
console.log(`a call without a guard: ${us(base)}`);
for (const name of Object.keys(GUARDS).slice(1)) {
  const costs = times[name].map((time) => time - base).sort((a, b) => a - b);
  const cost = { median: median(costs), p99: costs[Math.floor(costs.length * 0.99)] };
  console.log(
    `${name}: ${us(cost.median)} a decision at the median (limit ${us(LIMITS.median)}), ${us(cost.p99)} at p99 (limit ${us(LIMITS.p99)})`,
  );
  if (!values.smoke && (cost.median > LIMITS.median || cost.p99 > LIMITS.p99)) process.exitCode = 1;
}

/** Microseconds between two answers of the script. */
async function callTimes(guard) {
  const source = `${guard}
exe @numbers(n) = js { return Array.from({ length: Number(n) }, (_, i) => String(i)); }
exe risky @f(x) = \`answer @x\`
for @i in @numbers(${calls}) [
  let @answer = @f(@i)
  show @i
]
`;
  const { bundle, diagnostics } = compile({ source, file: 'guards.mld' });
  if (!bundle) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const arrivals = [];
  const answers = [];
  const write = {
    run({ text }) {
      arrivals.push(performance.now() * 1000);
      answers.push(text);
      return { value: null };
    },
  };
  const code = await run(bundle, { bindings: { 'console.write': write } });
  if (code !== 0 || answers.at(-1)?.trim() !== String(calls - 1) || answers.length < calls)
    throw new Error(`exit ${code}, ${answers.length} answers, the last ${answers.at(-1)}`);
  return arrivals.slice(warmUp).flatMap((time, i, all) => (i > 0 ? [time - all[i - 1]] : []));
}

function us(value) {
  return `${value.toFixed(0)} µs`;
}
