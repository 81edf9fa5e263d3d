/** `mlldc mcp --config MODULE`: which tools are served, and under which variables (security.md 8.4). */

import fs from 'node:fs';
import { isRecord } from '../runtime/shared/record.js';
import { CommandLineError } from './errors.js';
import { EXIT } from './exit-codes.js';

export interface McpConfig {
  /** Names of the tools to serve; all when absent. */
  readonly tools?: string[];
  /** Variables for the served modules. */
  readonly env?: Readonly<Record<string, string>>;
}

const KEYS = ['tools', 'env'];

/**
 * Runs the module, under its own needs, policies and guards, and reads the `@config` it exports.
 * @returns null when the module failed, which has been said
 * @throws {CommandLineError} when there is no such module, or its configuration is none
 */
export async function readMcpConfig(file: string): Promise<McpConfig | null> {
  if (!fs.existsSync(file))
    throw new CommandLineError(`No module found at ${file}`, '--config names a module that exports @config.');
  const { compileScript } = await import('./compile.js');
  const { readScript } = await import('./script.js');
  const compiled = await compileScript(await readScript({ file, markdown: false }), { asked: ['config'] });
  if (!compiled) return null;
  const { runBundle } = await import('../runtime/host/run.js');
  let config: unknown;
  let labels: readonly string[] = [];
  const exitCode = await runBundle(compiled.bundle, {
    publish: 'config',
    bindings: {
      'serve.publish': {
        run({ value }, { mark }) {
          config = value;
          labels = mark.labels;
          return { value: null };
        },
      },
    },
  });
  return exitCode === EXIT.ok ? checked(file, config, labels) : null;
}

function checked(file: string, config: unknown, labels: readonly string[]): McpConfig {
  const refuse = (problem: string, hint = 'Write: var @config = { tools: ["name"], env: { MLLD_NAME: "value" } }') =>
    new CommandLineError(`${file}: ${problem}`, hint, EXIT.failed);
  if (config === undefined)
    throw refuse('the module does not export @config', 'Write: var @config = { … }, and: export { @config }');
  if (!isRecord(config)) throw refuse('@config must be an object');
  const unknown = Object.keys(config).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw refuse(`@config has no key '${unknown}'`);
  const { tools, env } = config;
  if (tools !== undefined && !(Array.isArray(tools) && tools.every((name) => typeof name === 'string')))
    throw refuse('@config.tools must be an array of names');
  if (env !== undefined && !(isRecord(env) && Object.values(env).every((value) => typeof value === 'string')))
    throw refuse('@config.env must be an object of texts');
  if (env !== undefined && labels.length > 0)
    throw refuse(
      `@config.env is labelled ${labels.join(', ')}, and a variable would lose that`,
      'Give the credential to what needs it instead: auth @name = …, and: using auth:name.',
    );
  return { ...(tools !== undefined && { tools }), ...(env !== undefined && { env: env as Record<string, string> }) };
}
