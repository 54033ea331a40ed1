/** The door of `store`: analyses kept in a SQLite file, read back record by record, and queried. */
export type { RowStream, Value } from './driver.ts';
export { StoreError, type StoreProblem } from './error.ts';
export { Fingerprint } from './fingerprint.ts';
export { NAMED_QUERIES, type NamedQuery } from './named.ts';
export { StoredAnalyses, type StoredAnalysis } from './stored.ts';
export { type Stored, StoreWriter, type WriterOptions } from './writer.ts';
