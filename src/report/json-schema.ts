/**
 * The machine contract as a JSON Schema (draft 2020-12), from its zod schemas. Importing this loads zod: only
 * the command that prints the schema, and tests, do.
 */
import { z } from 'zod';
import { analysisSchema, recordSchema } from './schema.ts';

/** The schema of `--format json`; `$defs.record` is that of a line of `--format ndjson`. */
export function analysisJsonSchema(): object {
  const record = z.toJSONSchema(recordSchema, { io: 'input' });
  const analysis = z.toJSONSchema(analysisSchema, { io: 'input' });
  const { $schema, ...rest } = analysis;
  const { $schema: _, ...recordRest } = record;
  return {
    $schema,
    title: 'trace-analyze --format json',
    description: 'Fields are added, never renamed. A line of --format ndjson is as $defs.record.',
    ...rest,
    $defs: { record: recordRest },
  };
}
