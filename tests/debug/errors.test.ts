/** Errors at run time name the place in mlld, with a frame and the calls that led there: from source and in a bundle. */

import { describe, expect, it } from 'vitest';
import { directory, mlldc, type Outcome } from '../cli/harness.js';

interface Failure {
  name: string;
  files: Record<string, string>;
  message: string;
  /** `file:line:column`, and the line of the source the frame shows. */
  at: string;
  shows: string;
  /** Calls, innermost first. */
  calls: string[];
}

const LIB = `exe @fail(x) = js {
  const value = { x };
  throw new RangeError("bad " + value.x);
}
exe @deep(x) = [
  let @y = @fail(@x)
  => @y
]
`;

const failures: Failure[] = [
  {
    name: 'thrown in mlld code',
    files: {
      'main.mld':
        'exe @read(o) = [\n  let @name = @o.name.first\n  => @name\n]\nshow "start"\nshow @read({"name": "text"})\n',
    },
    message: 'Cannot access field "first" on non-object value (string)',
    at: 'main.mld:2:15',
    shows: 'let @name = @o.name.first',
    calls: ['at @read (main.mld:6:6)'],
  },
  {
    name: 'thrown in a js body',
    files: { 'main.mld': `${LIB}show "start"\nshow @deep("x")\n` },
    message: 'bad x',
    at: 'main.mld:3:',
    shows: 'throw new RangeError',
    calls: ['at @fail (main.mld:6:12)', 'at @deep (main.mld:10:6)'],
  },
  {
    name: 'thrown in a js body of an imported module',
    files: {
      'main.mld': 'import { @deep } from "./lib/work.mld"\nshow "start"\nshow @deep("x")\n',
      'lib/work.mld': LIB,
    },
    message: 'bad x',
    at: 'lib/work.mld:3:',
    shows: 'throw new RangeError',
    calls: ['at @fail (lib/work.mld:6:12)', 'at @deep (main.mld:3:6)'],
  },
  {
    name: 'in a template file',
    files: {
      'main.mld': 'exe @letter(user) = template "letters/hello.att"\nshow "start"\nshow @letter("Ada")\n',
      'letters/hello.att': 'Dear friend,\nyour name is @user.name.\n',
    },
    message: 'Cannot access field "name" on non-object value (string)',
    at: 'letters/hello.att:2:14',
    shows: 'your name is @user.name.',
    calls: ['at @letter (main.mld:3:6)'],
  },
  {
    name: 'bail in a function of a module',
    files: {
      'main.mld': 'import { @check } from "./lib.mld"\nshow "start"\nshow @check(0)\n',
      'lib.mld': 'exe @check(n) = [\n  if @n == 0 [\n    bail "nothing to do"\n  ]\n  => @n\n]\n',
    },
    message: 'nothing to do',
    at: 'lib.mld:3:5',
    shows: 'bail "nothing to do"',
    calls: ['at @check (main.mld:3:6)'],
  },
];

describe.each(failures)('an error $name', ({ files, message, at, shows, calls }) => {
  const check = ({ code, stdout, stderr }: Outcome): void => {
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'start\n' });
    expect(stderr).toContain(message);
    expect(stderr).toContain(at);
    expect(stderr).toMatch(new RegExp(`\\d+ \\| .*${shows.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}.*\\n.*\\^`));
    let from = 0;
    for (const call of calls) {
      expect(stderr.indexOf(call, from), `${call} in\n${stderr}`).toBeGreaterThan(from);
      from = stderr.indexOf(call, from);
    }
    // Nothing of the emitted program or of the host shows.
    expect(stderr).not.toMatch(/\.m?js:\d|node:internal|quickjs|at async|<anonymous>/);
  };

  it('is told from source', async () => {
    const cwd = directory(files);
    check(await mlldc(['run', 'main.mld'], { cwd }));
  });

  it('is told the same way by a bundle', async () => {
    const cwd = directory(files);
    expect(await mlldc(['build', 'main.mld', '-o', 'app.mjs'], { cwd })).toMatchObject({ code: 0 });
    check(await mlldc(['run', 'app.mjs'], { cwd }));
  });
});
