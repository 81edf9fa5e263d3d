import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { directory, mlldc, node } from './harness.js';

const SCRIPT = 'import { @greet } from "./lib.mld"\nshow @greet(@payload.who ?? "Alice")\n';
const LIBRARY = 'exe @greet(who) = `Hello @who!`\nexport { @greet }\n';

describe('mlldc build', () => {
  it('writes a bundle and its map beside the script', async () => {
    const cwd = directory({ 'main.mld': SCRIPT, 'lib.mld': LIBRARY });
    expect(await mlldc(['build', 'main.mld'], { cwd })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(fs.readdirSync(cwd).sort()).toEqual(['lib.mld', 'main.mjs', 'main.mjs.map', 'main.mld']);
    const map = JSON.parse(fs.readFileSync(path.join(cwd, 'main.mjs.map'), 'utf8'));
    expect(map.version).toBe(3);
    expect(map.sources.some((source: string) => source.endsWith('main.mld'))).toBe(true);
  });

  it('makes directories for -o', async () => {
    const cwd = directory({ 'main.mld': SCRIPT, 'lib.mld': LIBRARY });
    expect((await mlldc(['build', 'main.mld', '-o', 'out/deep/app.mjs'], { cwd })).code).toBe(0);
    expect(fs.readdirSync(path.join(cwd, 'out/deep')).sort()).toEqual(['app.mjs', 'app.mjs.map']);
  });

  it('leaves the old bundle alone when the script has errors', async () => {
    const cwd = directory({ 'main.mld': 'var @x =\n', 'main.mjs': 'old' });
    const { code, stderr } = await mlldc(['build', 'main.mld'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain(' mlld error ');
    expect(fs.readFileSync(path.join(cwd, 'main.mjs'), 'utf8')).toBe('old');
    expect(fs.readdirSync(cwd).sort()).toEqual(['main.mjs', 'main.mld']);
  });

  it('never overwrites the script', async () => {
    const cwd = directory({ 'main.mld': SCRIPT });
    const { code, stderr } = await mlldc(['build', 'main.mld', '-o', './main.mld'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('would overwrite the script');
    expect(fs.readFileSync(path.join(cwd, 'main.mld'), 'utf8')).toBe(SCRIPT);
  });

  it('says what it could not write, and leaves nothing half-written', async () => {
    const cwd = directory({ 'main.mld': 'show "x"\n', taken: 'a file, not a directory' });
    const { code, stderr } = await mlldc(['build', 'main.mld', '-o', 'taken/app.mjs'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('Cannot write');
    expect(fs.readdirSync(cwd).sort()).toEqual(['main.mld', 'taken']);
  });
});

describe('a bundle', () => {
  it('runs with mlldc run, with flags, after its sources are gone', async () => {
    const cwd = directory({ 'main.mld': SCRIPT, 'lib.mld': LIBRARY });
    await mlldc(['build', 'main.mld'], { cwd });
    fs.rmSync(path.join(cwd, 'main.mld'));
    fs.rmSync(path.join(cwd, 'lib.mld'));
    expect(await mlldc(['run', 'main.mjs'], { cwd })).toMatchObject({ code: 0, stdout: 'Hello Alice!\n', stderr: '' });
    expect((await mlldc(['main.mjs', '--who', 'Bob'], { cwd })).stdout).toBe('Hello Bob!\n');
  });

  it('reports errors at mlld lines', async () => {
    const cwd = directory({ 'main.mld': 'show "a"\nexe @f() = js {\n  throw new Error("no luck")\n}\nshow @f()\n' });
    await mlldc(['build', 'main.mld'], { cwd });
    fs.rmSync(path.join(cwd, 'main.mld'));
    const { code, stderr } = await mlldc(['run', 'main.mjs'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(/main\.mld:3:/);
    expect(stderr).toContain('throw new Error("no luck")');
  });

  it('runs in the project at hand when its own is gone, and does not make that again', async () => {
    const cwd = directory({
      'mlld-config.json': '{}',
      'sub/main.mld': 'var secret @s = "kept"\noutput @s to "out.txt"\nshow <out.txt>\nshow @root\nrun cmd { pwd }\n',
    });
    const elsewhere = fs.realpathSync(directory({ 'mlld-config.json': '{}', 'sub/other.txt': '' }));
    await mlldc(['build', 'sub/main.mld', '-o', path.join(elsewhere, 'main.mjs')], { cwd });
    fs.rmSync(cwd, { recursive: true });
    const { code, stdout, stderr } = await mlldc(['run', 'main.mjs'], { cwd: elsewhere });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`kept\n${elsewhere}\n${elsewhere}/sub\n`);
    expect(fs.existsSync(cwd)).toBe(false);
    expect(fs.existsSync(path.join(elsewhere, '.mlld/sec/audit.jsonl'))).toBe(true);
    expect(fs.readFileSync(path.join(elsewhere, 'sub/out.txt'), 'utf8')).toBe('kept');
  });

  it('is refused when it is something else', async () => {
    const cwd = directory({ 'other.mjs': 'console.log("not ours")\n' });
    const { code, stdout, stderr } = await mlldc(['run', 'other.mjs'], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe('mlldc: other.mjs: not a bundle made by mlldc build\n');
  });
});

describe('a standalone bundle', () => {
  it('runs with node alone in an empty directory', async () => {
    const cwd = directory({ 'main.mld': SCRIPT, 'lib.mld': LIBRARY });
    const elsewhere = directory();
    const target = path.join(elsewhere, 'app.mjs');
    expect((await mlldc(['build', 'main.mld', '--standalone', '-o', target], { cwd })).code).toBe(0);
    const result = await node(['app.mjs', '--who', 'Bob'], { cwd: elsewhere, env: { NODE_PATH: '' } });
    expect(result).toMatchObject({ code: 0, stdout: 'Hello Bob!\n', stderr: '' });
  });

  it('ends with 1 when the script fails', async () => {
    const cwd = directory({ 'main.mld': 'bail "enough"\n' });
    await mlldc(['build', 'main.mld', '--standalone'], { cwd });
    const { code, stderr } = await node(['main.mjs'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('enough');
  });
});
