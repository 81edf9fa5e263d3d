/** Measuring whole processes: user and system time, peak memory, output. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What everything is compared with. */
export const BASELINE = [process.execPath, '-e', '0'];

const usageHook = new URL('./usage-hook.mjs', import.meta.url).href;
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/**
 * Runs a command and answers the CPU time of the process and everything it started, as the shell's
 * `time` counts it: threads, children and the work of starting and ending included.
 *
 * @param {readonly string[]} argv
 * @returns {Promise<{ cpu: number, code: number, stdout: string, stderr: string }>} cpu in milliseconds
 */
export async function measure(argv) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mlldc-bench-'));
  try {
    const [out, err] = ['stdout', 'stderr'].map((name) => path.join(directory, name));
    const timed = `TIMEFORMAT='%3U %3S'; time "$@" </dev/null >"${out}" 2>"${err}"`;
    const { code, stderr } = await run(['bash', '-c', timed, 'bash', ...argv]);
    const times = stderr.trim().split('\n').at(-1).replaceAll(',', '.').split(' ').map(Number);
    const read = (file) => fs.readFileSync(file, 'utf8');
    return { cpu: (times[0] + times[1]) * 1000, code, stdout: read(out), stderr: read(err) };
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * Peak resident memory of a Node process in MiB.
 * @param {readonly string[]} args the arguments after `node`
 */
export async function peakMemory(args) {
  const report = path.join(os.tmpdir(), `mlldc-usage-${process.pid}-${Math.random().toString(36).slice(2)}`);
  try {
    await run([process.execPath, '--import', usageHook, ...args], { MLLDC_USAGE_REPORT: report });
    return Number(fs.readFileSync(report, 'utf8')) / 1024;
  } finally {
    fs.rmSync(report, { force: true });
  }
}

/**
 * Runs commands in turn, `repeats` times, each time paired with the baseline, so that a change in
 * the machine's speed meets all of them alike.
 *
 * @param {readonly (readonly string[])[]} commands
 * @param {number} repeats
 * @returns {Promise<{ cpu: number, ratio: number, runs: Awaited<ReturnType<typeof measure>>[] }[]>} medians
 */
export async function compare(commands, repeats) {
  const ratios = commands.map(() => []);
  const runs = commands.map(() => []);
  for (let round = 0; round < repeats; round++) {
    const baseline = await measure(BASELINE);
    for (const [index, command] of commands.entries()) {
      const result = await measure(command);
      runs[index].push(result);
      ratios[index].push(result.cpu / baseline.cpu);
    }
  }
  return commands.map((_, index) => ({
    cpu: median(runs[index].map((result) => result.cpu)),
    ratio: median(ratios[index]),
    runs: runs[index],
  }));
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function run(argv, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0], argv.slice(1), {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', LC_ALL: 'C', ...env },
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stderr }));
  });
}
