import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A file `mcp-<name>.pid` for every server that runs, for people and tools that look (security.md 9.4). */
export class PidFiles {
  private readonly files = new Map<object, string>();

  constructor(private readonly folder: string) {}

  add(owner: object, name: string, pid: number | undefined): void {
    if (pid === undefined) return;
    mkdirSync(this.folder, { recursive: true });
    const file = this.freeName(name.replace(/[^a-zA-Z0-9._-]+/g, '_').slice(-80));
    writeFileSync(file, `${pid}\n`);
    this.files.set(owner, file);
  }

  remove(owner: object): void {
    const file = this.files.get(owner);
    if (file !== undefined) rmSync(file, { force: true });
    this.files.delete(owner);
  }

  private freeName(name: string): string {
    const taken = new Set(this.files.values());
    for (let number = 1; ; number++) {
      const file = path.join(this.folder, `mcp-${name}${number === 1 ? '' : `-${number}`}.pid`);
      if (!taken.has(file)) return file;
    }
  }
}
