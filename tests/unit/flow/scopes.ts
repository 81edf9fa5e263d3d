/**
 * More pieces of programs for the static analysis: labels that come through modules, what boxes,
 * authorizations, guards and hooks make of flows, and what they permit.
 */

import type { Piece, Sink } from './carriers.js';

/** Modules that pass on what others define. */
export const MODULES: Readonly<Record<string, string>> = {
  'origin.mld': [
    'var secret @key = "k"',
    'var secret @deep = { a: { b: "x" } }',
    'exe exfil @post(x) = `sent @x`',
    'exe @give() = `given @key`',
    'exe @same(x) = @x',
    'exe @plain(x) = `p @x`',
    'var tools @tools = { plain: { mlld: @plain, labels: ["exfil"] } }',
    'export { @key, @deep, @post, @give, @same, @plain, @tools }',
  ].join('\n'),
  'middle.mld': [
    'import { @key, @deep, @post as @mail, @give, @same } from "./origin.mld"',
    'import "./origin.mld" as @all',
    'var @api = { key: @key, send: @mail }',
    'exe @via(x) = @mail(@x)',
    'exe @twice() = @same(@give())',
    'export { @key as @token, @deep, @mail, @via, @twice, @api, @all }',
  ].join('\n'),
  'end.mld': [
    'import { @token, @deep, @mail, @via, @twice, @api, @all } from "./middle.mld"',
    'var @held = `h @token`',
    'export { @token as @last, @held, @deep, @mail as @ship, @via, @twice, @api, @all }',
  ].join('\n'),
  'rules.mld': 'policy @rules = { labels: { secret: { deny: ["op:log"] } } }\nexport { @rules }\n',
  'asked.mld': 'import policy @rules from "./rules.mld"\nvar @nothing = 1\nexport { @nothing }\n',
};

const imported =
  (names: string, from: string, value: string): Piece =>
  (_, to) =>
    `import ${names} from "./${from}.mld"\nvar @${to} = ${value}`;

/** Labelled values of other modules. */
export const SOURCES: Readonly<Record<string, Piece>> = {
  module: imported('{ @key as @m0 }', 'origin', '@m0'),
  'module of a module': imported('{ @token as @m0 }', 'middle', '@m0'),
  'third module': imported('{ @last as @m0 }', 'end', '@m0'),
  'made by a module': imported('{ @held as @m0 }', 'end', '@m0'),
  'member of a module': imported('{ @deep as @m0 }', 'end', '@m0.a.b'),
  'object of a module': imported('{ @api as @m0 }', 'end', '@m0.key'),
  'function of a module': imported('{ @twice as @m0 }', 'end', '@m0()'),
  namespace: (_, to) => `import "./end.mld" as @m0\nvar @${to} = @m0.last`,
  'namespace in a namespace': (_, to) => `import "./end.mld" as @m0\nvar @${to} = @m0.all.key`,
  'function of a namespace': (_, to) => `import "./middle.mld" as @m0\nvar @${to} = @m0.twice()`,
};

/** What boxes and modules do on the way. */
export const CROSSINGS: Readonly<Record<string, Piece>> = {
  'box value': (from, to) => `var @${to} = box [ => \`b @${from}\` ]`,
  'box call': (from, to) => `var @${to} = box { tools: ["Bash"] } [\n  let @i = @text(@${from})\n  => @i\n]`,
  'nested box': (from, to) => `var @${to} = box [\n  let @i = box [ => @${from} ]\n  => @i\n]`,
  'box in a function': (from, to) => `exe @b${to}(x) = box [ => @x ]\nvar @${to} = @b${to}(@${from})`,
  'collection in a box': (from, to) =>
    `var tools @t${to} = { text: { mlld: @text, labels: ["pii"] } }\nvar @${to} = box with { tools: @t${to} } [ => @text(@${from}) ]`,
  'function of another module': (from, to) =>
    `import { @same as @g${to} } from "./origin.mld"\nvar @${to} = @g${to}(@${from})`,
  'function of a namespace': (from, to) => `import "./origin.mld" as @n${to}\nvar @${to} = @n${to}.same(@${from})`,
  'stage of another module': (from, to) =>
    `import { @same as @g${to} } from "./origin.mld"\nvar @${to} = @${from} | @g${to}`,
  'written file': (from, to) => `output @${from} to "w${to}.txt"\nvar @${to} = <w${to}.txt>`,
  'collection of a server': (from, to) => `var tools @s${to} = mcp "server"\nvar @${to} = @s${to}.echo.mlld(@${from})`,
};

const LOGS = 'policy @p = { labels: { secret: { deny: ["op:log"] } } }';
const RULE = 'policy @p = { defaults: { rules: ["no-secret-exfil"] } }';
const AUTHORIZED =
  'policy @p = { defaults: { rules: ["no-secret-exfil"] }, labels: { secret: { deny: ["op:log"] } }, authorizations: { allow: { pay: true } } }';
const PAY = 'exe exfil, tool:w @pay(x) = `paid @x`';

export const SINKS: Readonly<Record<string, Sink>> = {
  'in a box': { policy: LOGS, lines: (x) => `box [\n  log @${x}\n]` },
  'in a box of a box': { policy: LOGS, lines: (x) => `box [\n  box [\n    log @${x}\n  ]\n]` },
  'tool of a box': {
    policy: RULE,
    lines: (x) =>
      `var tools @tools = { text: { mlld: @text, labels: ["exfil"] } }\nbox with { tools: @tools } [\n  show @text(@${x})\n]`,
  },
  'tool of a configuration': {
    policy: RULE,
    lines: (x) => `box { tools: { t: { mlld: @text, labels: ["exfil"] } } } [\n  show @text(@${x})\n]`,
  },
  'tool behind a function': {
    policy: RULE,
    lines: (x) =>
      `exe @behind(x) = @text(@x)\nvar tools @tools = { t: { mlld: @text, labels: ["exfil"] } }\nbox with { tools: @tools } [\n  let @z = @behind(@${x})\n  show "z"\n]`,
  },
  'tool of another module': {
    policy: RULE,
    lines: (x) =>
      `import { @tools, @plain } from "./origin.mld"\nbox with { tools: @tools } [\n  show @plain(@${x})\n]`,
  },
  'function of another module': {
    policy: RULE,
    lines: (x) => `import { @ship } from "./end.mld"\nvar @z = @ship(@${x})`,
  },
  'function behind others': { policy: RULE, lines: (x) => `import { @via } from "./end.mld"\nvar @z = @via(@${x})` },
  'function of a namespace': { policy: RULE, lines: (x) => `import "./end.mld" as @far\nvar @z = @far.ship(@${x})` },
  'member of a module': { policy: RULE, lines: (x) => `import { @api } from "./end.mld"\nvar @z = @api.send(@${x})` },
  'policy of a module': { policy: 'import policy @rules from "./rules.mld"', lines: (x) => `log @${x}` },
  'policy of a module of a module': { policy: 'import { @nothing } from "./asked.mld"', lines: (x) => `log @${x}` },
  'beside an authorization': { policy: `${AUTHORIZED}\n${PAY}`, lines: (x) => `var @paid = @pay(@${x})\nlog @${x}` },
  'another call than the authorized': { policy: AUTHORIZED, lines: (x) => `var @z = @send(@${x})` },
  'not listed': {
    policy: AUTHORIZED,
    lines: (x) => `exe tool:w @unlisted(x) = \`o @x\`\nvar @z = @unlisted(@${x})`,
  },
  'not authorized as locked': {
    policy: `${AUTHORIZED.replace('{', '{ locked: true,')}\n${PAY}`,
    lines: (x) => `var @z = @pay(@${x})`,
  },
  'in an authorized call': {
    policy: AUTHORIZED,
    lines: (x) => `exe tool:w @pay(x) = [\n  log @x\n  => 1\n]\nvar @z = @pay(@${x})`,
  },
  'in a guard': {
    policy: RULE,
    lines: (x) => `guard before op:show = when [ @send(@${x}) == "no" => deny "no"; * => allow ]\nshow "x"`,
  },
  'under a tier': {
    policy: `${LOGS}\nwants [ { tier: "full", why: "all" } ]`,
    lines: (x) => `when [ @mx.policy.tier == "full" => log @${x}; * => show "no" ]`,
  },
  'under a profile': {
    policy:
      'policy @p = { labels: { secret: { deny: ["op:log"] } }, deny: ["sh"] }\nprofiles { full: { requires: { sh } }, least: { requires: { } } }',
    lines: (x) => `if @mx.profile == "least" [ log @${x} ]`,
  },
  'first turn': { policy: LOGS, lines: (x) => `loop(2) [\n  if @mx.loop.iteration == 1 [ log @${x} ]\n]` },
  'second element': { policy: LOGS, lines: (x) => `for @i in [1, 2] [\n  if @mx.for.index == 1 [ log @${x} ]\n]` },
  'command in a function': {
    policy: RULE,
    lines: () =>
      `exe secret @made() = \`m\`\nexe exfil @out(o) = [\n  let @s = @made()\n  run cmd { echo "@s" }\n  => @o\n]\nvar @z = @out("a")`,
  },
  'variable of the environment': {
    policy: RULE,
    lines: (x) => `exe exfil @out() = run cmd { echo "$V" } using @${x} as V\nvar @z = @out()`,
  },
  'written to the project': {
    policy: 'policy @p = { labels: { secret: { deny: ["op:output"] } } }',
    lines: (x) => `file "f.txt" = @${x}`,
  },
};

/** What a run lets through, though much looks as if it did not. */
export const PERMITTED: Readonly<Record<string, Sink>> = {
  authorized: { policy: `${AUTHORIZED}\n${PAY}`, lines: (x) => `var @z = @pay(@${x})` },
  'authorized for a single call': {
    policy: `${RULE}\n${PAY}`,
    lines: (x) => `var @z = @pay(@${x}) with { policy: { authorizations: { allow: { pay: true } } } }`,
  },
  'authorized in a box': {
    policy: `${AUTHORIZED}\n${PAY}`,
    lines: (x) =>
      `var tools @tools = { pay: { mlld: @pay, controlArgs: [] } }\nbox with { tools: @tools } [\n  let @z = @pay(@${x})\n]`,
  },
  'authorized under another name': {
    policy: AUTHORIZED,
    lines: (x) =>
      `exe exfil, tool:w @mail(x) = \`m @x\`\nvar tools @tools = { pay: { mlld: @mail, controlArgs: [] } }\nbox with { tools: @tools } [\n  let @z = @mail(@${x})\n]`,
  },
  'authorized by a guard': {
    policy: `${RULE}\n${PAY}\nvar @terms = { policy: { authorizations: { allow: { pay: true } } } }\nguard before @pay = when [ * => env @terms ]`,
    lines: (x) => `var @z = @pay(@${x})`,
  },
  'tool outside of its box': {
    policy: RULE,
    lines: (x) =>
      `var tools @tools = { text: { mlld: @text, labels: ["exfil"] } }\nbox with { tools: @tools } [ show "in" ]\nvar @z = @text(@${x})`,
  },
  'tool of another box': {
    policy: RULE,
    lines: (x) =>
      `var tools @tools = { js: { mlld: @js, labels: ["exfil"] } }\nbox with { tools: @tools } [\n  let @z = @text(@${x})\n]`,
  },
  'another tier': {
    policy: `${LOGS}\nwants [ { tier: "full", why: "all" } ]`,
    lines: (x) => `if @mx.policy.tier == "least" [ log @${x} ]`,
  },
  'another turn': { policy: LOGS, lines: (x) => `loop(2) [\n  if @mx.loop.iteration == 3 [ log @${x} ]\n]` },
  'no element': { policy: LOGS, lines: (x) => `for @i in [1, 2] [\n  if @mx.for.index == 2 [ log @${x} ]\n]` },
  'another module': { policy: LOGS, lines: () => 'import { @give } from "./origin.mld"\nlog "x"' },
  'a hook that may not be asked': { policy: LOGS, lines: (x) => `hook before @nested = [ log @${x} ]\nshow "x"` },
};
