/** The arguments of `diff` → what is compared with what, or why they make no sense together. */
import type { Difference } from '../model/difference.ts';
import { isFiltering } from '../report/index.ts';
import type { DiffOptions } from './diff-command.ts';
import { UsageError } from './exit.ts';
import { filterOf } from './options.ts';
import { walkNumber } from './values.ts';

/** What one side is read from. */
export interface SideArguments {
  readonly inputs: readonly string[];
  readonly rules: readonly string[];
  readonly contexts: readonly string[];
}

export type Plan =
  | { readonly mode: Difference['mode']; readonly a: SideArguments; readonly b: SideArguments }
  | { readonly mode: 'stored'; readonly from: string; readonly a: number; readonly b: number };

/** @throws UsageError if the arguments make no sense together. */
export function planOf(inputs: readonly string[], options: DiffOptions): Plan {
  const { rules, context, log, from } = options;
  const side = (
    own: readonly string[],
    ownContext: readonly string[],
    logs: readonly string[],
  ): SideArguments => ({
    inputs: logs,
    rules: [...rules, ...own],
    contexts: [...context, ...ownContext],
  });
  const { rulesA, rulesB, contextA, contextB } = options;
  if (options.expected) {
    if (inputs.length + log.length === 0)
      throw new UsageError('--expected needs a log, or a folder with one');
    const both = side([...rulesA, ...rulesB], [...contextA, ...contextB], [...inputs, ...log]);
    return { mode: 'expected', a: both, b: both };
  }
  const [a, b] = inputs;
  if (from !== undefined) {
    if (a === undefined || b === undefined || inputs.length > 2) {
      throw new UsageError('--from needs the numbers of two analyses, as trace-analyze list shows them');
    }
    return { mode: 'stored', from, a: analysisNumber(a), b: analysisNumber(b) };
  }
  if (a !== undefined && b !== undefined && inputs.length === 2) {
    if (log.length > 0) throw new UsageError('--log goes with two rule sets, not with two captures');
    return { mode: 'captures', a: side(rulesA, contextA, [a]), b: side(rulesB, contextB, [b]) };
  }
  if (inputs.length > 0) {
    throw new UsageError(
      'two captures (A B), or --rules-a OLD --rules-b NEW [--log FILE], or a capture and --expected',
    );
  }
  if (rulesA.length === 0 || rulesB.length === 0) {
    throw new UsageError('nothing to compare: give two captures, or --rules-a OLD and --rules-b NEW');
  }
  if (log.length === 0 && isFiltering(filterOf(options))) {
    throw new UsageError('two rule sets have no packets to choose from: give a --log');
  }
  return {
    mode: log.length === 0 ? 'rules' : 'rehearsal',
    a: { inputs: log, rules: rulesA, contexts: [...context, ...contextA] },
    b: { inputs: [], rules: rulesB, contexts: [...context, ...(contextB.length > 0 ? contextB : contextA)] },
  };
}

function analysisNumber(text: string): number {
  try {
    return walkNumber(text);
  } catch {
    throw new UsageError(`${text} is not the number of an analysis`);
  }
}
