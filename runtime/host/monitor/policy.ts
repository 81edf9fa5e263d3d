/**
 * The program's policies, enforced at the door. The guest runtime asks the same algebra earlier,
 * where guards and error handlers can take part; what it asks here again does not depend on it.
 */

import { analyzeShell } from '../../shared/command/analyze.js';
import { commandLabels } from '../../shared/command/labels.js';
import type { Places } from '../../shared/glob.js';
import type { Mark } from '../../shared/marks.js';
import type { Operation } from '../../shared/operations.js';
import { type CapabilityRequest, decideCapability } from '../../shared/policy/capabilities.js';
import { unquoted } from '../../shared/policy/denial.js';
import { explainDenial } from '../../shared/policy/explain.js';
import { decideFlow } from '../../shared/policy/flow.js';
import { decideIntegrity, hasIntegrity } from '../../shared/policy/integrity.js';
import type { Denied, Policy } from '../../shared/policy/types.js';
import type { Denial } from '../../shared/protocol.js';
import { isConfidential } from '../../shared/security/confidential.js';
import { isInside, realPath } from '../bindings/files/target.js';
import { boxDenial } from './boxes.js';
import type { CheckedRequest, Decider, Deciders, Subject } from './index.js';
import { limitDecider } from './limits.js';

/** Operation labels by operation type (security.md 4); commands get theirs from the text. */
const OP_LABELS: Readonly<Record<string, readonly string[]>> = {
  'exec.sh': ['op:sh'],
  'exec.node': ['op:node'],
  'exec.py': ['op:py'],
  'file.write': ['op:output'],
  'file.append': ['op:append'],
  'signature.sign': ['op:sign'],
  'signature.verify': ['op:verify'],
};

/** Whoever writes files, for `filesystem_integrity` (security.md 5.2). */
export interface FileWriter {
  /** `user:<name>`; null when nobody is known. */
  identity(): Promise<string | null>;
  /** Told of a file that they may not write. */
  refused(path: string): Promise<void>;
}

const NOBODY: FileWriter = { identity: async () => null, refused: async () => {} };

export class PolicyMonitor {
  readonly #policies: Policy[] = [];
  /** Policies of single calls, by the ids requests name them with. */
  readonly #fragments: Policy[] = [];
  readonly deciders: Deciders;

  private readonly aliases: readonly Alias[];

  constructor(
    private readonly places: Places,
    private readonly writer: FileWriter = NOBODY,
  ) {
    const aliases = [places.root, places.home].map((place) => ({ place, real: realPath(place) }));
    this.aliases = aliases;
    const capability: Decider = (operation, request, { subjects }) => {
      for (const wanted of capabilityRequests(operation, request, subjects, aliases)) {
        const decision = decideCapability(this.holding(request), wanted, { places });
        if (!decision.allow) return toDenial(decision, operation, request);
      }
      return null;
    };
    const integrity: Decider = async (operation, request, { subjects }) => {
      const policies = this.holding(request);
      if (!hasIntegrity(policies)) return null;
      for (const subject of subjects) {
        if (subject.kind !== 'path' || subject.access !== 'w') continue;
        const denied = await this.refuseChange(policies, subject.path, subject.given);
        if (denied) return toDenial(denied, operation, request);
      }
      return null;
    };
    const limits = limitDecider((request) => this.holding(request));
    const box: Decider = (_, request, { subjects }) =>
      boxDenial(this.holding(request), (request.args as { box?: unknown }).box, subjects);
    const flow: Decider = (operation, request, { subjects }) => {
      const started = serverFacts(request, subjects);
      if (started) {
        // The program realm is not asked about servers: here every policy counts.
        const [denial] = decideFlow(this.holding(request), [request.mark], started);
        return denial ? toDenial(denial, operation, request) : null;
      }
      const facts = flowFacts(request);
      if (!facts) return null;
      const policies = this.holding(request);
      // A privileged guard may have lifted a flow denial of a policy that is not locked; only the
      // program realm knows. What cannot be lifted is refused here whatever the realm decided.
      const denial =
        // What a child reads by itself the realm was never asked about: here every policy counts.
        decideFlow(policies, [request.read], { ...facts, labels: labelsAround(request) })[0] ??
        decideFlow(policies, [request.mark], facts).find(({ locked }) => locked);
      return denial ? toDenial(denial, operation, request) : null;
    };
    this.deciders = { capability: [capability, box, integrity, limits], flow: [flow] };
  }

  /** Why the run may not change a file (`filesystem_integrity`), which goes on record; null when it may. */
  async refuseChange(policies: readonly Policy[], path: string, given = path): Promise<Denied | null> {
    for (const named of new Set([given, asWritten(path, this.aliases)])) {
      const decision = decideIntegrity(policies, named, await this.writer.identity(), this.places);
      if (decision.allow) continue;
      await this.writer.refused(path);
      return decision;
    }
    return null;
  }

  /** Whether something may be printed that no operation prints, such as a child's stderr. */
  permitsRemark(mark: Mark): boolean {
    return decideFlow(this.#policies, [mark], { labels: [], opLabels: ['op:log'] }).length === 0;
  }

  /** A policy holds from now on; none is ever taken back. */
  add(policy: Policy): void {
    this.#policies.push(policy);
  }

  /** A policy holds for the requests that name the id answered here. */
  addFragment(policy: Policy): number {
    return this.#fragments.push(policy) - 1;
  }

  /**
   * The policies a request is decided under.
   * @throws when it names a policy that is not there: then it is refused
   */
  holding({ under }: Pick<CheckedRequest, 'under'>): readonly Policy[] {
    if (under.length === 0) return this.#policies;
    const fragments = under.map((id) => this.#fragments[id]);
    if (fragments.includes(undefined)) throw new Error('The request names an unknown policy');
    return [...this.#policies, ...(fragments as Policy[])];
  }
}

/** Labels of the executables around a child: what it sends, they send. */
function labelsAround(request: CheckedRequest): readonly string[] {
  return (request.args as { labels?: readonly string[] }).labels ?? [];
}

/** A place policies speak of, and where it really is when a link leads there. */
interface Alias {
  place: string;
  real: string;
}

/**
 * A resolved path below the project or the home directory, as patterns name it: a project that is
 * itself reached through a link is not outside of itself.
 */
function asWritten(path: string, aliases: readonly Alias[]): string {
  const alias = aliases.find(({ real }) => isInside(path, real));
  return alias ? alias.place + path.slice(alias.real.length) : path;
}

/** Everything the policies are asked about before an operation may run. */
function capabilityRequests(
  operation: Operation,
  request: CheckedRequest,
  subjects: readonly Subject[],
  aliases: readonly Alias[],
): CapabilityRequest[] {
  const { cwd } = request.args as { cwd?: string };
  const place = cwd === undefined ? {} : { cwd };
  const restricting = request.op === 'file.linked' && 'policy' in request.args && request.args.policy === true;
  const policy = restricting ? ({ policy: true } as const) : {};
  const wanted = subjects.flatMap((subject): CapabilityRequest[] => {
    switch (subject.kind) {
      case 'path': {
        const kind = subject.access === 'r' ? 'read' : 'write';
        return [...new Set([subject.given, asWritten(subject.path, aliases)])].map((path) => ({
          kind,
          path,
          ...policy,
        }));
      }
      case 'command':
        return [{ kind: 'command', text: subject.command, ...place }];
      case 'script':
        return subject.language === 'sh' || subject.language === 'bash'
          ? [{ kind: 'shell', text: subject.code, ...place }]
          : [];
      case 'url':
        return [{ kind: 'network', domain: new URL(subject.url).hostname, ...policy }];
      case 'keychain':
        return [subject];
      default:
        // Packages need the capability of their language, which is asked for below.
        return [];
    }
  });
  if (operation.capability === 'node' || operation.capability === 'py')
    wanted.push({ kind: 'language', language: operation.capability });
  return wanted;
}

/** Starting an MCP server is running its command with whatever decided about it; calling it later is not. */
function serverFacts({ op }: CheckedRequest, subjects: readonly Subject[]) {
  if (op !== 'mcp.connect' && op !== 'mcp.configure') return null;
  const commands = subjects.flatMap((subject) => (subject.kind === 'command' ? analyzeShell(subject.command) : []));
  return commands.length === 0 ? null : { labels: [], opLabels: [], commands: commands.map(commandLabels) };
}

function flowFacts(request: CheckedRequest) {
  if (request.op === 'exec.cmd') {
    const { command } = request.args as { command: string };
    return { labels: [], opLabels: [], commands: analyzeShell(command).map(commandLabels) };
  }
  const opLabels = Object.hasOwn(OP_LABELS, request.op) ? OP_LABELS[request.op] : undefined;
  return opLabels ? { labels: [], opLabels } : null;
}

/** The denial as the program sees it. Confidential data is not quoted, nor are labels made from its words. */
function toDenial(denied: Denied, operation: Operation, request: CheckedRequest): Denial {
  const { command } = request.args as { command?: string };
  const directive = `/${operation.type}`;
  const message = isConfidential(request.mark)
    ? explainDenial({ ...unquoted(denied), operationLabels: [], suggestions: [] }, { directive })
    : explainDenial(denied, { directive, ...(command === undefined ? {} : { detail: command }) });
  const denial: Denial = { code: denied.code, message, rule: denied.rule };
  if (denied.label !== undefined) denial.label = denied.label;
  return denial;
}
