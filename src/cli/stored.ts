/** What the commands that read a store share: opening it, its errors told as usage, writing rows. */

import type { RowStream } from '../store/index.ts';
import { StoredAnalyses, StoreError } from '../store/index.ts';
import { EXIT, UsageError } from './exit.ts';
import type { OutputOptions } from './options.ts';
import { type RowFormat, renderRows } from './rows.ts';
import type { Stdio } from './stdio.ts';
import { openOutput, pageFor } from './target.ts';

/** Works with an open store, and closes it. @throws UsageError if it cannot be read, or not so. */
export async function reading(
  path: string,
  work: (store: StoredAnalyses) => Promise<number>,
): Promise<number> {
  try {
    const store = await StoredAnalyses.open(path);
    try {
      return await work(store);
    } finally {
      store.close();
    }
  } catch (error) {
    if (error instanceof StoreError) throw new UsageError(error.message);
    throw error;
  }
}

/** Writes rows in the form asked for. @returns the exit code. */
export async function writeRows(
  rows: RowStream,
  options: OutputOptions & { readonly format: RowFormat },
  stdio: Stdio,
): Promise<number> {
  const output = await openOutput(options, options.format === 'table', stdio);
  try {
    for (const piece of renderRows(options.format, rows, pageFor(options, stdio).width)) {
      await output.write(piece);
      if (output.closed) break;
    }
    await output.end();
    return EXIT.ok;
  } catch (error) {
    await output.abandon();
    throw error;
  }
}
