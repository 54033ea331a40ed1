/**
 * What can be wrong with a store, by kind, with a message that names the cure; and the errors of SQLite
 * translated into it. Anything else that is thrown is a defect and passes through.
 */

export type StoreProblem =
  /** better-sqlite3 is not installed, or was not built. */
  | 'driver'
  | 'missing'
  | 'empty'
  | 'foreign'
  | 'newer'
  | 'older'
  | 'damaged'
  | 'locked'
  | 'read-only'
  | 'full'
  | 'failed'
  /** A query that cannot be run. */
  | 'query';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly problem: StoreProblem;

  constructor(problem: StoreProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}

/** The words for a result code (its first part that is known), after the file's name. */
const CODES: readonly (readonly [RegExp, StoreProblem, string])[] = [
  [/^SQLITE_(?:BUSY|LOCKED)/, 'locked', 'is being written by another run: try again when that is done'],
  [/^SQLITE_FULL/, 'full', 'cannot grow: the disk is full'],
  [
    /^SQLITE_(?:READONLY_ROLLBACK|READONLY_RECOVERY)/,
    'read-only',
    'was left in mid-write by a run that was killed: open it once where it can be written',
  ],
  [/^SQLITE_(?:READONLY|PERM|AUTH)/, 'read-only', 'cannot be written: it, or its folder, is read-only'],
  [/^SQLITE_NOTADB/, 'foreign', 'is not a store of trace-analyze (no SQLite database at all)'],
  [/^SQLITE_CORRUPT/, 'damaged', 'is damaged: store the analyses anew in another file'],
  [/^SQLITE_IOERR/, 'failed', 'cannot be read or written: the disk says no'],
  [/^SQLITE_CANTOPEN/, 'failed', 'cannot be opened: is its folder there, and may it be written?'],
];

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return '';
}

/** The StoreError that an error of SQLite about this file means; any other error as it is. */
function storeError(path: string, error: unknown): unknown {
  const code = codeOf(error);
  if (!code.startsWith('SQLITE_')) return error;
  for (const [pattern, problem, words] of CODES) {
    if (pattern.test(code)) return new StoreError(problem, `${path} ${words}`);
  }
  return error;
}

/** Runs work on this file, its errors translated. @throws StoreError. */
export function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeError(path, error);
  }
}
