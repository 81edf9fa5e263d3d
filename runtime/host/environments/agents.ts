/** The command line agents an environment can be captured from. */
export interface Agent {
  readonly command: string;
  readonly title: string;
  /** Configuration directory, below the home or the project directory. */
  readonly folder: string;
  /** Files and directories worth keeping. */
  readonly copies: readonly string[];
  /** Files that hold the token; never copied. */
  readonly credentials: readonly string[];
  /** Where the token is in them, most specific first. */
  readonly tokenPaths: readonly (readonly string[])[];
  readonly tokenVariable: string;
  readonly configVariable: string;
  /** Arguments before the prompt. */
  readonly promptArguments: string;
}

const PLAIN_TOKENS = [['oauth_token'], ['token'], ['oauthToken']] as const;

export const AGENTS: Readonly<Record<'claude' | 'codex', Agent>> = {
  claude: {
    command: 'claude',
    title: 'Claude',
    folder: '.claude',
    copies: ['settings.json', 'CLAUDE.md', 'hooks.json', 'AGENTS.md', 'skills'],
    credentials: ['.credentials.json'],
    tokenPaths: [...PLAIN_TOKENS, ['claudeAiOauth', 'accessToken']],
    tokenVariable: 'CLAUDE_CODE_OAUTH_TOKEN',
    configVariable: 'CLAUDE_CONFIG_DIR',
    promptArguments: '-p',
  },
  codex: {
    command: 'codex',
    title: 'Codex',
    folder: '.codex',
    copies: ['config.toml', 'AGENTS.md', 'skills'],
    credentials: ['.credentials.json', 'auth.json'],
    tokenPaths: [...PLAIN_TOKENS, ['tokens', 'access_token']],
    tokenVariable: 'CODEX_OAUTH_TOKEN',
    configVariable: 'CODEX_CONFIG_DIR',
    promptArguments: 'exec',
  },
};

/** The entry of a new environment: its agent has the environment's configuration, and no token yet. */
export function newEntrySource(name: string, agent: Agent): string {
  const command = (rest: string) =>
    `run cmd { ${agent.configVariable}="@folder/${agent.folder}" ${agent.command}${rest} }`;
  return `>> Environment ${name}
needs { cmd: [${agent.command}] }

var @folder = <module.yml>.mx.absoluteDir

exe @spawn(prompt) = ${command(` ${agent.promptArguments} "@prompt"`)}
exe @shell() = ${command('')}

export { @spawn, @shell }
`;
}

/** The entry of a captured environment (seed.md D30). The token is in the keychain only. */
export function entrySource(name: string, agent: Agent, service: string): string {
  const command = (rest: string) =>
    `run cmd { ${agent.configVariable}="@folder/${agent.folder}" ${agent.command}${rest} } using @token as ${agent.tokenVariable}`;
  return `>> Environment ${name}, captured from ~/${agent.folder}
needs { keychain, cmd: [${agent.command}] }

import { get } from @keychain

var secret @token = @get("${service}", "${name}")
if !@token [ bail "No credentials found for '${name}'. Run mlldc env capture ${name} again, or add a token to the keychain (service ${service}, account ${name})." ]

var @folder = <module.yml>.mx.absoluteDir

exe @spawn(prompt) = ${command(` ${agent.promptArguments} "@prompt"`)}
exe @shell() = ${command('')}

export { @spawn, @shell }
`;
}
