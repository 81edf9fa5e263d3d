/**
 * Runs commands in a bubblewrap jail (Linux): own user, process, network and mount namespaces, no
 * capabilities, a read-only root that holds the operating system's programs and what the box
 * lists, an empty /tmp, and no network but an allow list behind a proxy.
 */

import { realpath, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bubblewrap, JAIL } from './bubblewrap.js';
import { requireProgram } from './lookup.js';
import { fileView, isVisible, viewMounts } from './mounts.js';
import { type FilteringProxy, startProxy } from './proxy.js';
import { proxyEnvironment, relayArgv, SOCKET_IN_JAIL } from './relay.js';
import { jailLimits, underKernelLimits } from './resources.js';
import { makeScratchFolder } from './scratch.js';
import {
  type Box,
  type Command,
  IsolationError,
  type IsolationProvider,
  type NetworkAllowList,
  reachesEverything,
  type SpawnPlan,
} from './types.js';

export interface SandboxOptions {
  /** Told of every connection the allow list refused. */
  readonly onRefused?: (host: string) => void;
}

export class SandboxProvider implements IsolationProvider {
  readonly name = 'sandbox';

  constructor(private readonly options: SandboxOptions = {}) {}

  async available(): Promise<true | string> {
    const found = await bubblewrap();
    return typeof found === 'string' ? found : true;
  }

  async wrap(command: Command, box: Box): Promise<SpawnPlan> {
    const found = await bubblewrap();
    if (typeof found === 'string')
      throw new IsolationError(`The sandbox is not available: ${found}`, 'ISOLATION_UNAVAILABLE');
    const program = requireProgram(command);
    const cwd = await realpath(command.cwd);
    const view = fileView(box, cwd);
    const files = viewMounts(view);
    const limited = underKernelLimits(command.argv, box.limits, true);
    const programs = [program, ...(limited.program ? [limited.program] : []), ...(command.parts ?? [])];
    const jail = new Jail();
    try {
      let argv: readonly string[] = limited.argv;
      let env = command.env;
      if (box.net !== 'none' && !reachesEverything(box)) {
        const socket = await jail.openProxy(box.net, this.options.onRefused);
        files.push('--dir', path.dirname(SOCKET_IN_JAIL), '--bind', socket, SOCKET_IN_JAIL);
        programs.push(process.execPath);
        argv = relayArgv(limited.argv);
        env = { ...command.env, ...proxyEnvironment() };
      }
      if (view.root === 'system') files.push(...(await jail.identity(command.env.HOME)));
      for (const file of programs) {
        const real = await realpath(file);
        if (!isVisible(real, view) || !isVisible(file, view)) files.push('--ro-bind', real, file);
      }
      if (!isVisible(cwd, view)) files.push('--dir', cwd);
      const net = reachesEverything(box) ? hostNetwork() : ['--unshare-net'];
      // What is not listed fails to be written, instead of vanishing with the jail.
      const seal = view.root === 'writable' ? [] : ['--remount-ro', '/'];
      return {
        argv: [found.program, ...JAIL, ...net, ...files, ...seal, '--chdir', cwd, '--', ...argv],
        cwd: '/',
        env,
        limits: jailLimits(box.limits),
        dispose: () => jail.dispose(),
      };
    } catch (error) {
      await jail.dispose();
      throw error;
    }
  }
}

/** The host's network unfiltered, with what is needed to look up names. */
function hostNetwork(): string[] {
  return ['/etc/resolv.conf', '/etc/hosts'].flatMap((file) => ['--ro-bind-try', file, file]);
}

/** What one jail needs on the host while it lives. */
class Jail {
  private folder: string | undefined;
  private proxy: FilteringProxy | undefined;

  async openProxy(net: NetworkAllowList, onRefused?: (host: string) => void): Promise<string> {
    const socket = path.join(this.privateFolder(), 'proxy.sock');
    this.proxy = await startProxy(socket, net, onRefused);
    return socket;
  }

  /** A user data base with nobody in it but the user of the jail: the real one is not its business. */
  async identity(home = '/'): Promise<string[]> {
    const folder = this.privateFolder();
    const uid = process.getuid?.() ?? 0;
    const gid = process.getgid?.() ?? 0;
    const passwd = path.join(folder, 'passwd');
    const group = path.join(folder, 'group');
    await writeFile(passwd, `user:x:${uid}:${gid}::${home.replace(/[:\n]/g, '')}:/bin/sh\n`);
    await writeFile(group, `user:x:${gid}:\n`);
    return ['--ro-bind', passwd, '/etc/passwd', '--ro-bind', group, '/etc/group'];
  }

  async dispose(): Promise<void> {
    await this.proxy?.close();
    if (this.folder) await rm(this.folder, { recursive: true, force: true });
    this.folder = undefined;
  }

  private privateFolder(): string {
    this.folder ??= makeScratchFolder('jail');
    return this.folder;
  }
}
