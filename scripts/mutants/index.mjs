/**
 * The defences and how each is switched off: `[file, what it defends, text, replacement, tests]`.
 * The text occurs exactly once in the file; `tests` names the tests that must notice.
 */

/** The comparison of the table with its examples; it runs in the mutation run's own process. */
export const TABLE = 'tests/unit/security/table.ts';
const REALM = 'tests/unit/security/defences.test.ts';
const POLICY = 'tests/unit/policy';
const HOST = 'tests/unit/host';

/** @type {readonly (readonly [file: string, defence: string, text: string, replacement: string, tests: string])[]} */
const EDITS = [
  // Joins of the program realm
  [
    'runtime/guest/executable.ts',
    'a call joins its arguments',
    'if (arg) mark = join(arg.deep, mark)',
    'if (arg) mark = join(EMPTY, mark)',
    REALM,
  ],
  [
    'runtime/guest/executable.ts',
    'a call joins captured variables',
    'if (target.captures) mark',
    'if (false) mark',
    REALM,
  ],
  [
    'runtime/guest/executable.ts',
    'a call joins what it called',
    'join(mark, inner.activation!.inner), own',
    'join(mark, EMPTY), own',
    REALM,
  ],
  [
    'runtime/guest/executable.ts',
    'a result has the labels of its executable',
    'inner.activation!.inner), own)',
    'inner.activation!.inner), EMPTY)',
    REALM,
  ],
  [
    'runtime/guest/executable.ts',
    'captured variables are inputs',
    'inputs: args, captured, site',
    'inputs: args, site',
    REALM,
  ],
  [
    'runtime/guest/captures.ts',
    'captures count through calls',
    'if (value.value instanceof Executable) values.push',
    'if (false) values.push',
    REALM,
  ],
  ['runtime/guest/exec.ts', 'js results join the arguments', 'join(mark, JS_MARK)', 'JS_MARK', REALM],
  [
    'runtime/guest/exec.ts',
    'js results are marked',
    "makeMark({ taint: ['src:js'] })",
    'makeMark({ taint: [] })',
    REALM,
  ],
  ['runtime/guest/templates.ts', 'templates join their parts', 'mark = join(mark, value.deep);', '', REALM],
  [
    'runtime/guest/values/operators.ts',
    'comparisons join both sides',
    'box(compare(operator, a, b), join(a.deep, b.deep))',
    'box(compare(operator, a, b), a.deep)',
    REALM,
  ],
  [
    'runtime/guest/values/operators.ts',
    'logical operators join what was evaluated',
    'b.deep : a.mark)',
    'EMPTY_MARK : EMPTY_MARK)',
    REALM,
  ],
  ['runtime/guest/values/operators.ts', '! keeps the mark', 'box(!truthy(a), a.mark)', 'box(!truthy(a))', REALM],
  ['runtime/guest/values/arithmetic.ts', 'arithmetic joins both sides', 'join(a.deep, b.deep)', 'a.deep', REALM],
  [
    'runtime/guest/builtins.ts',
    'the condition of ?: joins',
    'return under(test.deep, isPromise',
    'return under(EMPTY, isPromise',
    REALM,
  ],
  [
    'runtime/guest/builtins.ts',
    'conditions of when join',
    'new Box(value.value, join(mark, value.mark), value.extra, join(mark, value.deep))',
    'value',
    REALM,
  ],
  [
    'runtime/guest/builtins.ts',
    'a when without a match joins its conditions',
    'new Box(null, mark, { nullWord: true })',
    'new Box(null, EMPTY, { nullWord: true })',
    REALM,
  ],
  [
    'runtime/guest/box.ts',
    'members have the mark of their container',
    'box(member, container.mark)',
    'box(member)',
    REALM,
  ],
  ['runtime/guest/values/access.ts', 'a computed key joins', 'marked(indexed(b, i), i.deep)', 'indexed(b, i)', REALM],
  [
    'runtime/guest/values/access.ts',
    'bounds of slices join',
    'join(join(b.mark, from ? from.deep : b.mark), to ? to.deep : b.mark)',
    'b.mark',
    REALM,
  ],
  ['runtime/guest/values/objects.ts', 'arrays know their members', 'marks.add(element.deep)', 'marks.add(mark)', REALM],
  ['runtime/guest/values/objects.ts', 'objects know their members', 'marks.add(value.deep)', 'marks.add(mark)', REALM],
  [
    'runtime/guest/document.ts',
    'the document has the marks of what was printed',
    'this.mark = join(this.mark, mark)',
    'this.mark = EMPTY',
    REALM,
  ],
  [
    'runtime/guest/document.ts',
    'printed text has its mark at the door',
    "stream: 'stdout', text: new Box(visible, mark)",
    "stream: 'stdout', text: new Box(visible, EMPTY)",
    REALM,
  ],
  [
    'runtime/shared/marks.ts',
    'a join has the labels of both',
    'labels: union(a.labels, b.labels)',
    'labels: a.labels',
    REALM,
  ],
  [
    'runtime/shared/marks.ts',
    'taint contains the labels',
    'union(labels, parts.taint ?? NONE)',
    '[...(parts.taint ?? NONE)]',
    REALM,
  ],

  // Guards
  [
    'runtime/guest/security/guards.ts',
    'label guards judge inputs',
    'for (let i = 0; i < values.length; i++)',
    'for (let i = 0; i < 0; i++)',
    REALM,
  ],
  [
    'runtime/guest/security/guards.ts',
    'label guards look inside containers',
    '!markHas(value.deep, guard.filter.value) || isCovered',
    '!markHas(value.mark, guard.filter.value) || isCovered',
    REALM,
  ],
  [
    'runtime/guest/security/guards.ts',
    'label guards judge captured variables',
    'for (const value of operation.captured ?? [])',
    'for (const value of [])',
    REALM,
  ],
  [
    'runtime/guest/security/guards.ts',
    'operations without inputs are judged',
    'guard.aboutValue && isSource(context)',
    'true',
    REALM,
  ],
  [
    'runtime/guest/security/guards.ts',
    'replacements are what runs',
    "if (replacement && verdict.decision === 'allow') values[i] = replacement;",
    '',
    REALM,
  ],
  [
    'runtime/guest/security/guards.ts',
    'parts of templates are replaced',
    'verdict.inputs = [parts.render(values as Box[])]',
    'void parts',
    REALM,
  ],
  [
    'runtime/guest/security/guards.ts',
    'replacements keep the mark',
    'join(subject?.deep ?? EMPTY, value.deep)',
    'value.deep',
    REALM,
  ],
  [
    'runtime/guest/security/guards.ts',
    'after guards judge results',
    'markHas(output.deep, guard.filter.value));\n  const isEffect',
    'false);\n  const isEffect',
    REALM,
  ],
  ['runtime/guest/security/guards.ts', 'always runs in both phases', " || guard.timing === 'always'", '', REALM],
  [
    'runtime/guest/security/guards.ts',
    'operation guards',
    "if (kind === 'operation') return matchesOperation(keys, value);",
    "if (kind === 'operation') return false;",
    REALM,
  ],
  [
    'runtime/guest/security/guards.ts',
    'function guards',
    "operation.name === value || operation.name === value.split('.').pop()",
    'false',
    REALM,
  ],
  [
    'runtime/guest/security/guards.ts',
    'a deny stands',
    "verdict.decision = 'deny';\n      return null;",
    'return null;',
    REALM,
  ],
  [
    'runtime/guest/security/guards.ts',
    'a retry does not lift a deny',
    "if (verdict.decision === 'allow') {\n        verdict.decision = 'retry';",
    "if (true) {\n        verdict.decision = 'retry';",
    REALM,
  ],
  [
    'runtime/guest/security/guards.ts',
    'only privilege lifts',
    'if (guard.privileged) verdict.privilegedAllow = true',
    'verdict.privilegedAllow = true',
    REALM,
  ],
  [
    'runtime/guest/security/guards.ts',
    'falling through is no allow',
    'if (decision === null) {\n    note',
    'if (decision === null) {\n    verdict.privilegedAllow = true;\n    note',
    REALM,
  ],
  [
    'runtime/guest/security/guards.ts',
    'previews hide secrets',
    "includes('secret') ? '[REDACTED]'",
    "includes('no') ? '[REDACTED]'",
    REALM,
  ],
  [
    'runtime/guest/security/registry.ts',
    'guards see provenance',
    'mark.taint.includes(label) ||',
    'mark.labels.includes(label) ||',
    REALM,
  ],
  [
    'runtime/guest/security/registry.ts',
    'guard names are unique',
    'guard.name !== null && guards.some',
    'false && guards.some',
    REALM,
  ],
  [
    'runtime/guest/security/operations.ts',
    'stages are calls',
    "if (operation.executable && !labels.includes('op:exe')) labels.push('op:exe');",
    '',
    REALM,
  ],
  [
    'runtime/guest/security/operations.ts',
    'filters match by prefix',
    'if (key.startsWith(`${wanted}:`)) return true',
    'if (false) return true',
    REALM,
  ],
  [
    'runtime/guest/exec.ts',
    'js blocks are operations',
    'if (!operationsActive()) return yield* wait(run(args))',
    'if (true) return yield* wait(run(args))',
    REALM,
  ],
  [
    'runtime/guest/security/interceptor.ts',
    'before guards refuse',
    "if (before.decision === 'deny') return yield* denied(context, operation, before);",
    '',
    REALM,
  ],
  [
    'runtime/guest/security/interceptor.ts',
    'after guards refuse',
    "if (after.decision === 'deny') return yield* denied(context, operation, after);",
    '',
    REALM,
  ],
  [
    'runtime/guest/security/interceptor.ts',
    'retries end',
    'if (attempt < MAX_ATTEMPTS) continue',
    'if (attempt < 9) continue',
    REALM,
  ],
  [
    'runtime/guest/security/interceptor.ts',
    'guards are not guarded',
    'if (context.guard?.evaluating) {',
    'if (false) {',
    REALM,
  ],
  [
    'runtime/guest/security/interceptor.ts',
    'policies hold inside guards',
    'checkPolicies(context, operation, operation.inputs, null);',
    '',
    REALM,
  ],
  [
    'runtime/guest/security/interceptor.ts',
    'policies judge what guards have put in',
    'checkPolicies(context, operation, before.inputs, before)',
    'checkPolicies(context, operation, operation.inputs, before)',
    REALM,
  ],
  [
    'runtime/guest/security/interceptor.ts',
    'guards judge what hooks have put in',
    'beforeGuards(context, operation, hooked, attempt)',
    'beforeGuards(context, operation, operation.inputs, attempt)',
    REALM,
  ],
  [
    'runtime/guest/security/interceptor.ts',
    'streaming refuses after guards',
    'if (context.streaming && hasAfterGuard',
    'if (false && hasAfterGuard',
    REALM,
  ],
  [
    'runtime/guest/security/interceptor.ts',
    'a retry needs a pipeline',
    "if (operation.kind !== 'pipeline-stage') {",
    'if (false) {',
    REALM,
  ],
  [
    'runtime/guest/security/override.ts',
    'the project may forbid overrides',
    'if (!bypass.allowed) throw',
    'if (false) throw',
    REALM,
  ],
  ['runtime/guest/security/override.ts', 'privileged guards stay', 'if (guard.privileged) return true;', '', REALM],
  [
    'runtime/guest/security/override.ts',
    'only keeps the named',
    "override.mode === 'only' ? named : !named",
    '!named',
    REALM,
  ],
  [
    'runtime/guest/security/override.ts',
    'overrides are well-formed',
    "return fail('Guard override must be false or an object')",
    "return { mode: 'off', names: [] }",
    REALM,
  ],
  [
    'runtime/guest/security/hooks.ts',
    'results of hooks keep the mark',
    'marked(resultOf(outcome), current!.deep)',
    'resultOf(outcome)',
    REALM,
  ],
  [
    'runtime/guest/security/hooks.ts',
    'inputs of hooks keep the mark',
    'marked(answer, first?.deep ?? EMPTY)',
    'answer',
    REALM,
  ],

  // Labels
  [
    'runtime/shared/security/labels.ts',
    'removing needs privilege',
    'if (!mayRemove) requirePrivilege',
    'if (false) requirePrivilege',
    REALM,
  ],
  [
    'runtime/shared/security/labels.ts',
    'executables have no privilege',
    "privileged && who.kind === 'guard'",
    'true',
    REALM,
  ],
  [
    'runtime/shared/security/labels.ts',
    'secret, untrusted and src: are protected',
    "label === 'secret' || label === 'untrusted'",
    'false',
    'tests/unit/security/labels.test.ts',
  ],
  [
    'runtime/shared/security/labels.ts',
    'untrusted replaces trusted',
    "if (label === 'untrusted') remove(state, 'trusted');",
    '',
    'tests/unit/security/labels.test.ts',
  ],
  [
    'runtime/shared/security/labels.ts',
    'trust conflicts are errors where asked for',
    "if (conflict && mode === 'error')",
    'if (false)',
    'tests/unit/security/labels.test.ts',
  ],

  // Policies
  [
    'runtime/guest/security/policies.ts',
    'policies reach the host',
    "doorCall('policy.add'",
    "void ('policy.add'",
    REALM,
  ],
  [
    'runtime/guest/security/policies.ts',
    'policies judge captured variables',
    '[...inputs, ...(operation.captured ?? [])].flatMap',
    '[...inputs].flatMap',
    REALM,
  ],
  [
    'runtime/guest/security/policies.ts',
    'capabilities are asked for',
    'if (!decision.allow) refuseBy(operation, inputs, decision);',
    '',
    REALM,
  ],
  [
    'runtime/guest/security/policies.ts',
    'flows are refused',
    'if (standing.length > 0) refuseBy',
    'if (false) refuseBy',
    REALM,
  ],
  [
    'runtime/guest/security/policies.ts',
    'locked policies are not lifted',
    'denial.locked || !(verdict',
    '!(verdict',
    REALM,
  ],
  [
    'runtime/guest/security/policies.ts',
    'refusals do not quote secrets',
    "(result, secret) => result.split(secret).join('')",
    '(result) => result',
    REALM,
  ],
  [
    'runtime/guest/security/policies.ts',
    'influence is passed on',
    'added.length === 0 ? output : marked',
    'true ? output : marked',
    REALM,
  ],
  [
    'runtime/shared/policy/reader.ts',
    'unknown keys are errors',
    "this.problem(path, `Unknown ${what} '${name}'`, suggestion);",
    '',
    REALM,
  ],
  ...[
    'no-secret-exfil',
    'no-sensitive-exfil',
    'no-untrusted-destructive',
    'no-untrusted-privileged',
    'no-influenced-advice',
    'no-send-to-unknown',
    'no-send-to-external',
    'no-destroy-unknown',
  ].map((rule) => [
    'runtime/shared/policy/flow-rules.ts',
    `rule ${rule}`,
    `'${rule}': {`,
    `'off-${rule}': {`,
    `${POLICY}/flow.test.ts`,
  ]),
  [
    'runtime/shared/policy/flow-rules.ts',
    'the first argument is judged',
    'argument !== null && hasLabel',
    'true || hasLabel',
    `${POLICY}/flow.test.ts`,
  ],
  [
    'runtime/shared/policy/flow.ts',
    'a failing decision refuses',
    'return [failure(all[0]!)]',
    'return []',
    `${POLICY}/flow.test.ts`,
  ],
  [
    'runtime/shared/policy/capabilities.ts',
    'all policies have to agree',
    'if (!decision.allow) return decision;',
    '',
    `${POLICY}/capabilities.test.ts`,
  ],
  [
    'runtime/shared/policy/capabilities.ts',
    'deny: true',
    'if (policy.deny?.all) return',
    'if (false) return',
    `${POLICY}/capabilities.test.ts`,
  ],
  [
    'runtime/shared/policy/capabilities.ts',
    'denied languages',
    'if (policy.deny?.names.includes(name)) return',
    'if (false) return',
    `${POLICY}/capabilities.test.ts`,
  ],
  [
    'runtime/shared/policy/capabilities.ts',
    'allow lists refuse the rest',
    'return granted ? ALLOWED : capabilityDenial(policy, `allow.${name}`',
    'return true ? ALLOWED : capabilityDenial(policy, `allow.${name}`',
    `${POLICY}/capabilities.test.ts`,
  ],

  // The ledger
  [
    'runtime/guest/door.ts',
    'reports go out before the next request',
    '  flushReports();\n  const values',
    '  const values',
    REALM,
  ],
  [
    'runtime/guest/security/audit.ts',
    'reports hold no secrets',
    'isConfidential(deep) ? null : cut',
    'false ? null : cut',
    REALM,
  ],

  // The monitor
  [
    'runtime/host/monitor/index.ts',
    'a decider that fails refuses',
    'denied = monitorFailure(failure);\n      }\n      try',
    'denied = null;\n      }\n      try',
    `${HOST}/monitor.test.ts`,
  ],
  [
    'runtime/host/monitor/index.ts',
    'a record that fails refuses',
    'denied ??= monitorFailure(failure)',
    'void failure',
    `${HOST}/monitor.test.ts`,
  ],
  [
    'runtime/host/monitor/index.ts',
    'a denial stands',
    'if (denial !== null && denial !== undefined) return denial',
    'if (false) return denial',
    `${HOST}/monitor.test.ts`,
  ],
  [
    'runtime/host/monitor/schema.ts',
    'unknown operations are refused',
    "typeof request.op !== 'string' || !isOperation(request.op)",
    'false',
    `${HOST}/schema.test.ts`,
  ],
  [
    'runtime/host/monitor/schema.ts',
    'unknown arguments are refused',
    'return `unknown argument',
    'void `unknown argument',
    `${HOST}/schema.test.ts`,
  ],
  [
    'runtime/host/monitor/schema.ts',
    'numbers are checked',
    'Number.isSafeInteger(value) && (value as number) >= 0',
    'true',
    `${HOST}/schema.test.ts`,
  ],
  [
    'runtime/host/monitor/schema.ts',
    'malformed marks are refused',
    'if (!mark) return malformed',
    'if (false) return malformed',
    `${HOST}/schema.test.ts`,
  ],
  [
    'runtime/host/monitor/schema.ts',
    'types are checked',
    "return typeof value === 'string' ? null : wrong('a string')",
    'return null',
    `${HOST}/schema.test.ts`,
  ],
];

/** Every input of every row of the propagation table that joins: one mutant each. */
function tableMutants(source) {
  const file = 'runtime/shared/propagation.ts';
  const mutants = [];
  for (const line of source.split('\n')) {
    const match = /^ {2}(\w+): row\(\[([^\]]+)\](, \{)?/.exec(line);
    if (!match || line.includes('free:')) continue;
    const [head, key, list, options] = match;
    for (const input of list.split(', ')) {
      const strict = /strict: \[([^\]]*)\]/.exec(line)?.[1] ?? '';
      if (strict.includes(input)) {
        mutants.push([
          file,
          `${key}: strict ${input}`,
          line,
          line.replace(`strict: [${strict}]`, `free: [${input}]`),
          TABLE,
        ]);
        continue;
      }
      const opened = options ? `${head} free: [${input}],` : `${head}, { free: [${input}] }`;
      mutants.push([file, `${key}: ${input}`, line, line.replace(head, () => opened), TABLE]);
    }
  }
  for (const input of ["'arguments'", "'captured'", "'calls'"]) {
    mutants.push([
      file,
      `calls: ${input}`,
      "row(['arguments', 'captured', 'calls'], {",
      `row(['arguments', 'captured', 'calls'], { free: [${input}],`,
      TABLE,
    ]);
  }
  return mutants;
}

/** All mutants; `read` answers the text of a file. */
export function allMutants(read) {
  return [...EDITS, ...tableMutants(read('runtime/shared/propagation.ts'))].map(
    ([file, defence, text, replacement, tests]) => ({ file, defence, text, replacement, tests }),
  );
}
