/**
 * How a walk ended, by its last line: what the rules say of it, and whether the log went on without the packet.
 * Never says dropped when all that is known is that it was last seen.
 */
import { type Hook, NEXT_HOOKS, TABLE_ORDER } from '../model/hook.ts';
import type { Disposition } from '../model/walk.ts';
import { WAY } from './effect.ts';
import type { Host } from './host.ts';
import { type Node, tablePlace } from './node.ts';

/** Why the walk was closed. */
export interface Closing {
  /** The host went on with other packets, and nothing says that lines were lost. */
  readonly logWentOn: boolean;
}

export interface Ending {
  readonly disposition: Disposition;
  /** Whether the last line's rule or policy decided it. */
  readonly decided: boolean;
}

/** The ending of the walk whose last line is `last` and whose first is `first`. */
export function endingOf(first: Node, last: Node, host: Host, closing: Closing): Ending {
  const decided = decidedEnding(last);
  if (decided !== null) return { disposition: decided, decided: true };
  return { disposition: silentEnding(first, last, host, closing), decided: false };
}

function decidedEnding({ effect }: Node): Disposition | null {
  const { target, ways, place } = effect;
  switch (target?.kind) {
    case 'REJECT':
      return 'rejected';
    case 'NFQUEUE':
      return 'queued';
    case 'SYNPROXY':
      // It answers the handshake itself.
      return 'delivered';
    case 'TPROXY':
      // No socket took it. (tproxy_tg4, net/netfilter/xt_TPROXY.c)
      return 'dropped';
    case 'verdict':
      return target.verdict === 'DROP' ? 'dropped' : target.verdict === 'QUEUE' ? 'queued' : null;
    default:
      return place.kind === 'policy' && ways === WAY.end ? 'dropped' : null;
  }
}

function silentEnding(first: Node, last: Node, host: Host, { logWentOn }: Closing): Disposition {
  if (!leavesTable(last) || mayDrop(last)) return 'unknown';
  const complete = isHookDone(last, host);
  if (complete && last.hook === 'INPUT') return 'delivered';
  if (complete && !mayPrintLater(last, host)) {
    if (last.hook === 'PREROUTING') return 'unknown';
    return first.hook === 'OUTPUT' ? 'sent' : isForwarded(first, last) ? 'forwarded' : 'unknown';
  }
  return logWentOn ? 'vanished' : 'unknown';
}

/** Without rules a policy line may be a DROP. nat tables cannot drop, and nobody drops in mangle POSTROUTING. */
function mayDrop({ effect, event, hook }: Node): boolean {
  return effect.open && event.table !== 'nat' && hook !== 'POSTROUTING';
}

function isForwarded(first: Node, last: Node): boolean {
  if (first.hook === 'PREROUTING' || first.hook === 'FORWARD') return true;
  // A walk of which only POSTROUTING is left: IN= is filled for forwarded packets since Linux 5.5.
  return first.hook === 'POSTROUTING' && last.event.packet.in !== '';
}

/** Whether the packet may have gone on to the next table or hook after this line. */
function leavesTable({ effect, event, frames }: Node): boolean {
  if ((effect.ways & WAY.leave) === 0) return false;
  // In nat tables the lines of a known packet end with any rule that translates; elsewhere a rule of which
  // nothing is known may as well have gone on in its table.
  return !effect.open || event.type === 'policy' || (event.table === 'nat' && frames === null);
}

/** Whether every table of the hook that prints for each packet has printed. */
function isHookDone(last: Node, host: Host): boolean {
  const tables = TABLE_ORDER[last.hook].slice(tablePlace(last.hook, last.event.table) + 1);
  return !tables.some((table) => host.prints(table));
}

/** Whether a later hook would print for every packet that comes as far. */
function mayPrintLater(last: Node, host: Host): boolean {
  return laterHooks(last).some((hook) => TABLE_ORDER[hook].some((table) => host.prints(table)));
}

function laterHooks({ hook, event }: Node): readonly Hook[] {
  return hook === 'POSTROUTING' && event.packet.out !== 'lo' ? [] : NEXT_HOOKS[hook];
}
