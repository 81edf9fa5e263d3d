/** A user, a project and stub agents for `mlldc env`. */

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Session } from '../../keychain/session.js';
import { cli, directory, mlldc, type Outcome, type RunOptions } from '../harness.js';

export const TOKEN = 'sk-ant-oat01-3c9f';

/** Prints what it was given, one fact a line, then its input; ends with $STUB_RC. */
const STUB = `#!/bin/sh
echo "ran $(basename "$0") with $# arguments in $PWD"
for argument; do printf '<%s>\\n' "$argument"; done
echo "CLAUDE_CODE_OAUTH_TOKEN=$CLAUDE_CODE_OAUTH_TOKEN"
echo "CLAUDE_CONFIG_DIR=$CLAUDE_CONFIG_DIR"
echo "CODEX_OAUTH_TOKEN=$CODEX_OAUTH_TOKEN"
echo "CODEX_CONFIG_DIR=$CODEX_CONFIG_DIR"
echo "complaint" >&2
cat
exit "\${MLLD_STUB_RC:-0}"
`;

export class World {
  readonly base = directory();
  readonly home = path.join(this.base, 'home');
  readonly cwd = path.join(this.base, 'project');
  readonly bin = path.join(this.base, 'bin');

  constructor(private readonly session?: Session) {
    for (const folder of [this.home, this.cwd, this.bin]) fs.mkdirSync(folder);
    for (const name of ['claude', 'codex']) this.program(name, STUB);
    this.write('home/.claude/settings.json', '{"model":"opus"}');
    this.write('home/.claude/CLAUDE.md', '# Rules\n');
    this.write('home/.claude/.credentials.json', JSON.stringify({ claudeAiOauth: { accessToken: TOKEN } }));
    this.write('home/.claude/projects/log.jsonl', '{}');
  }

  /** Writes a file below the base directory. */
  write(name: string, text: string): string {
    const file = path.join(this.base, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    return file;
  }

  program(name: string, text: string): void {
    fs.chmodSync(this.write(`bin/${name}`, text), 0o755);
  }

  /** An environment of the project with this entry. */
  environment(name: string, entry: string, store = 'project'): void {
    this.write(`${store}/.mlld/env/${name}/module.yml`, `name: ${name}\ntype: environment\nversion: 1.0.0\n`);
    this.write(`${store}/.mlld/env/${name}/index.mld`, entry);
  }

  /** Names and contents of everything below a directory of the base. */
  tree(folder = 'project'): Record<string, string> {
    const root = path.join(this.base, folder);
    const files = fs.readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return Object.fromEntries(
      files
        .map(({ parentPath, name }) => path.join(parentPath, name))
        .sort()
        .map((file) => [path.relative(root, file), fs.readFileSync(file, 'utf8')]),
    );
  }

  get env(): Record<string, string> {
    return {
      HOME: this.home,
      PATH: `${this.bin}:${process.env.PATH}`,
      DBUS_SESSION_BUS_ADDRESS: this.session?.env.DBUS_SESSION_BUS_ADDRESS ?? '',
    };
  }

  /** Runs `mlldc env …` in the project. */
  run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return mlldc(['env', ...args], { cwd: this.cwd, ...options, env: { ...this.env, ...options.env } });
  }

  /** Starts `mlldc env …` without waiting for its end. */
  start(args: readonly string[]) {
    return spawn(process.execPath, [cli, 'env', ...args], {
      cwd: this.cwd,
      env: { ...process.env, NO_COLOR: '1', ...this.env },
    });
  }
}
