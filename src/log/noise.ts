/**
 * What a line is that holds no TRACE message: a marker that lines were lost, output of the nft back end's
 * monitors, the torn-off end of a TRACE line, or another matter of the kernel or of a daemon.
 */
import type { DiagnosticCode } from '../model/diagnostic.ts';

export interface Noise {
  /** Unparsed is what may have been a TRACE line. */
  readonly count: 'notOurs' | 'unparsed';
  /** What is to be said about it; null: nothing. */
  readonly code: DiagnosticCode | null;
  readonly args: Readonly<Record<string, string | number>>;
}

const OTHER: Noise = { count: 'notOurs', code: null, args: {} };

const LOSSES: readonly (readonly [DiagnosticCode, RegExp])[] = [
  ['log.lost-printk', /\*\* (\d+) printk messages dropped \*\*/],
  ['log.lost-messages', /\bMissed (\d+) kernel messages/],
  ['log.lost-messages', /\bmissed (\d+) messages/],
  ['log.lost-messages', /\b(\d+) messages lost\b/],
  ['log.lost-messages', /\blost (\d+) messages\b/],
  ['log.lost-messages', /\bbegin to drop messages\b/],
  ['log.lost-suppressed', /\b(\d+) callbacks suppressed/],
];
/** Any of these stands in every loss marker: a cheap first look. */
const LOSS_WORDS = /dropped|issed|lost|begin to drop|suppressed|repeated/;

const MONITORS: readonly (readonly [string, RegExp])[] = [
  ['xtables-monitor --trace', /^ ?(?:TRACE: \d{1,2} [0-9a-f]{8} |PACKET: \d{1,2} [0-9a-f]{8} | ?EVENT: )/],
  ['nft monitor trace', /^trace id [0-9a-f]{8} (?:ip6?|inet|bridge|arp|netdev) /],
];

/** Words that only a packet's text has; IN= is left out, for a LOG line has it and a torn line does not. */
const TORN_WORDS = /(?:^|\s|:)(?:SRC|DST|LEN|TOS|PREC|TTL|ID|PROTO|SPT|DPT|SEQ|WINDOW|URGP)=\S/g;
const TORN_LEAST = 3;

/**
 * @param message what stands behind the envelope
 * @param enveloped whether there was one: a line with an envelope is not torn
 * @param afterTrace whether the record before was a TRACE line: what is repeated is then one
 */
export function classifyNoise(message: string, enveloped: boolean, afterTrace: boolean): Noise {
  if (LOSS_WORDS.test(message)) {
    const loss = classifyLoss(message, afterTrace);
    if (loss !== null) return loss;
  }
  if (/^\[[\d.]*[KMG]?B? ?blob data\]$/.test(message.trimEnd())) {
    return { count: 'unparsed', code: 'log.blob', args: {} };
  }
  if (enveloped) return OTHER;
  const monitor = MONITORS.find(([, pattern]) => pattern.test(message));
  if (monitor !== undefined) return { count: 'notOurs', code: 'log.monitor', args: { program: monitor[0] } };
  const torn = !/(?:^|\s)IN=/.test(message) && (message.match(TORN_WORDS)?.length ?? 0) >= TORN_LEAST;
  return torn ? { count: 'unparsed', code: 'log.torn', args: {} } : OTHER;
}

function classifyLoss(message: string, afterTrace: boolean): Noise | null {
  const repeated = /\bmessage repeated (\d+) times?(?:: \[ ?(TRACE: )?)?/.exec(message);
  if (repeated !== null) {
    if (repeated[2] === undefined && !afterTrace) return null;
    return { count: 'notOurs', code: 'log.lost-repeated', args: { count: Number(repeated[1]) } };
  }
  for (const [code, pattern] of LOSSES) {
    const match = pattern.exec(message);
    if (match !== null) {
      return { count: 'notOurs', code, args: match[1] === undefined ? {} : { count: Number(match[1]) } };
    }
  }
  return null;
}
