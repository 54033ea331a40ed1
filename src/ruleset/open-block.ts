/**
 * A block while its lines come in: it knows what it has, so it can tell when the next line begins another one.
 * One listing shows built-in chains in hook order, then user chains, none twice, all parted alike; one -S shows
 * all policies, then the rest.
 */
import { HOOKS, isHook, type TableName } from '../model/hook.ts';
import type { SourceRef } from '../model/source.ts';
import type {
  Block,
  ChainHeading,
  CommandBlock,
  Hint,
  ListBlock,
  ListedChain,
  RulesetSource,
  Statement,
} from './draft.ts';

/** Chains of a listing. */
export class OpenList {
  readonly form = 'list';
  readonly #at: SourceRef;
  readonly #hint: Hint | null;
  readonly #chains: ListedChain[] = [];
  readonly #names = new Set<string>();
  readonly #builtins: string[] = [];
  /** Whether blank lines stand between its chains: then two chains without one are of two listings. */
  #spaced = false;

  constructor(at: SourceRef, hint: Hint | null) {
    this.#at = at;
    this.#hint = hint;
  }

  /** Whether one listing never shows this heading after what went before. */
  endsBefore(heading: ChainHeading, blankBefore: boolean): boolean {
    if ((this.#spaced && !blankBefore) || this.#names.has(heading.name)) return true;
    if (heading.policy === null) return false;
    return this.#names.size > this.#builtins.length || !inHookOrder(this.#builtins, heading.name);
  }

  add(heading: ChainHeading, blankBefore: boolean): void {
    if (this.#chains.length > 0) this.#spaced ||= blankBefore;
    this.#chains.push({ heading, layout: null, rows: [] });
    this.#names.add(heading.name);
    if (heading.policy !== null) this.#builtins.push(heading.name);
  }

  /** The chain whose rows come now. */
  get last(): ListedChain | undefined {
    return this.#chains.at(-1);
  }

  close(source: RulesetSource): ListBlock {
    return { form: 'list', source, at: this.#at, hint: this.#hint, toolFamily: null, chains: this.#chains };
  }
}

/** Lines of a save's table, or of one -S. */
export class OpenCommands {
  readonly form: 'save' | 'S';
  readonly table: TableName | null;
  readonly at: SourceRef;
  readonly statements: Statement[] = [];
  /** `COMMIT` was seen. */
  committed = false;
  readonly #hint: Hint | null;
  readonly #names = new Set<string>();
  readonly #policies: string[] = [];
  #pastPolicies = false;

  constructor(table: TableName | null, at: SourceRef, hint: Hint | null) {
    this.form = table === null ? 'S' : 'save';
    this.table = table;
    this.at = at;
    this.#hint = hint;
  }

  /** -S: whether this declaration of a chain begins the next table's lines. */
  endsBefore(chain: string, isPolicy: boolean): boolean {
    if (this.#names.has(chain)) return true;
    return isPolicy && (this.#pastPolicies || !inHookOrder(this.#policies, chain));
  }

  /** -S: a line came, which declares this chain or ('') none. */
  note(chain: string, isPolicy: boolean): void {
    if (chain !== '') this.#names.add(chain);
    if (isPolicy) this.#policies.push(chain);
    else this.#pastPolicies = true;
  }

  close(source: RulesetSource, toolFamily: Block['toolFamily']): CommandBlock {
    const { form, table, at, statements } = this;
    return { form, source, at, hint: this.#hint, toolFamily, table, statements, closed: this.committed };
  }
}

/**
 * Whether a built-in chain may follow these in one listing: hook order, or that of kernels before 2.6.36, whose
 * nat table listed PREROUTING, POSTROUTING, OUTPUT.
 */
function inHookOrder(before: readonly string[], name: string): boolean {
  if (name === 'OUTPUT' && before.join() === 'PREROUTING,POSTROUTING') return true;
  return before.every((earlier) => placeOf(earlier) < placeOf(name));
}

/** A policy on a chain that is no hook's has no place: it never comes in order. */
function placeOf(name: string): number {
  return isHook(name) ? HOOKS.indexOf(name) : Number.NaN;
}
