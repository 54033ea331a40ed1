/**
 * Lines of logs into TraceEvents and diagnostics, in order. Every line is used, recognised as not ours, or
 * reported: `counts` add up (records = traceLines + unparsed + notOurs). An undamaged line takes the fast path
 * (`readPlain`), every other goes through the gatherer of structured records or through piece.ts. Holds no more
 * of the input than the record that is being read and the memos of the fast path.
 */
import type { LineBatch } from '../model/source.ts';
import { Clock, parseZone } from './clock.ts';
import { stripColours, unescapeKmsg } from './decode.ts';
import { EnvelopeReader } from './envelope.ts';
import { type Gathered, Gatherer } from './gather.ts';
import { BodyMemo, PlaceMemo } from './memo.ts';
import { type LogCounts, type LogSink, Output } from './output.ts';
import { PieceReader } from './piece.ts';
import { type Envelope, envelopeOf, messageOf } from './record.ts';

export interface LogOptions {
  /** Year of the first stamp that has none; null: not known, such stamps give no time. */
  readonly year: number | null;
  /** Zone of stamps that have none: `UTC`, `+02:00`, `Europe/Berlin`, `local`; null is UTC. */
  readonly timezone: string | null;
}

/** A property of the /dev/kmsg record before: ` SUBSYSTEM=net`. */
const PROPERTY = /^ [A-Z_]+=/;
const identity = (index: number): number => index;

export class LogReader {
  private readonly out: Output;
  private readonly clock: Clock;
  private readonly envelope: EnvelopeReader;
  private readonly places = new PlaceMemo();
  private readonly bodies = new BodyMemo();
  private readonly gatherer = new Gatherer();
  private readonly pieces: PieceReader;
  private file = '';
  /** Header of the verbose record that is being gathered. */
  private header: Envelope | null = null;
  /** Sequence number of the last /dev/kmsg record, or -1. */
  private sequence = -1;
  private afterKmsg = false;

  /** @throws RangeError if the zone is none (ask `isTimezone` first) */
  constructor(options: LogOptions, sink: LogSink) {
    const zone = parseZone(options.timezone ?? 'UTC');
    if (zone === null) throw new RangeError(`no time zone: ${options.timezone}`);
    this.out = new Output(sink);
    this.clock = new Clock(options.year, zone);
    this.envelope = new EnvelopeReader(this.clock);
    this.pieces = new PieceReader(this.places, this.bodies, new EnvelopeReader(this.clock), this.out);
  }

  get counts(): LogCounts {
    return this.out.counts;
  }

  push(batch: LineBatch): void {
    const { lines, file, firstLine } = batch;
    if (file !== this.file) this.beginFile(file);
    this.out.lines += lines.length;
    for (let i = 0; i < lines.length; i++) this.readLine(lines[i] ?? '', firstLine + i);
  }

  /** To be called after the last batch. */
  end(): void {
    this.beginFile('');
  }

  private beginFile(file: string): void {
    this.emitGathered(this.gatherer.flush());
    this.file = file;
    this.sequence = -1;
    this.afterKmsg = false;
    this.out.beginFile(file);
  }

  private readLine(line: string, number: number): void {
    const { envelope } = this;
    if (this.gatherer.active && this.takeGathered(line, number)) return;
    envelope.read(line);
    if (envelope.unknownZone !== null) this.reportZone(line, number, envelope.unknownZone);
    if (envelope.sequence >= 0) this.readKmsg(line, number);
    else if (!this.readPlain(line, envelope.start, number, envelope)) {
      this.readOther(line, number);
      this.afterKmsg &&= PROPERTY.test(line);
    }
  }

  /** A text that from `from` on is one undamaged message and nothing else. */
  private readPlain(text: string, from: number, line: number, envelope: Envelope): boolean {
    const place = this.places.at(text, from);
    if (place === null) return false;
    const body = this.bodies.find(text.slice(from + place.prefix.length));
    if (body === null) return false;
    this.out.event(line, envelope, place, body.packet, place.prefix + body.text, false);
    return true;
  }

  /** Everything that is not plain: structured records, disguised, damaged and foreign lines. */
  private readOther(line: string, number: number): void {
    if (this.afterKmsg && PROPERTY.test(line)) return;
    const taken = this.gatherer.begin(line, number);
    if (taken !== 'no') {
      if (taken !== 'part') this.emitGathered(taken);
      return;
    }
    if (line.startsWith('[s=', this.envelope.start)) {
      this.header = this.envelope.snapshot();
      this.gatherer.beginVerbose(number);
      return;
    }
    this.readDisguised(line, number);
  }

  /** Takes off what a terminal or an indented quotation have put on, then reads again. */
  private readDisguised(line: string, number: number): void {
    const { envelope } = this;
    const bare = stripColours(line);
    const indent = /^\s*/.exec(bare.text)?.[0].length ?? 0;
    const text = bare.text.slice(indent);
    let columnOf = (index: number): number => bare.columnOf(index + indent);
    if (text !== line) {
      envelope.read(text);
      if (envelope.sequence >= 0) {
        this.readKmsg(text, number);
        return;
      }
      if (this.readPlain(text, envelope.start, number, envelope)) return;
    } else columnOf = identity;
    this.readPiece(text, envelope.start, number, columnOf);
  }

  /** A record of /dev/kmsg: its message is escaped, its number tells whether one before it is missing. */
  private readKmsg(line: string, number: number): void {
    this.checkSequence(line, number);
    this.afterKmsg = true;
    const { start } = this.envelope;
    if (!line.includes('\\x', start)) {
      if (!this.readPlain(line, start, number, this.envelope)) this.readDisguised(line, number);
      return;
    }
    const message = unescapeKmsg(line.slice(start));
    if (this.readPlain(message, 0, number, this.envelope)) return;
    this.readPiece(message, 0, number, (index) => start + index);
  }

  private readPiece(text: string, from: number, line: number, columnOf: (index: number) => number): void {
    const { found: enveloped, sure } = this.envelope;
    this.pieces.read({ line, text, from, envelope: this.envelope.snapshot(), enveloped, sure, columnOf });
  }

  /** @returns false if the line does not belong to the record that was being gathered */
  private takeGathered(line: string, number: number): boolean {
    const taken = this.gatherer.take(line, number);
    if (taken === 'no') {
      this.emitGathered(this.gatherer.flush());
      return false;
    }
    if (taken !== 'part') this.emitGathered(taken);
    return true;
  }

  private emitGathered(gathered: Gathered | null): void {
    const { header } = this;
    this.header = null;
    if (gathered === null) return;
    const { fields, line, column } = gathered;
    const text = messageOf(fields);
    const envelope = envelopeOf(fields, this.clock, header);
    if (text !== null && this.readPlain(text, 0, line, envelope)) return;
    const columnOf = (index: number): number => index + column;
    // journalctl prints null for a message over 4096 bytes
    const shown = fields.get('MESSAGE') === null ? '[blob data]' : (text ?? '');
    this.pieces.read({ line, text: shown, from: 0, envelope, enveloped: true, sure: true, columnOf });
  }

  private checkSequence(text: string, line: number): void {
    const { sequence, start } = this.envelope;
    const count = sequence - this.sequence - 1;
    if (this.sequence >= 0 && count > 0) {
      this.out.report('log.lost-sequence', { line, text, columnOf: identity }, 0, start, { count });
    }
    this.sequence = sequence;
  }

  private reportZone(text: string, line: number, zone: string): void {
    const at = Math.max(0, text.indexOf(zone));
    this.out.reportOnce('log.zone', { line, text, columnOf: identity }, at, zone.length, { zone });
  }
}

/** Whether `--timezone` may be this. */
export function isTimezone(text: string): boolean {
  return parseZone(text) !== null;
}
