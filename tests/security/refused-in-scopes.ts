/** More programs that are refused for a reason that can be told before they run: boxes, authorizations, tools of servers, modules. */

import { KEY, LABELS, RULES } from './refused-programs.js';

const POSTS = 'exe @send(x) = `sent @x`\n';
const WRITES = 'exe exfil, tool:w @send(x) = `sent @x`\n';
const TOOLS = 'var tools @t = { send: { mlld: @send, labels: ["exfil"] } }\n';
const AUTHORIZED =
  'policy @p = { defaults: { rules: ["no-secret-exfil"] }, labels: { secret: { deny: ["op:log"] } }, authorizations: { allow: { send: true } } }\n';
const UNLISTED = 'operation not authorized by policy.authorizations';
const MISMATCH = 'operation arguments did not match policy.authorizations';
const only = (constraint: string): string =>
  `policy @p = { authorizations: { allow: { send: { args: { x: ${constraint} } } } } }\n`;

export const REFUSED_IN_SCOPES: [name: string, program: string, reason: string, at: string][] = [
  [
    'labels of a collection',
    `${RULES}${KEY}${POSTS}${TOOLS}box with { tools: @t } [\n  show @send(@key)\n]`,
    "'exfil'",
    '@send(@key)',
  ],
  [
    'labels of a collection in a configuration',
    `${RULES}${KEY}${POSTS}box { tools: { send: { mlld: @send, labels: ["exfil"] } } } [\n  show @send(@key)\n]`,
    "'exfil'",
    '@send(@key)',
  ],
  [
    'a collection that calls it something else',
    `${RULES}${KEY}${POSTS}var tools @t = { mail: { mlld: @send, labels: ["exfil"] } }\nbox with { tools: @t } [\n  show @send(@key)\n]`,
    "'exfil'",
    '@send(@key)',
  ],
  [
    'a function of the script that calls a tool of the box',
    `${RULES}${KEY}${POSTS}exe @go(x) = @send(@x)\n${TOOLS}box with { tools: @t } [\n  show @go(@key)\n]`,
    "'exfil'",
    '@send(@x)',
  ],
  [
    'a label a collection gives to results',
    `policy @p = { labels: { pii: { deny: ["op:log"] } } }\nexe @get(x) = \`s @x\`\nvar tools @t = { get: { mlld: @get, labels: ["pii"] } }\nbox with { tools: @t } [\n  let @r = @get("a")\n  log @r\n]`,
    "'op:log'",
    'log @r',
  ],
  [
    'an imported collection',
    `${RULES}${KEY}import { @tools, @post } from "./lib.mld"\nbox with { tools: @tools } [\n  show @post(@key)\n]`,
    "'exfil'",
    '@post(@key)',
  ],
  [
    'a file that is read in a box',
    'policy @p = { deny: ["fs:r:**/data.txt"] }\nbox [\n  let @f = <data.txt>\n  show @f\n]',
    'Filesystem read denied',
    '<data.txt>',
  ],
  [
    'a file that is written in a box',
    'policy @p = { deny: ["fs:w:**"] }\nbox [\n  output "x" to "f.txt"\n]',
    'Filesystem write denied',
    'output "x" to "f.txt"',
  ],
  [
    'beside a call that is authorized',
    `${AUTHORIZED}${KEY}${WRITES}var @a = @send(@key)\nlog @key`,
    "'op:log'",
    'log @key',
  ],
  [
    'a call authorizations are not about',
    `${AUTHORIZED}${KEY}${POSTS.replace('exe', 'exe exfil')}show @send(@key)`,
    "'exfil'",
    '@send(@key)',
  ],
  [
    'inside a call that is authorized',
    `${AUTHORIZED}${KEY}exe tool:w @send(x) = [\n  log @x\n  => 1\n]\nvar @a = @send(@key)`,
    "'op:log'",
    'log @x',
  ],
  [
    'beside data that looks like an authorization',
    `${RULES}var @a = { authorizations: 1 }\n${KEY}${WRITES}show @send(@key)`,
    "'exfil'",
    '@send(@key)',
  ],
  ['a call that is not listed', `${AUTHORIZED}exe tool:w @mail(x) = \`m @x\`\nshow @mail("x")`, UNLISTED, '@mail("x")'],
  ['an argument that is not authorized', `${only('"a"')}${WRITES}show @send("b")`, MISMATCH, '@send("b")'],
  [
    'an argument that is none of those authorized',
    `${only('{ oneOf: ["1", "2"] }')}${WRITES}show @send(3)`,
    MISMATCH,
    '@send(3)',
  ],
  [
    'one policy that does not authorize what another does',
    `${AUTHORIZED}policy @q = { authorizations: { allow: { other: true } } }\n${WRITES}show @send("x")`,
    UNLISTED,
    '@send("x")',
  ],
  [
    'authorizations that do not fit the tools of a box',
    `${AUTHORIZED}${WRITES}var tools @t = { send: { mlld: @send, controlArgs: ["x"] } }\nbox with { tools: @t } [\n  show @send("q")\n]`,
    "Tool 'send' cannot use true in policy.authorizations because it has control args: x",
    '@send("q")',
  ],
  [
    'a tool of a collection of a server',
    `${LABELS}${KEY}var tools @t = mcp "SERVER"\nvar @a = @t.echo.mlld(@key)\nlog @a`,
    "'op:log'",
    'log @a',
  ],
  [
    'a name of a namespace that is not the own',
    `${LABELS}import "./lib.mld" as @lib\nlog @lib.token`,
    "'op:log'",
    'log @lib.token',
  ],
  [
    'a tier policies leave',
    `${LABELS}${KEY}wants [ { tier: "full", why: "x" } ]\nif @mx.policy.tier == "full" [\n  log @key\n]`,
    "'op:log'",
    'log @key',
  ],
  [
    'a profile policies leave',
    `policy @p = { deny: ["sh", "js"] }\nprofiles { full: { requires: { sh } }, least: { requires: { } } }\nexe @f() = js { return 1 }\nwhen @mx.profile [ "least" => show @f(); * => show "no" ]`,
    'JavaScript access denied',
    '@f()',
  ],
  [
    'the first turn of a loop',
    `${LABELS}${KEY}loop(2) [\n  if @mx.loop.iteration == 1 [ log @key ]\n]`,
    "'op:log'",
    'log @key',
  ],
  [
    'the second turn of a loop',
    `${LABELS}${KEY}loop(3) [\n  if @mx.loop.iteration == 2 [ log @key ]\n]`,
    "'op:log'",
    'log @key',
  ],
  [
    'what a later turn answers',
    `${LABELS}${KEY}var @r = loop(3) [\n  if @mx.loop.iteration > 1 [ done @key ]\n  continue\n]\nlog @r`,
    "'op:log'",
    'log @r',
  ],
  [
    'a turn of a loop, in a loop inside it',
    `${LABELS}${KEY}loop(2) [\n  for @i in [1, 2] [\n    if @mx.loop.iteration == 2 [ log @key ]\n  ]\n]`,
    "'op:log'",
    'log @key',
  ],
  [
    'an element by its number',
    `${LABELS}${KEY}for @i in [1, 2] [\n  if @mx.for.index == 1 [ log @key ]\n]`,
    "'op:log'",
    'log @key',
  ],
  ['a file of the project', `${LABELS}${KEY}file "f.txt" = @key`, "'op:output'", 'file "f.txt" = @key'],
  [
    'a file of the project that may not be written',
    'policy @p = { deny: ["fs:w:out/**"] }\nfile "out/f.txt" = "k"',
    'Filesystem write denied',
    'file "out/f.txt" = "k"',
  ],
  [
    'a file the program has written',
    `policy @p = { labels: { secret: { deny: ["op:log"] } } }\n${KEY}append @key to "f.txt"\nvar @f = <f.txt>\nlog @f`,
    "'op:log'",
    'log @f',
  ],
  [
    'a command in a function, for what the function is labelled with',
    `${RULES}exe secret @get() = \`x\`\nexe exfil @post() = [\n  let @s = @get()\n  run cmd { echo "@s" }\n  => 1\n]\nshow @post()`,
    "'exfil'",
    'cmd { echo "@s" }',
  ],
  [
    'a variable of the environment',
    `${RULES}${KEY}exe exfil @post() = run cmd { echo "$TOKEN" } using @key as TOKEN\nshow @post()`,
    "'exfil'",
    '@post()',
  ],
  [
    'a file a policy with the root of the project in it does not grant',
    'var @c = { allow: ["fs:r:@base/src/**"] }\npolicy @p = union(@c)\nvar @f = <data.txt>\nshow @f',
    'Filesystem read denied',
    '<data.txt>',
  ],
];
