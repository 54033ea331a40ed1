/**
 * A path → an open store of this program's schema. A file of an older version is brought up to date, a newer
 * or foreign one is refused untouched. A run that was killed leaves a journal, which opening for writing
 * undoes: nothing of that run is left.
 */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Database, openDatabase } from './driver.ts';
import { guarded, StoreError } from './error.ts';
import { APPLICATION_ID, migrate, SCHEMA } from './migrations.ts';

/** Opens for reading. @throws StoreError. */
export async function openToRead(path: string): Promise<Database> {
  if (!existsSync(path)) throw new StoreError('missing', `there is no ${path}`);
  try {
    return await openCurrent(path);
  } catch (error) {
    if (!(error instanceof StoreError) || !MENDABLE.has(error.problem)) throw error;
    await mend(path, error);
    return await openCurrent(path);
  }
}

/** What writing to the file may put right. */
const MENDABLE: ReadonlySet<StoreError['problem']> = new Set(['older', 'read-only', 'failed']);

async function openCurrent(path: string): Promise<Database> {
  const database = await openDatabase(path, 'read');
  try {
    const version = versionOf(database, path);
    if (version === 0) throw new StoreError('empty', `${path} is empty: nothing was stored in it yet`);
    if (version < SCHEMA) throw new StoreError('older', `${path} is of an older version`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

async function mend(path: string, why: StoreError): Promise<void> {
  try {
    const database = await openDatabase(path, 'write');
    try {
      guarded(path, () => {
        database.exec('BEGIN IMMEDIATE');
        if (why.problem === 'older') migrate(database, versionOf(database, path));
        database.exec('COMMIT');
      });
    } finally {
      database.close();
    }
  } catch (error) {
    const told = error instanceof StoreError && error.problem === 'read-only';
    if (!told) throw error;
    const cure = why.problem === 'older' ? ' and cannot be brought up to date, since it is read-only' : '';
    throw new StoreError(why.problem, `${why.message}${cure}`);
  }
}

/**
 * Opens for writing, made if it is not there, with a transaction begun: nothing lasts before it is committed.
 * @throws StoreError.
 */
export async function openToWrite(path: string): Promise<Database> {
  if (!existsSync(dirname(path))) {
    throw new StoreError('missing', `${path} cannot be made: there is no folder ${dirname(path)}`);
  }
  const database = await openDatabase(path, 'create');
  try {
    guarded(path, () => {
      database.exec('BEGIN IMMEDIATE');
      migrate(database, versionOf(database, path));
    });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The version of its schema, 0 if nothing is in it yet. @throws StoreError if it is not ours to read. */
function versionOf(database: Database, path: string): number {
  const { application, version, tables } = guarded(path, () => ({
    application: database.prepare<{ application_id: number }>('PRAGMA application_id').get()?.application_id,
    version: database.prepare<{ user_version: number }>('PRAGMA user_version').get()?.user_version ?? 0,
    tables: database.prepare<{ count: number }>('SELECT count(*) AS count FROM sqlite_schema').get()?.count,
  }));
  if (tables === 0 && version === 0 && application === 0) return 0;
  if (application !== APPLICATION_ID) {
    throw new StoreError(
      'foreign',
      `${path} is not a store of trace-analyze, but another program’s database`,
    );
  }
  if (version > SCHEMA) {
    throw new StoreError(
      'newer',
      `${path} was written by a newer trace-analyze (schema ${version}, this one knows ${SCHEMA}): update trace-analyze`,
    );
  }
  return version;
}
