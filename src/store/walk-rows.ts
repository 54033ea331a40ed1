/**
 * A walk → its rows. Its path (what the steps are) is shared with all walks that went the same way; its own
 * are lines and times as offsets, and the states that its packet was in. Whatever of a step does not follow
 * from these is kept as it is in `odd`, so that read-walk.ts gives back every walk to the letter.
 */
import type { Check } from '../model/check.ts';
import { stepName, type TraceEvent } from '../model/event.ts';
import type { Packet } from '../model/packet.ts';
import type { Step, Walk } from '../model/walk.ts';
import type { Database, Statement } from './driver.ts';
import { Details, halfHash, Interned, Strings } from './interned.ts';
import { kernelText } from './kernel-text.ts';
import { OddSteps } from './odd.ts';
import { constantsOf, sameConstants, stateOf } from './packet-columns.ts';
import { Spots } from './spots.ts';
import { linesOf, micro, offsetsOf, stampsOf } from './step-offsets.ts';
import { difference } from './text-difference.ts';
import { nameChanges } from './walk-changes.ts';

/** What a check has beyond status and what is there anyway. */
export type StoredFindings = Partial<Omit<Check, 'status'>>;

const WALK_COLUMNS = 36;

export class WalkRows {
  readonly strings: Strings;
  private readonly details: Details;
  private readonly spots: Spots;
  private readonly paths: Interned;
  private readonly putStep: Statement<never>;
  private readonly putWalk: Statement<never>;
  private readonly putState: Statement<never>;

  constructor(database: Database) {
    this.strings = new Strings(database);
    this.details = new Details(database);
    this.spots = new Spots(database, this.strings);
    this.paths = new Interned(database, 'path', ['hash'], ['length']);
    this.putStep = database.prepare('INSERT INTO path_step VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.putWalk = database.prepare(
      `INSERT INTO walk VALUES (${Array.from({ length: WALK_COLUMNS }, () => '?').join(', ')})`,
    );
    this.putState = database.prepare('INSERT INTO state VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  }

  /** Stores a walk under this row id. */
  put(analysis: number, id: number, walk: Walk): void {
    const first = walk.steps[0]?.event;
    if (first === undefined) return;
    const odd = new OddSteps();
    const { strings } = this;
    const states = statesOf(walk.steps, walk, odd);
    const path = this.path(walk, states, odd);
    const text = (each: string | null): number | null => (each === null ? null : strings.id(each));
    const constants = constantsOf(states.packets[0] ?? walk.packet);
    const { steps } = walk;
    this.putWalk.run(
      id,
      analysis,
      walk.n,
      path,
      walk.packet.family === 'ipv4' ? 4 : 6,
      text(walk.host),
      first.level,
      strings.id(first.file),
      first.line,
      linesOf(steps),
      micro(first.uptime, 1e6),
      offsetsOf(steps, 'uptime', 1e6, odd),
      micro(first.time, 1e3),
      offsetsOf(steps, 'time', 1e3, odd),
      text(first.stamp),
      stampsOf(steps, odd),
      walk.disposition,
      walk.decidedBy,
      walk.causedBy,
      walk.check.status,
      this.details.id(findingsOf(walk)),
      walk.gaps.length === 0 ? null : JSON.stringify(walk.gaps),
      odd.json(),
      constants.protocol,
      constants.ident,
      constants.flags,
      constants.seq,
      constants.ack,
      constants.icmp_type,
      constants.icmp_code,
      constants.icmp_id,
      constants.icmp_seq,
      text(constants.mac),
      constants.uid,
      constants.gid,
      this.details.id(constants.rest),
    );
    this.states(id, states);
  }

  private states(walk: number, { packets, tails }: States): void {
    const { strings } = this;
    const [first] = packets;
    for (const [index, packet] of packets.entries()) {
      const state = stateOf(packet);
      const tail = tails[index] ?? '';
      const usual = kernelText(packet);
      this.putState.run(
        walk,
        index,
        strings.idOrNull(state.indev),
        strings.idOrNull(state.outdev),
        strings.id(state.src),
        strings.id(state.dst),
        state.sport,
        state.dport,
        state.length,
        state.ttl,
        state.tos,
        state.mark,
        tail === usual ? null : difference(usual, tail),
        first === undefined || sameConstants(packet, first) ? null : JSON.stringify(constantsOf(packet)),
      );
    }
  }

  private path(walk: Walk, { indices, packets }: States, odd: OddSteps): number {
    const { steps } = walk;
    let key = '';
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i];
      if (step === undefined) break;
      key += `${this.spots.id(step)},${indices[i]},`;
      if (step.markSetBy !== null) key += step.markSetBy;
      if (step.changes !== null || step.between !== undefined) {
        const before = packets[indices[i] ?? 0] ?? walk.packet;
        const after = packets[indices[i + 1] ?? -1] ?? before;
        key += `,${named(step, i, 'changes', before, after, odd)},${named(step, i, 'between', before, after, odd)}`;
      }
      key += ';';
    }
    const known = this.paths.recent(key);
    if (known !== undefined) return known;
    return this.paths.settle(key, [halfHash(key)], [steps.length], (id) => this.putPath(id, key));
  }

  /** The key holds all that a path is: its steps are written from it. */
  private putPath(id: number, key: string): void {
    for (const [i, row] of key.split(';').slice(0, -1).entries()) {
      const [spot, state, markSetBy, ...changes] = row.split(',');
      const [byRule = '', meanwhile = ''] = changes.map((names) => names.replaceAll('+', ','));
      this.putStep.run(
        id,
        i,
        Number(spot),
        Number(state),
        markSetBy === '' ? null : Number(markSetBy),
        byRule === '' ? null : byRule,
        meanwhile === '' ? null : meanwhile,
      );
    }
  }
}

/** The names of what a step changed, joined by `+`; what does not follow from its packets becomes odd. */
function named(
  step: Step,
  index: number,
  field: 'changes' | 'between',
  before: Packet,
  after: Packet,
  odd: OddSteps,
): string {
  const changes = step[field] ?? null;
  if (changes === null) return '';
  const names = nameChanges(changes, before, after);
  if (names === null) odd.set(index, { [field]: changes });
  return names?.join('+') ?? '';
}

/** The packets that a walk's lines show, one after another, and which of them each step shows. */
interface States {
  readonly packets: readonly Packet[];
  /** Of the first line that shows it: what stands behind the name of the step. */
  readonly tails: readonly string[];
  readonly indices: readonly number[];
}

function statesOf(steps: readonly Step[], walk: Walk, odd: OddSteps): States {
  const packets: Packet[] = [];
  const tails: string[] = [];
  const indices: number[] = [];
  const first = steps[0]?.event;
  let last: Packet | null = null;
  let tail = '';
  for (let i = 0; i < steps.length; i++) {
    const event = steps[i]?.event;
    if (event === undefined) break;
    const head = headLength(event);
    // A packet follows from its text, so equal texts are equal packets.
    if (last === null || event.text.length - head !== tail.length || !event.text.endsWith(tail)) {
      tail = event.text.slice(head);
      last = event.packet;
      packets.push(last);
      tails.push(tail);
    }
    indices.push(packets.length - 1);
    if (head === 0) odd.set(i, { text: event.text });
    if (event.cut) odd.set(i, { cut: true });
    if (event.file !== first?.file) odd.set(i, { file: event.file });
    if (event.host !== walk.host) odd.set(i, { host: event.host });
    if (event.level !== first?.level) odd.set(i, { level: event.level });
  }
  return { packets, tails, indices };
}

const TRACE = 'TRACE: ';

/** Characters of the message before the packet's fields; 0 if it does not begin as the kernel writes it. */
function headLength({ text, table, chain, type, number }: TraceEvent): number {
  let at = TRACE.length;
  if (!text.startsWith(TRACE) || !text.startsWith(table, at)) return 0;
  at += table.length + 1;
  if (text[at - 1] !== ':' || !text.startsWith(chain, at)) return 0;
  at += chain.length + 1;
  if (text[at - 1] !== ':' || !text.startsWith(type, at)) return 0;
  const digits = String(number);
  at += type.length + 1;
  if (text[at - 1] !== ':' || !text.startsWith(digits, at)) return 0;
  at += digits.length + 1;
  return text[at - 1] === ' ' ? at : 0;
}

/** What stands before the packet's fields in the kernel's message. */
export function headOf(event: Pick<TraceEvent, 'table' | 'chain' | 'type' | 'number'>): string {
  return `TRACE: ${stepName(event)} `;
}

function findingsOf({ check, gaps }: Walk): string | null {
  const { unchecked, assumptions, missing, divergence, branch, ending } = check;
  const findings: StoredFindings = {
    ...(unchecked.length === 0 ? {} : { unchecked }),
    ...(assumptions.length === 0 ? {} : { assumptions }),
    ...(missing.length === 0 && gaps.length === 0 ? {} : { missing }),
    ...(divergence === null ? {} : { divergence }),
    ...(branch === undefined ? {} : { branch }),
    ...(ending === undefined ? {} : { ending }),
  };
  for (const _ in findings) return JSON.stringify(findings);
  return null;
}
