/**
 * What it costs to read a line as a walk's next, in one unit: 0 is what the rules and the kernel make of
 * an undisturbed packet, and each thing that would be odd adds to it. Of several readings the cheapest wins.
 * Only the order of the sums matters; the values were settled on the captures (test/walk/mixed.test.ts).
 */
export const COST = {
  /** The rules contradict the order of the lines, but the kernel's words do not: other rules were traced. */
  unruly: 1.6,
  /** Lines are missing in between. */
  gap: 1.8,
  /** The same two where the identity is distinctive: a packet that all but names itself. */
  unrulyDistinctive: 0.8,
  gapDistinctive: 1,
  /** A table runs again though no known rule queues the packet: dearer than a walk that begins. */
  repeat: 2,
  /** Neither rules nor words explain the order within a table; only no chain's numbers fall. */
  lawless: 0.6,
  /** A gap where the log itself says that lines are lost. */
  gapAtLoss: 0.6,
  /** The rules say that the packet ended. */
  afterEnd: 2.5,
  afterEndDistinctive: 1.4,
  /** A field changed although the rule before does not change it, or not to this. */
  oddChange: 1.5,
  /** The same after a rule that nobody knows, or over lost lines. */
  openChange: 0.3,
  /** Addresses translated without nat lines: a connection that stood already. Port and address each. */
  translation: 0.3,
  /** A table that the log has shown at this hook before is skipped. */
  skippedTable: 1,
  /** nat lines at the second hook but not at the first. */
  lateBinding: 1,
  /** A return over more than one frame, where gotos are unknown. */
  deepReturn: 0.3,
  /** Unknown rules led elsewhere before. */
  unusual: 0.8,
  /** Where several walks fit: each doubling of a walk's silence beyond ALIVE_FOR events. It may have ended unseen. */
  silence: 0.1,
  /** Else the one that waits longest has the better claim: per doubling. */
  waiting: -0.001,
  /** The kernel's clock has gone on (or back) further than any packet takes. */
  longAgo: 3,
  /** A walk begins where the rules begin to trace. */
  start: 2,
  /** With a mark. */
  markedStart: 0.5,
  /** An equal packet matched an earlier rule of the chain, which asks nothing else. */
  bypassingStart: 1.5,
  /** At a first table, but not where the rules begin to trace. */
  startElsewhere: 3,
  /** In the middle. */
  startInside: 4.5,
  /** In the middle, at the beginning of the log or after lost lines. */
  startAtLoss: 4,
} as const;

/** Events after which a silent walk begins to be doubted: in 8 walks mixed at random one in 5000 waits longer. */
const ALIVE_FOR = 64;

/** What a walk's silence of `events` costs where others could take the line. */
export function silenceCost(events: number): number {
  return COST.waiting * Math.log2(events) + COST.silence * Math.max(0, Math.log2(events / ALIVE_FOR));
}

export const IMPOSSIBLE = Number.POSITIVE_INFINITY;
