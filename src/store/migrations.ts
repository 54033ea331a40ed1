/**
 * The schema of a store as numbered steps: `PRAGMA user_version` is how many a file has had. A step that was
 * released is never changed. Tables are ours and may change; the views of VIEWS are what people query.
 *
 * What repeats is stored once: texts (`string`), what a step is under the rules (`spot`), the sequence of
 * steps that equal walks share (`path`, `path_step`). A walk's own are its lines and times, as offsets from
 * its first, and how its packet changed (`state`).
 */
import type { Database } from './driver.ts';
import { VIEWS } from './views.ts';

/** `trac`, in the header of the file: whose database it is. */
export const APPLICATION_ID = 0x74726163;

const TABLES = `
CREATE TABLE string (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
-- JSON that walks share; known by the first half of its SHA-256.
CREATE TABLE detail (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, json TEXT NOT NULL);

CREATE TABLE analysis (
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,           -- SHA-256 of all inputs and options
  version TEXT NOT NULL,               -- of the program that made it
  stored INTEGER NOT NULL,             -- seconds since 1970
  ruleset INTEGER,
  rules_after INTEGER NOT NULL,        -- notes that came before the rules
  first_walk INTEGER NOT NULL,         -- walk.id of its walks: first_walk to last_walk
  last_walk INTEGER NOT NULL,
  partial INTEGER NOT NULL,
  summary TEXT NOT NULL                -- JSON
);
CREATE TABLE input (
  analysis INTEGER NOT NULL, place INTEGER NOT NULL,
  kind TEXT NOT NULL, file TEXT NOT NULL, bytes INTEGER, sha256 TEXT,
  PRIMARY KEY (analysis, place)
) WITHOUT ROWID;

CREATE TABLE ruleset (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE);
-- The rules as they were read: deflated JSON, a line for each table, chain and rule.
CREATE TABLE ruleset_part (
  ruleset INTEGER NOT NULL, place INTEGER NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (ruleset, place)
) WITHOUT ROWID;
-- The same for queries.
CREATE TABLE chain (
  ruleset INTEGER NOT NULL, family INTEGER NOT NULL, tbl TEXT NOT NULL, name INTEGER NOT NULL,
  policy TEXT,
  PRIMARY KEY (ruleset, family, tbl, name)
) WITHOUT ROWID;
CREATE TABLE rule (
  ruleset INTEGER NOT NULL, family INTEGER NOT NULL, tbl TEXT NOT NULL, chain INTEGER NOT NULL,
  number INTEGER NOT NULL,
  target INTEGER, file INTEGER NOT NULL, line INTEGER NOT NULL,
  packets INTEGER, bytes INTEGER,      -- of its counters, where they are exact and below 2^63
  text TEXT NOT NULL,
  PRIMARY KEY (ruleset, family, tbl, chain, number)
) WITHOUT ROWID;

CREATE TABLE spot (
  id INTEGER PRIMARY KEY,
  chain INTEGER NOT NULL, number INTEGER NOT NULL, tbl TEXT NOT NULL, hook TEXT NOT NULL,
  type TEXT NOT NULL, place TEXT NOT NULL, depth INTEGER NOT NULL,
  UNIQUE (chain, number, tbl, hook, type, place, depth)
);
CREATE TABLE path (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, length INTEGER NOT NULL);
CREATE TABLE path_step (
  path INTEGER NOT NULL, step INTEGER NOT NULL, spot INTEGER NOT NULL,
  state INTEGER NOT NULL,              -- which of the walk's states the packet was in
  mark_set_by INTEGER, changes TEXT, meanwhile TEXT,
  PRIMARY KEY (path, step)
) WITHOUT ROWID;
CREATE INDEX path_step_spot ON path_step (spot);

CREATE TABLE walk (
  id INTEGER PRIMARY KEY,              -- in the order in which they ended
  analysis INTEGER NOT NULL, n INTEGER NOT NULL, path INTEGER NOT NULL,
  family INTEGER NOT NULL, host INTEGER, level INTEGER, file INTEGER NOT NULL,
  line INTEGER NOT NULL, lines TEXT,   -- offsets from line; null: one after another
  uptime INTEGER, uptimes TEXT,        -- microseconds; offsets; null: all alike
  time INTEGER, times TEXT,            -- microseconds since 1970; offsets
  stamp INTEGER, stamps TEXT,          -- as written; differences
  disposition TEXT NOT NULL, decided INTEGER, caused_by INTEGER,
  status TEXT NOT NULL, findings INTEGER, -- detail: what the check has beyond its status
  gaps TEXT, odd TEXT,                 -- JSON; odd: fields of steps that do not follow from the rest
  protocol TEXT, ident INTEGER, flags INTEGER, seq INTEGER, ack INTEGER,
  icmp_type INTEGER, icmp_code INTEGER, icmp_id INTEGER, icmp_seq INTEGER,
  mac INTEGER, uid INTEGER, gid INTEGER,
  rest INTEGER                         -- detail: what has no column
);
CREATE UNIQUE INDEX walk_n ON walk (analysis, n);
CREATE INDEX walk_path ON walk (path);
CREATE TABLE state (
  walk INTEGER NOT NULL, state INTEGER NOT NULL,
  indev INTEGER, outdev INTEGER, src INTEGER NOT NULL, dst INTEGER NOT NULL, sport INTEGER, dport INTEGER,
  length INTEGER NOT NULL, ttl INTEGER NOT NULL, tos INTEGER NOT NULL, mark INTEGER NOT NULL,
  text TEXT,                           -- of the line behind its step's name, as difference from the usual one
  rest TEXT,                           -- JSON: the packet, if more than these fields changed
  PRIMARY KEY (walk, state)
) WITHOUT ROWID;

CREATE TABLE note (
  id INTEGER PRIMARY KEY,
  analysis INTEGER NOT NULL, after_walk INTEGER NOT NULL, kind TEXT NOT NULL,
  code TEXT NOT NULL, severity TEXT NOT NULL, file INTEGER, line INTEGER, "column" INTEGER,
  args TEXT NOT NULL, excerpt TEXT, message TEXT NOT NULL
);
CREATE INDEX note_analysis ON note (analysis);
`;

/** Each brings a file one version further. */
export const MIGRATIONS: readonly string[] = [TABLES, VIEWS];

/** The version of the schema that this program writes and reads. */
export const SCHEMA = MIGRATIONS.length;

/** Runs what a file of this version lacks. Belongs into a transaction. */
export function migrate(database: Database, from: number): void {
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < from) continue;
    database.exec(sql);
    database.exec(`PRAGMA user_version = ${index + 1}`);
  }
  // Written also where it stands: a file that cannot be written is to be known at once.
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
}
