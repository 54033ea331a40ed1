/**
 * Netfilter hooks, tables and their order: the one copy of the kernel's traversal order
 * (include/uapi/linux/netfilter_ipv4.h, enum nf_ip_hook_priorities; the same for IPv6).
 */
export const HOOKS = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'] as const;
export type Hook = (typeof HOOKS)[number];

export const TABLES = ['raw', 'mangle', 'nat', 'filter', 'security'] as const;
export type TableName = (typeof TABLES)[number];

/** Tables by hook, in the order in which a packet meets them. Only loaded tables print. */
export const TABLE_ORDER: Readonly<Record<Hook, readonly TableName[]>> = {
  PREROUTING: ['raw', 'mangle', 'nat'],
  INPUT: ['mangle', 'filter', 'security', 'nat'],
  FORWARD: ['mangle', 'filter', 'security'],
  OUTPUT: ['raw', 'mangle', 'nat', 'filter', 'security'],
  POSTROUTING: ['mangle', 'nat'],
};

/** The built-in chains of a table, in the order in which iptables lists them. */
export const BUILTIN_CHAINS: Readonly<Record<TableName, readonly Hook[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};

/** The hooks that may follow a hook for the same packet; loopback goes from POSTROUTING to PREROUTING. */
export const NEXT_HOOKS: Readonly<Record<Hook, readonly Hook[]>> = {
  PREROUTING: ['INPUT', 'FORWARD'],
  INPUT: [],
  FORWARD: ['POSTROUTING'],
  OUTPUT: ['POSTROUTING'],
  POSTROUTING: ['PREROUTING'],
};

export function isHook(name: string): name is Hook {
  return (HOOKS as readonly string[]).includes(name);
}

export function isTableName(name: string): name is TableName {
  return (TABLES as readonly string[]).includes(name);
}

/** Whether the chain of this name is built into the table: a built-in name elsewhere is a user chain. */
export function isBuiltin(table: TableName, chain: string): chain is Hook {
  return (BUILTIN_CHAINS[table] as readonly string[]).includes(chain);
}
