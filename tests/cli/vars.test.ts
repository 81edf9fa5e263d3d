/** `mlldc vars`: the list of environment variables scripts may see. */

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { directory, mlldc } from './harness.js';

const config = (cwd: string) => JSON.parse(fs.readFileSync(path.join(cwd, 'mlld-config.json'), 'utf8')) as unknown;

describe('mlldc vars', () => {
  it('allows a variable, which a script then sees', async () => {
    const cwd = directory({ 'main.mld': 'import { @API_X } from @input\nshow @API_X' });
    const env = { API_X: 'seen' };
    expect((await mlldc(['vars'], { cwd })).stdout).toBe('No environment variables are allowed.\n');
    expect((await mlldc(['vars', 'allow', 'API_X', 'OTHER'], { cwd })).stdout).toBe('Allowed API_X\nAllowed OTHER\n');
    expect(config(cwd)).toEqual({ security: { allowedEnvVars: ['API_X', 'OTHER'] } });
    expect((await mlldc(['run', 'main.mld'], { cwd, env })).stdout).toBe('seen\n');
    expect((await mlldc(['vars', 'list'], { cwd })).stdout).toBe('API_X\nOTHER\n');
    expect((await mlldc(['vars', 'deny', 'API_X'], { cwd })).stdout).toBe('Removed API_X\n');
    expect((await mlldc(['run', 'main.mld'], { cwd, env })).stdout).not.toContain('seen');
    expect((await mlldc(['vars', 'clear'], { cwd })).stdout).toBe('Removed 1 variable(s)\n');
  });

  it('keeps what else the configuration says, and tells names apart that are there already', async () => {
    const before = { projectname: 'p', security: { allowGuardBypass: false, allowedEnvVars: ['A'] } };
    const cwd = directory({ 'mlld-config.json': JSON.stringify(before) });
    expect((await mlldc(['vars', 'allow', 'A', 'B'], { cwd })).stdout).toBe('A is already allowed\nAllowed B\n');
    expect(config(cwd)).toEqual({ ...before, security: { ...before.security, allowedEnvVars: ['A', 'B'] } });
    expect((await mlldc(['vars', 'remove', 'C'], { cwd })).stdout).toBe('C is not on the list\n');
  });

  it.each([
    [
      'an unknown subcommand',
      ['frob'],
      'Unknown subcommand: frob\n  💡 Available subcommands: list, allow, remove, clear',
    ],
    ['no name', ['allow'], 'Variable name required'],
    ['no name to remove', ['remove'], 'Variable name required'],
    ['a value', ['allow', 'A=1'], "'A=1' cannot be the name of an environment variable"],
  ])('fails for %s and writes nothing', async (_title, args, message) => {
    const cwd = directory();
    const { code, stdout, stderr } = await mlldc(['vars', ...args], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
    expect(fs.readdirSync(cwd)).toEqual([]);
  });

  it('leaves a configuration alone that it does not understand', async () => {
    for (const text of ['{', '{"security":{"allowedEnvVars":"A"}}']) {
      const cwd = directory({ 'mlld-config.json': text });
      expect((await mlldc(['vars', 'allow', 'B'], { cwd })).code).toBe(1);
      expect(fs.readFileSync(path.join(cwd, 'mlld-config.json'), 'utf8')).toBe(text);
    }
  });
});
