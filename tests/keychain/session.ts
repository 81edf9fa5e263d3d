/** A real Secret Service for tests: `scripts/keyring-session.sh`, held open while a test needs it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { findProgram } from '../../runtime/host/isolation/index.js';

const NEEDED = ['dbus-run-session', 'gnome-keyring-daemon', 'secret-tool'];
const missing = NEEDED.filter((program) => findProgram(program, process.env, '/') === null);

/** Why there is no Secret Service here, or null. */
export const noSecretService: string | null =
  missing.length > 0 ? `not installed: ${missing.join(', ')} (Debian: gnome-keyring dbus libsecret-tools)` : null;

export interface Session {
  readonly env: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

/** Starts a session. With the same home folder a later one has the same keyring, locked if asked. */
export async function startSession(options: { home?: string; locked?: boolean } = {}): Promise<Session> {
  const child = spawn(
    path.resolve('scripts/keyring-session.sh'),
    ['sh', '-c', 'echo "$DBUS_SESSION_BUS_ADDRESS"; exec cat >/dev/null'],
    {
      env: {
        ...process.env,
        ...(options.home && { KEYRING_HOME: options.home }),
        ...(options.locked && { KEYRING_LOCKED: '1' }),
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  );
  const [address] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: address.toString().trim() },
    stop: async () => {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}
