import type { Report } from '../runtime/host/environments/report.js';

/** Prints what a command has to say; what it refuses is said on standard error. */
export async function printReport(work: () => Promise<Report>): Promise<number> {
  const { reportError } = await import('../runtime/host/environments/report.js');
  const { exitCode, out, err } = await work().catch(reportError);
  if (err.length > 0) process.stderr.write(`${err.join('\n')}\n`);
  if (out.length > 0) process.stdout.write(`${out.join('\n')}\n`);
  return exitCode;
}
