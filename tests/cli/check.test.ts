import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { directory, mlldc } from './harness.js';

describe('mlldc check', () => {
  it('says nothing about a good script, and runs none of it', async () => {
    const cwd = directory({ 'good.mld': 'show "ran"\noutput "x" to "made.txt"\n' });
    expect(await mlldc(['check', 'good.mld'], { cwd })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(fs.readdirSync(cwd)).toEqual(['good.mld']);
  });

  it('checks every script named and ends with 1 when one has errors', async () => {
    const cwd = directory({ 'a.mld': 'var @x = [1\n', 'b.mld': 'show "fine"\n', 'c.mld': 'show\n' });
    const { code, stderr } = await mlldc(['check', 'a.mld', 'b.mld', 'c.mld'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('a.mld:1:');
    expect(stderr).toContain('c.mld:1:');
    expect(stderr).not.toContain('b.mld');
  });

  it('reads standard input and the command line', async () => {
    expect((await mlldc(['check', '-'], { input: 'show "x"\n' })).code).toBe(0);
    expect((await mlldc(['check', '-e', 'var @x ='])).code).toBe(1);
    expect((await mlldc(['check'])).code).toBe(2);
  });

  describe('--json', () => {
    const json = async (cwd: string, ...args: string[]) => {
      const { code, stdout, stderr } = await mlldc(['check', '--json', ...args], { cwd });
      return { code, stderr, report: JSON.parse(stdout) };
    };

    it('is one report with every diagnostic at its place, parse errors and warnings too', async () => {
      const cwd = directory({
        'a.mld': 'var @x = [1\n',
        'b.mld': 'show "fine"\n',
        'c.mld': 'needs { cmd: [ls] }\nvar @a = cmd { cat x }\n',
      });
      const { code, stderr, report } = await json(cwd, 'a.mld', 'b.mld', 'c.mld');
      expect({ code, stderr, version: report.version }).toEqual({ code: 1, stderr: '', version: 1 });
      expect(report.diagnostics).toEqual([
        {
          file: 'a.mld',
          line: 1,
          column: 10,
          endLine: 1,
          endColumn: 11,
          severity: 'error',
          code: 'unclosed-array',
          class: 'MlldParse',
          message: "Unclosed array in var directive. Expected ']' to close the array.",
          hint: expect.any(String),
          path: [],
          details: {},
        },
        expect.objectContaining({ file: 'c.mld', line: 1, severity: 'warning', code: 'needs_narrower', path: [] }),
      ]);
    });

    it('has the path of a label', async () => {
      const policy = 'policy @p = { labels: { secret: { deny: ["op:show"] } } }';
      const cwd = directory({ 'a.mld': `${policy}\nvar secret @k = "k"\nshow @k\n` });
      const { code, report } = await json(cwd, 'a.mld');
      expect(code).toBe(1);
      expect(report.diagnostics).toMatchObject([
        {
          code: 'static_flow_refused',
          path: [
            { file: 'a.mld', line: 2, column: 12, text: 'enters: secret @k' },
            { file: 'a.mld', line: 3, column: 1, text: 'refused: show' },
            { file: 'a.mld', line: 1, column: 1, text: 'by policy @p' },
          ],
          details: { policy: 'p', rule: 'policy.labels.secret.deny' },
        },
      ]);
    });

    it('is empty for a good script, and has a configuration that cannot be read', async () => {
      const cwd = directory({ 'a.mld': 'show "x"\n' });
      expect(await json(cwd, 'a.mld')).toEqual({ code: 0, stderr: '', report: { version: 1, diagnostics: [] } });
      fs.writeFileSync(`${cwd}/mlld-config.json`, '{');
      const { code, report } = await json(cwd, 'a.mld');
      expect(code).toBe(1);
      expect(report.diagnostics).toMatchObject([
        { severity: 'error', code: 'config_invalid', class: 'Config', line: null },
      ]);
      expect(await mlldc(['check', '--json', 'gone.mld'], { cwd })).toMatchObject({ code: 2, stdout: '' });
    });
  });
});
