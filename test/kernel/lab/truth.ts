/**
 * Kernel records into the walks of the packet that was on its way: its own lines, and those of the ICMP errors
 * that it called forth. Attribution is by identity (IP id or flow label, of the quoted packet for an error), never
 * by time alone; a line that fits nothing of ours is not ours.
 */
import type { KernelRecord } from './kmsg.ts';

/** One line of truth.jsonl. `lines` are line numbers of trace.log, from 1. */
export interface Truth {
  readonly n: number;
  readonly steps: readonly string[];
  readonly lines: readonly number[];
  /** An ICMP error or a reset that packet `n` called forth: a packet of its own. */
  readonly error?: true;
  /** A copy of packet `n` that TEE made: a packet of its own. */
  readonly copy?: true;
  /** The packet as it left the host, after the last rule. */
  readonly left?: Left;
}

export interface Left {
  readonly out: string;
  readonly src: string;
  readonly dst: string;
  readonly sport?: number;
  readonly dport?: number;
  readonly ttl: number;
  readonly tos: number;
  readonly length: number;
}

/** A TRACE record as far as attribution needs it. */
interface TraceLine {
  readonly step: string;
  readonly into: string;
  readonly out: string;
  /** IP id or flow label of the packet itself. */
  readonly identity: number;
  /** The same of a quoted packet; null if there is none. */
  readonly quoted: number | null;
}

const LINE = /^TRACE: ([a-z]+):(\S+):(rule|return|policy):(\d+) IN=(\S*) OUT=(\S*) (.*)$/;
const IDENTITY = { 4: / TTL=\d+ ID=(\d+) /g, 6: / FLOWLBL=(\d+) /g } as const;

/** What a host sends by itself, whenever it likes: IGMP, MLD, neighbour discovery. */
const HOUSEKEEPING = / PROTO=(?:2|ICMPv6 TYPE=1(?:3\d|43))(?: |$)/;

/** What tells a packet's lines from others'. */
export interface Identity {
  /** IP id or flow label. */
  readonly identity: number;
  /** It came in by a device; else the host made it. */
  readonly arrived: boolean;
}

interface Walk {
  readonly n: number;
  readonly kind: 'own' | 'error' | 'copy';
  readonly key: string;
  readonly steps: string[];
  readonly lines: number[];
}

/** Collects the log of one case. */
export class TruthCollector {
  readonly #family: 4 | 6;
  readonly #devices: readonly string[];
  readonly #log: string[] = [];
  readonly #walks: Walk[] = [];
  readonly #left = new Map<number, Left>();
  readonly #sent = new Set<number>();
  #copies = 0;
  /** Packet whose copy is on its way. */
  #copying: number | null = null;

  constructor(family: 4 | 6, devices: readonly string[]) {
    this.#family = family;
    this.#devices = devices;
  }

  /** The lines so far, as syslog writes them. */
  get log(): readonly string[] {
    return this.#log;
  }

  /** One object per walk, by packet; a packet without lines has an empty one. */
  truth(sent: readonly number[]): readonly Truth[] {
    const silent = sent.filter((n) => !this.#walks.some((walk) => walk.n === n && walk.kind === 'own'));
    const walks = this.#walks.map(({ n, kind, steps, lines }): Truth => {
      const left = this.#left.get(n);
      if (kind !== 'own') return { n, steps, lines, [kind]: true };
      return left === undefined ? { n, steps, lines } : { n, steps, lines, left };
    });
    return [...walks, ...silent.map((n) => ({ n, steps: [], lines: [] }))].sort((a, b) => a.n - b.n);
  }

  /** Notes how packet `n` left the host. Not noted where a copy of it left too: they look alike. */
  leave(n: number, left: Left): void {
    if (!this.#walks.some((walk) => walk.n === n && walk.kind === 'copy')) this.#left.set(n, left);
  }

  /**
   * Takes the records that came while packet `n` was on its way.
   * @returns the message texts of its own lines.
   * @throws Error if a line belongs to an earlier packet: then the order of the truth is not known.
   */
  take(n: number, { identity, arrived }: Identity, records: readonly KernelRecord[]): readonly string[] {
    const own: string[] = [];
    this.#sent.add(identity);
    for (const record of records) {
      const line = this.#parse(record.text);
      if (line === null || !this.#isOurs(line) || HOUSEKEEPING.test(record.text)) continue;
      const number = this.#log.push(syslogLine(record));
      if (line.identity === identity && line.quoted !== identity) {
        const copied = arrived && this.#isCopy(n, line);
        this.#add(n, copied ? 'copy' : 'own', copied ? `${this.#copies}` : '', line.step, number);
        if (!copied) own.push(record.text);
      } else if (line.quoted === identity || !this.#isEarlier(line)) {
        this.#add(n, 'error', `${line.identity}`, line.step, number);
      } else {
        throw new Error(`while packet ${n} (${identity}) was on its way: ${record.text}`);
      }
    }
    return own;
  }

  /**
   * Whether the line is of a copy that TEE made in PREROUTING or INPUT, where the packet itself has no OUT: the
   * copy begins in OUTPUT, which a packet that arrived never walks, and may come back by lo. A bridged packet has no
   * IN in POSTROUTING either.
   */
  #isCopy(n: number, { step, into, out }: TraceLine): boolean {
    if (into === 'lo') return true;
    if (out === '') {
      this.#copying = null;
      return false;
    }
    if (this.#copying !== n && /^\w+:OUTPUT:/.test(step)) {
      this.#copying = n;
      this.#copies++;
    }
    return this.#copying === n;
  }

  #add(n: number, kind: Walk['kind'], key: string, step: string, line: number): void {
    let walk = this.#walks.find((other) => other.n === n && other.kind === kind && other.key === key);
    if (walk === undefined) {
      walk = { n, kind, key, steps: [], lines: [] };
      this.#walks.push(walk);
    }
    walk.steps.push(step);
    walk.lines.push(line);
  }

  /** Whether it is, or quotes, a packet that was sent before: else it is an answer (a reset) to the present one. */
  #isEarlier({ identity, quoted }: TraceLine): boolean {
    return this.#sent.has(identity) || (quoted !== null && this.#sent.has(quoted));
  }

  #isOurs(line: TraceLine): boolean {
    return [line.into, line.out].every((device) => device === '' || this.#devices.includes(device));
  }

  #parse(text: string): TraceLine | null {
    const [, table = '', chain = '', type = '', number = '', into = '', out = '', rest = ''] =
      LINE.exec(text) ?? [];
    if (table === '') return null;
    const padded = ` ${rest} `;
    const [own, quoted] = [...padded.matchAll(IDENTITY[this.#family])].map(([, id = '']) => Number(id));
    return {
      step: `${table}:${chain}:${type}:${number}`,
      into,
      out,
      identity: own ?? -1,
      quoted: quoted ?? null,
    };
  }
}

/** Day on which every log of the lab begins: the clock of the machine is no part of the truth. */
const DAY = 'Nov 20';

function syslogLine({ uptime, text }: KernelRecord): string {
  const seconds = Math.floor(uptime / 1e6);
  const pad = (value: number) => String(value % 60).padStart(2, '0');
  const clock = `${String(Math.floor(seconds / 3600) % 24).padStart(2, '0')}:${pad(Math.floor(seconds / 60))}:${pad(seconds)}`;
  const stamp = `${String(seconds).padStart(5)}.${String(uptime % 1e6).padStart(6, '0')}`;
  return `${DAY} ${clock} router kernel: [${stamp}] ${text}`;
}
