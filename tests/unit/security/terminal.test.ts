/** Commands on the user's terminal: what they print is judged before they start. */

import { beforeEach, describe, expect, test } from 'vitest';
import type { Box } from '../../../runtime/guest/box.js';
import type { Executable } from '../../../runtime/guest/executable.js';
import type { ModuleRecord } from '../../../runtime/guest/modules.js';
import { startOnTerminal } from '../../../runtime/host/bindings/exec/terminal.js';
import { type Realm, realm } from './realm.js';

let r: Realm;
let terminal: typeof import('../../../runtime/guest/terminal.js')['terminal'];
beforeEach(async () => {
  r = await realm();
  ({ terminal } = await import('../../../runtime/guest/terminal.js'));
});

function policy(secret: object): void {
  r.rt.literalPolicy('p', r.box({ labels: { secret } }), 0);
}

/** What becomes of a command that is given `env`: refused, or on its way to the host. */
async function attached(env: Box): Promise<string> {
  const owner = r.exe('spawn', [], () => r.box(''));
  terminal.owner = owner.value as Executable;
  const context = r.context.enter(terminal.owner, [], null);
  const options = { position: 'exe', env: [['T', env]] } as const;
  const command = r.rt.command(context, { id: 1 } as ModuleRecord, ['agent'], options, 0);
  const refused = command.then(
    () => 'done',
    (error: Error) => error.message,
  );
  return Promise.race([refused, new Promise<string>((resolve) => setTimeout(resolve, 20, 'started'))]);
}

describe('a command on the terminal', () => {
  test('starts where nothing forbids to show what it is given', async () => {
    expect(await attached(r.secret('s'))).toBe('started');
    policy({ deny: ['op:show'] });
    expect(await attached(r.box('public'))).toBe('started');
  });

  test('does not start where secrets are not shown', async () => {
    policy({ deny: ['op:show'] });
    expect(await attached(r.secret('s'))).toContain("Label 'secret' cannot flow to 'op:show'");
  });

  test('starts where a policy makes an exception for terminals', async () => {
    policy({ deny: ['op:show'], allow: ['op:show:terminal'] });
    expect(await attached(r.secret('s'))).toBe('started');
  });

  test('does not start where a guard refuses to show secrets', async () => {
    r.rt.registerGuard({
      name: null,
      timing: 'before',
      privileged: false,
      aboutValue: false,
      byMarks: false,
      mayRetry: false,
      site: 0,
      filter: { kind: 'operation', value: 'show' },
      decide: () => ({ kind: 'deny', reason: 'nothing is shown here', site: 0 }),
    });
    expect(await attached(r.secret('s'))).toContain('nothing is shown here');
  });
});

test('a run without a terminal passes none on', () => {
  const services = { terminal: undefined } as Parameters<typeof startOnTerminal>[0];
  const plan = { argv: ['/bin/true'], cwd: '/', env: {}, limits: {}, dispose: async () => {} } as const;
  expect(() => startOnTerminal(services, plan)).toThrow('This run has no terminal to pass on');
});
