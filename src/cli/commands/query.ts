/** `trace-analyze query STORE SQL`: one query that only reads; `--named` has ready-made ones. */
import { NAMED_QUERIES, type RowStream, type StoredAnalyses, type Value } from '../../store/index.ts';
import { UsageError } from '../exit.ts';
import type { Stdio } from '../stdio.ts';
import type { QueryOptions } from '../store-commands.ts';
import { reading, writeRows } from '../stored.ts';
import { Talk } from '../talk.ts';

/** @returns the exit code. @throws UsageError. */
export async function queryCommand(
  file: string | null,
  sql: string | null,
  options: QueryOptions,
  stdio: Stdio,
): Promise<number> {
  if (options.named !== undefined && sql !== null) {
    throw new UsageError('give a query or --named, not both');
  }
  if (options.named === true) return writeRows(catalogue(), options, stdio);
  if (file === null) throw new UsageError('no store: give the file that --store wrote');
  const query = options.named === undefined ? await sqlFrom(sql, stdio) : namedSql(options.named);
  return reading(file, async (store) => {
    const analysis = chosen(store, options);
    const { columns, rows } = store.query(query, { analysis });
    let count = 0;
    const counted = function* (): Generator<readonly Value[]> {
      for (const row of rows) {
        count++;
        yield row;
      }
    };
    const code = await writeRows({ columns, rows: counted() }, options, stdio);
    if (count === 0 && options.format === 'table') new Talk(stdio, options).note(emptyNote(query, analysis));
    return code;
  });
}

/** An empty table makes one wonder what was asked. */
function emptyNote(query: string, analysis: number): string {
  if (!query.includes(':analysis')) return 'no rows';
  return `no rows in analysis ${analysis} (--analysis asks another; trace-analyze list shows which there are)`;
}

function catalogue(): RowStream {
  return { columns: ['name', 'answers'], rows: NAMED_QUERIES.map(({ name, title }) => [name, title]) };
}

function namedSql(name: string): string {
  const named = NAMED_QUERIES.find((query) => query.name === name);
  if (named === undefined) {
    const names = NAMED_QUERIES.map((query) => query.name).join(', ');
    throw new UsageError(`no query is named ${name}: there are ${names}`);
  }
  return named.sql;
}

async function sqlFrom(sql: string | null, stdio: Stdio): Promise<string> {
  if (sql === null) throw new UsageError('no query: give SQL, or --named for the ready-made ones');
  if (sql !== '-') return sql;
  const pieces: Uint8Array[] = [];
  for await (const piece of stdio.in) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** What `:analysis` stands for. */
function chosen(store: StoredAnalyses, { analysis }: QueryOptions): number {
  return analysis ?? store.last();
}
