/** `structuredClone` of a cell. Like every function of this folder it is evaluated inside the cell, as text. */

export function makeStructuredClone(): unknown {
  type Maker = (value: never, clone: (value: unknown) => unknown, keep: <T>(copy: T) => T) => unknown;

  const refuse = (value: unknown): never => {
    throw new Error(
      `${typeof value === 'function' ? String(value) : Object.prototype.toString.call(value)} could not be cloned.`,
    );
  };

  const properties = (from: object, to: object, clone: (value: unknown) => unknown): void => {
    for (const key of Object.keys(from)) {
      const value = clone((from as Record<string, unknown>)[key]);
      Object.defineProperty(to, key, { value, writable: true, enumerable: true, configurable: true });
    }
  };

  const errors = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

  const makers: readonly (readonly [new (...args: never[]) => object, Maker])[] = [
    [Date, (value: Date) => new Date(value.getTime())],
    [RegExp, (value: RegExp) => new RegExp(value.source, value.flags)],
    [Boolean, (value: boolean) => Object(value.valueOf())],
    [Number, (value: number) => Object(value.valueOf())],
    [String, (value: string) => Object(value.valueOf())],
    [ArrayBuffer, (value: ArrayBuffer) => value.slice(0)],
    [
      DataView,
      (value: DataView<ArrayBuffer>, clone) =>
        new DataView(clone(value.buffer) as ArrayBuffer, value.byteOffset, value.byteLength),
    ],
    [
      Map,
      (value: Map<unknown, unknown>, clone, keep) => {
        const copy = keep(new Map());
        for (const [key, member] of value) copy.set(clone(key), clone(member));
        return copy;
      },
    ],
    [
      Set,
      (value: Set<unknown>, clone, keep) => {
        const copy = keep(new Set());
        for (const member of value) copy.add(clone(member));
        return copy;
      },
    ],
    [
      Error,
      (value: Error, clone, keep) => {
        const copy = keep(new (errors[value.name as 'Error'] ?? Error)(value.message));
        if ('cause' in value)
          Object.defineProperty(copy, 'cause', { value: clone(value.cause), writable: true, configurable: true });
        if (value.stack !== undefined)
          Object.defineProperty(copy, 'stack', { value: value.stack, writable: true, configurable: true });
        return copy;
      },
    ],
  ];

  return function structuredClone(input: unknown): unknown {
    const copies = new Map<object, unknown>();
    const clone = (value: unknown): unknown => {
      if (typeof value === 'symbol' || typeof value === 'function') return refuse(value);
      if (typeof value !== 'object' || value === null) return value;
      if (copies.has(value)) return copies.get(value);
      const keep = <T>(copy: T): T => {
        copies.set(value, copy);
        return copy;
      };
      if (Array.isArray(value)) {
        const copy: unknown[] = keep(new Array(value.length));
        properties(value, copy, clone);
        return copy;
      }
      if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
        const array = value as Uint8Array<ArrayBuffer>;
        const kind = array.constructor as Uint8ArrayConstructor;
        return keep(new kind(clone(array.buffer) as ArrayBuffer, array.byteOffset, array.length));
      }
      for (const [kind, make] of makers) if (value instanceof kind) return keep(make(value as never, clone, keep));
      if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef)
        refuse(value);
      const copy = keep({});
      properties(value, copy, clone);
      return copy;
    };
    return clone(input);
  };
}
