/**
 * The fast path. Neighbouring lines of a log share nearly all their text: one packet's lines repeat its body
 * to the letter, and the prefixes are as few as the rules. Law: a memo answers as the parser would, and equal
 * texts get the same object while they are remembered. What is kept does not keep the input's chunks alive.
 */
import type { Packet } from '../model/packet.ts';
import { SPACE } from './cursor.ts';
import { flatCopy } from './envelope.ts';
import { BodyScanner, type Place, parsePlace } from './trace.ts';

const TRACE = 'TRACE: ';
const PLACES_LIMIT = 1 << 15;
/** Longer texts are read, but not kept: the kernel's are below 1024 bytes, a hostile file's may not be. */
const LENGTH_LIMIT = 2048;

/** A place, and the beginning of its messages. */
export interface KnownPlace extends Place {
  /** `TRACE: table:chain:type:number `. */
  readonly prefix: string;
  /** What came after it the last time. */
  next: KnownPlace | null;
}

/** Remembers places by their text. */
export class PlaceMemo {
  private readonly known = new Map<string, KnownPlace | null>();
  /** One text for all places of a chain: comparing equal texts that are two takes ten times as long. */
  private readonly chains = new Map<string, string>();
  private last: KnownPlace | null = null;

  /**
   * The place whose message stands in `text` at `from`; null if there is none. Looks first for the one that came
   * next the last time: that takes a tenth of cutting the word out and looking it up (measured, Node 20).
   */
  at(text: string, from: number): KnownPlace | null {
    const { last } = this;
    const expected = last === null ? null : last.next;
    // lastIndexOf takes half of what startsWith does on the slices that split makes (measured, Node 20)
    if (expected !== null && text.lastIndexOf(expected.prefix, from) === from) {
      this.last = expected;
      return expected;
    }
    if (!text.startsWith(TRACE, from)) return null;
    const blank = text.indexOf(' ', from + TRACE.length);
    const place = blank < 0 ? null : this.find(text.slice(from + TRACE.length, blank));
    if (last !== null) last.next = place;
    this.last = place;
    return place;
  }

  /** @param word `table:chain:type:number`; @returns null if it is none */
  find(word: string): KnownPlace | null {
    const known = this.known.get(word);
    if (known !== undefined) return known;
    const own = flatCopy(word);
    const place = parsePlace(own);
    if (this.known.size >= PLACES_LIMIT) {
      this.known.clear();
      this.chains.clear();
    }
    if (own.length > LENGTH_LIMIT) return place === null ? null : knownPlace(place, place.chain, own);
    const entry = place === null ? null : knownPlace(place, this.nameOf(place.chain), own);
    this.known.set(own, entry);
    return entry;
  }

  private nameOf(chain: string): string {
    const known = this.chains.get(chain);
    if (known !== undefined) return known;
    this.chains.set(chain, chain);
    return chain;
  }
}

/** Not spread: objects that are spread and added to come with a hidden class each (measured: 3 % of a long run). */
function knownPlace({ table, type, number }: Place, chain: string, word: string): KnownPlace {
  return { table, chain, type, number, prefix: `${TRACE}${word} `, next: null };
}

/** A body as it was read. */
export interface KnownBody {
  /** From `IN=` on, without the blank that the kernel puts at the end. */
  readonly text: string;
  readonly packet: Packet;
}

/** A power of two. Bodies that fall into one slot displace each other. */
const SLOTS = 1 << 8;

/** Remembers bodies by their text: as many as are likely to be in flight. */
export class BodyMemo {
  private readonly slots: (KnownBody | undefined)[] = new Array(SLOTS);
  private readonly scanner = new BodyScanner();
  private last: KnownBody | null = null;

  /** @param key text from `IN=` on, with or without one blank at the end; @returns null if it is no packet */
  find(key: string): KnownBody | null {
    const text = key.charCodeAt(key.length - 1) === SPACE ? key.slice(0, -1) : key;
    if (this.last?.text === text) return this.last;
    const slot = slotOf(text);
    const known = this.slots[slot];
    if (known !== undefined && known.text === text) {
      this.last = known;
      return known;
    }
    const own = `${text} `;
    const packet = this.scanner.scan(own);
    if (packet === null) return null;
    const body = { text: flatCopy(text), packet };
    if (own.length <= LENGTH_LIMIT) {
      this.slots[slot] = body;
      this.last = body;
    }
    return body;
  }
}

/** Mixes the length and a few characters spread over the last part, where ID, ports and mark stand. */
function slotOf(key: string): number {
  const { length } = key;
  let hash = length;
  for (let i = length - 4; i > 0 && i > length - 120; i -= 9) {
    hash = (Math.imul(hash, 33) ^ key.charCodeAt(i)) | 0;
  }
  return (hash ^ (hash >>> 10) ^ (hash >>> 20)) & (SLOTS - 1);
}
