/** `trace-analyze list --from STORE`: which analyses are kept there. */

import type { Stdio } from '../stdio.ts';
import type { ListOptions } from '../store-commands.ts';
import { reading, writeRows } from '../stored.ts';

const LIST = `SELECT analysis, stored, walks, agrees, diverges, incomplete, unchecked,
  CASE partial WHEN 1 THEN 'partial' ELSE '' END AS note, logs FROM analyses ORDER BY analysis`;

/** @returns the exit code. @throws UsageError. */
export async function listCommand(options: ListOptions, stdio: Stdio): Promise<number> {
  return reading(options.from, (store) => writeRows(store.query(LIST, {}), options, stdio));
}
