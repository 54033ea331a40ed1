/**
 * Lines of logs into TraceEvents and diagnostics, in order. Every line is used, recognised as not ours, or
 * reported: `counts` add up (records = traceLines + unparsed + notOurs). An undamaged line takes the fast path
 * (`readPlain`), every other goes through the gatherer of structured records or through piece.ts. Holds no more
 * of the input than the record that is being read and the memos of the fast path.
 */
import { type Diagnostic, type DiagnosticCode, diagnostic } from '../model/diagnostic.ts';
import type { TraceEvent } from '../model/event.ts';
import type { Packet } from '../model/packet.ts';
import type { LineBatch } from '../model/source.ts';
import { Clock, parseZone } from './clock.ts';
import { stripColours, unescapeKmsg } from './decode.ts';
import { EnvelopeReader } from './envelope.ts';
import { type Gathered, Gatherer } from './gather.ts';
import { BodyMemo, type KnownPlace, PlaceMemo } from './memo.ts';
import { type Piece, PieceReader, type PieceSink } from './piece.ts';
import { type Envelope, envelopeOf, messageOf } from './record.ts';

export interface LogOptions {
  /** Year of the first stamp that has none; null: not known, such stamps give no time. */
  readonly year: number | null;
  /** Zone of stamps that have none: `UTC`, `+02:00`, `Europe/Berlin`, `local`; null is UTC. */
  readonly timezone: string | null;
}

export interface LogSink {
  event(event: TraceEvent): void;
  diagnostic(diagnostic: Diagnostic): void;
}

/** records = traceLines + unparsed + notOurs. A line may hold several records, a record several lines. */
export interface LogCounts {
  readonly lines: number;
  readonly records: number;
  readonly traceLines: number;
  readonly unparsed: number;
  readonly notOurs: number;
}

const TRACE = 'TRACE: ';
/** A property of the /dev/kmsg record before: ` SUBSYSTEM=net`. */
const PROPERTY = /^ [A-Z_]+=/;
const identity = (index: number): number => index;

export class LogReader {
  private readonly tally = { lines: 0, traceLines: 0, unparsed: 0, notOurs: 0 };
  private readonly sink: LogSink;
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
  private afterTrace = false;
  private afterKmsg = false;
  /** What is said once a file. */
  private readonly told = new Set<string>();

  /** @throws RangeError if the zone is none (ask `isTimezone` first) */
  constructor(options: LogOptions, sink: LogSink) {
    const zone = parseZone(options.timezone ?? 'UTC');
    if (zone === null) throw new RangeError(`no time zone: ${options.timezone}`);
    this.sink = sink;
    this.clock = new Clock(options.year, zone);
    this.envelope = new EnvelopeReader(this.clock);
    this.pieces = new PieceReader(this.places, this.bodies, new EnvelopeReader(this.clock), this.pieceSink());
  }

  get counts(): LogCounts {
    const { lines, traceLines, unparsed, notOurs } = this.tally;
    return { lines, records: traceLines + unparsed + notOurs, traceLines, unparsed, notOurs };
  }

  push(batch: LineBatch): void {
    const { lines, file, firstLine } = batch;
    if (file !== this.file) this.beginFile(file);
    this.tally.lines += lines.length;
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i] ?? '';
      if (this.gatherer.active && this.takeGathered(line, firstLine + i)) continue;
      this.envelope.read(line);
      const from = this.envelope.start;
      if (this.envelope.sequence >= 0) {
        this.readKmsg(line, firstLine + i);
      } else if (!this.readPlain(line, from, firstLine + i, this.envelope)) {
        this.readOther(line, firstLine + i);
        this.afterKmsg &&= PROPERTY.test(line);
      }
    }
  }

  /** To be called after the last batch. */
  end(): void {
    this.beginFile('');
  }

  private beginFile(file: string): void {
    this.emitGathered(this.gatherer.flush());
    this.file = file;
    this.sequence = -1;
    this.afterTrace = false;
    this.afterKmsg = false;
    this.told.clear();
  }

  /** A text that from `from` on is one undamaged message and nothing else. */
  private readPlain(text: string, from: number, line: number, envelope: Envelope): boolean {
    if (!text.startsWith(TRACE, from)) return false;
    const blank = text.indexOf(' ', from + TRACE.length);
    if (blank < 0) return false;
    const place = this.places.find(text.slice(from + TRACE.length, blank));
    if (place === null) return false;
    const rest = text.slice(blank + 1);
    const body = this.bodies.find(rest.endsWith(' ') ? rest : `${rest} `);
    if (body === null) return false;
    this.emit(line, envelope, place, body.packet, place.prefix + body.text, false);
    return true;
  }

  private emit(
    line: number,
    envelope: Envelope,
    place: KnownPlace,
    packet: Packet,
    text: string,
    cut: boolean,
  ): void {
    this.tally.traceLines++;
    this.afterTrace = true;
    this.sink.event({
      file: this.file,
      line,
      host: envelope.host,
      level: envelope.level,
      uptime: envelope.uptime,
      time: envelope.time,
      stamp: envelope.stamp,
      table: place.table,
      chain: place.chain,
      type: place.type,
      number: place.number,
      packet,
      cut,
      text,
    });
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
    const { envelope, file } = this;
    const { found: enveloped, sure } = envelope;
    const piece = { file, line, text, from, envelope: envelope.snapshot(), enveloped, sure, columnOf };
    const zone = envelope.unknownZone;
    if (zone !== null) this.tellOnce('log.zone', piece, 0, zone.length, { zone });
    this.pieces.read(piece);
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
    const piece = {
      file: this.file,
      line,
      text: text ?? '',
      from: 0,
      envelope,
      enveloped: true,
      sure: true,
      columnOf,
    };
    if (fields.get('MESSAGE') !== null) this.pieces.read(piece);
    else this.pieces.read({ ...piece, text: '[blob data]' }); // journalctl prints null for a message over 4096 bytes
  }

  private checkSequence(line: string, number: number): void {
    const { sequence } = this.envelope;
    const missing = sequence - this.sequence - 1;
    if (this.sequence >= 0 && missing > 0) {
      const at = { file: this.file, line: number, column: 1 };
      this.sink.diagnostic(
        diagnostic('log.lost-sequence', at, { count: missing }, line, this.envelope.start),
      );
    }
    this.sequence = sequence;
  }

  private tellOnce(
    code: DiagnosticCode,
    piece: Piece,
    index: number,
    length: number,
    args: Diagnostic['args'],
  ): void {
    const key = `${code} ${Object.values(args).join(' ')}`;
    if (this.told.has(key)) return;
    this.told.add(key);
    this.report(code, piece, index, length, args);
  }

  /** The excerpt is the piece's text; the column is that of the line as it was read. */
  private report(
    code: DiagnosticCode,
    piece: Piece,
    index: number,
    length: number,
    args: Diagnostic['args'],
  ): void {
    const at = { file: piece.file, line: piece.line, column: index + 1 };
    const made = diagnostic(code, at, args, piece.text, Math.max(1, length));
    this.sink.diagnostic({ ...made, at: { ...at, column: piece.columnOf(index) + 1 } });
  }

  private pieceSink(): PieceSink {
    const reader = this;
    return {
      event: (piece, envelope, place, packet, text, cut) => {
        this.emit(piece.line, envelope, place, packet, text, cut);
      },
      count: (kind) => {
        this.tally[kind]++;
        this.afterTrace = false;
      },
      report: (code, piece, index, length, args = {}) => {
        if (code === 'log.monitor') this.tellOnce(code, piece, index, length, args);
        else this.report(code, piece, index, length, args);
      },
      get afterTrace() {
        return reader.afterTrace;
      },
    };
  }
}

/** Whether `--timezone` may be this. */
export function isTimezone(text: string): boolean {
  return parseZone(text) !== null;
}
