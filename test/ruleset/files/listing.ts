/** Makes the text of listings: chain headings, column headings and rows, as `iptables -L -v -n` prints them. */

const COLUMNS = ' pkts bytes target     prot opt in     out     source               destination         ';

/** A row: target, what follows the addresses. */
export function row(target: string, extras = ''): string {
  return `    0     0 ${target.padEnd(9)}  0    --  *      *       0.0.0.0/0            0.0.0.0/0            ${extras}`;
}

/** A built-in chain with its rows. */
export function builtin(name: string, ...rows: readonly string[]): string {
  return [`Chain ${name} (policy ACCEPT 0 packets, 0 bytes)`, COLUMNS, ...rows].join('\n');
}

/** A user chain with its rows. */
export function user(name: string, references: number, ...rows: readonly string[]): string {
  return [`Chain ${name} (${references} references)`, COLUMNS, ...rows].join('\n');
}

/** A listing: its chains with blank lines between. */
export function listing(...chains: readonly string[]): string {
  return `${chains.join('\n\n')}\n`;
}

export const FILTER = ['INPUT', 'FORWARD', 'OUTPUT'].map((name) => builtin(name));
export const RAW = ['PREROUTING', 'OUTPUT'].map((name) => builtin(name));
export const NAT = ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'].map((name) => builtin(name));
export const MANGLE = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'].map((name) =>
  builtin(name),
);
