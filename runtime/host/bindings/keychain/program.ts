/** Runs the operating system's keychain programs. Secrets go through standard streams only. */

import { minimalEnvironment } from '../../isolation/environment.js';
import { LocalProvider } from '../../isolation/local.js';
import { findProgram } from '../../isolation/lookup.js';
import { runPlan } from '../../isolation/run.js';
import { UNRESTRICTED } from '../../isolation/types.js';
import { unavailable } from './types.js';

/** A person may have to type a password. */
const PROMPT_MS = 120_000;

/** Nobody is asked anything: a service that does not answer by then is not there. */
const ANSWER_MS = 10_000;

/** Where the session's message bus and screen are, for the prompt. */
const SESSION = [
  'DBUS_SESSION_BUS_ADDRESS',
  'XDG_RUNTIME_DIR',
  'XDG_DATA_HOME',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
];

export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface ProgramInput {
  readonly stdin?: string;
  /** Only what is on standard error matters: secrets on standard output reach no one. */
  readonly discardStdout?: boolean;
}

/** One keychain program and the environment it runs in. */
export class KeychainProgram {
  constructor(
    readonly file: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  installed(): boolean {
    return findProgram(this.file, this.env, '/') !== null;
  }

  /**
   * Runs the program to its end.
   * @throws KeychainError (KEYCHAIN_UNAVAILABLE) when it cannot be run or does not end.
   */
  async run(args: readonly string[], { stdin = '', discardStdout = false }: ProgramInput = {}): Promise<ProgramResult> {
    const given = Object.fromEntries(
      SESSION.flatMap((name) => (this.env[name] === undefined ? [] : [[name, this.env[name]]])),
    );
    const command = {
      argv: [this.file, ...args] as [string, ...string[]],
      cwd: '/',
      env: minimalEnvironment(given, this.env),
    };
    const limits = { timeMs: discardStdout ? ANSWER_MS : PROMPT_MS };
    const plan = await new LocalProvider().wrap(command, { ...UNRESTRICTED, limits });
    const result = await runPlan(plan, { stdin, discardStdout });
    if (result.ended !== null || result.exitCode === null) throw unavailable(`${this.file} did not end by itself.`);
    return {
      code: result.exitCode,
      stdout: result.stdout.toString('utf8'),
      stderr: result.stderr.toString('utf8').trim(),
    };
  }
}
