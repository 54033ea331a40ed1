/** Rows of a walk → the walk, to the letter as it was stored; walk-rows.ts is the way there. */
import type { Family } from '../model/address.ts';
import type { Check, CheckStatus } from '../model/check.ts';
import type { TraceEvent, TraceType } from '../model/event.ts';
import type { Hook, TableName } from '../model/hook.ts';
import type { Packet } from '../model/packet.ts';
import { type Place, type Ruleset, tableOf } from '../model/ruleset.ts';
import type { Disposition, Gap, Step, Walk } from '../model/walk.ts';
import type { Database } from './driver.ts';
import { kernelText } from './kernel-text.ts';
import type { Odd } from './odd.ts';
import { type Constants, packetOf, type State } from './packet-columns.ts';
import { applyDifference } from './text-difference.ts';
import { changesNamed } from './walk-changes.ts';
import { headOf, type StoredFindings } from './walk-rows.ts';

interface WalkRow extends Constants {
  readonly id: number;
  readonly n: number;
  readonly path: number;
  readonly family: number;
  readonly host: string | null;
  readonly level: number | null;
  readonly file: string;
  readonly line: number;
  readonly lines: string | null;
  readonly uptime: number | null;
  readonly uptimes: string | null;
  readonly time: number | null;
  readonly times: string | null;
  readonly stamp: string | null;
  readonly stamps: string | null;
  readonly disposition: Disposition;
  readonly decided: number | null;
  readonly caused_by: number | null;
  readonly status: CheckStatus;
  readonly findings: string | null;
  readonly gaps: string | null;
  readonly odd: string | null;
}

interface StateRow extends State {
  /** Null: as the kernel prints it. */
  readonly text: string | null;
  readonly rest: string | null;
}

interface PathRow {
  readonly state: number;
  readonly mark_set_by: number | null;
  readonly changes: string | null;
  readonly meanwhile: string | null;
  readonly chain: string;
  readonly number: number;
  readonly tbl: TableName;
  readonly hook: Hook;
  readonly type: TraceType;
  readonly place: Place['kind'];
  readonly depth: number;
}

/** Walks that are fetched at once. */
const PAGE = 256;
/** Steps of paths that are remembered. */
const MEMORY = 1 << 18;

const WALKS = `SELECT w.*, h.text AS host, f.text AS file, st.text AS stamp, m.text AS mac, fd.json AS findings, rd.json AS rest
FROM walk w JOIN string f ON f.id = w.file LEFT JOIN string h ON h.id = w.host
LEFT JOIN string st ON st.id = w.stamp LEFT JOIN string m ON m.id = w.mac
LEFT JOIN detail fd ON fd.id = w.findings LEFT JOIN detail rd ON rd.id = w.rest
WHERE w.id BETWEEN ? AND ? ORDER BY w.id LIMIT ${PAGE}`;

const STATES = `SELECT coalesce(i.text, '') AS indev, coalesce(o.text, '') AS outdev, src.text AS src, dst.text AS dst,
  s.sport, s.dport, s.length, s.ttl, s.tos, s.mark, s.text, s.rest
FROM state s JOIN string src ON src.id = s.src JOIN string dst ON dst.id = s.dst
LEFT JOIN string i ON i.id = s.indev LEFT JOIN string o ON o.id = s.outdev
WHERE s.walk = ? ORDER BY s.state`;

const PATH = `SELECT ps.state, ps.mark_set_by, ps.changes, ps.meanwhile, c.text AS chain, sp.number, sp.tbl, sp.hook, sp.type, sp.place, sp.depth
FROM path_step ps JOIN spot sp ON sp.id = ps.spot JOIN string c ON c.id = sp.chain
WHERE ps.path = ? ORDER BY ps.step`;

export class WalkReader {
  private readonly ruleset: Ruleset;
  private readonly selectWalks;
  private readonly selectStates;
  private readonly selectPath;
  private readonly paths = new Map<number, readonly PathRow[]>();
  private held = 0;

  constructor(database: Database, ruleset: Ruleset) {
    this.ruleset = ruleset;
    this.selectWalks = database.prepare<WalkRow>(WALKS);
    this.selectStates = database.prepare<StateRow>(STATES);
    this.selectPath = database.prepare<PathRow>(PATH);
  }

  /** The walks with row ids from `first` to `last`, in order, each with its row id. */
  *walks(first: number, last: number): Generator<{ readonly id: number; readonly walk: Walk }> {
    for (let next = first; next <= last; ) {
      const page = this.selectWalks.all(next, last);
      for (const row of page) yield { id: row.id, walk: this.walk(row) };
      const end = page.at(-1);
      if (end === undefined) return;
      next = end.id + 1;
    }
  }

  private walk(row: WalkRow): Walk {
    const family: Family = row.family === 4 ? 'ipv4' : 'ipv6';
    const states = this.states(row, family);
    const path = this.path(row.path);
    const odds = JSON.parse(row.odd ?? '{}') as Readonly<Record<string, Odd>>;
    const events = this.events(row, path, states, odds);
    const steps = path.map((each, i): Step => {
      const event = events[i];
      if (event === undefined) throw new Error(`walk ${row.n} has fewer lines than steps`);
      const next = events[i + 1]?.packet ?? event.packet;
      const odd = odds[i] ?? {};
      const changes = each.changes === null ? null : changesNamed(each.changes, event.packet, next);
      const between = each.meanwhile === null ? null : changesNamed(each.meanwhile, event.packet, next);
      const shown = odd.between ?? between;
      return {
        event,
        hook: each.hook,
        depth: each.depth,
        place: this.place(family, each),
        changes: odd.changes ?? changes,
        ...(shown === null ? {} : { between: shown }),
        markSetBy: each.mark_set_by,
      };
    });
    const first = steps[0];
    if (first === undefined) throw new Error(`walk ${row.n} has no steps`);
    return {
      n: row.n,
      host: row.host,
      packet: first.event.packet,
      steps,
      gaps: JSON.parse(row.gaps ?? '[]') as readonly Gap[],
      disposition: row.disposition,
      decidedBy: row.decided,
      causedBy: row.caused_by,
      check: checkOf(row),
    };
  }

  private states(
    row: WalkRow,
    family: Family,
  ): readonly { readonly packet: Packet; readonly tail: string }[] {
    return this.selectStates.all(row.id).map((state) => {
      const constants = state.rest === null ? row : (JSON.parse(state.rest) as Constants);
      const packet = packetOf(family, constants, state);
      const usual = kernelText(packet);
      return { packet, tail: state.text === null ? usual : applyDifference(usual, state.text) };
    });
  }

  private events(
    row: WalkRow,
    path: readonly PathRow[],
    states: readonly { readonly packet: Packet; readonly tail: string }[],
    odds: Readonly<Record<string, Odd>>,
  ): readonly TraceEvent[] {
    const lines = offsets(row.lines);
    const uptimes = offsets(row.uptimes);
    const times = offsets(row.times);
    const stamps = row.stamps === null ? null : (JSON.parse(row.stamps) as readonly string[]);
    let stamp = row.stamp;
    return path.map(({ tbl: table, chain, type, number, state }, i): TraceEvent => {
      const shown = states[state];
      if (shown === undefined) throw new Error(`walk ${row.n} lacks a state of its packet`);
      const difference = stamps?.[i];
      if (difference !== undefined) stamp = applyDifference(stamp ?? '', difference);
      const event = {
        file: row.file,
        line: row.line + (lines === null ? i : (lines[i] ?? 0)),
        host: row.host,
        level: row.level,
        uptime: row.uptime === null ? null : (row.uptime + (uptimes?.[i] ?? 0)) / 1e6,
        time: row.time === null ? null : (row.time + (times?.[i] ?? 0)) / 1e3,
        stamp,
        table,
        chain,
        type,
        number,
        packet: shown.packet,
        cut: false,
        text: headOf({ table, chain, type, number }) + shown.tail,
      };
      const odd = odds[i];
      if (odd === undefined) return event;
      const { changes: _, between: __, ...fields } = odd;
      return { ...event, ...fields };
    });
  }

  private path(id: number): readonly PathRow[] {
    const known = this.paths.get(id);
    if (known !== undefined) return known;
    const rows = this.selectPath.all(id);
    this.held += rows.length;
    if (this.held > MEMORY) {
      this.paths.clear();
      this.held = rows.length;
    }
    this.paths.set(id, rows);
    return rows;
  }

  private place(family: Family, { tbl, chain: name, number, place }: PathRow): Place {
    if (place === 'missing' || place === 'ungiven') return { kind: place };
    const chain = tableOf(this.ruleset, family, tbl)?.chains.get(name);
    if (chain === undefined) throw new Error(`the stored rules have no chain ${name} in ${tbl}`);
    if (place !== 'rule') return { kind: place, chain };
    const rule = chain.rules[number - 1];
    if (rule === undefined) throw new Error(`the stored chain ${name} in ${tbl} has no rule ${number}`);
    return { kind: 'rule', rule, chain };
  }
}

function offsets(json: string | null): readonly number[] | null {
  return json === null ? null : (JSON.parse(json) as readonly number[]);
}

function checkOf(row: WalkRow): Check {
  const findings = JSON.parse(row.findings ?? '{}') as StoredFindings;
  return { status: row.status, unchecked: [], assumptions: [], missing: [], divergence: null, ...findings };
}
