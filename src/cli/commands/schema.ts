/** `trace-analyze schema`: the JSON Schema of a command's `--format json`, or of expectation files, as published. */

import { expectationsJsonSchema } from '../../expect/index.ts';
import { entryOf } from '../../model/entry.ts';
import { analysisJsonSchema, differenceJsonSchema, simulationJsonSchema } from '../../report/index.ts';
import { EXIT, UsageError } from '../exit.ts';
import { streamOutput } from '../output.ts';
import type { Stdio } from '../stdio.ts';

const SCHEMAS: Readonly<Record<string, () => object | Promise<object>>> = {
  analysis: analysisJsonSchema,
  difference: differenceJsonSchema,
  expectations: expectationsJsonSchema,
  simulation: simulationJsonSchema,
};

/** @throws UsageError if there is no such schema. */
export async function schemaCommand(name: string, stdio: Stdio): Promise<number> {
  const schema = entryOf(SCHEMAS, name);
  if (schema === undefined) throw new UsageError(`no schema ${name}: ${Object.keys(SCHEMAS).join(', ')}`);
  const output = streamOutput(stdio.out);
  await output.write(`${JSON.stringify(await schema(), null, 2)}\n`);
  await output.end();
  return EXIT.ok;
}
