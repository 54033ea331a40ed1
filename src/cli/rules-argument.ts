/**
 * A value of `--rules` → which file, and what the person says of it: `FILE`, `TABLE=FILE`, `ipv6:FILE`,
 * `ipv6:TABLE=FILE`. What looks like a prefix but is none belongs to the file's name.
 */
import type { Family } from '../model/address.ts';
import { isTableName, type TableName } from '../model/hook.ts';

export interface RulesArgument {
  readonly path: string;
  /** Null: what is in the file tells. */
  readonly table: TableName | null;
  readonly family: Family | null;
}

export function parseRulesArgument(text: string): RulesArgument {
  const [, family = null, rest = text] = /^(ipv[46]):(.+)$/s.exec(text) ?? [];
  const equals = rest.indexOf('=');
  const table = rest.slice(0, Math.max(0, equals));
  const named = isTableName(table) && equals < rest.length - 1;
  return {
    path: named ? rest.slice(equals + 1) : rest,
    table: named ? table : null,
    family: family === 'ipv4' || family === 'ipv6' ? family : null,
  };
}
