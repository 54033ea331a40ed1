/**
 * What the lines of one host and family have shown so far, beside its rules: which tables print at which
 * hook. Without rules this is all that tells a skipped table from one that is not loaded.
 */
import { HOOKS, type Hook, TABLES, type TableName } from '../model/hook.ts';
import type { Loaded } from './follow.ts';
import type { Program } from './program.ts';

export class Host implements Loaded {
  readonly name: string | null;
  readonly program: Program;
  readonly #seen = new Map<Hook, Set<TableName>>(HOOKS.map((hook) => [hook, new Set()]));
  readonly #printing: Set<TableName>;

  constructor(name: string | null, program: Program) {
    this.name = name;
    this.program = program;
    this.#printing = new Set(program.whole ? program.loaded : TABLES);
  }

  /** Notes a line of the table at the hook. */
  see(hook: Hook, table: TableName): void {
    this.#seen.get(hook)?.add(table);
    this.#printing.add(table);
  }

  isSeen(hook: Hook, table: TableName): boolean {
    return this.#seen.get(hook)?.has(table) ?? false;
  }

  isCertain(table: TableName): boolean {
    return this.program.loaded.has(table);
  }

  /** Whether the table may print at all, by rules and log. */
  mayPrint(table: TableName): boolean {
    return this.#printing.has(table);
  }
}
