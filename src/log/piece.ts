/**
 * Lines that are not one undamaged message: several records on one line, mended and cut messages, noise. An
 * event needs its place and its packet whole: of a line that lost its end, ports, sequence or mark are what tells
 * its packet from others, so it is refused and explained. Only what the kernel itself cuts is used as it is: it
 * cuts all lines of a packet alike.
 */
import {
  cutPlace,
  findMessages,
  indexIn,
  isOfPacket,
  joinWrapped,
  type MessageStart,
  mend,
  respace,
} from './damage.ts';
import type { EnvelopeReader } from './envelope.ts';
import { explain } from './grammar.ts';
import type { BodyMemo, KnownPlace, PlaceMemo } from './memo.ts';
import { classifyNoise } from './noise.ts';
import type { Excerpt, Output } from './output.ts';
import type { Envelope } from './record.ts';
import { BodyScanner } from './trace.ts';

/** A line, or the message of a structured record, from some index on. Each ends in at least one event or count. */
export interface Piece extends Excerpt {
  /** Where the message begins. */
  readonly from: number;
  readonly envelope: Envelope;
  /** Whether anything of an envelope was recognised. */
  readonly enveloped: boolean;
  /** Whether the envelope had what stands right before a message: an uptime or a tag. */
  readonly sure: boolean;
}

/** Ways to read a damaged body, the mildest first. */
const READINGS = [respace, mend, joinWrapped];
/** An envelope in mid-line is looked for in so many characters before its message. */
const ENVELOPE_WIDTH = 240;
/** A cheap first look at what may be one: `<4>`, `[`, a number, a month, a day, dmesg's decoded facility. */
const ENVELOPE_BEGINS =
  /<\d|\[[\s\d+<A-Z]|\d+[,.-]|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun) |[a-z0-9]+ *:[a-z]/y;
/**
 * Characters of a message from which on its end may have been cut by the kernel: 1016 bytes, before 6.4 989, with
 * CONFIG_PRINTK_CALLER 973 (kernel/printk/printk.c, PRINTK_MESSAGE_MAX and LOG_LINE_MAX).
 */
const KERNEL_LIMIT = 960;
/** The word that is wrong is the line's last: cut, or missing. Two kinds of word hold blanks. */
const ENDS_HERE = /^(?:\S*|OPT \([^)]*|INCOMPLETE \[[^\]]*)\s*$/;
/** Explaining takes a hundred times as long as reading: so many refusals are explained, later ones placed. */
const EXPLANATIONS = 1000;
/** Longer texts are not explained: the kernel's are below 1024 bytes. */
const EXPLAINED_LENGTH = 2048;

export class PieceReader {
  private readonly scanner = new BodyScanner();
  private explained = 0;
  private readonly places: PlaceMemo;
  private readonly bodies: BodyMemo;
  /** Reads envelopes in mid-line: not the one whose fields belong to the line. */
  private readonly probe: EnvelopeReader;
  private readonly out: Output;

  constructor(places: PlaceMemo, bodies: BodyMemo, probe: EnvelopeReader, out: Output) {
    this.places = places;
    this.bodies = bodies;
    this.probe = probe;
    this.out = out;
  }

  read(piece: Piece): void {
    const { text, from } = piece;
    const comment = !piece.enveloped && text[from] === '#';
    const starts = comment ? [] : findMessages(text, from);
    const first = starts[0];
    if (first === undefined) {
      this.readNoise(piece);
      return;
    }
    let { envelope } = piece;
    if (text.slice(from, first.at).trim() !== '') {
      const [own] = this.findEnvelopes(text, from, first.at);
      if (own !== undefined) {
        envelope = own.envelope;
        if (text.slice(from, own.at).trim() !== '') this.readNoise({ ...piece, text: text.slice(0, own.at) });
      } else if (piece.sure) {
        this.readNoise(piece);
        return;
      }
    }
    starts.forEach((start, i) => {
      const next = starts[i + 1]?.at;
      const own = next === undefined ? undefined : this.findEnd(text, start, next);
      this.readMessage({ ...piece, text: text.slice(0, own?.at ?? next ?? text.length) }, start, envelope);
      envelope = own?.envelope ?? { ...envelope, uptime: null };
    });
  }

  /** All readings of the text before `to` as an envelope that ends there, the longest first. */
  private findEnvelopes(text: string, from: number, to: number): { at: number; envelope: Envelope }[] {
    const found: { at: number; envelope: Envelope }[] = [];
    for (let at = Math.max(from, to - ENVELOPE_WIDTH); at < to; at++) {
      ENVELOPE_BEGINS.lastIndex = at;
      if (!ENVELOPE_BEGINS.test(text)) continue;
      this.probe.read(text.slice(at, to));
      if (this.probe.found && this.probe.start === to - at) {
        found.push({ at, envelope: this.probe.snapshot() });
      }
    }
    return found;
  }

  /** Where a message ends that another one follows on the line: before the other's envelope. */
  private findEnd(
    text: string,
    start: MessageStart,
    next: number,
  ): { at: number; envelope: Envelope } | undefined {
    const found = this.findEnvelopes(text, start.place, next);
    const { body } = cutPlace(text, start.place);
    return found.find(({ at }) => this.scanner.scan(respace(text.slice(body, at))) !== null) ?? found[0];
  }

  private readMessage(piece: Piece, start: MessageStart, envelope: Envelope): void {
    const { text } = piece;
    const { word, body } = cutPlace(text, start.place);
    const place = this.places.find(word);
    if (place === null) {
      this.refuse(piece, start);
      return;
    }
    const raw = text.slice(body);
    for (const reading of READINGS) {
      const known = this.bodies.find(reading(raw));
      if (known === null) continue;
      this.out.event(piece.line, envelope, place, known.packet, place.prefix + known.text, false);
      return;
    }
    for (const reading of READINGS) {
      if (this.readPart(piece, envelope, place, reading(raw), body)) return;
    }
    this.refuse(piece, start);
  }

  /** A body with something behind it, or whose end the kernel cut. @returns false if it is to be refused */
  private readPart(
    piece: Piece,
    envelope: Envelope,
    place: KnownPlace,
    reading: string,
    body: number,
  ): boolean {
    const packet = this.scanner.scanFirst(reading);
    const { end } = this.scanner;
    const index = body + indexIn(piece.text.slice(body), reading, end);
    if (packet !== null) {
      if (isOfPacket(reading.slice(end))) return false;
      const text = place.prefix + reading.slice(0, end).trimEnd();
      this.out.event(piece.line, envelope, place, packet, text, false);
      this.readRest(piece, index);
      return true;
    }
    if (this.isImitation(reading)) {
      this.out.count('notOurs');
      this.out.report('log.imitation', piece, index, 1);
      return true;
    }
    const text = place.prefix + reading.trimEnd();
    const rescued = text.length < KERNEL_LIMIT ? null : this.scanner.rescue();
    if (rescued === null) return false;
    this.out.event(piece.line, envelope, place, rescued, text, true);
    this.out.report('log.overflow', piece, index, piece.text.length - index);
    return true;
  }

  /** What stands behind a complete packet: another record, or nothing that can be understood. */
  private readRest(piece: Piece, from: number): void {
    this.probe.read(piece.text.slice(from));
    if (this.probe.found) {
      const envelope = this.probe.snapshot();
      this.read({
        ...piece,
        from: from + this.probe.start,
        envelope,
        enveloped: true,
        sure: this.probe.sure,
      });
    } else this.out.report('log.trailing', piece, from, piece.text.trimEnd().length - from);
  }

  /** A LOG rule whose prefix imitates TRACE, without TCP sequence numbers: TRACE always prints them. */
  private isImitation(reading: string): boolean {
    return this.scanner.protocol === 6 && reading.startsWith('WINDOW=', this.scanner.end);
  }

  private refuse(piece: Piece, start: MessageStart): void {
    const { text } = piece;
    this.out.count('unparsed');
    if (text.length - start.at > EXPLAINED_LENGTH || ++this.explained > EXPLANATIONS) {
      this.out.report('log.refused', piece, start.at, text.length - start.at);
      return;
    }
    const raw = text.slice(start.place);
    const reading = respace(raw);
    const { offset, expected } = explain(`TRACE: ${reading}`);
    const at = Math.max(0, offset - 'TRACE: '.length);
    const index = start.place + indexIn(raw, reading, at);
    const length = /^\S*/.exec(text.slice(index))?.[0].length ?? 1;
    const cut = ENDS_HERE.test(reading.slice(at));
    this.out.report(cut ? 'log.cut' : 'log.refused', piece, index, length, { expected });
  }

  private readNoise(piece: Piece): void {
    const { text, from } = piece;
    const message = text.slice(from);
    const place = /^(?:TRACE: *)?(?!eb:)(?=\S*:(?:rule|return|policy):\d+\s+IN=)/.exec(message);
    if (place !== null) {
      this.refuse(piece, { at: from, place: from + place[0].length });
      return;
    }
    const noise = classifyNoise(message, piece.enveloped, this.out.afterTrace);
    this.out.count(noise.count);
    const length = message.trimEnd().length;
    if (noise.code === 'log.monitor') this.out.reportOnce(noise.code, piece, from, length, noise.args);
    else if (noise.code !== null) this.out.report(noise.code, piece, from, length, noise.args);
  }
}
