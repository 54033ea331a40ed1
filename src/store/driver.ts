/**
 * SQLite behind a handful of methods, so that another binding can take its place. The only file that loads
 * better-sqlite3, and only when a store is opened: all else works without it.
 */
import { guarded, StoreError } from './error.ts';

export type Value = string | number | bigint | Uint8Array | null;

export interface Statement<Row> {
  /** @returns the row id of what was inserted last. */
  run(...values: readonly Value[]): number;
  get(...values: readonly Value[]): Row | undefined;
  all(...values: readonly Value[]): readonly Row[];
}

/** Rows as arrays, in the order of the columns, one after another. */
export interface RowStream {
  readonly columns: readonly string[];
  readonly rows: Iterable<readonly Value[]>;
}

export interface Database {
  /** Runs statements that give nothing back. */
  exec(sql: string): void;
  /** The caller says what a row is: the schema of the same version holds it. */
  prepare<Row = never>(sql: string): Statement<Row>;
  /** One statement that only reads. @throws StoreError if it is another, or cannot be run. */
  select(sql: string, named: Readonly<Record<string, Value>>): RowStream;
  close(): void;
}

export type OpenMode = 'read' | 'write' | 'create';

/** Milliseconds that a locked file is waited for. */
const PATIENCE = 5000;

const CURE = `the store needs better-sqlite3, which is not installed or could not be built.
Install it where trace-analyze is installed (a C++ compiler, make and python3 are needed):
  npm install -g --allow-scripts=better-sqlite3 trace-analyze
or, in a checkout, npm install`;

/** Opens a file. @throws StoreError if better-sqlite3 is not there, or the file cannot be opened. */
export async function openDatabase(path: string, mode: OpenMode): Promise<Database> {
  const Sqlite = await loadDriver();
  return guarded(path, () => {
    const options = { readonly: mode === 'read', fileMustExist: mode !== 'create', timeout: PATIENCE };
    return wrap(new Sqlite(path, options));
  });
}

async function loadDriver(): Promise<typeof import('better-sqlite3')> {
  try {
    const { default: Sqlite } = await import('better-sqlite3');
    // The package may be there without its binary, which shows only now.
    new Sqlite(':memory:').close();
    return Sqlite;
  } catch {
    throw new StoreError('driver', CURE);
  }
}

function wrap(database: import('better-sqlite3').Database): Database {
  return {
    exec: (sql) => {
      database.exec(sql);
    },
    prepare: <Row>(sql: string) => {
      const statement = database.prepare<Value[], Row>(sql);
      return {
        run: (...values) => Number(statement.run(...values).lastInsertRowid),
        get: (...values) => statement.get(...values),
        all: (...values) => statement.all(...values),
      };
    },
    select: (sql, named) => {
      return asked(() => {
        const statement = database.prepare<[Readonly<Record<string, Value>>], Value[]>(sql);
        if (!statement.reader || !statement.readonly) {
          throw new StoreError('query', 'a query only reads: it begins with select');
        }
        statement.raw(true).safeIntegers(true);
        return {
          columns: statement.columns().map(({ name }) => name),
          rows: rowsOf(statement.iterate(named)),
        };
      });
    },
    close: () => {
      database.close();
    },
  };
}

/** Rows come one by one, and so may their errors. */
function* rowsOf(rows: IterableIterator<Value[]>): Generator<readonly Value[]> {
  try {
    for (;;) {
      const next = asked(() => rows.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    rows.return?.();
  }
}

/** What goes wrong with a query is the query's fault, or that of the file. */
function asked<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError('query', error instanceof Error ? error.message : String(error));
  }
}
