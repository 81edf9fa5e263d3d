const MCP = 'tests/mcp/hostile.test.ts';
const BINDINGS = 'runtime/host/bindings';

/** What others send: servers, pages, archives. @type {readonly import('./suites.mjs').Edit[]} */
export const HOSTILE = [
  [
    'runtime/host/signals.ts',
    'causes are listened to until the work is done',
    'return await work(ending.signal);',
    'return await work(AbortSignal.any([ending.signal, ...causes.filter((cause) => cause !== undefined)]));',
    'tests/unit/host/signals.test.ts',
  ],
  [
    'runtime/host/signals.ts',
    'work has its time',
    'const timer = setTimeout(() => ending.abort(late), timeoutMs);',
    'const timer = setTimeout(() => {}, timeoutMs);',
    'tests/unit/host/signals.test.ts',
  ],
  [
    `${BINDINGS}/mcp/stdio.ts`,
    'messages of programs are nested no deeper than can be followed',
    'if (nestsDeeperThan(message, MAX_NESTING)) this.refuse(`${NESTED_TEXT} and was stopped`);\n      else ',
    '',
    MCP,
  ],
  [
    `${BINDINGS}/mcp/requests.ts`,
    'an error of a server is text',
    "typeof reason === 'string' ? reason : 'unknown error'",
    'String(reason)',
    MCP,
  ],
  [
    `${BINDINGS}/mcp/requests.ts`,
    'a token of progress is text',
    "typeof progressToken === 'string' ? this.pending.get(progressToken) : undefined",
    'this.pending.get(String(progressToken))',
    MCP,
  ],
  [
    `${BINDINGS}/mcp/listing.ts`,
    'a name means one tool',
    "if (this.#tools.has(tool.name)) return 'lists two tools of one name';",
    '',
    MCP,
  ],
  [`${BINDINGS}/mcp/listing.ts`, 'tools are counted', 'this.#tools.size > MAX_TOOLS', 'false', MCP],
  [`${BINDINGS}/mcp/listing.ts`, 'tools are measured', 'this.#size > this.maxSize', 'false', MCP],
  [
    `${BINDINGS}/mcp/pins.ts`,
    'a pin is of a tool that is listed',
    'Object.hasOwn(now, tool) ? now[tool] : undefined',
    'now[tool]',
    MCP,
  ],
  [`${BINDINGS}/mcp/http.ts`, 'an event is bounded, not only its lines', 'isEnd && isLineEmpty ? 0', 'isEnd ? 0', MCP],
  [
    `${BINDINGS}/files/html.ts`,
    'a page is converted in bounded time',
    '{ timeout: maxMs }',
    '{}',
    'tests/unit/host/html.test.ts',
  ],
  [
    `${BINDINGS}/network/request.ts`,
    'a connection goes to an address that was checked',
    '{ headers: HEADERS, lookup, signal }',
    '{ headers: HEADERS, signal }',
    'tests/unit/host/hosts.test.ts',
  ],
  [
    'runtime/host/isolation/hosts.ts',
    'public names do not lead to this machine',
    'if (local === undefined) return',
    'return',
    'tests/unit/host/hosts.test.ts',
  ],
  [
    'runtime/host/isolation/hosts.ts',
    'an address is the same in every notation',
    'if (!mapped) return',
    'return',
    'tests/unit/host/hosts.test.ts',
  ],
  [
    `${BINDINGS}/network/index.ts`,
    'pages do not send us to this machine',
    'if (!mayRedirect(url.hostname, next.hostname))',
    'if (false)',
    'tests/door/network.test.ts',
  ],
];
