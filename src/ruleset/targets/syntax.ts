/**
 * What a target extension's file tells: its options in the save form, what a listing prints for it, its
 * printing. The target column has named it already, so a listing's words are read by that extension only.
 */
import type { Family } from '../../model/address.ts';
import type { Target } from '../../model/target.ts';
import type { Options } from '../line/options.ts';
import type { Tail } from '../line/tail.ts';
import type { OptionTable } from '../matches/syntax.ts';

export interface TargetPrinter<T> {
  /** The save form, from `-j` on. */
  print(target: T, family: Family): string;
}

export interface TargetSyntax<T extends Target = Target> extends TargetPrinter<T> {
  /** What `-j` calls it. */
  readonly names: readonly string[];
  /** Without dashes. */
  readonly options: OptionTable;
  /** Null if what the extension must be told is missing; values that do not parse are the options' faults. */
  fromSave(options: Options, name: string): T | null;
  /** Null if the next words are not what this target prints. Some print nothing. */
  fromList(tail: Tail, name: string): T | null;
}
