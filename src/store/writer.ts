/**
 * Records of one analysis → a store, in one transaction: after a crash at any moment the store is as it was
 * before. The inputs are known by hash only when all are read; if they are stored already, by this version
 * of the program, what was written is taken back, so equal inputs are stored once.
 */
import type { AnalysisRecord, Summary } from '../model/analysis.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Finding } from '../model/finding.ts';
import type { InputFile } from '../model/inputs.ts';
import type { Database, Statement } from './driver.ts';
import { guarded } from './error.ts';
import { openToWrite } from './open.ts';
import { putRuleset } from './ruleset-rows.ts';
import { WalkRows } from './walk-rows.ts';

export interface WriterOptions {
  /** Of the program: another version may see more in the same input, so it replaces what is stored. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** KiB of pages that are held before they are written to the file; left out: SQLite's own 16 MiB. */
  readonly cache?: number;
  /** The words of findings and diagnostics, for queries. */
  readonly wording: { finding(of: Finding): string; diagnostic(of: Diagnostic): string };
}

/** What came of storing: `known` as the analysis of this number, `new`, or in place of an older one. */
export interface Stored {
  readonly analysis: number;
  readonly as: 'new' | 'known' | 'replaced';
}

export class StoreWriter {
  private readonly path: string;
  private readonly database: Database;
  private readonly options: WriterOptions;
  private readonly analysis: number;
  private readonly firstWalk: number;
  private readonly walks: WalkRows;
  private readonly putNote: Statement<never>;
  private lastWalk: number;
  private notes = 0;
  private rulesAfter = 0;
  private ruleset: number | null = null;
  private summary: Summary | null = null;

  private constructor(path: string, database: Database, options: WriterOptions) {
    this.path = path;
    this.database = database;
    this.options = options;
    this.analysis = maximum(database, 'analysis') + 1;
    this.firstWalk = maximum(database, 'walk') + 1;
    this.lastWalk = this.firstWalk - 1;
    this.walks = new WalkRows(database);
    this.putNote = database.prepare(
      `INSERT INTO note (analysis, after_walk, kind, code, severity, file, line, "column", args, excerpt, message)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  /** Opens a store for one analysis. @throws StoreError. */
  static async open(path: string, options: WriterOptions): Promise<StoreWriter> {
    const database = await openToWrite(path);
    try {
      return guarded(path, () => {
        if (options.cache !== undefined) database.exec(`PRAGMA cache_size = -${options.cache}`);
        return new StoreWriter(path, database, options);
      });
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** Takes the records as the flow gives them. @throws StoreError: then nothing is stored. */
  push(record: AnalysisRecord): void {
    this.attempt(() => this.take(record));
  }

  /**
   * Makes it last. The summary must have come.
   * @param hash Stands for all inputs and options: a Fingerprint's.
   * @throws StoreError: then nothing is stored.
   */
  commit(hash: Uint8Array, inputs: readonly InputFile[]): Stored {
    const stored = this.attempt((): Stored => {
      const { database, analysis } = this;
      const known = database
        .prepare<{ readonly id: number; readonly version: string; readonly partial: number }>(
          'SELECT id, version, partial FROM analysis WHERE hash = ?',
        )
        .get(hash);
      const partial = this.summary?.partial ?? true;
      if (known !== undefined && known.version === this.options.version && known.partial <= Number(partial)) {
        database.exec('ROLLBACK');
        return { analysis: known.id, as: 'known' };
      }
      if (known !== undefined) this.remove(known.id);
      database
        .prepare('INSERT INTO analysis VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
        .run(
          analysis,
          hash,
          this.options.version,
          Math.floor(this.options.now / 1000),
          this.ruleset,
          this.rulesAfter,
          this.firstWalk,
          this.lastWalk,
          Number(partial),
          JSON.stringify(this.summary),
        );
      const putInput = database.prepare('INSERT INTO input VALUES (?, ?, ?, ?, ?, ?)');
      for (const [place, { role, file, bytes, sha256 }] of inputs.entries()) {
        putInput.run(analysis, place, role, file, bytes, sha256);
      }
      database.exec('COMMIT');
      return { analysis, as: known === undefined ? 'new' : 'replaced' };
    });
    this.database.close();
    return stored;
  }

  /** Takes everything back. */
  abandon(): void {
    this.database.close();
  }

  private attempt<T>(work: () => T): T {
    try {
      return guarded(this.path, work);
    } catch (error) {
      // Closing undoes the transaction.
      this.database.close();
      throw error;
    }
  }

  private take(record: AnalysisRecord): void {
    switch (record.type) {
      case 'walk':
        this.lastWalk += 1;
        this.walks.put(this.analysis, this.lastWalk, record.walk);
        return;
      case 'rules':
        this.rulesAfter = this.notes;
        this.ruleset = putRuleset(this.database, this.walks.strings, record.ruleset);
        return;
      case 'diagnostic': {
        const { diagnostic } = record;
        this.note('diagnostic', diagnostic, diagnostic.excerpt, this.options.wording.diagnostic(diagnostic));
        return;
      }
      case 'finding':
        this.note('finding', record.finding, null, this.options.wording.finding(record.finding));
        return;
      case 'summary':
        this.summary = record.summary;
    }
  }

  private note(
    kind: 'diagnostic' | 'finding',
    { code, severity, args, at }: Diagnostic | Finding,
    excerpt: Diagnostic['excerpt'],
    message: string,
  ): void {
    this.notes += 1;
    this.putNote.run(
      this.analysis,
      this.lastWalk,
      kind,
      code,
      severity,
      at === null ? null : this.walks.strings.id(at.file),
      at?.line ?? null,
      at?.column ?? null,
      JSON.stringify(args),
      excerpt === null ? null : JSON.stringify(excerpt),
      message,
    );
  }

  /** What analyses share stays: other analyses may use it. */
  private remove(analysis: number): void {
    const { database } = this;
    const range =
      'BETWEEN (SELECT first_walk FROM analysis WHERE id = ?) AND (SELECT last_walk FROM analysis WHERE id = ?)';
    database.prepare(`DELETE FROM state WHERE walk ${range}`).run(analysis, analysis);
    database.prepare(`DELETE FROM walk WHERE id ${range}`).run(analysis, analysis);
    for (const table of ['note', 'input']) {
      database.prepare(`DELETE FROM ${table} WHERE analysis = ?`).run(analysis);
    }
    database.prepare('DELETE FROM analysis WHERE id = ?').run(analysis);
  }
}

function maximum(database: Database, table: 'analysis' | 'walk'): number {
  return database.prepare<{ last: number | null }>(`SELECT max(id) AS last FROM ${table}`).get()?.last ?? 0;
}
