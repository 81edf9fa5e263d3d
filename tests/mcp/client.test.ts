/** The pool against servers that misbehave in every way we know: each has to end in a clear error. */
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  limitsFromEnvironment,
  type McpError,
  McpPool,
  type PoolOptions,
  type ServerSpec,
} from '../../runtime/host/bindings/mcp/client.js';
import { running, sourceUrl, startNode, until } from '../isolation/processes.js';

const FAKE = path.resolve('tests/mcp/fake-server.mjs');
const fake = (...args: string[]): ServerSpec => ({ kind: 'command', command: 'node', args: [FAKE, ...args] });
const fakeEnv = (env: Record<string, string>): ServerSpec => ({ kind: 'command', command: 'node', args: [FAKE], env });

let cwd: string;
let pool: McpPool;
const open = (options: Partial<PoolOptions> = {}) => {
  pool = new McpPool({ cwd, version: '0.0.0', ...options });
  return pool;
};
beforeEach(() => {
  cwd = realpathSync(mkdtempSync(path.join(tmpdir(), 'mcp-test-')));
});
afterEach(async () => {
  await pool?.close();
  rmSync(cwd, { recursive: true, force: true });
});

async function failure(work: Promise<unknown>): Promise<McpError> {
  const error = await work.then(
    () => expect.unreachable('expected an error'),
    (error: McpError) => error,
  );
  return error as McpError;
}

describe('a server', () => {
  it('gets arguments as they are and a scrubbed environment in the project root', async () => {
    process.env.SECRET_TOKEN = 'hunter2';
    const spec: ServerSpec = { ...(fakeEnv({ GIVEN: 'yes' }) as object), name: 'mine' } as ServerSpec;
    const args = { a: [1, { b: null }], n: 5, t: true, s: 'x"\n' };
    expect(JSON.parse((await open().callTool(spec, 'echo', args)).text)).toEqual(args);
    const { env, cwd: where } = JSON.parse((await pool.callTool(spec, 'env', {})).text);
    delete process.env.SECRET_TOKEN;
    expect(where).toBe(cwd);
    expect(env.GIVEN).toBe('yes');
    expect(env.PATH).toBe(process.env.PATH);
    expect(
      Object.keys(env).filter(
        (name) =>
          !/^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TERM|COLORTERM|TMPDIR|TZ|SSL_CERT_\w+|GIVEN|PWD|OLDPWD|SHLVL|_)$/.test(
            name,
          ),
      ),
    ).toEqual([]);
  });

  it('has its results typed: text, structure, images, links, errors', async () => {
    expect(await open().callTool(fake(), 'parts', {})).toEqual({
      text: 'ab',
      structured: { sum: 3 },
      images: [{ data: 'AAAA', mimeType: 'image/png' }],
      resources: [{ type: 'resource_link', uri: 'file:///x', name: 'x' }],
      isError: false,
    });
    expect(await pool.callTool(fake(), 'fails', {})).toEqual({ text: 'disk on fire', isError: true });
  });

  it('is one process for each specification, named in `servers` or written out', async () => {
    open({ servers: { mine: fake() } });
    const pid = (await pool.callTool('mine', 'pid', {})).text;
    expect((await pool.callTool(`node ${FAKE}`, 'pid', {})).text).toBe(pid);
    expect((await pool.callTool(fake('normal'), 'pid', {})).text).not.toBe(pid);
  });

  it('answers many calls at once', async () => {
    open();
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => pool.callTool(fake(), 'echo', { i })));
    expect(answers.map(({ text }) => JSON.parse(text).i)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });
});

describe('a server that fails', () => {
  it('at the start: exit code and stderr, without escape sequences', async () => {
    const error = await failure(open().listTools(fake('exits')));
    expect(error.message).toBe("MCP server 'node' exited with code 1\ncannot find my database");
    expect(error.code).toBe('MCP_SERVER_FAILED');
  });

  it('because there is no such program', async () => {
    expect((await failure(open().listTools('no-such-program-x --flag'))).message).toBe(
      "MCP server 'no-such-program-x' could not be started: Command not found: no-such-program-x",
    );
  });

  it('by never answering initialize', async () => {
    const error = await failure(open({ limits: { startupMs: 300 } }).listTools(fake('mute')));
    expect(error.message).toBe("MCP server 'node' initialize timed out after 300ms");
    expect(running(`node ${FAKE} mute`)).toBe(false);
  });

  it('by never answering a call, which leaves it usable', async () => {
    const error = await failure(open({ limits: { requestMs: 300 } }).callTool(fake(), 'hangs', {}));
    expect(error.message).toBe("MCP server 'node' tools/call timed out after 300ms");
    expect(error.code).toBe('MCP_TIMEOUT');
    expect((await pool.callTool(fake(), 'echo', {})).text).toBe('{}');
  });

  it('with an error of its own', async () => {
    expect((await failure(open().callTool(fake(), 'rejects', {}))).message).toBe(
      "MCP server 'node' tools/call failed: bad arguments",
    );
  });

  it('with an answer that is no tool result', async () => {
    expect((await failure(open().callTool(fake(), 'nonsense', {}))).message).toContain(
      'something that is not a tool result',
    );
  });

  it('by dying in the middle of a call: all calls under way fail, one restart, no more', async () => {
    open();
    const other = failure(pool.callTool(fake(), 'hangs', {}));
    const error = await failure(pool.callTool(fake(), 'dies', {}));
    expect(error.message).toBe("MCP server 'node' exited with code 3\npanic: out of cheese");
    expect((await other).message).toBe(error.message);
    expect((await pool.callTool(fake(), 'echo', { again: 1 })).text).toBe('{"again":1}');
    await failure(pool.callTool(fake(), 'dies', {}));
    expect((await failure(pool.callTool(fake(), 'echo', {}))).message).toBe(
      "MCP server 'node' exited with code 3\npanic: out of cheese\nIt had been restarted once already.",
    );
  });

  it('by flooding 100 MB: bounded memory, a clear error, nothing left running', async () => {
    open({ limits: { maxMessageBytes: 4 * 1024 * 1024 } });
    await pool.listTools(fake('floods'));
    const before = process.memoryUsage().rss;
    const error = await failure(pool.callTool(fake('floods'), 'floods', {}));
    expect(error.message).toBe("MCP server 'node' sent a message larger than 4 MiB and was stopped");
    expect(process.memoryUsage().rss - before).toBeLessThan(60 * 1024 * 1024);
    expect(running(`node ${FAKE} floods`)).toBe(false);
  });

  it('by writing garbage: tolerated, and mentioned when something fails', async () => {
    open({ limits: { requestMs: 300 } });
    expect((await pool.callTool(fake('garbage'), 'echo', {})).text).toBe('{}');
    expect((await failure(pool.callTool(fake('garbage'), 'hangs', {}))).message).toContain(
      'It wrote 5 lines to stdout that are not JSON-RPC, first: Server ready!',
    );
  });
});

describe('a call', () => {
  it('can be cancelled, which the server is told', async () => {
    const controller = new AbortController();
    open();
    await pool.listTools(fake());
    setTimeout(() => controller.abort(), 50);
    const error = await failure(pool.callTool(fake(), 'hangs', {}, { signal: controller.signal }));
    expect(error).toMatchObject({ code: 'MCP_CANCELLED', message: "MCP server 'node' tools/call was cancelled" });
    expect((await failure(pool.callTool(fake(), 'dies', {}))).message).toContain('cancelled\npanic');
  });

  it('does not start when it is cancelled already', async () => {
    expect((await failure(open().callTool(fake(), 'echo', {}, { signal: AbortSignal.abort() }))).code).toBe(
      'MCP_CANCELLED',
    );
  });
});

describe('limits', () => {
  it('count servers', async () => {
    open({ limits: { maxServers: 2 } });
    await pool.listTools(fake('a'));
    await pool.listTools(fake('b'));
    expect((await failure(pool.listTools(fake('c')))).message).toBe('MCP import server limit exceeded: 3 > 2');
  });

  it('stop a server that idles, and start it again when it is needed', async () => {
    open({ limits: { idleMs: 200 } });
    const first = (await pool.callTool(fake(), 'pid', {})).text;
    await until(() => !existsSync(`/proc/${first}`));
    expect(existsSync(`/proc/${first}`)).toBe(false);
    expect((await pool.callTool(fake(), 'pid', {})).text).not.toBe(first);
  });

  it('come from the environment', () => {
    expect(
      limitsFromEnvironment({
        MLLD_MCP_IMPORT_STARTUP_TIMEOUT_MS: '5',
        MLLD_MCP_IMPORT_IDLE_TIMEOUT_MS: 'x',
        MLLD_MCP_IMPORT_MAX_CONCURRENT: '9',
      }),
    ).toEqual({ startupMs: 5, maxServers: 9 });
  });
});

describe('pins', () => {
  it('let a server through that offers what was accepted', async () => {
    await open().listTools(fake());
    const lock = await pool.currentLock();
    await pool.close();
    open().pinTools(lock);
    expect((await pool.callTool(fake(), 'echo', {})).text).toBe('{}');
  });

  it('refuse changed, new and missing tools, with a difference, until they are accepted', async () => {
    await open().listTools(fakeEnv({ FAKE_EXTRA: 'old' }));
    const lock = await pool.currentLock();
    await pool.close();
    open().pinTools(lock);
    const changed = fakeEnv({ FAKE_EXTRA: 'exfiltrate', FAKE_DESCRIPTION: 'Now with more instructions' });
    const error = await failure(pool.callTool(changed, 'echo', {}));
    expect(error.code).toBe('MCP_TOOLS_CHANGED');
    expect(error.message).toBe(
      "MCP server 'node' changed its tools since they were accepted:\n  ~ echo (description changed)\n  + exfiltrate (new)\n  - old (gone)\nReview the server and accept its tools again to use it.",
    );
    const accepted = await pool.acceptTools(changed);
    expect((await pool.callTool(changed, 'echo', {})).text).toBe('{}');
    expect(Object.keys(Object.values(accepted)[0]!)).toContain('exfiltrate');
  });

  it('notice a tool that changes while the server runs', async () => {
    open();
    await pool.callTool(fake(), 'mutate', {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    const error = await failure(pool.callTool(fake(), 'echo', {}));
    expect(error.message).toContain('~ echo (description changed)');
    expect(error.message).not.toContain('IGNORE ALL');
  });
});

describe('an end', () => {
  it('takes a server down that ignores signals, and what it started', async () => {
    open();
    await pool.listTools(fake('stubborn', '6161'));
    expect(running('sleep 6161')).toBe(true);
    await pool.close();
    expect(running('sleep 6161')).toBe(false);
    expect(running(`node ${FAKE} stubborn 6161`)).toBe(false);
  }, 15_000);

  it('keeps pid files only while servers run', async () => {
    const pidFolder = path.join(cwd, '.mlld', 'run');
    open({ pidFolder });
    await Promise.all([pool.listTools(fake('a')), pool.listTools(fake('b'))]);
    expect(readdirSync(pidFolder).sort()).toEqual(['mcp-node-2.pid', 'mcp-node.pid']);
    await pool.close();
    expect(readdirSync(pidFolder)).toEqual([]);
  });

  it.each(['SIGKILL', 'SIGINT'] as const)(
    'of the program by %s leaves no server behind',
    async (signal) => {
      const mark = signal === 'SIGKILL' ? '6262' : '6363';
      const parent = path.join(cwd, 'parent.mjs');
      writeFileSync(
        parent,
        `import { McpPool } from ${JSON.stringify(sourceUrl('runtime/host/bindings/mcp/client.ts'))};
       const pool = new McpPool({ cwd: process.cwd(), version: '0' });
       await pool.listTools('node ${FAKE} stubborn ${mark}');
       console.log('up');`,
      );
      const child = startNode(parent);
      await new Promise((resolve) => child.stdout!.once('data', resolve));
      expect(running(`sleep ${mark}`)).toBe(true);
      child.kill(signal);
      await until(() => !running(`sleep ${mark}`) && !running(`node ${FAKE} stubborn ${mark}`));
      expect(running(`sleep ${mark}`) || running(`node ${FAKE} stubborn ${mark}`)).toBe(false);
    },
    20_000,
  );
});
