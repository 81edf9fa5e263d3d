/** Names and arguments of tools: pure rules of security.md 8.1 and 8.2. */
import { describe, expect, it } from 'vitest';
import { buildArguments, coerceArguments, parameterOrder } from '../../runtime/host/bindings/mcp/arguments.js';
import { readMcpConfig } from '../../runtime/host/bindings/mcp/config.js';
import { ToolNames, toMlldName, toWireName } from '../../runtime/host/bindings/mcp/names.js';
import { canonicalJson, pinTool } from '../../runtime/host/bindings/mcp/pins.js';
import { parseServerSpec, specLabel } from '../../runtime/host/bindings/mcp/spec.js';

describe('names', () => {
  it.each([
    ['get_time', 'getTime'],
    ['echo', 'echo'],
    ['get-sum', 'getSum'],
    ['a.b/c', 'aBC'],
    ['3d_view', '_3dView'],
    ['get_2d', 'get2d'],
    ['already', 'already'],
    ['GET_X', 'GETX'],
  ])('%s on the wire is @%s', (wire, mlld) => expect(toMlldName(wire)).toBe(mlld));

  it.each([
    ['getTime', 'get_time'],
    ['echo', 'echo'],
    ['createIssueX', 'create_issue_x'],
    ['Foo', 'foo'],
    ['a_b', 'a_b'],
  ])('@%s is served as %s', (mlld, wire) => expect(toWireName(mlld)).toBe(wire));

  it('are found in both spellings', () => {
    const names = new ToolNames('srv', ['get_time', 'get-sum']);
    expect(names.resolve('getTime')).toBe('get_time');
    expect(names.resolve('get_time')).toBe('get_time');
    expect(names.resolve('getSum')).toBe('get-sum');
    expect(() => names.resolve('nope')).toThrow("Import 'nope' not found in MCP server 'srv'");
  });

  it('must not collide', () => {
    expect(() => new ToolNames('S', ['a_b', 'aB'])).toThrow(
      "MCP tool name collision - 'a_b' and 'aB' both map to '@aB' in 'S'",
    );
  });
});

describe('arguments', () => {
  const schema = {
    type: 'object',
    properties: { a: { type: 'string' }, b: { type: 'number' }, c: { type: 'array' } },
    required: ['b', 'a'],
  };

  it('are ordered: required as listed, then the rest as declared', () =>
    expect(parameterOrder(schema)).toEqual(['b', 'a', 'c']));

  it('go by name when one object literal names only parameters', () => {
    expect(buildArguments(schema, [{ value: { a: 'x', b: 1 }, literal: true }])).toEqual({ a: 'x', b: 1 });
    expect(buildArguments({ properties: { o: { type: 'object' } } }, [{ value: { x: 1 }, literal: true }])).toEqual({
      o: { x: 1 },
    });
    expect(buildArguments({ properties: { o: { type: 'object' } } }, [{ value: { o: 1 }, variable: 'v' }])).toEqual({
      o: { o: 1 },
    });
  });

  it('go to the parameter a variable is named after, the rest by position', () => {
    expect(
      buildArguments(schema, [{ value: 'A', variable: 'a' }, { value: 2, variable: 'n' }, { value: ['z'] }]),
    ).toEqual({ a: 'A', b: 2, c: ['z'] });
  });

  it('are coerced to the schema', () => {
    const types = {
      properties: {
        s: { type: 'string' },
        n: { type: 'number' },
        i: { type: 'integer' },
        t: { type: 'boolean' },
        l: { type: 'array' },
        o: { type: 'object' },
        m: { anyOf: [{ type: 'null' }, { type: 'integer' }] },
        u: {},
        opt: { type: 'string' },
      },
      required: ['s', 'n', 'i', 't', 'l', 'o', 'm', 'u'],
    };
    const one = (name: string, value: unknown) => coerceArguments(types, { [name]: value })[name];
    expect(one('s', 5)).toBe(5);
    expect(one('s', 'null')).toBe('null');
    expect(one('s', '')).toBe('');
    expect(one('n', '3.5')).toBe(3.5);
    expect(one('i', '42')).toBe(42);
    expect(one('i', '4.2')).toBe('4.2');
    expect(one('n', 'null')).toBeUndefined();
    expect(one('n', 'abc')).toBe('abc');
    expect(one('t', 'true')).toBe(true);
    expect(one('t', 'false')).toBe(false);
    expect(one('l', '[1,2]')).toEqual([1, 2]);
    expect(one('l', 'a, b')).toEqual(['a', 'b']);
    expect(one('l', 'a')).toEqual(['a']);
    expect(one('l', '')).toEqual([]);
    expect(one('l', { x: 1 })).toEqual([{ x: 1 }]);
    expect(one('o', '{"k":1}')).toEqual({ k: 1 });
    expect(one('o', 'text')).toBe('text');
    expect(one('m', '7')).toBe(7);
    expect(one('m', '')).toBeUndefined();
    expect(one('u', '7')).toBe('7');
    expect(one('opt', '')).toBeUndefined();
    expect(one('s', null)).toBeUndefined();
    expect(one('extra', '5')).toBe('5');
  });
});

describe('specifications', () => {
  it.each([
    ['node server.js  --x', { kind: 'command', command: 'node', args: ['server.js', '--x'] }],
    ['@author/mod', { kind: 'module', module: '@author/mod' }],
    ['./tools.mld', { kind: 'module', module: './tools.mld' }],
    ['tools.md', { kind: 'module', module: 'tools.md' }],
    ['server-everything', { kind: 'npm', npm: 'server-everything', args: [] }],
    ['https://x.org/mcp', { kind: 'http', url: 'https://x.org/mcp' }],
  ])('%s', (text, spec) => expect(parseServerSpec(text)).toEqual(spec));

  it('are replaced by an injected name, and are never empty', () => {
    const mine = { kind: 'npm', npm: 'x', args: [] } as const;
    expect(parseServerSpec('mine', { mine })).toBe(mine);
    expect(() => parseServerSpec('  ')).toThrow('MCP tool import path resolves to an empty string');
  });

  it('show no credentials', () =>
    expect(specLabel({ kind: 'http', url: 'https://me:pw@x.org/mcp?key=1' })).toBe('https://x.org/mcp'));
});

describe('pins', () => {
  it('do not depend on the order of keys', () => {
    expect(canonicalJson({ b: [{ y: 1, x: 2 }], a: 1 })).toBe('{"a":1,"b":[{"x":2,"y":1}]}');
    expect(pinTool({ name: 't', description: 'd', inputSchema: { a: 1, b: 2 } })).toEqual(
      pinTool({ name: 't', description: 'd', inputSchema: { b: 2, a: 1 } }),
    );
    expect(canonicalJson(JSON.parse('{"__proto__":{"x":1}}'))).toBe('{"__proto__":{"x":1}}');
  });
});

describe('mcpConfig', () => {
  it('reads servers from an object or its JSON text', () => {
    const servers = [
      { command: 'node', args: ['s.js'], tools: ['a'], env: { K: 1 }, name: 'n' },
      { npm: 'pkg' },
      { module: '@m/x', as: '@ns' },
      { command: 'node s.js' },
    ];
    expect(readMcpConfig(JSON.stringify({ servers }))).toEqual([
      { spec: { kind: 'command', command: 'node', args: ['s.js'], env: { K: '1' }, name: 'n' }, tools: ['a'] },
      { spec: { kind: 'npm', npm: 'pkg', args: [] }, tools: '*' },
      { spec: { kind: 'module', module: '@m/x' }, tools: '*', as: 'ns' },
      { spec: { kind: 'command', command: 'node', args: ['s.js'] }, tools: '*' },
    ]);
    expect(readMcpConfig(null)).toEqual([]);
    expect(readMcpConfig('')).toEqual([]);
  });

  it.each([
    ['{', 'mcpConfig output is not valid JSON'],
    [[], 'mcpConfig output must be an object'],
    [{ servers: {} }, 'mcpConfig.servers must be an array'],
    [{ servers: [{}] }, 'mcpConfig.servers[0] must include one of module, command, or npm'],
    [{ servers: [{ command: 'x', npm: 'y' }] }, 'mcpConfig.servers[0] cannot combine module/command/npm sources'],
    [{ servers: [{ command: 'x', npm: 'y' }] }, 'MCP server config requires exactly one of module, command, or npm'],
    [{ servers: [{ npm: 'y', tools: 'a' }] }, 'MCP server tools must be an array or "*"'],
    [{ servers: [{ npm: 'y', tools: [] }] }, 'MCP server tools list is empty'],
  ])('%j is refused', (output, message) => expect(() => readMcpConfig(output)).toThrow(message));
});
