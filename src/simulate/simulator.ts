/**
 * The evaluator over the packets of one run: rules, context, and the state that packets leave behind
 * (connections, set members, recent lists). A run changes nothing until it is entered and confirmed.
 */
import type { Family } from '../model/address.ts';
import type { Context } from '../model/context.ts';
import type { Evaluator, Run as EvaluatorRun, RunOptions } from '../model/evaluator.ts';
import type { TableName } from '../model/hook.ts';
import type { LoggedStep, Oracle, PacketState } from '../model/oracle.ts';
import type { PacketSpec } from '../model/packet-spec.ts';
import type { Ending } from '../model/prediction.ts';
import type { Renaming } from '../model/renaming.ts';
import type { Ruleset } from '../model/ruleset.ts';
import type { Disposition } from '../model/walk.ts';
import { Asker, PathAbandoned } from './ask.ts';
import { ConnectionTable, Tables } from './connection-table.ts';
import { type ConnectionChanges, ConnectionView } from './connection-view.ts';
import type { Deeds } from './deeds.ts';
import type { End } from './end.ts';
import { explainRule } from './explain.ts';
import { Host } from './host.ts';
import { inheritedBy, Passage } from './passage.ts';
import { Program } from './program.ts';
import { RecentTable, RecentView } from './recent.ts';
import { isRepeatable, type Left, repeat } from './repeat.ts';
import { Routing } from './routing.ts';
import { SavedSets, SetTable, SetView } from './sets.ts';
import { CT_UNSET, CT_UNTRACKED, type CtState, ICMP_PROTOCOL } from './skb.ts';
import type { Listener } from './traverse.ts';

/** What outlives a packet. */
export interface State {
  readonly connections: ConnectionTable;
  readonly sets: SetTable;
  readonly recent: RecentTable;
}

/** What one run did. */
interface Changes {
  readonly connections: ConnectionChanges;
  readonly sets: ReadonlyMap<string, boolean | null>;
  readonly recent: ReadonlyMap<string, number>;
}

/** Limits of one evaluation. */
export interface EvaluateOptions {
  /** Begins at this hook. */
  readonly from?: RunOptions['from'];
  /** Whether the oracle may answer against what is known. */
  readonly overridable: boolean;
  /** Packets that this one calls forth go their way at once. */
  readonly answers: boolean;
  readonly after: readonly Changes[];
  readonly ct: CtState;
  /** It is traced from the start. */
  readonly traced?: boolean;
  readonly watch?: Listener['watch'];
}

/** One path of one packet. */
export interface Evaluation extends Changes {
  readonly end: End;
  readonly ask: Asker;
  readonly final: PacketState;
  readonly ct: CtState;
  readonly deeds: Deeds;
  readonly repeatable: boolean;
}

/** Without the questions and views, which hold the oracle's whole memory. */
function leftOf({ end, final, ct, connections, sets, recent, deeds, repeatable }: Evaluation): Left {
  const { written, opened } = connections;
  const changes = { written, opened };
  return { end, final, ct, connections: changes, sets, recent, deeds: repeatable ? deeds : null };
}

export class SimulatorRun implements EvaluatorRun {
  readonly disposition: Disposition;
  readonly ending: Ending | null;
  readonly decidedBy: LoggedStep | null;
  readonly final: PacketState;
  /** No more than is needed later: runs are kept for a while. */
  readonly evaluation: Left;
  readonly #state: State;

  constructor(evaluation: Left, state: State) {
    this.evaluation = evaluation;
    this.#state = state;
    this.disposition = evaluation.end.disposition;
    this.ending = evaluation.end.ending;
    this.decidedBy = evaluation.end.decidedBy;
    this.final = evaluation.final;
  }

  get isRepeatable(): boolean {
    return this.evaluation.deeds !== null;
  }

  enter(): void {
    const { connections, sets, recent } = this.evaluation;
    if (connections.written.size > 0)
      this.#state.connections.merge([{ written: connections.written, probability: 1 }]);
    if (sets.size > 0) this.#state.sets.merge([{ written: sets, probability: 1 }]);
    if (recent.size > 0) this.#state.recent.merge([{ written: recent, probability: 1 }]);
  }

  confirm(): void {
    const { opened } = this.evaluation.connections;
    if (opened.size > 0) this.#state.connections.merge([{ written: opened, probability: 1 }]);
  }
}

/** UDP lets go of the connection on delivery (nf_reset_ct in __udp4_lib_rcv), a protocol that nobody speaks does not. */
function isUdp({ protocol }: PacketState): boolean {
  return protocol === 17 || protocol === 136;
}

export class Simulator implements Evaluator {
  readonly state: State;
  readonly #host: Host;
  readonly #routing: Routing;
  readonly #program: Program;
  readonly #programs: WeakMap<Ruleset, Program>;

  private constructor(
    ruleset: Ruleset,
    host: Host,
    routing: Routing,
    state: State,
    programs: WeakMap<Ruleset, Program>,
  ) {
    this.#host = host;
    this.#routing = routing;
    this.state = state;
    this.#programs = programs;
    this.#program = programs.get(ruleset) ?? new Program(ruleset);
    programs.set(ruleset, this.#program);
  }

  static open(ruleset: Ruleset, context: Context): Simulator {
    return Simulator.opener(ruleset, context)();
  }

  /**
   * Opens one simulator after another: a log may name a host in every line. They share what hangs on rules and
   * context alone, and each has a state of its own.
   */
  static opener(ruleset: Ruleset, context: Context): () => Simulator {
    const host = new Host(context);
    const routing = new Routing(host);
    const sets = new SavedSets(context.sets);
    const programs = new WeakMap<Ruleset, Program>();
    const tables = new Tables();
    return () => {
      const state = {
        connections: new ConnectionTable(context.connections, tables),
        sets: new SetTable(sets),
        recent: new RecentTable(),
      };
      return new Simulator(ruleset, host, routing, state, programs);
    };
  }

  /** False: nobody gave the table's rules, and it may hold some. The security table is taken as not loaded. */
  isGiven(family: Family, table: TableName): boolean {
    return table === 'security' || this.#program.table(family, table).kind !== 'ungiven';
  }

  under(ruleset: Ruleset): Evaluator {
    return new Simulator(ruleset, this.#host, this.#routing, this.state, this.#programs);
  }

  forgetSavedConnections(): void {
    this.state.connections.forgetSaved();
  }

  run(packet: PacketSpec, oracle: Oracle, options: RunOptions): SimulatorRun | null {
    const { cause } = options;
    const after = options.after.flatMap((run) => (run instanceof SimulatorRun ? [run.evaluation] : []));
    const inherited =
      cause instanceof SimulatorRun
        ? inheritedBy(
            cause.evaluation.ct,
            cause.disposition === 'delivered' && isUdp(cause.final),
            packet.protocol === ICMP_PROTOCOL[packet.family],
          )
        : CT_UNSET;
    const ct = options.tee === true ? CT_UNTRACKED : inherited;
    const { from, traced = false } = options;
    const how = { overridable: true, answers: false, after, ct, from, traced };
    const evaluation = this.evaluate(packet, oracle, how);
    return evaluation === null ? null : new SimulatorRun(leftOf(evaluation), this.state);
  }

  repeat(earlier: EvaluatorRun, packet: PacketSpec, renaming: Renaming): SimulatorRun | null {
    if (!(earlier instanceof SimulatorRun)) return null;
    const { family } = packet;
    const left = repeat(earlier.evaluation, packet, renaming, {
      state: this.state,
      host: this.#host,
      origins: this.#program.origins(family, this.#host),
      sight: this.#program.sight(family, this.#host),
    });
    return left === null ? null : new SimulatorRun(left, this.state);
  }

  /** Whether fragments are put together before the first table. */
  defragments(family: Family): boolean {
    return this.#program.defragmenting(family);
  }

  /** Runs a packet to its end. Null: the oracle gave the path up. */
  evaluate(packet: PacketSpec, oracle: Oracle, options: EvaluateOptions): Evaluation | null {
    let lines = 0;
    const ask = new Asker(oracle, () => lines, options.overridable);
    const { state } = this;
    const views = {
      connections: new ConnectionView(
        state.connections,
        ask,
        options.after.map((run) => run.connections),
      ),
      sets: new SetView(
        state.sets,
        ask,
        options.after.map((run) => run.sets),
      ),
      recent: new RecentView(
        state.recent,
        ask,
        options.after.map((run) => run.recent),
      ),
    };
    const parts = { ...views, ask, host: this.#host, routing: this.#routing, program: this.#program };
    const send = (spec: PacketSpec, ct: CtState, depth: number): Passage =>
      new Passage(
        {
          ...parts,
          log: (step, run) => {
            if (depth > 0) return true;
            const going = oracle.step(step, run.skb, run.skb.traced, (rule) => explainRule(rule, run));
            lines++;
            return going;
          },
          watch: options.watch ?? null,
          answers: options.answers
            ? (answer, deeper) => {
                send(answer.spec, answer.ct, deeper).travel();
              }
            : null,
        },
        spec,
        ct,
        depth,
      );
    const passage = send(packet, options.ct, 0);
    passage.skb.traced = options.traced === true;
    try {
      const end = options.from === undefined ? passage.travel() : passage.travelFrom(options.from);
      return {
        end,
        ask,
        final: passage.skb,
        ct: passage.skb.ct,
        connections: views.connections,
        sets: views.sets.written,
        recent: views.recent.written,
        deeds: views.connections.deeds,
        repeatable: isRepeatable(
          ask,
          views.connections.deeds,
          passage.skb,
          views.sets.written,
          views.recent.written,
        ),
      };
    } catch (error) {
      if (error instanceof PathAbandoned) return null;
      throw error;
    }
  }
}
