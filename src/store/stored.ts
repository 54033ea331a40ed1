/** A store, opened to read: its analyses as they were, record by record, and queries over its views. */
import type { AnalysisRecord, Summary } from '../model/analysis.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Finding } from '../model/finding.ts';
import type { InputFile } from '../model/inputs.ts';
import type { Database, RowStream, Value } from './driver.ts';
import { guarded, StoreError } from './error.ts';
import { openToRead } from './open.ts';
import { readRuleset } from './ruleset-rows.ts';
import { WalkReader } from './walk-reader.ts';

/** An analysis as `list` shows it. */
export interface StoredAnalysis {
  readonly analysis: number;
  /** Milliseconds since 1970. */
  readonly stored: number;
  /** Of the program that made it. */
  readonly version: string;
  readonly summary: Summary;
  readonly inputs: readonly InputFile[];
}

interface AnalysisRow {
  readonly id: number;
  readonly version: string;
  readonly stored: number;
  readonly ruleset: number | null;
  readonly rules_after: number;
  readonly first_walk: number;
  readonly last_walk: number;
  readonly summary: string;
}

interface NoteRow {
  readonly id: number;
  readonly after_walk: number;
  readonly kind: 'diagnostic' | 'finding';
  readonly code: Diagnostic['code'] & Finding['code'];
  readonly severity: Diagnostic['severity'];
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly args: string;
  readonly excerpt: string | null;
}

const PAGE = 1024;

export class StoredAnalyses {
  private readonly path: string;
  private readonly database: Database;

  private constructor(path: string, database: Database) {
    this.path = path;
    this.database = database;
  }

  /** @throws StoreError. */
  static async open(path: string): Promise<StoredAnalyses> {
    return new StoredAnalyses(path, await openToRead(path));
  }

  /** All analyses, in the order in which they were stored. */
  list(): readonly StoredAnalysis[] {
    const rows = guarded(this.path, () =>
      this.database.prepare<AnalysisRow>('SELECT * FROM analysis ORDER BY id').all(),
    );
    return rows.map(({ id, stored, version, summary }) => ({
      analysis: id,
      stored: stored * 1000,
      version,
      summary: JSON.parse(summary) as Summary,
      inputs: this.inputs(id),
    }));
  }

  /** The files that an analysis read. */
  inputs(analysis: number): readonly InputFile[] {
    const sql = 'SELECT kind AS role, file, bytes, sha256 FROM input WHERE analysis = ? ORDER BY place';
    return guarded(this.path, () => this.database.prepare<InputFile>(sql).all(analysis));
  }

  /** The number of the analysis that was stored last. @throws StoreError if there is none. */
  last(): number {
    const last = guarded(this.path, () =>
      this.database.prepare<{ last: number | null }>('SELECT max(id) AS last FROM analysis').get(),
    );
    if (last?.last == null) throw new StoreError('empty', `${this.path} holds no analysis`);
    return last.last;
  }

  /** The records of an analysis, as the flow gave them. @throws StoreError if there is no such analysis. */
  *records(analysis: number): Generator<AnalysisRecord> {
    const { database, path } = this;
    const row = guarded(path, () =>
      database.prepare<AnalysisRow>('SELECT * FROM analysis WHERE id = ?').get(analysis),
    );
    if (row === undefined) throw new StoreError('missing', `${path} holds no analysis ${analysis}`);
    const ruleset = guarded(path, () => readRuleset(database, row.ruleset));
    const notes = this.notes(analysis);
    let passed = 0;
    let note = notes.next();
    const before = function* (walk: number): Generator<AnalysisRecord> {
      for (; note.done !== true && note.value.after_walk < walk; note = notes.next()) {
        if (passed === row.rules_after) yield { type: 'rules', ruleset };
        passed += 1;
        yield recordOf(note.value);
      }
      if (passed === row.rules_after) {
        passed = Number.NaN;
        yield { type: 'rules', ruleset };
      }
    };
    const reader = new WalkReader(database, ruleset);
    for (const { id, walk } of reader.walks(row.first_walk, row.last_walk)) {
      yield* before(id);
      yield { type: 'walk', walk };
    }
    yield* before(Number.POSITIVE_INFINITY);
    yield { type: 'summary', summary: JSON.parse(row.summary) as Summary };
  }

  /** Runs one statement that only reads. @throws StoreError if it is another, or cannot be run. */
  query(sql: string, named: Readonly<Record<string, Value>>): RowStream {
    return this.database.select(sql, named);
  }

  close(): void {
    this.database.close();
  }

  private *notes(analysis: number): Generator<NoteRow> {
    const select = this.database.prepare<NoteRow>(
      `SELECT n.*, f.text AS file FROM note n LEFT JOIN string f ON f.id = n.file
       WHERE n.analysis = ? AND n.id > ? ORDER BY n.id LIMIT ${PAGE}`,
    );
    for (let last = 0; ; ) {
      const page = select.all(analysis, last);
      yield* page;
      const end = page.at(-1);
      if (end === undefined) return;
      last = end.id;
    }
  }
}

function recordOf(row: NoteRow): AnalysisRecord {
  const { code, severity, file, line, column } = row;
  const args = JSON.parse(row.args) as Diagnostic['args'];
  const at = file === null ? null : { file, line: line ?? 0, column: column ?? 0 };
  if (row.kind === 'finding') return { type: 'finding', finding: { code, severity, args, at } };
  const excerpt = row.excerpt === null ? null : (JSON.parse(row.excerpt) as Diagnostic['excerpt']);
  return {
    type: 'diagnostic',
    diagnostic: { code, severity, args, at: at ?? { file: '', line: 0, column: 0 }, excerpt },
  };
}
