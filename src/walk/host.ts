/**
 * What the lines of one host and family have shown so far, beside its rules: which tables print. Without rules
 * this is all that tells a skipped table from one that is not loaded. A table that prints at one hook prints at
 * all its hooks: the kernel registers them together.
 */
import type { TableName } from '../model/hook.ts';
import type { Program } from './program.ts';

/** What the families of one host share. */
export interface Machine {
  readonly name: string | null;
  /** Mixed into the hash of its packets: the packets of a thousand hosts may be alike. */
  readonly salt: number;
  /** Serial number of the event with which the latest walk began. */
  lastStart: number;
}

export class Host {
  readonly machine: Machine;
  readonly program: Program;
  readonly #seen = new Set<TableName>();

  constructor(machine: Machine, program: Program) {
    this.machine = machine;
    this.program = program;
  }

  /** Notes a line of the table. */
  see(table: TableName): void {
    this.#seen.add(table);
  }

  /** Whether the log has shown the table. */
  isSeen(table: TableName): boolean {
    return this.#seen.has(table);
  }

  /** Whether the rules say that the table is loaded. */
  isCertain(table: TableName): boolean {
    return this.program.loaded.has(table);
  }

  /** Whether the table may print at all, by rules and log. */
  mayPrint(table: TableName): boolean {
    return this.#seen.has(table) || this.program.loaded.has(table) || !this.program.whole;
  }

  /** Whether the table prints a line for every packet, as far as rules and log tell. nat prints for few. */
  prints(table: TableName): boolean {
    return table !== 'nat' && (this.#seen.has(table) || this.program.loaded.has(table));
  }
}
