/** What the host and a node child say to each other: one JSON text a line, each way. */

export type NodeRequest = { id: number } & (
  | {
      kind: 'run';
      code: string;
      params: string[];
      values: Record<string, unknown>;
      functions: NodeFunction[];
      dir: string;
    }
  | { kind: 'import'; package: string; dir: string }
  | { kind: 'get'; target: string; path: string[] }
  | { kind: 'call' | 'new'; target: string; path: string[]; args: unknown[] }
);

/** A function published by `exe node = { … }` (language.md 5.8). */
export interface NodeFunction {
  name: string;
  params: string[];
  code: string;
}

export interface NodeReply {
  id: number;
  /** Absent for undefined. */
  value?: unknown;
  error?: { name: string; message: string; stack: string; code?: string };
  /** Lines the body logged. */
  logs: string[];
}

/** What a value of an imported package looks like from outside the child. */
export interface NodeValue {
  kind: 'value' | 'undefined' | 'function' | 'class' | 'object';
  /** Plain JSON view; of instances their own data. */
  value?: unknown;
  /** Names the value in later requests. */
  target?: string;
  /** Of functions and objects: the text view. */
  text?: string;
  members?: ({ name: string } & NodeValue)[];
}
