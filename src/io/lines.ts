/**
 * Bytes into LineBatches: one decoding and one split a chunk, not a line. Lines end with LF or CRLF; the last
 * needs no end. Invalid UTF-8 becomes U+FFFD. Long runs of NUL, which a crash leaves in log files, are taken out
 * and reported; of a line longer than the limit the beginning is given, the rest skipped and reported.
 */
import { type Diagnostic, diagnostic } from '../model/diagnostic.ts';
import type { LineBatch } from '../model/source.ts';

const LF = 10;
const CR = 13;
/** Shorter runs are not a crash's: journalctl's export form writes lengths of eight bytes. */
const NUL_RUN = Buffer.alloc(16);
/** V8 puts strings below 128 KB where they cost a quarter of what larger ones do (measured, Node 20). */
const PIECE = 1 << 16;
const ZEROS = Buffer.alloc(PIECE);
const EMPTY = Buffer.alloc(0);

export class LineSplitter {
  private readonly file: string;
  private readonly limit: number;
  private readonly report: (diagnostic: Diagnostic) => void;
  private nextLine = 1;
  /** Beginning of a line whose end has not come yet. */
  private carry: Buffer[] = [];
  private carried = 0;
  /** Bytes skipped of a line that is over the limit; -1 if none is being skipped. */
  private skipped = -1;
  /** A run of NUL that may go on in the next piece: where it began, and its length so far. */
  private run: { readonly line: number; count: number } | null = null;

  constructor(file: string, limit: number, report: (diagnostic: Diagnostic) => void) {
    this.file = file;
    this.limit = limit;
    this.report = report;
  }

  /** Number of the line that comes next. */
  get line(): number {
    return this.nextLine;
  }

  /** Gives the lines that these bytes complete. The bytes may be overwritten afterwards. */
  *push(bytes: Buffer): Generator<LineBatch> {
    for (let at = 0; at < bytes.length; at += PIECE) {
      yield* this.pushPiece(bytes.subarray(at, at + PIECE));
    }
  }

  /** Gives the last line, if it has no end. */
  *end(): Generator<LineBatch> {
    this.endRun();
    if (this.skipped >= 0) this.reportSkipped();
    else if (this.carried > 0) yield this.batch(linesOf(decode(Buffer.concat(this.carry))));
    this.carry = [];
    this.carried = 0;
  }

  private *pushPiece(piece: Buffer): Generator<LineBatch> {
    const more = this.run === null ? piece : this.continueRun(piece);
    let bytes = more.includes(NUL_RUN) ? this.withoutNul(more) : more;
    if (bytes.length === 0) return;
    if (this.skipped >= 0) {
      const end = bytes.indexOf(LF);
      this.skipped += end < 0 ? bytes.length : end;
      if (end < 0) return;
      this.reportSkipped();
      bytes = bytes.subarray(end + 1);
    }
    const last = bytes.lastIndexOf(LF);
    if (last >= 0) {
      const first = this.carried === 0 ? -1 : bytes.indexOf(LF);
      if (first >= 0) yield* this.carriedLine(bytes.subarray(0, first));
      if (last > first) yield* this.whole(bytes.subarray(first + 1, last));
    }
    const rest = bytes.subarray(last + 1);
    if (rest.length === 0) return;
    this.carry.push(Buffer.from(rest));
    this.carried += rest.length;
    if (this.carried > this.limit) yield this.beginSkipping(Buffer.concat(this.carry));
  }

  private *carriedLine(end: Buffer): Generator<LineBatch> {
    const bytes = Buffer.concat([...this.carry, end]);
    this.carry = [];
    this.carried = 0;
    if (bytes.length > this.limit) {
      yield this.beginSkipping(bytes);
      this.reportSkipped();
    } else yield this.batch(linesOf(decode(bytes)));
  }

  /** Lines that lie in one piece, without the last line end. */
  private *whole(bytes: Buffer): Generator<LineBatch> {
    if (bytes.length <= this.limit) {
      yield this.batch(linesOf(decode(bytes)));
      return;
    }
    for (let at = 0; at <= bytes.length; ) {
      const end = bytes.indexOf(LF, at);
      const line = bytes.subarray(at, end < 0 ? bytes.length : end);
      if (line.length > this.limit) {
        yield this.beginSkipping(line);
        this.reportSkipped();
      } else yield this.batch(linesOf(decode(line)));
      at = end < 0 ? bytes.length + 1 : end + 1;
    }
  }

  private batch(lines: string[]): LineBatch {
    const batch = { file: this.file, firstLine: this.nextLine, lines };
    this.nextLine += lines.length;
    return batch;
  }

  private beginSkipping(line: Buffer): LineBatch {
    this.carry = [];
    this.carried = 0;
    this.skipped = line.length - this.limit;
    return this.batch([decode(line.subarray(0, this.limit))]);
  }

  private reportSkipped(): void {
    const at = { file: this.file, line: this.nextLine - 1, column: this.limit + 1 };
    this.report(diagnostic('io.long-line', at, { limit: this.limit, skipped: this.skipped }));
    this.skipped = -1;
  }

  private withoutNul(piece: Buffer): Buffer {
    if (piece.equals(ZEROS.subarray(0, piece.length))) {
      this.run ??= { line: this.nextLine, count: 0 };
      this.run.count += piece.length;
      return EMPTY;
    }
    const kept = piece.filter((byte) => byte !== 0);
    const before = piece.subarray(0, piece.indexOf(NUL_RUN)).filter((byte) => byte === LF).length;
    this.run ??= { line: this.nextLine + before, count: 0 };
    this.run.count += piece.length - kept.length;
    if (piece.at(-1) !== 0) this.endRun();
    return Buffer.from(kept);
  }

  /** The piece without the NULs that still belong to the run. */
  private continueRun(piece: Buffer): Buffer {
    const end = piece.findIndex((byte) => byte !== 0);
    if (this.run !== null) this.run.count += end < 0 ? piece.length : end;
    if (end < 0) return EMPTY;
    this.endRun();
    return piece.subarray(end);
  }

  private endRun(): void {
    if (this.run === null) return;
    const { line, count } = this.run;
    this.report(diagnostic('io.nul', { file: this.file, line, column: 1 }, { count }));
    this.run = null;
  }
}

function decode(bytes: Buffer): string {
  return bytes.toString('utf8');
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (text.includes('\r')) {
    for (let i = 0; i < lines.length; i++) lines[i] = withoutReturns(lines[i] ?? '');
  }
  return lines;
}

/** Serial consoles end lines with several. */
function withoutReturns(line: string): string {
  let end = line.length;
  while (end > 0 && line.charCodeAt(end - 1) === CR) end--;
  return line.slice(0, end);
}
