/**
 * conntrack_mt (net/netfilter/xt_conntrack.c). Without an entry only the state is decided: of the other
 * conditions none matches, inverted or not; and with a state asked for it alone decides.
 */

import type { Network } from '../../model/address.ts';
import { networkText } from '../../model/address.ts';
import type { ConntrackMatch, CtState, CtStatus, Inv, Range } from '../../model/match.ts';
import { doubt, invert, type Outcome } from '../ask.ts';
import type { Connection } from '../connection.ts';
import { all, type Evaluator, inNetwork, inRange, some } from '../evaluate.ts';
import type { Run } from '../run.ts';
import type { Direction, CtState as PacketCt } from '../skb.ts';
import type { Tuple } from '../tuple.ts';

/** The states that the packet has: one, and SNAT or DNAT beside it. */
function statesOf(ct: PacketCt): readonly CtState[] {
  if (ct.kind === 'untracked') return ['UNTRACKED'];
  if (ct.kind !== 'tracked') return ['INVALID'];
  const { snat, dnat } = ct.tracked.connection;
  return [ct.info, ...(snat ? (['SNAT'] as const) : []), ...(dnat ? (['DNAT'] as const) : [])];
}

function stateMatches({ states }: ConntrackMatch, run: Run): Outcome {
  if (states === null) return true;
  const { ct } = run.skb;
  const has = statesOf(ct).some((state) => states.value.includes(state));
  if (!has && ct.kind === 'tracked' && ct.tracked.connection.natUnknown) {
    const virtual = states.value.filter((state) => state === 'SNAT' || state === 'DNAT');
    if (virtual.length > 0) {
      return invert(earlierDoubt(`is translated (${virtual.join()})`, `state ${virtual.join()}`), states.not);
    }
  }
  return has !== states.not;
}

/** What a connection from before is like nobody saved. */
function earlierDoubt(what: string, key: string): Outcome {
  return doubt({
    kind: 'conntrack',
    key: `earlier connection ${key}`,
    scope: 'connection',
    settledBy: 'connections',
    unknown: 'the connection is from before and was not saved',
    yes: `the connection ${what}`,
    no: `the connection is not one that ${what}`,
  });
}

function hasStatus(status: CtStatus, connection: Connection): Outcome {
  switch (status) {
    case 'SEEN_REPLY':
      return connection.seenReply;
    case 'CONFIRMED':
      return connection.confirmed;
    case 'ASSURED':
      return connection.assured ?? earlierDoubt('is assured', 'assured');
    case 'EXPECTED':
      return connection.natUnknown ? earlierDoubt('was expected', 'expected') : false;
    // NONE is no bit: it never matches (libxt_conntrack.c).
    case 'NONE':
      return false;
  }
}

function statusMatches(asked: Inv<readonly CtStatus[]> | null, connection: Connection, run: Run): Outcome {
  if (asked === null) return true;
  return invert(some(run, ...asked.value.map((status) => hasStatus(status, connection))), asked.not);
}

function addressMatches(
  asked: Inv<Network> | null,
  tuple: Tuple,
  side: 'src' | 'dst',
  name: string,
): Outcome {
  if (asked === null) return true;
  return invert(
    inNetwork(tuple[side], asked.value, `connection's ${name}`, networkText(asked.value)),
    asked.not,
  );
}

function portMatches(asked: Inv<Range> | null, tuple: Tuple, side: 'sport' | 'dport', name: string): Outcome {
  return asked === null ? true : invert(inRange(tuple[side], asked.value, `connection's ${name}`), asked.not);
}

/** Of a connection from before only the direction of its packet is known. */
function tupleIn(connection: Connection, which: Direction, seen: Direction): Tuple {
  const tuple = connection[which];
  if (!connection.natUnknown || which === seen) return tuple;
  return { ...tuple, src: undefined, dst: undefined, sport: undefined, dport: undefined };
}

/** Whether it asks for more than the state. */
function asksMore({ kind, name, states, ...rest }: ConntrackMatch): boolean {
  return Object.values(rest).some((asked) => asked !== null);
}

/**
 * A state alone decides where it stands in one match with others; a listing does not show whether it does:
 * then each is taken as a match of its own, of which the others fail.
 */
function withoutEntry(match: ConntrackMatch, state: Outcome, run: Run): Outcome {
  if (match.states === null) return false;
  if (run.form !== 'list' || state === false || !asksMore(match)) return state;
  const { rule } = run;
  const place = rule === null ? '' : `${rule.table}:${rule.chain}:${rule.number}`;
  const apart = doubt({
    kind: 'host',
    key: `one conntrack match ${place}`,
    scope: 'host',
    unknown: 'a listing does not show where one match ends',
    yes: `the conntrack conditions of ${place} are one match`,
    no: `the conntrack conditions of ${place} are several matches`,
    known: false,
  });
  return all(run, state, apart);
}

export const conntrack: Evaluator<ConntrackMatch> = (match, run) => {
  const state = stateMatches(match, run);
  const { ct } = run.skb;
  if (ct.kind !== 'tracked') return withoutEntry(match, state, run);
  const { connection } = ct.tracked;
  const original = tupleIn(connection, 'original', ct.direction);
  const reply = tupleIn(connection, 'reply', ct.direction);
  const direction =
    match.direction === null || (match.direction === 'ORIGINAL') === (ct.direction === 'original');
  const protocol =
    match.protocol === null || (original.protocol === match.protocol.value) !== match.protocol.not;
  const expire =
    match.expire === null
      ? true
      : invert(
          earlierDoubt(`expires in ${match.expire.value.from} to ${match.expire.value.to} s`, 'expire'),
          match.expire.not,
        );
  return all(
    run,
    state,
    direction,
    addressMatches(match.origSrc, original, 'src', 'original source'),
    addressMatches(match.origDst, original, 'dst', 'original destination'),
    addressMatches(match.replSrc, reply, 'src', 'reply source'),
    addressMatches(match.replDst, reply, 'dst', 'reply destination'),
    protocol,
    portMatches(match.origSport, original, 'sport', 'original source port'),
    portMatches(match.origDport, original, 'dport', 'original destination port'),
    portMatches(match.replSport, reply, 'sport', 'reply source port'),
    portMatches(match.replDport, reply, 'dport', 'reply destination port'),
    statusMatches(match.statuses, connection, run),
    expire,
  );
};
