/**
 * What a report says of a whole log, folded from walks and diagnostics as they pass: the rules that
 * dropped, span and hosts, unchecked tables, what could not be read, where something was lost. Bounded.
 */
import { type Diagnostic, type DiagnosticCode, isLoss } from '../model/diagnostic.ts';
import type { TraceEvent } from '../model/event.ts';
import type { Finding, FindingCode } from '../model/finding.ts';
import type { TableName } from '../model/hook.ts';
import type { Ruleset } from '../model/ruleset.ts';
import type { Disposition, Walk } from '../model/walk.ts';
import { owned } from './own.ts';
import { Renumbering } from './renumbering.ts';
import { ownText } from './rule-text.ts';

/** A rule, or a policy, that ended walks. */
export interface Ender {
  readonly name: string;
  readonly disposition: Disposition;
  /** Its text; null if it is not known. */
  readonly text: string | null;
  readonly place: string | null;
  count: number;
}

/** Diagnostics of one code. */
export interface Problem {
  readonly code: DiagnosticCode;
  count: number;
  /** The first few. */
  readonly examples: Diagnostic[];
}

type Mark = Pick<TraceEvent, 'stamp' | 'time' | 'uptime'>;

const MAX_ENDERS = 10_000;
const MAX_HOSTS = 1_000;
const MAX_EXAMPLES = 5;
/** Losses that are remembered to be shown within the walks around them. */
const MAX_LOSSES = 10_000;
/** Packets of which it is remembered what they called forth. */
const MAX_CALLED = 10_000;

export class Tally {
  walks = 0;
  readonly hosts = new Set<string>();
  readonly unchecked = new Set<TableName>();
  /** Whether any walk was held against rules at all. */
  checked = false;
  readonly problems = new Map<DiagnosticCode, Problem>();
  readonly findings = new Map<FindingCode, { count: number; readonly examples: Finding[] }>();
  /** The latest losses, in the order in which they were met. */
  readonly losses: Diagnostic[] = [];
  first: { readonly n: number; readonly at: Mark } | null = null;
  last: { readonly n: number; readonly at: Mark } | null = null;
  private readonly called = new Map<number, number[]>();
  private readonly enders = new Map<string, Ender>();

  addWalk(walk: Walk): void {
    this.walks += 1;
    this.addCause(walk);
    if (walk.host !== null && !this.hosts.has(walk.host) && this.hosts.size < MAX_HOSTS) {
      this.hosts.add(owned(walk.host));
    }
    for (const table of walk.check.unchecked) this.unchecked.add(table);
    if (walk.check.status !== 'unchecked') this.checked = true;
    const start = walk.steps[0]?.event;
    if (start !== undefined) {
      if (this.first === null || walk.n < this.first.n) this.first = { n: walk.n, at: markOf(start) };
      if (this.last === null || walk.n > this.last.n) this.last = { n: walk.n, at: markOf(start) };
    }
    this.addEnd(walk);
  }

  addDiagnostic(diagnostic: Diagnostic): void {
    const known = this.problems.get(diagnostic.code);
    if (known === undefined) {
      this.problems.set(diagnostic.code, { code: diagnostic.code, count: 1, examples: [diagnostic] });
    } else {
      known.count += 1;
      if (known.examples.length < MAX_EXAMPLES) known.examples.push(diagnostic);
    }
    if (!isLoss(diagnostic)) return;
    this.losses.push(diagnostic);
    if (this.losses.length > MAX_LOSSES) this.losses.splice(0, MAX_LOSSES / 2);
  }

  addFinding(finding: Finding): void {
    const known = this.findings.get(finding.code) ?? { count: 0, examples: [] };
    known.count += 1;
    if (known.examples.length < MAX_EXAMPLES) known.examples.push(finding);
    this.findings.set(finding.code, known);
  }

  /** What the findings so far say of numbers in the log. */
  renumbering(ruleset: Ruleset | null): Renumbering {
    return new Renumbering(
      [...this.findings.values()].flatMap(({ examples }) => examples),
      ruleset,
    );
  }

  /** Packets that this one called forth: errors, resets. */
  calledBy(n: number): readonly number[] {
    return this.called.get(n) ?? NO_PACKETS;
  }

  /** Losses that lie within a walk's lines. */
  lossesWithin(walk: Walk): readonly Diagnostic[] {
    if (this.losses.length === 0) return NONE;
    const first = walk.steps[0]?.event;
    const last = walk.steps.at(-1)?.event;
    if (first === undefined || last === undefined) return NONE;
    // In the order of the log: from the latest back to the first that stands before the walk's first line.
    const within: Diagnostic[] = [];
    for (let i = this.losses.length - 1; i >= 0; i--) {
      const loss = this.losses[i];
      if (loss === undefined) continue;
      const { file, line } = loss.at;
      if (file === first.file && line <= first.line) break;
      if (file === last.file ? line <= last.line : file === first.file) within.push(loss);
    }
    return within.length === 0 ? NONE : within.reverse();
  }

  /** Rules and policies that dropped or rejected, the busiest first. */
  topEnders(): readonly Ender[] {
    return [...this.enders.values()].sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
  }

  private addCause({ n, causedBy }: Walk): void {
    if (causedBy === null) return;
    const known = this.called.get(causedBy);
    if (known !== undefined) {
      if (known.length < MAX_EXAMPLES) known.push(n);
    } else if (this.called.size < MAX_CALLED) this.called.set(causedBy, [n]);
  }

  private addEnd(walk: Walk): void {
    const { disposition, decidedBy } = walk;
    if (decidedBy === null || (disposition !== 'dropped' && disposition !== 'rejected')) return;
    const step = walk.steps[decidedBy];
    if (step === undefined) return;
    const { table, chain, number } = step.event;
    const { place } = step;
    const name = place.kind === 'policy' ? `${table} ${chain} policy` : `${table} ${chain}:${number}`;
    const known = this.enders.get(name);
    if (known !== undefined) {
      known.count += 1;
    } else if (this.enders.size < MAX_ENDERS) {
      const rule = place.kind === 'rule' ? place.rule : null;
      const text = place.kind === 'policy' ? place.chain.policy : rule === null ? null : ownText(rule);
      const source = place.kind === 'policy' ? place.chain.source : (rule?.source ?? null);
      const where = source === null ? null : `${source.file}:${source.line}`;
      const own = owned(name);
      this.enders.set(own, { name: own, disposition, text, place: where, count: 1 });
    }
  }
}

const NONE: readonly Diagnostic[] = [];
const NO_PACKETS: readonly number[] = [];

function markOf({ stamp, time, uptime }: TraceEvent): Mark {
  return { stamp, time, uptime };
}
