/**
 * Lines of logs into TraceEvents and diagnostics, in order. Every line is used, recognised as not ours, or
 * reported: `counts` add up (records = traceLines + unparsed + notOurs). Holds no more of the input than the
 * record that is being read and the fast path's memos.
 */
import { type Diagnostic, diagnostic } from '../model/diagnostic.ts';
import type { TraceEvent } from '../model/event.ts';
import type { LineBatch } from '../model/source.ts';
import { Clock, parseZone } from './clock.ts';
import { EnvelopeReader } from './envelope.ts';
import { BodyMemo, type KnownBody, type KnownPlace, PlaceMemo } from './memo.ts';

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

export interface LogCounts {
  lines: number;
  records: number;
  traceLines: number;
  unparsed: number;
  notOurs: number;
}

const TRACE = 'TRACE: ';

export class LogReader {
  readonly counts: LogCounts = { lines: 0, records: 0, traceLines: 0, unparsed: 0, notOurs: 0 };
  private readonly sink: LogSink;
  private readonly envelope: EnvelopeReader;
  private readonly places = new PlaceMemo();
  private readonly bodies = new BodyMemo();

  /** @throws RangeError if the zone is none (ask `isTimezone` first) */
  constructor(options: LogOptions, sink: LogSink) {
    const zone = parseZone(options.timezone ?? 'UTC');
    if (zone === null) throw new RangeError(`no time zone: ${options.timezone}`);
    this.sink = sink;
    this.envelope = new EnvelopeReader(new Clock(options.year, zone));
  }

  push(batch: LineBatch): void {
    const { lines, file } = batch;
    this.counts.lines += lines.length;
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i] ?? '';
      this.envelope.read(line);
      if (!this.readPlain(line, file, batch.firstLine + i)) this.readOther(line, file, batch.firstLine + i);
    }
  }

  /** To be called after the last batch. */
  end(): void {}

  /** A line that holds one undamaged message and nothing else. */
  private readPlain(line: string, file: string, number: number): boolean {
    const from = this.envelope.start;
    if (!line.startsWith(TRACE, from)) return false;
    const blank = line.indexOf(' ', from + TRACE.length);
    if (blank < 0) return false;
    const place = this.places.find(line.slice(from + TRACE.length, blank));
    if (place === null) return false;
    const rest = line.slice(blank + 1);
    const body = this.bodies.find(rest.endsWith(' ') ? rest : `${rest} `);
    if (body === null) return false;
    this.emit(file, number, place, body);
    return true;
  }

  private emit(file: string, line: number, place: KnownPlace, body: KnownBody): void {
    const { envelope } = this;
    this.counts.records++;
    this.counts.traceLines++;
    this.sink.event({
      file,
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
      packet: body.packet,
      cut: false,
      text: place.prefix + body.text,
    });
  }

  private readOther(line: string, file: string, number: number): void {
    this.counts.records++;
    const from = line.indexOf(TRACE, this.envelope.start);
    if (from < 0) {
      this.counts.notOurs++;
      return;
    }
    this.counts.unparsed++;
    this.sink.diagnostic(
      diagnostic('log.refused', { file, line: number, column: from + 1 }, {}, line, line.length - from),
    );
  }
}

/** Whether `--timezone` may be this. */
export function isTimezone(text: string): boolean {
  return parseZone(text) !== null;
}
