/**
 * Listings of single chains (`-L FORWARD`, `-L POSTROUTING`) may stand together like one table's. Where no table has
 * all their built-in chains and their rules' targets too, each chain is a block of its own.
 */
import type { ChainDraft, TableDraft } from './draft.ts';
import { isPossible } from './evidence.ts';

/** The draft itself, or one draft for each of its chains. */
export function fallApart(draft: TableDraft): readonly TableDraft[] {
  if (draft.form === 'save' || draft.builtins.length < 2 || isPossible(draft)) return [draft];
  return [...draft.read().chains.values()].map((chain) => ({
    ...draft,
    at: chain.source ?? draft.at,
    builtins: chain.builtin ? [chain.name] : [],
    userChains: chain.builtin ? [] : [chain.name],
    read: () => {
      const { diagnostics } = draft.read();
      const first = chain.source?.line ?? 0;
      const own = diagnostics.filter(({ at }) => at.line >= first && at.line <= lastLineOf(chain));
      return { chains: new Map([[chain.name, chain]]), diagnostics: own };
    },
  }));
}

function lastLineOf(chain: ChainDraft): number {
  return chain.rules.at(-1)?.source.line ?? 0;
}
