/** iptables-save text into tables, chains and rule lines, and back: only as far as taking some away needs it. */
export interface RestoreTable {
  readonly name: string;
  readonly chains: readonly { readonly name: string; readonly builtin: boolean; readonly line: string }[];
  /** Rule lines as written, counters included. */
  readonly rules: readonly string[];
}

export function parseRestore(text: string): readonly RestoreTable[] {
  return text
    .split(/^(?=\*)/m)
    .filter((block) => block.startsWith('*'))
    .map((block) => {
      const lines = block.split('\n');
      const chains = lines
        .filter((line) => line.startsWith(':'))
        .map((line) => {
          const [name = '', policy = ''] = line.slice(1).split(' ');
          return { name, builtin: policy !== '-', line };
        });
      const rules = lines.filter((line) => /^(\[\d+:\d+\] )?-A /.test(line));
      return { name: (lines[0] ?? '').slice(1), chains, rules };
    });
}

export function printRestore(tables: readonly RestoreTable[]): string {
  return tables
    .map(({ name, chains, rules }) =>
      [`*${name}`, ...chains.map(({ line }) => line), ...rules, 'COMMIT', ''].join('\n'),
    )
    .join('');
}
