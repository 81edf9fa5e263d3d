/**
 * Names of tools on the wire and in mlld (security.md 8.1): `get_time` is `@getTime`.
 */

import { McpError } from './errors.js';

/** The mlld name of a wire name: separators vanish and the character after them is a capital. */
export function toMlldName(wire: string): string {
  const name = wire.replace(/[^a-zA-Z0-9]/g, '_').replace(/_([a-zA-Z0-9])/g, (_, next: string) => next.toUpperCase());
  return /^[a-zA-Z_]/.test(name) ? name : `_${name}`;
}

/** The wire name under which an mlld executable is served. */
export function toWireName(name: string): string {
  return name
    .replace(/[A-Z]/g, (capital) => `_${capital}`)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_/, '');
}

/** The tools of one server, found by either name. */
export class ToolNames {
  private readonly wireByMlld = new Map<string, string>();
  private readonly wires: ReadonlySet<string>;

  /**
   * @param server The specification as the import wrote it, for messages.
   * @throws McpError (IMPORT_NAME_CONFLICT) when two tools have one mlld name.
   */
  constructor(
    private readonly server: string,
    wires: Iterable<string>,
  ) {
    this.wires = new Set(wires);
    for (const wire of this.wires) {
      const name = toMlldName(wire);
      const other = this.wireByMlld.get(name);
      if (other !== undefined) {
        throw new McpError(
          `MCP tool name collision - '${other}' and '${wire}' both map to '@${name}' in '${this.server}'`,
          'IMPORT_NAME_CONFLICT',
        );
      }
      this.wireByMlld.set(name, wire);
    }
  }

  /** Pairs of mlld name and wire name, in the server's order. */
  entries(): IterableIterator<[string, string]> {
    return this.wireByMlld.entries();
  }

  /**
   * The wire name of a requested tool, given in either spelling.
   * @throws McpError (IMPORT_EXPORT_MISSING)
   */
  resolve(requested: string): string {
    if (this.wires.has(requested)) return requested;
    const wire =
      this.wireByMlld.get(requested) ?? (this.wires.has(toWireName(requested)) ? toWireName(requested) : undefined);
    if (wire === undefined)
      throw new McpError(`Import '${requested}' not found in MCP server '${this.server}'`, 'IMPORT_EXPORT_MISSING');
    return wire;
  }
}
