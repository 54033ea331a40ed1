/**
 * Which tables a block of chains can be: by its built-in chains, and by the targets and matches in its rules, which the
 * kernel accepts in some tables only (each extension's `table` in net/netfilter and net/ipv4/netfilter; measured
 * on 6.18).
 */
import { entryOf } from '../model/entry.ts';
import { BUILTIN_CHAINS, TABLES, type TableName } from '../model/hook.ts';
import type { Table } from '../model/ruleset.ts';
import { targetName } from '../model/target.ts';
import type { TableDraft } from './draft.ts';

const NAT = ['nat'] as const;
const MANGLE = ['mangle'] as const;
const TARGET_TABLES: Readonly<Record<string, readonly TableName[]>> = {
  REJECT: ['filter'],
  DNAT: NAT,
  SNAT: NAT,
  MASQUERADE: NAT,
  REDIRECT: NAT,
  NETMAP: NAT,
  CT: ['raw'],
  NOTRACK: ['raw'],
  TRACE: ['raw'],
  DSCP: MANGLE,
  TOS: MANGLE,
  TTL: MANGLE,
  HL: MANGLE,
  ECN: MANGLE,
  CHECKSUM: MANGLE,
  TCPOPTSTRIP: MANGLE,
  SNPT: MANGLE,
  DNPT: MANGLE,
  TPROXY: MANGLE,
  SECMARK: ['mangle', 'security'],
  CONNSECMARK: ['mangle', 'security'],
};
const RPFILTER: readonly TableName[] = ['raw', 'mangle'];

/** The tables that have all these built-in chains. */
export function tablesWith(builtins: readonly string[]): readonly TableName[] {
  return TABLES.filter((table) => builtins.every((chain) => isChainOf(table, chain)));
}

/** The tables whose complete listing shows just these built-in chains. */
export function tablesShowing(builtins: readonly string[]): readonly TableName[] {
  return TABLES.filter(
    (table) => showsAll(table, builtins) && builtins.every((chain) => isChainOf(table, chain)),
  );
}

/** Whether these are all built-in chains of the table; nat had no INPUT before Linux 2.6.36. */
export function showsAll(table: TableName, builtins: readonly string[]): boolean {
  return BUILTIN_CHAINS[table].every(
    (chain) => builtins.includes(chain) || (table === 'nat' && chain === 'INPUT' && builtins.length === 3),
  );
}

function isChainOf(table: TableName, chain: string): boolean {
  return (BUILTIN_CHAINS[table] as readonly string[]).includes(chain);
}

/** The tables that every rule of the draft may stand in; a chain's own name is no target's. */
function tablesByRules(draft: TableDraft): readonly TableName[] {
  const { chains } = draft.read();
  let tables: readonly TableName[] = TABLES;
  for (const chain of chains.values()) {
    for (const { target: asked, matches } of chain.rules) {
      const target = targetName(asked) ?? '';
      const by = chains.has(target) ? undefined : entryOf(TARGET_TABLES, target);
      if (by !== undefined) tables = tables.filter((table) => by.includes(table));
      if (matches.some((match) => match.kind === 'rpfilter')) {
        tables = tables.filter((table) => RPFILTER.includes(table));
      }
    }
  }
  return tables;
}

/** Whether any one table can show what the draft shows. A whole table's chains need no look at its rules. */
export function isPossible(draft: TableDraft): boolean {
  if (tablesShowing(draft.builtins).length > 0) return true;
  const allowed = tablesByRules(draft);
  return tablesWith(draft.builtins).some((table) => allowed.includes(table));
}

/** The tables that a draft can be by all that it shows. */
export function candidates(draft: TableDraft): readonly TableName[] {
  const allowed = tablesByRules(draft);
  const shown = tablesShowing(draft.builtins);
  const having = tablesWith(draft.builtins);
  const choices = [shown.filter(isAllowed), having.filter(isAllowed), shown, having, TABLES];
  return choices.find((tables) => tables.length > 0) ?? TABLES;

  function isAllowed(table: TableName): boolean {
    return allowed.includes(table);
  }
}

/** Key of the drafts of one source and family, among which each table is shown once. */
export function groupOf(draft: TableDraft): string {
  return `${draft.family.family} ${draft.source.file}`;
}

/** What a draft turned out to be, and by what. */
export interface Settled {
  readonly table: TableName;
  readonly by: Table['settledBy'];
}

const LISTED = 5;

/** The draft's chains by name, the first few. */
export function chainList(draft: TableDraft): string {
  return firstOf([...draft.builtins, ...draft.userChains]);
}

/** `A, B and 7 more`: the first few of the names. */
export function firstOf(names: readonly string[]): string {
  const rest = names.length - LISTED;
  return rest > 1 ? `${names.slice(0, LISTED).join(', ')} and ${rest} more` : names.join(', ');
}
