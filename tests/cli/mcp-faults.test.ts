/**
 * MCP servers that break down while a script uses them: a clear error, the results of everybody else,
 * and nothing left running.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDoor } from '../door/support.js';
import { running, until } from '../isolation/processes.js';
import { cli, directory, mlldc, root } from './harness.js';

const FAKE = path.join(root, 'tests/mcp/fake-server.mjs');

/** A script that uses two servers, of which one breaks down in one of three parallel branches. */
async function run(mark: string, tool: string, env: Record<string, string> = {}) {
  const script = `import tools { @echo } from mcp "node ${FAKE} good ${mark}"
import tools { @${tool} as @bad } from mcp "node ${FAKE} bad ${mark}"
exe @work(name) = when [
  @name == "broken" => @bad()
  * => @echo(@name)
]
var @all = for parallel(3) @name in ["one", "broken", "two"] => @work(@name)
show @all | @json
show @mx.errors.length
show @bad()
show "never"`;
  const outcome = await mlldc(['run', 'main.mld'], { cwd: directory({ 'main.mld': script }), env });
  const left = running(`node ${FAKE} good ${mark}`) || running(`node ${FAKE} bad ${mark}`);
  return { ...outcome, left };
}

describe('a server that breaks down in one branch', () => {
  it.each([
    ['dies', 7101, "MCP server 'node' exited with code 3", 'panic: out of cheese'],
    ['hangs', 7102, "MCP server 'node' tools/call timed out after 700ms", ''],
    ['floods', 7103, "MCP server 'node' sent a message larger than 32 MiB and was stopped", ''],
    ['nonsense', 7104, 'answered tools/call with something that is not a tool result', ''],
    ['rejects', 7105, "MCP server 'node' tools/call failed: bad arguments", ''],
    ['fails', 7106, 'disk on fire', ''],
  ])(
    '%s: the others keep their results',
    async (tool, mark, message, reason) => {
      const { stdout, stderr, code, left } = await run(String(mark), tool, {
        ...(tool === 'hangs' && { MLLD_MCP_IMPORT_REQUEST_TIMEOUT_MS: '700' }),
      });
      expect(stdout, stderr).toContain('"one"');
      expect(stdout).toContain('"two"');
      expect(stdout).toContain('\n1\n');
      expect(stdout).not.toContain('never');
      expect(stderr).toContain(message);
      expect(stderr).toContain(reason);
      expect(stderr).not.toContain('\u001b');
      expect([code, left]).toEqual([1, false]);
    },
    20_000,
  );

  it('by changing its tools: refused from that moment on', async () => {
    const { stdout, stderr, code, left } = await run('7107', 'mutate');
    expect(stdout, stderr).toContain('"two"');
    expect(stderr).toContain('changed its tools since they were accepted');
    expect(stderr).toContain('~ echo (description changed)');
    expect([code, left]).toEqual([1, false]);
  });
});

describe('a server that breaks down at the start', () => {
  it.each([
    ['exits 4', "MCP server 'node' exited with code 4\ncannot find my database"],
    ['mute', "MCP server 'node' initialize timed out after 700ms"],
    ['big-start', "MCP server 'node' initialize timed out after 700ms"],
  ])('%s', async (mode, message) => {
    const cwd = directory({ 'main.mld': `import tools { @echo } from mcp "node ${FAKE} ${mode}"\nshow "never"` });
    const env = { MLLD_MCP_IMPORT_STARTUP_TIMEOUT_MS: '700' };
    const { stdout, stderr, code } = await mlldc(['run', 'main.mld'], { cwd, env });
    expect(stderr.replaceAll('\n  ', '\n')).toContain(message);
    expect([stdout, code, running(`node ${FAKE} ${mode}`)]).toEqual(['', 1, false]);
  });
});

describe('the end of a run in the middle of a call', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'by %s leaves no server behind',
    async (signal) => {
      const mark = { SIGINT: '7201', SIGTERM: '7202', SIGKILL: '7203' }[signal];
      const cwd = directory({
        'main.mld': `import tools { @hangs, @echo } from mcp "node ${FAKE} stubborn ${mark}"
show @echo("up")
show @hangs()`,
      });
      const child: ChildProcess = spawn(process.execPath, [cli, 'run', 'main.mld'], { cwd });
      await once(child.stdout!, 'data');
      expect(running(`sleep ${mark}`)).toBe(true);
      child.kill(signal);
      await once(child, 'exit');
      await until(() => !running(`sleep ${mark}`) && !running(`node ${FAKE} stubborn ${mark}`));
      expect(running(`sleep ${mark}`) || running(`node ${FAKE} stubborn ${mark}`)).toBe(false);
    },
    20_000,
  );
});

describe('progress of a call', () => {
  const reports = async (marks: Record<string, { labels: string[] }>) => {
    const door = openDoor();
    const seen: (string | undefined)[] = [];
    const { activity } = door.services;
    activity.listen(() =>
      seen.push(...activity.progress.map(({ done, total, message }) => `${done}/${total} ${message}`)),
    );
    const reply = await door.ask('mcp.call', { server: `node ${FAKE}`, tool: 'progress', args: [] }, marks);
    expect(JSON.stringify(reply)).toContain('watched');
    expect(activity.progress).toEqual([]);
    return [...new Set(seen)];
  };

  it('is told to the status line, without what could act on a terminal', async () => {
    expect(await reports({})).toEqual(['1/3 step 1', '2/3 step 2']);
  });

  it('says nothing of a call about labelled data', async () => {
    expect(await reports({ args: { labels: ['secret'] } })).toEqual(['1/3 undefined', '2/3 undefined']);
  });
});
