/**
 * `conntrack -L` (plain, `-o extended`) and /proc/net/nf_conntrack → tracked connections. The tool's own
 * last line (`… flow entries have been shown`) is passed over; an empty table is a known one.
 */
import { parseAddress } from '../model/address.ts';
import type { SavedConnection, SavedTuple } from '../model/context.ts';
import type { ContextFile, Reading } from './part.ts';
import { readNumber } from './token.ts';

/** `conntrack v1.4.7 (conntrack-tools): 0 flow entries have been shown.` */
export const CONNTRACK_FOOTER = /^conntrack v\S+ \(conntrack-tools\):/;

type Pair = readonly [string, string];

function tupleOf(pairs: readonly Pair[]): SavedTuple | null {
  const values = new Map(pairs);
  const src = parseAddress(values.get('src') ?? '');
  const dst = parseAddress(values.get('dst') ?? '');
  if (src === null || dst === null) return null;
  return {
    src,
    dst,
    sport: readNumber(values.get('sport')),
    dport: readNumber(values.get('dport')),
    icmpType: readNumber(values.get('type')),
    icmpCode: readNumber(values.get('code')),
    icmpId: readNumber(values.get('id')),
  };
}

function countOf(pairs: readonly Pair[], key: string): bigint | null {
  const text = new Map(pairs).get(key);
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : null;
}

function readConnection(line: string, index: number, reading: Reading): SavedConnection | null {
  const words = line.trim().split(/\s+/);
  // -o extended and /proc begin with the layer 3 protocol: `ipv4     2 tcp      6 …`.
  const start = /^ipv[46]$/.test(words[0] ?? '') && /^(?:2|10)$/.test(words[1] ?? '') ? 2 : 0;
  const protocol = readNumber(words[start + 1]);
  const first = words.findIndex((word) => word.startsWith('src='));
  const second = words.findIndex((word, i) => i > first && word.startsWith('src='));
  if (protocol === null || protocol > 255 || first < 0 || second < 0) return reading.refuse(index, line);
  const pairsOf = (some: readonly string[]): Pair[] =>
    some.flatMap((word) => {
      const at = word.indexOf('=');
      return at > 0 ? [[word.slice(0, at), word.slice(at + 1)] as const] : [];
    });
  const originalPairs = pairsOf(words.slice(first, second));
  const replyPairs = pairsOf(words.slice(second));
  const original = tupleOf(originalPairs);
  const reply = tupleOf(replyPairs);
  if (original === null || reply === null) return reading.refuse(index, line, words[first]);
  const values = new Map(replyPairs);
  const counts = ['packets', 'bytes'].flatMap((key) => [
    countOf(originalPairs, key),
    countOf(replyPairs, key),
  ]);
  const [packets, replyPackets, bytes, replyBytes] = counts;
  return {
    family: original.src.family,
    protocol,
    state: words.slice(start, first).find((word) => /^[A-Z][A-Z_0-9]+$/.test(word)) ?? null,
    original,
    reply,
    replied: !words.includes('[UNREPLIED]'),
    assured: words.includes('[ASSURED]'),
    mark: readNumber(values.get('mark')),
    zone: readNumber(values.get('zone')) ?? 0,
    helper: values.get('helper') ?? null,
    // It stands behind the protocol; an offloaded connection has none.
    timeout: readNumber(words[start + 2]),
    counters:
      packets != null && replyPackets != null && bytes != null && replyBytes != null
        ? { packets: [packets, replyPackets], bytes: [bytes, replyBytes] }
        : null,
    at: reading.at(index),
  };
}

/** Reads a connection listing. */
export function readConnections(input: ContextFile, reading: Reading): SavedConnection[] {
  return input.lines.flatMap((line, index) => {
    if (line.trim() === '' || CONNTRACK_FOOTER.test(line)) return [];
    const connection = readConnection(line, index, reading);
    return connection === null ? [] : [connection];
  });
}
