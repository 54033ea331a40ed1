/**
 * The machine contracts as JSON Schemas (draft 2020-12), made from their zod schemas. zod is loaded only when a
 * schema is asked for.
 */
import type { z as Zod } from 'zod';

/** The schema of `--format json`; `$defs.record` is that of a line of `--format ndjson`. */
export async function analysisJsonSchema(): Promise<object> {
  const { analysisSchema, recordSchema } = await import('./schema.ts');
  return contract('trace-analyze --format json', analysisSchema, recordSchema);
}

/** The same of `diff`. */
export async function differenceJsonSchema(): Promise<object> {
  const { differenceSchema, differenceRecordSchema } = await import('./diff-schema.ts');
  return contract('trace-analyze diff --format json', differenceSchema, differenceRecordSchema);
}

/** The same of `simulate`. */
export async function simulationJsonSchema(): Promise<object> {
  const { simulationSchema, simulationRecordSchema } = await import('./prediction-schema.ts');
  return contract('trace-analyze simulate --format json', simulationSchema, simulationRecordSchema);
}

async function contract(title: string, whole: Zod.ZodType, record: Zod.ZodType): Promise<object> {
  const { z } = await import('zod');
  const { $schema, $defs, ...object } = z.toJSONSchema(whole, { io: 'input' });
  const { $schema: _, $defs: ofRecord, ...line } = z.toJSONSchema(record, { io: 'input' });
  return {
    $schema,
    title,
    description: 'Fields are added, never renamed. A line of --format ndjson is as $defs.record.',
    ...object,
    // What both define is the same, and is named alike in both.
    $defs: { ...$defs, ...ofRecord, record: line },
  };
}
