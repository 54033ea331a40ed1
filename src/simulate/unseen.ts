/**
 * Connections that the table may lack, or may have otherwise, because packets went by that nobody logged: what a
 * packet's lookup found → what counts as found, by the oracle's answer.
 */
import type { Answer, Choice } from '../model/oracle.ts';
import { type Connection, newConnection, type Tracked } from './connection.ts';
import type { Found } from './connection-view.ts';
import { isSyn } from './opening.ts';
import type { Direction } from './skb.ts';
import { isIcmpError, type Tracking } from './tracking.ts';
import { invertTuple, type Tuple, tupleKey, tupleText } from './tuple.ts';

/** A connection from before the first packet, as far as the packet shows it; its other direction is the likeliest. */
function earlier(
  { skb, connections, origins }: Tracking,
  tuple: Tuple,
  direction: Direction,
): Connection | null {
  const other = invertTuple(tuple);
  if (other === null) return null;
  return {
    ...(direction === 'original'
      ? newConnection(skb.zone, tuple, other, null)
      : newConnection(skb.zone, other, tuple, null)),
    confirmed: true,
    seenReply: true,
    assured: undefined,
    // With a snapshot it began under these rules, unseen: a bit that none of them sets is not set.
    mark: { value: 0, known: connections.complete ? ~origins.connmarkBits >>> 0 : 0 },
    srcDone: true,
    dstDone: true,
    natUnknown: true,
    packets: null,
    bytes: null,
  };
}

/**
 * What the table does not tell: without a snapshot, a flow may be in mid-connection. Also where it tells
 * the oracle may answer otherwise: packets that nobody logged may have opened, answered or closed it.
 * @param found what the table has; @returns what counts as found
 */
export function askUnseen(t: Tracking, tuple: Tuple, found: Found | null): Found | null {
  const { skb, connections, ask } = t;
  const opens = tuple.protocol === 6 && skb.flags !== undefined && isSyn(skb.flags) && !isIcmpError(skb);
  const open = found === null && !connections.complete && !opens;
  if (!open && !ask.overridable) return found;
  const question = new UnseenChoice(t, tuple, found, open);
  const index = ask.choose(question);
  return index === 0 ? found : (question.choices[index]?.take() ?? null);
}

/**
 * The question. Nearly always what is known is taken: the other choices are made when somebody looks at them.
 * A class, as a getter in a literal gives every object a hidden class of its own, which V8 keeps, with all that the
 * getter sees, until the old generation is collected (measured: most of what a long log's scavenges copied).
 */
class UnseenChoice implements Choice {
  readonly kind = 'conntrack';
  readonly key: string;
  readonly scope = 'connection';
  readonly why: string;
  readonly settledBy: 'connections' | null;
  readonly rule = null;
  readonly match = null;
  readonly known: number | undefined;
  readonly #t: Tracking;
  readonly #tuple: Tuple;
  readonly #found: Found | null;
  #choices: readonly TrackedChoice[] | null = null;

  constructor(t: Tracking, tuple: Tuple, found: Found | null, open: boolean) {
    this.key = `tracked ${t.skb.zone} ${tuple.protocol} ${tupleText(tuple)}`;
    this.why = open
      ? 'the connections of this host were not saved'
      : 'packets that nobody logged may have gone by';
    this.settledBy = open ? 'connections' : null;
    this.known = open ? undefined : 0;
    this.#t = t;
    this.#tuple = tuple;
    this.#found = found;
  }

  get choices(): readonly TrackedChoice[] {
    this.#choices ??=
      this.#found === null
        ? earlierChoices(this.#t, this.#tuple)
        : laterChoices(this.#t, this.#found, this.#tuple);
    return this.#choices;
  }

  get answers(): readonly Answer[] {
    return this.choices.map(({ fact }) => ({ fact, probability: null, holds: null }));
  }
}

interface TrackedChoice {
  readonly fact: string;
  readonly take: () => Found | null;
}

/** The table has no such connection: it may have stood all the same. */
function earlierChoices(t: Tracking, tuple: Tuple): readonly TrackedChoice[] {
  const { skb, connections } = t;
  const text = tupleText(tuple);
  const choices: TrackedChoice[] = [
    { fact: `${text} is the first packet of its connection`, take: () => null },
  ];
  for (const direction of ['original', 'reply'] as const) {
    const connection = earlier(t, tuple, direction);
    if (connection === null) continue;
    choices.push({
      fact: `${text} ${direction === 'original' ? 'goes on with' : 'answers'} a connection from before`,
      take: () => {
        const tracked: Tracked = { key: tupleKey(tuple, skb.zone) ?? `vague ${text}`, connection };
        connections.adopt(tracked);
        return { tracked, direction };
      },
    });
  }
  const unanswered = earlier(t, tuple, 'original');
  if (unanswered !== null) {
    choices.push({
      fact: `${text} goes on with a connection from before that nobody answered`,
      take: () => {
        const tracked: Tracked = {
          key: tupleKey(tuple, skb.zone) ?? `vague ${text}`,
          connection: { ...unanswered, seenReply: false },
        };
        connections.adopt(tracked);
        return { tracked, direction: 'original' };
      },
    });
  }
  return choices;
}

/** The table has it: it may have gone on, or ended, unseen, or another may have stood instead of it. */
function laterChoices(t: Tracking, found: Found, tuple: Tuple): readonly TrackedChoice[] {
  const { connections } = t;
  const { tracked } = found;
  const text = tupleText(tracked.connection.original);
  const choices: TrackedChoice[] = [{ fact: `${text} is tracked`, take: () => found }];
  const { seenReply, tcp } = tracked.connection;
  if (!seenReply || tcp !== null) {
    choices.push({
      fact: `${text} ${seenReply ? 'went on' : 'was answered'} meanwhile`,
      take: () => {
        // Where its TCP state and its counters stand now is not known.
        connections.change(tracked, {
          seenReply: true,
          tcp: null,
          packets: null,
          bytes: null,
          assured: undefined,
        });
        return found;
      },
    });
  }
  choices.push({
    fact: `${text} ended meanwhile`,
    take: () => {
      connections.kill(tracked);
      return null;
    },
  });
  const [, ...instead] = earlierChoices(t, tuple);
  for (const { fact, take } of instead) {
    choices.push({
      fact,
      take: () => {
        connections.kill(tracked);
        return take();
      },
    });
  }
  return choices;
}
