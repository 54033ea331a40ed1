/**
 * The machine contract as a JSON Schema (draft 2020-12), made from its zod schemas. zod is loaded only when the
 * schema is asked for.
 */

/** The schema of `--format json`; `$defs.record` is that of a line of `--format ndjson`. */
export async function analysisJsonSchema(): Promise<object> {
  const [{ z }, { analysisSchema, recordSchema }] = await Promise.all([import('zod'), import('./schema.ts')]);
  const { $schema, ...analysis } = z.toJSONSchema(analysisSchema, { io: 'input' });
  const { $schema: _, ...record } = z.toJSONSchema(recordSchema, { io: 'input' });
  return {
    $schema,
    title: 'trace-analyze --format json',
    description: 'Fields are added, never renamed. A line of --format ndjson is as $defs.record.',
    ...analysis,
    $defs: { record },
  };
}
