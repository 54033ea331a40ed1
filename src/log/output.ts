/**
 * What comes out of the reading of one log after another: events and diagnostics to the sink, and the count of
 * records. Each record is one event or one count; a diagnostic is neither.
 */
import { type Diagnostic, type DiagnosticCode, diagnostic } from '../model/diagnostic.ts';
import type { TraceEvent } from '../model/event.ts';
import type { Packet } from '../model/packet.ts';
import type { KnownPlace } from './memo.ts';
import type { Envelope } from './record.ts';

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

/** A text that diagnostics point into. */
export interface Excerpt {
  readonly line: number;
  readonly text: string;
  /** Index in the line as it was read, for an index of `text`. */
  readonly columnOf: (index: number) => number;
}

type Args = Diagnostic['args'];

export class Output {
  /** Whether the record before was a TRACE line. */
  afterTrace = false;
  lines = 0;
  private traceLines = 0;
  private unparsed = 0;
  private notOurs = 0;
  private file = '';
  /** What has been said of this file and is not to be said again. */
  private readonly told = new Set<string>();
  private readonly sink: LogSink;

  constructor(sink: LogSink) {
    this.sink = sink;
  }

  get counts(): LogCounts {
    const { lines, traceLines, unparsed, notOurs } = this;
    return { lines, records: traceLines + unparsed + notOurs, traceLines, unparsed, notOurs };
  }

  beginFile(file: string): void {
    this.file = file;
    this.afterTrace = false;
    this.told.clear();
  }

  event(
    line: number,
    envelope: Envelope,
    place: KnownPlace,
    packet: Packet,
    text: string,
    cut: boolean,
  ): void {
    this.traceLines++;
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

  /** A record that is no event. */
  count(kind: 'unparsed' | 'notOurs'): void {
    this[kind]++;
    this.afterTrace = false;
  }

  /** Says something about `length` characters of an excerpt from `index` on; the column is the line's own. */
  report(code: DiagnosticCode, excerpt: Excerpt, index: number, length: number, args: Args = {}): void {
    const at = { file: this.file, line: excerpt.line, column: index + 1 };
    const made = diagnostic(code, at, args, excerpt.text, Math.max(1, length));
    this.sink.diagnostic({ ...made, at: { ...at, column: excerpt.columnOf(index) + 1 } });
  }

  /** Says it only the first time in a file. */
  reportOnce(code: DiagnosticCode, excerpt: Excerpt, index: number, length: number, args: Args): void {
    const key = `${code} ${Object.values(args).join(' ')}`;
    if (this.told.has(key)) return;
    this.told.add(key);
    this.report(code, excerpt, index, length, args);
  }
}
