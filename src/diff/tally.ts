/**
 * Flows with what differs in each → the flows of a difference, those that matter first, and counts. An opening
 * packet that does not arrive any more takes the rest of its conversation with it.
 */
import {
  FLOW_STATUSES,
  type FlowDifference,
  type FlowName,
  type FlowStatus,
  type WayDifference,
} from '../model/difference.ts';

/** A flow in the making. */
export interface ComparedFlow {
  readonly flow: FlowName;
  /** Number of its first packet, of side A if there is one. */
  readonly order: number;
  readonly ways: readonly WayDifference[];
  readonly undecided: boolean;
  readonly packets: { readonly a: number; readonly b: number };
}

/** Kinds of packet whose coming or going alone is no news: how long a conversation lasted. */
const INCIDENTAL = /, later ones$|data and ACK|later fragment$/;

/** The flows that differ, and how many there are of each status. */
export function tallyFlows(compared: readonly ComparedFlow[]): {
  readonly flows: readonly FlowDifference[];
  readonly counts: Readonly<Record<FlowStatus, number>>;
} {
  const counts = { changed: 0, vanished: 0, appeared: 0, chance: 0, undecided: 0, same: 0 };
  const told = compared.map((each) => ({ ...each, status: statusOf(each) }));
  for (const { status } of told) counts[status]++;
  const flows = told
    .filter(({ status }) => status !== 'same')
    .sort(
      (x, y) =>
        FLOW_STATUSES.indexOf(x.status) - FLOW_STATUSES.indexOf(y.status) ||
        weightOf(x) - weightOf(y) ||
        x.order - y.order,
    )
    .map(({ flow, status, ways, packets }) => ({ flow, status, ways, packets }));
  return { flows, counts };
}

/** Another end weighs most, then another endpoint or the like, then another way to the same end. */
function weightOf({ ways }: ComparedFlow): number {
  const changed = new Set(ways.flatMap((way) => way.changed));
  if (changed.has('disposition')) return 0;
  return changed.size > (changed.has('path') ? 1 : 0) ? 1 : 2;
}

/**
 * In the order of their packets: what differs about the packets that follow a question, where their own rules
 * are the same, differs for the question's reason.
 */
export function withReasons(ways: readonly WayDifference[]): readonly WayDifference[] {
  const first = ways.find(({ parting }) => parting !== null)?.why ?? 'state';
  return ways.map((way) => (way.why === 'state' && way.parting !== null ? { ...way, why: first } : way));
}

function statusOf({ ways, undecided, packets }: ComparedFlow): FlowStatus {
  if (packets.a === 0) return 'appeared';
  if (packets.b === 0) return 'vanished';
  const both = ways.filter(({ a, b }) => a !== null && b !== null);
  const alone = ways.filter(({ a, b, packet }) => (a === null || b === null) && !INCIDENTAL.test(packet));
  if (both.some(({ why, certain }) => why !== 'chance' && certain) || alone.length > 0) return 'changed';
  if (undecided || both.some(({ certain }) => !certain)) return 'undecided';
  return both.length > 0 ? 'chance' : 'same';
}
