/**
 * The jail's side of the proxy: a listener on the jail's own loopback that hands every connection
 * to the proxy's unix socket, and the parent of the command, so that the command starts when the
 * listener is up and its exit code is passed on.
 */

/** Where the proxy's socket is mounted. */
export const SOCKET_IN_JAIL = '/run/mlldc/proxy.sock';

/** The jail has a loopback of its own, so the port cannot be taken. */
const PORT = 3128;

const PROGRAM = `
const net = require('node:net');
const { spawn } = require('node:child_process');
// Descriptor 3 is how code gets its body and its values; where none was given it is something of this Node.
const extra = /^socket:/.test(require('node:fs').readlinkSync('/proc/self/fd/3')) ? [3] : [];
const server = net.createServer((client) => {
  const proxy = net.connect(process.argv[1]);
  for (const [from, to] of [[client, proxy], [proxy, client]]) {
    from.on('error', () => to.destroy());
    from.pipe(to);
  }
});
server.listen(${PORT}, '127.0.0.1', () => {
  const child = spawn(process.argv[2], process.argv.slice(3), { stdio: ['inherit', 'inherit', 'inherit', ...extra] });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => { console.error(error.message); process.exit(127); });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
});
`;

/** The command, started by the relay. */
export function relayArgv(argv: readonly string[]): string[] {
  return [process.execPath, '-e', PROGRAM, SOCKET_IN_JAIL, ...argv];
}

/** Tells programs about the proxy, in the spellings they look for. */
export function proxyEnvironment(): Record<string, string> {
  const url = `http://127.0.0.1:${PORT}`;
  const env: Record<string, string> = { NODE_USE_ENV_PROXY: '1' };
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'])
    env[name] = url;
  for (const name of ['NO_PROXY', 'no_proxy']) env[name] = '';
  return env;
}
