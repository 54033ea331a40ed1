/**
 * Holds the rules against what the kernel logged: walks in the order of their ends → the same walks in the
 * order of their first lines, each with its check, and findings about the input as a whole. Packets follow
 * each other through one connection table per host. Memory is bounded by the walks that overlap.
 */

import { uncheckedCheck } from '../model/check.ts';
import type { Context } from '../model/context.ts';
import type { Evaluator, Run } from '../model/evaluator.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { Ruleset } from '../model/ruleset.ts';
import type { Walk } from '../model/walk.ts';
import { diverging, type Ground } from './diverging.ts';
import { Foreign } from './foreign.ts';
import { type HostState, Hosts, openHost } from './hosts.ts';
import { Lacking } from './lacking.ts';
import { LateSnapshot } from './late-snapshot.ts';
import type { Observed } from './observation.ts';
import type { Room } from './room.ts';
import { type Explanation, type SearchLimits, type Start, search } from './search.ts';
import { endsBetweenHooks, explainSilence } from './silence.ts';
import { Stale } from './stale.ts';
import { StaleContext } from './stale-context.ts';
import { lateStartsOf, startsOf } from './start.ts';
import { InOrder, isBefore, Positions } from './timeline.ts';
import { agreeing, isWhole, ungivenTables } from './verdict.ts';

export interface CheckerOptions {
  readonly ruleset: Ruleset;
  readonly context: Context;
  /** Makes the evaluator of one host, with the rules and the context that were given. */
  readonly evaluator: (host: string | null) => Evaluator;
  /** Runs of the evaluator for one packet; 400 if left out. */
  readonly runs?: number;
  /** Walks held back until those that began before them have ended; 4096 if left out. */
  readonly held?: number;
  /** False: each walk is explained anew, be it like an earlier one. */
  readonly alike?: boolean;
}

export interface CheckerSink {
  walk(walk: Walk): void;
  finding(finding: Finding): void;
}

/** The best explanation, and whether it answers against what the context tells. */
interface Found {
  readonly found: Explanation | null;
  readonly bent: boolean;
  /** Too many diverged alike to look for a better one. */
  readonly hopeless: boolean;
}

const PLAIN = { bent: false, hopeless: false } as const;
const BENT = { bent: true, hopeless: false } as const;

/** Diverging walks of a host after which the next hopeless one is looked at briefly, with so many runs. */
const MANY = 50;
const BRIEF = 20;

export class Checker {
  readonly #options: CheckerOptions;
  readonly #sink: CheckerSink;
  readonly #limits: SearchLimits;
  readonly #order: InOrder;
  readonly #stale = new Stale();
  readonly #foreign = new Foreign();
  readonly #late: LateSnapshot;
  #staleContext: StaleContext;
  /** Held back until it is known whether the rules are of this host at all. */
  readonly #contextFindings: Finding[] = [];
  readonly #positions = new Positions();
  readonly #hosts: Hosts;

  constructor(options: CheckerOptions, sink: CheckerSink) {
    this.#options = options;
    this.#sink = sink;
    this.#late = new LateSnapshot(options.context);
    this.#staleContext = new StaleContext(options.context);
    this.#limits = { runs: options.runs ?? 400 };
    this.#hosts = new Hosts((host, room) => this.#openHost(host, room));
    this.#order = new InOrder(options.held ?? 4096, (walk) => this.#check(walk));
  }

  push(walk: Walk): void {
    this.#order.push(walk);
  }

  end(): void {
    this.#order.end();
    for (const found of this.#findings()) this.#sink.finding(found);
    const { forced } = this.#order;
    if (forced > 0) this.#sink.finding(finding('check.order', { count: forced }, null));
  }

  #findings(): readonly Finding[] {
    const rules = this.#stale.findings();
    const foreign = this.#foreign.finding(rules);
    if (foreign !== null) return [foreign];
    const ofHosts = this.#hosts.findings();
    const isSetting = ({ code }: Finding): boolean => code === 'check.setting';
    return [
      ...ofHosts.filter(isSetting),
      ...this.#contextFindings,
      ...rules,
      ...ofHosts.filter((found) => !isSetting(found)),
    ];
  }

  #check(walk: Walk): void {
    if (!walk.steps.some(({ place }) => place.kind !== 'ungiven')) {
      this.#sink.walk({ ...walk, check: uncheckedCheck(ungivenTables(walk), walk.gaps) });
      return;
    }
    const state = this.#hosts.at(walk.host);
    this.#lookAtSnapshot(walk);
    this.#confirmUpTo(state, walk);
    const [first] = walk.steps;
    const mark = first?.event.packet.mark ?? 0;
    const starts = startsOf(
      walk,
      { uptime: first?.event.uptime ?? null, cause: state.causes.of(walk), after: [] },
      mark !== 0 && state.causes.deliveredAround(mark),
    );
    const { found, bent, hopeless } = this.#explain(state, walk, starts);
    const traced = found !== null && !found.observation.traced;
    const { ruleset } = this.#options;
    const lossy = state.gaps > 0;
    const groundOf = (): Ground => ({
      ...state,
      ruleset,
      starts,
      traced,
      lossy,
      mayOverride: bent,
      limits: this.#limits,
    });
    if (found === null || !found.observation.complete) {
      state.diverged++;
      const ground = groundOf();
      const checked = diverging(walk, found, ground, hopeless);
      state.lacking.push(checked);
      this.#foreign.push(checked);
      this.#sink.walk(checked);
      if (!this.#staleContext.isAbout(checked)) this.#stale.diverged(checked, ground);
      const stale = this.#staleContext.diverged(checked);
      if (stale !== null) this.#contextFindings.push(stale);
    } else {
      state.facts.learn(walk, found.observation);
      if (found.observation.missing.length > 0) state.gaps++;
      if (!this.#stale.isIdle) this.#stale.agreed(walk, groundOf());
      const checked = agreeing(walk, found);
      state.lacking.push(checked);
      this.#foreign.push(checked);
      this.#sink.walk(checked);
    }
    if (found !== null) this.#keep(state, walk, found.run);
  }

  #explain(state: HostState, walk: Walk, starts: readonly Start[]): Found {
    const { evaluator } = state;
    const observed: Observed = {
      steps: walk.steps,
      without: -1,
      traced: false,
      whole: isWhole(walk, this.#options.ruleset),
      settled: state.facts.settled,
      mayOverride: false,
    };
    const again = state.alike?.find(walk, starts[0], state.facts.settled) ?? null;
    if (again !== null) return { found: again, ...PLAIN };
    const limits = this.#limitsOf(state, walk);
    let found = search(evaluator, starts, observed, limits);
    // No TRACE rule matches: something else switched tracing on, so the walk may begin at the first rule.
    const traced = found !== null && !found.observation.traced;
    if (traced) found = search(evaluator, starts, { ...observed, traced }, limits);
    if (found?.observation.complete === true) {
      const silent = walk.disposition === 'vanished' && state.gaps === 0 && endsBetweenHooks(found);
      const ended = silent ? explainSilence(evaluator, found, { ...observed, traced }) : null;
      if (!traced) state.alike?.note(walk, starts, found);
      return { found: ended ?? found, ...PLAIN };
    }
    if (found === null) return { found, ...PLAIN };
    const hopeless = state.repeats.hopeless(walk, found);
    if (hopeless !== null) {
      const { bent } = hopeless;
      const other = bent
        ? search(evaluator, starts, { ...observed, traced, mayOverride: true }, this.#limits)
        : null;
      if (other === null || !other.observation.complete)
        return { found: other ?? found, bent, hopeless: true };
      state.repeats.note(walk, found, true, bent);
      return { found: other, ...BENT };
    }
    const better = this.#explainOtherwise(state, walk, starts, { ...observed, traced }, found);
    state.repeats.note(walk, found, better.found?.observation.complete === true, better.bent);
    return better;
  }

  /** No run prints a line of a chain that the rules lack: after many of such walks the place is looked for briefly. */
  #limitsOf({ diverged }: HostState, { steps }: Walk): SearchLimits {
    const isBrief = diverged >= MANY && steps.some(({ place }) => place.kind === 'missing');
    return isBrief ? { runs: Math.min(BRIEF, this.#limits.runs), least: 1 } : this.#limits;
  }

  /** The explanation of a walk that the rules and the context alone do not explain. */
  #explainOtherwise(
    state: HostState,
    walk: Walk,
    starts: readonly Start[],
    observed: Observed,
    found: Explanation,
  ): Found {
    const { evaluator } = state;
    // Traced already when it came to the TRACE rule (IPsec): then that rule prints too.
    if (startsAtTrace(walk) && state.causes.deliveredIpsec) {
      const again = search(evaluator, starts, { ...observed, traced: true }, this.#limits);
      if (again?.observation.complete === true) return { found: again, ...PLAIN };
    }
    const other = search(evaluator, starts, { ...observed, mayOverride: true }, this.#limits);
    if (other === null) return { found, ...PLAIN };
    // After a divergence the connections are not what the rules made of them; and nat's lines show a first packet.
    const mayBend = state.diverged > 0 || walk.steps[found.observation.met]?.event.table === 'nat';
    const further = mayBend && other.observation.met > found.observation.met;
    if (!other.observation.complete) {
      const late = this.#explainLate(evaluator, walk, starts, { ...observed, mayOverride: true });
      if (late !== null) return { found: late, ...BENT };
    }
    return other.observation.complete || further ? { found: other, ...BENT } : { found, ...PLAIN };
  }

  /** The explanation of a walk whose beginning is lost, from the hook of its first line on. */
  #explainLate(
    evaluator: Evaluator,
    walk: Walk,
    starts: readonly Start[],
    observed: Observed,
  ): Explanation | null {
    const [start] = starts;
    const late = start === undefined ? [] : lateStartsOf(walk, start.options, this.#options.ruleset);
    if (late.length === 0) return null;
    const found = search(evaluator, late, observed, this.#limits);
    return found?.observation.complete === true ? found : null;
  }

  #keep(state: HostState, walk: Walk, run: Run): void {
    const last = walk.steps.at(-1);
    if (last === undefined) return;
    run.enter();
    state.causes.add(walk, run);
    state.unconfirmed.push({ run, end: this.#positions.of(last.event) });
  }

  /** Makes real what packets left behind whose last line stands before this walk's first. */
  #confirmUpTo(state: HostState, walk: Walk): void {
    const first = walk.steps[0];
    if (first === undefined) return;
    if (state.unconfirmed.length === 0) return;
    const now = this.#positions.of(first.event);
    const waiting = state.unconfirmed.splice(0);
    waiting.sort((a, b) => (isBefore(a.end, b.end) ? -1 : 1));
    for (const item of waiting) {
      if (isBefore(item.end, now)) {
        item.run.confirm();
        state.begun = true;
      } else state.unconfirmed.push(item);
    }
  }

  /** What was saved of connections may turn out to be younger than the log: then it does not count as known. */
  #lookAtSnapshot(walk: Walk): void {
    const late = this.#late.push(walk);
    if (late === null) return;
    this.#staleContext = new StaleContext({ ...this.#options.context, connections: null });
    for (const { evaluator } of this.#hosts.all()) evaluator.forgetSavedConnections();
    this.#sink.finding(late);
  }

  #openHost(host: string | null, room: Room): HostState {
    const evaluator = this.#options.evaluator(host);
    if (this.#late.isLate) evaluator.forgetSavedConnections();
    return openHost(evaluator, new Lacking(this.#positions), room, this.#options.alike !== false);
  }
}

function startsAtTrace(walk: Walk): boolean {
  const place = walk.steps[0]?.place;
  return place?.kind === 'rule' && place.rule.target.kind === 'TRACE';
}
