/** Copies an agent's configuration files, and nothing that is or holds its token. */

import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { Agent } from './agents.js';
import { EnvironmentError } from './report.js';
import { secretSettings } from './token.js';

/** Bounds on what is copied: a configuration, not a disk. */
const MAX_FILES = 2000;
const MAX_BYTES = 50 * 1024 * 1024;

export class Copier {
  /** Top level names of which something was copied. */
  readonly copied: string[] = [];
  private files = 0;
  private bytes = 0;
  private readonly root: string;
  /** Device and inode of the credential files, so that neither kind of link leads to them. */
  private readonly forbidden: ReadonlySet<string>;

  /** @param warnings Gets a line for everything that is left out. */
  constructor(
    private readonly source: string,
    private readonly agent: Agent,
    private readonly token: string | null,
    private readonly warnings: string[],
  ) {
    this.root = realpathSync(source);
    this.forbidden = new Set(
      agent.credentials.flatMap((name) => {
        const stats = statSync(path.join(source, name), { throwIfNoEntry: false });
        return stats ? [identity(stats)] : [];
      }),
    );
  }

  /**
   * Copies what the agent's list names and the source has.
   * @throws EnvironmentError when it is too much; whatever the file system throws.
   */
  copyAll(target: string): void {
    for (const name of this.agent.copies) {
      const before = this.files;
      this.copy(name, path.join(this.source, name), path.join(target, name));
      if (this.files > before) this.copied.push(name);
    }
  }

  private copy(shown: string, from: string, to: string): void {
    const stats = statSync(from, { throwIfNoEntry: false });
    if (!stats) return;
    const obstacle = this.obstacle(shown, from, stats);
    if (obstacle !== null) {
      this.leaveOut(shown, obstacle);
    } else if (stats.isDirectory()) {
      for (const entry of readdirSync(from)) {
        this.copy(`${shown}/${entry}`, path.join(from, entry), path.join(to, entry));
      }
    } else {
      this.copyFile(shown, from, to, stats.size);
    }
  }

  /** Why something is left out, or null. */
  private obstacle(shown: string, from: string, stats: Stats): string | null {
    const real = realpathSync(from);
    if (this.agent.credentials.includes(path.basename(real)) || this.forbidden.has(identity(stats))) {
      return 'it leads to the credentials';
    }
    // A link to a directory could lead anywhere, also round in circles.
    if (stats.isDirectory()) return lstatSync(from).isSymbolicLink() ? 'it is a link to a directory' : null;
    if (!stats.isFile()) return 'it is not a file';
    // At the top a link to a file (dotfiles in a repository) is configuration; deeper down it could be anything.
    const isElsewhere = shown.includes('/') && !real.startsWith(this.root + path.sep);
    return isElsewhere ? 'it is a link to a file elsewhere' : null;
  }

  private copyFile(shown: string, from: string, to: string, size: number): void {
    this.bytes += size;
    if (this.files >= MAX_FILES || this.bytes > MAX_BYTES) {
      throw new EnvironmentError(`The configuration in ${this.source} is too large to capture.`);
    }
    const content = readFileSync(from);
    if (this.token !== null && content.includes(this.token)) {
      this.leaveOut(shown, 'it contains the token');
      return;
    }
    if (shown === 'settings.json') {
      const names = secretSettings(content.toString('utf8'));
      if (names.length > 0) {
        this.warnings.push(`Warning: settings.json sets variables that look like credentials: ${names.join(', ')}`);
      }
    }
    mkdirSync(path.dirname(to), { recursive: true });
    writeFileSync(to, content, { mode: 0o600 });
    this.files++;
  }

  private leaveOut(shown: string, why: string): void {
    this.warnings.push(`Warning: ${shown} was not copied: ${why}`);
  }
}

function identity({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}
