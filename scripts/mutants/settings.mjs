import { POLICY, REALM, TOOLS } from './suites.mjs';

const SETTINGS = 'tests/unit/security/defences/settings.test.ts';

/** Settings of security that data may not widen. @type {readonly import('./suites.mjs').Edit[]} */
export const SETTING_RULES = [
  [
    'runtime/shared/policy/authorizations.ts',
    'authorizations from data lift nothing',
    'if (policy.dataLabels) dataLabels = policy.dataLabels;\n    else authorized = true;',
    'authorized = true;',
    POLICY,
  ],
  ...[
    ["label === 'influenced' || ", '', 'what models were persuaded of is data'],
    [" || hasLabel([label], 'llm')", '', 'what models answer is data'],
    ["hasLabel([label], 'untrusted') || ", '', 'what is untrusted is data'],
    ["if (label.startsWith('src:')) return !COMPUTED.has(label);", '', 'what comes from elsewhere is data'],
    ['if (isLoaded(label)) return !isImported;', 'if (isLoaded(label)) return false;', 'files are data'],
    ['places.length > 0 && places.every(isProgram)', 'places.some(isProgram)', 'one module does not vouch for files'],
    ["if (label === 'src:js') return wasLoaded;", "if (label === 'src:js') return false;", 'code of modules is data'],
  ].map(([text, replacement, defence]) => ['runtime/shared/security/origin.ts', defence, text, replacement, SETTINGS]),
  [
    'runtime/guest/security/policies.ts',
    'policies from data permit nothing',
    'if (granted !== undefined) throw',
    'if (false) throw',
    SETTINGS,
  ],
  [
    'runtime/guest/security/policies.ts',
    'what data says in a policy is a policy of its own',
    'return author === null ? given : union([read(author, name, site), given], name);',
    'return { ...whole, dataLabels };',
    SETTINGS,
  ],
  [
    'runtime/guest/security/policies.ts',
    'a union is made of its parts',
    'const mark = joinAll(refs.map(([, value]) => value.deep));',
    'const mark = joinAll([]);',
    SETTINGS,
  ],
  [
    'runtime/guest/security/policies.ts',
    'whoever reads policies reads what they are made of',
    'activeMark = join(activeMark, mark);',
    '',
    SETTINGS,
  ],
  [
    'runtime/guest/security/policies.ts',
    'policies from data are told as such',
    '{ ...read(data, name, site), dataLabels }',
    'read(data, name, site)',
    SETTINGS,
  ],
  ...[
    ['runtime/guest/security/auth.ts', 'credentials', 'requireAuthor(value, `auth @${name}`, site);'],
    ['runtime/guest/security/auth.ts', 'names of credentials', "requireAuthor(value, 'with { auth }', site);"],
    ['runtime/guest/boxes.ts', 'profiles of boxes', "requireAuthor(clause.profile, 'box profile', site);"],
    [
      'runtime/guest/box-settings.ts',
      'what boxes give',
      "for (const field of ['auth', 'provider', 'profile']) requireAuthorOf(config, field, `box ${field}`, site);",
    ],
    ['runtime/guest/security/needs.ts', 'what tiers need', "requireAuthor(value, 'wants', site);"],
    ['runtime/guest/security/needs.ts', 'what profiles need', "requireAuthor(value, 'profiles', site);"],
    ['runtime/guest/security/verdict.ts', 'labels of guards', 'requireAuthor(options[name], name, site);'],
    ['runtime/guest/security/signing.ts', 'signers', "requireAuthor(by, 'The signer', site);"],
    [
      'runtime/guest/tools.ts',
      'terms of tools',
      "for (const key of ['labels', 'controlArgs', 'expose']) requireAuthorOf(entry, key, `${key} of tool '${name}'`, site);",
    ],
  ].map(([file, what, text]) => [file, `not from data: ${what}`, text, '', SETTINGS]),
  [
    'runtime/guest/llm.ts',
    'not from data: tools of models',
    "requireAuthor(entry, 'A name in config.tools', site);",
    '',
    TOOLS,
  ],
  ['runtime/guest/llm.ts', 'names of tools keep their labels', 'into.mark = join(into.mark, entry.deep);', '', TOOLS],
  [
    'runtime/guest/boxes.ts',
    'policies of a call hold for the boxes in it',
    '      policiesFor(context),\n',
    '      [],\n',
    REALM,
  ],
];
