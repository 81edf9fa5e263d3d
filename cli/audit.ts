import { type Command, InvalidArgumentError, Option } from 'commander';
import type {
  AuditExplanation,
  AuditFilter,
  AuditRecord,
  AuditStep,
  ChainProblem,
} from '../runtime/host/audit/index.js';
import { CommandLineError } from './errors.js';
import { EXIT } from './exit-codes.js';
import { parseDuration } from './values.js';

interface Common {
  json?: boolean;
  project?: string;
}

interface ListOptions extends Common {
  event?: string[];
  label?: string[];
  tool?: string;
  operation?: string;
  var?: string;
  file?: string;
  decision?: 'allowed' | 'denied';
  run?: string;
  since?: string;
  until?: string;
  last?: number;
}

/** `mlldc audit`: what runs of this project did with labelled data (security.md 10). */
export function defineAudit(program: Command, exit: (code: number) => void): void {
  const audit = program
    .command('audit')
    .summary('show what happened to labelled data')
    .description('Shows the records of the audit ledger (.mlld/sec/audit.jsonl) that all given options let through.')
    .option('--event <name...>', 'write, toolStart, toolCall, label, bless, conflict, denied, sign, verify')
    .option('--label <label...>', 'records that speak of one of these labels or provenance marks')
    .option('--tool <name>', 'calls of this executable or tool')
    .option('--operation <name>', 'a denied operation (exec.cmd) or a writer (command:cp, directive:output)')
    .option('--var <name>', 'records about this variable')
    .option('--file <path>', 'records about this file, or the files of this directory')
    .addOption(new Option('--decision <decision>', 'what was decided').choices(['allowed', 'denied']))
    .option('--run <id>', 'records of one run, by its id or the beginning of it')
    .option('--since <time>', 'from this time on: 2026-01-31, 2026-01-31T12:00:00Z, or 2h for two hours ago', parseTime)
    .option('--until <time>', 'up to this time', parseTime)
    .option('--last <count>', 'only the last records', parseCount)
    .action(async (options: ListOptions) => exit(await list(options)));
  const explain = audit
    .command('explain <target>')
    .summary('how a file, a variable or a record came by its labels')
    .description('Follows the labels of a file, a @variable or a record (by its id) back to where they entered.')
    .action(async (target: string, _: unknown, command: Command) =>
      exit(await explainTarget(target, command.optsWithGlobals())),
    );
  const verify = audit
    .command('verify')
    .summary('whether the ledger is whole')
    .description('Checks the chain of the ledger: changed, removed or inserted records are reported, with exit code 1.')
    .action(async (_: unknown, command: Command) => exit(await verifyLedger(command.optsWithGlobals())));
  for (const command of [audit, explain, verify])
    command
      .option('--json', 'print JSON')
      .option('--project <directory>', 'the project; by default the one around here');
}

async function list(options: ListOptions): Promise<number> {
  const { readAudit, directory } = await open(options);
  const { file, last, event, label, json: _json, project: _project, ...rest } = options;
  const filter: AuditFilter = {
    ...rest,
    ...(file && { path: file }),
    ...(event && { event }),
    ...(label && { label }),
  };
  const records = readAudit(directory, filter).slice(last === undefined ? 0 : -last);
  print(options, records, records.map(recordLine));
  return EXIT.ok;
}

async function explainTarget(target: string, options: Common): Promise<number> {
  const { explainAudit, readAudit, directory } = await open(options);
  const explanation = explainAudit(readAudit(directory), target);
  if (explanation.steps.length === 0)
    throw new CommandLineError(
      `The audit ledger says nothing about '${target}'`,
      "Name a file, a variable such as @key, or the id of a record; 'mlldc audit' lists the records.",
      EXIT.failed,
    );
  print(options, explanation, explanationLines(explanation));
  return EXIT.ok;
}

async function verifyLedger(options: Common): Promise<number> {
  const { readAudit, verifyAudit, directory } = await open(options);
  const problems = verifyAudit(directory);
  const count = readAudit(directory).length;
  const line = ({ file, line, problem }: ChainProblem) => visible(`${file}:${line}: ${problem}`);
  const lines = problems.length > 0 ? problems.map(line) : [`${count} records, nothing changed or missing`];
  print(options, { intact: problems.length === 0, records: count, problems }, lines);
  return problems.length === 0 ? EXIT.ok : EXIT.failed;
}

async function open({ project }: Common) {
  const [audit, { openProject }] = await Promise.all([
    import('../runtime/host/audit/index.js'),
    import('../runtime/host/config.js'),
  ]);
  return { ...audit, directory: audit.ledgerDirectory(openProject(project ?? process.cwd()).root) };
}

function print({ json }: Common, data: unknown, lines: readonly string[]): void {
  const text = json ? JSON.stringify(data, null, 2) : lines.join('\n');
  if (text !== '') process.stdout.write(`${text}\n`);
}

/** `2026-01-31T12:00:00.000Z  write  /p/f  [secret]  created by directive:output`. */
function recordLine(record: AuditRecord): string {
  const { ts, event, labels, taint } = record;
  const marks = labels?.length ? labels : (taint ?? []);
  return visible(
    [ts, event.padEnd(9), subjectOf(record), marks.length > 0 ? `[${marks.join(', ')}]` : '', howOf(record)]
      .filter((part) => part !== '')
      .join('  '),
  );
}

function subjectOf({ path, tool, args, var: name }: AuditRecord): string {
  if (tool !== undefined)
    return `@${tool}(${Object.entries(args ?? {})
      .map(([key, value]) => `${key}: ${shortened(value)}`)
      .join(', ')})`;
  return path ?? name ?? '';
}

function howOf(record: AuditRecord): string {
  const { event, changeType, writer, add, remove, by, ok, detail, resolved, result, duration } = record;
  const parts = [
    changeType && `${changeType} by ${writer}`,
    add?.length && `+${add.join(' +')}`,
    remove?.length && `-${remove.join(' -')}`,
    by && `by ${by}`,
    resolved && `resolved as ${resolved}`,
    event === 'toolCall' && `${ok ? 'ok' : 'failed'} after ${duration ?? 0} ms`,
    result,
    detail,
  ];
  return parts.filter((part) => typeof part === 'string').join('  ');
}

function shortened(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function explanationLines({ target, labels, steps }: AuditExplanation): string[] {
  const lines = [visible(`${target} carries ${labels.length > 0 ? labels.join(', ') : 'no labels'}`)];
  const tell = (step: AuditStep, depth: number): void => {
    const indent = '  '.repeat(depth);
    lines.push(`${indent}${recordLine(step.record)}`);
    for (const { label, steps } of step.from) {
      lines.push(visible(`${indent}  ${label} came from`));
      for (const origin of steps) tell(origin, depth + 2);
    }
  };
  for (const step of steps) tell(step, 1);
  return lines;
}

/** Records quote what tools were given; control characters in them must not reach a terminal. */
function visible(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function parseTime(text: string): string {
  const time = /^\d+(?:\.\d+)?(?:ms|s|m|h)$/.test(text) ? Date.now() - parseDuration(text) : Date.parse(text);
  if (Number.isNaN(time))
    throw new InvalidArgumentError("Expected a time such as '2026-01-31', or '2h' for two hours ago.");
  return new Date(time).toISOString();
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('Expected a positive number.');
  return count;
}
