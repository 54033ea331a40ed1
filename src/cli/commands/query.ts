/** `trace-analyze query STORE SQL`: one query that only reads; `--named` has ready-made ones. */
import { NAMED_QUERIES, type RowStream, type StoredAnalyses } from '../../store/index.ts';
import { UsageError } from '../exit.ts';
import type { Stdio } from '../stdio.ts';
import type { QueryOptions } from '../store-commands.ts';
import { reading, writeRows } from '../stored.ts';

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
  return reading(file, (store) =>
    writeRows(store.query(query, { analysis: chosen(store, options) }), options, stdio),
  );
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
