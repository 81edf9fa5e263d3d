#!/usr/bin/env node
/**
 * CPU of a command as a ratio to `node -e 0`, measured in the same run.
 *
 *     node bench/cpu.mjs [-n REPEATS] COMMAND …      e.g. node bench/cpu.mjs node dist/cli.js --version
 */
import { BASELINE, compare } from './measure.mjs';

const args = process.argv.slice(2);
const repeats = args[0] === '-n' ? Number(args.splice(0, 2)[1]) : 9;
if (args.length === 0 || !(repeats > 0)) {
  console.error('Usage: node bench/cpu.mjs [-n REPEATS] COMMAND …');
  process.exit(2);
}
const command = args[0] === 'node' ? [process.execPath, ...args.slice(1)] : args;
const [baseline, measured] = await compare([BASELINE, command], repeats);
const failed = measured.runs.find((run) => run.code !== 0);
console.log(
  `${measured.cpu.toFixed(0)} ms CPU, ${measured.ratio.toFixed(2)} × node -e 0 (${baseline.cpu.toFixed(0)} ms), median of ${repeats}`,
);
if (failed) {
  console.error(`The command failed (exit ${failed.code}):\n${failed.stderr}`);
  process.exitCode = 1;
}
