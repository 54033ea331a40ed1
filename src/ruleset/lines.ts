/**
 * What a single line of rule text is, by its shape: chain heading, column heading, row, `*table`, `:CHAIN`,
 * command, and what the tools say beside. Reads no rule and looks at no other line.
 */
import type { Counters } from '../model/ruleset.ts';
import { exactCounters, listedCounters } from './line/counters.ts';
import type { ListLayout } from './rule-line.ts';

/** `Chain INPUT (policy DROP 163 packets, 13239 bytes)`, `Chain FOO (2 references)`. */
const CHAIN_HEADING =
  /^Chain (\S.*) \((?:policy (\S+?)(?: (\d+[KMGT]?) packets, (\d+[KMGT]?) bytes)?|(\d+) references?|ERROR obtaining refs)\)\s*$/;
const COLUMNS =
  /^\s*(num\s+)?(?:(pkts)\s+bytes\s+)?target\s+prot(?:\s+opt)?(?:\s+(in)\s+out)?\s+source\s+destination\s*$/;
const TABLE = /^\*\s*([A-Za-z][\w-]*)\s*$/;
const DECLARATION = /^:\s*(\S+)(?:\s+(\S+)(?:\s+\[(\d+):(\d+)\])?)?\s*$/;
const COMMAND = /^(?:\[\d+:\d+\]\s*)?--?[A-Za-z]/;
/** -S prints these; outside a save block nothing less is taken for a rule. */
const LISTED_COMMAND =
  /^(?:-P \S+ (?:ACCEPT|DROP|QUEUE|RETURN)(?: -c \d+ \d+)?|-N \S+|(?:\[\d+:\d+\] )?-[AI] \S+(?: .*)?)$/;
const COUNTED_ROW = /^\s*(?:\d+\s+)?\d+[KMGT]?\s+\d+[KMGT]?(?:\s|$)/;
/** num, target and protocol at most stand before the option column. */
const OPTION_ROW = /^\s*(?:\S+\s+){1,3}(?:--|-f|!f)(?:\s|$)/;
const ADDRESS = /^!?(?:anywhere|[0-9a-fA-F]*[.:][0-9a-fA-F.:]*(?:\/[0-9.]+|\/[0-9a-fA-F:]+)?)$/;
/** A whole row where no heading announces one: counters, protocol, option, interfaces and addresses. */
const LONE_ROW =
  /^\s*(?:\d+\s+)?\d+[KMGT]?\s+\d+[KMGT]?\s+(?:\S+\s+)?!?[\w.-]+\s+(?:--|-f|!f)\s+!?\S+\s+!?\S+\s+!?\S+\s+!?\S+/;

/** A chain's heading in a listing, or null. */
export function headingOf(
  text: string,
): { name: string; policy: string | null; counters: Counters | null; references: number | null } | null {
  if (!text.startsWith('Chain ')) return null;
  const match = CHAIN_HEADING.exec(text);
  if (match === null) return null;
  const [, name = '', policy, packets, bytes, references] = match;
  return {
    name,
    policy: policy ?? null,
    counters: listedCounters(packets, bytes),
    references: references === undefined ? null : Number(references),
  };
}

/** The layout that a column heading announces, or null. */
export function layoutOf(text: string): ListLayout | null {
  const match = COLUMNS.exec(text);
  return match === null
    ? null
    : { numbered: match[1] !== undefined, verbose: match[2] !== undefined && match[3] !== undefined };
}

/** The word after `*`, or null. */
export function tableLineOf(text: string): string | null {
  return text.startsWith('*') ? (TABLE.exec(text)?.[1] ?? null) : null;
}

/** `:CHAIN POLICY [packets:bytes]`, or null. */
export function declarationOf(
  text: string,
): { name: string; policy: string | null; counters: Counters | null } | null {
  const match = text.startsWith(':') ? DECLARATION.exec(text) : null;
  if (match === null) return null;
  const [, name = '', policy, packets, bytes] = match;
  return { name, policy: policy ?? null, counters: exactCounters(packets, bytes) };
}

/** Whether a line inside a save block is a command to carry out. */
export function isCommand(text: string): boolean {
  return COMMAND.test(text);
}

/** Whether a line outside any block is one that -S prints. */
export function isListedCommand(text: string): boolean {
  return LISTED_COMMAND.test(text);
}

/** Whether a line below a chain's heading is a rule's row, sound or damaged. */
export function isRow(text: string, layout: ListLayout | null): boolean {
  if (layout?.verbose !== false && COUNTED_ROW.test(text)) return true;
  if (layout?.verbose === true) return false;
  if (OPTION_ROW.test(text)) return true;
  const words = text.trim().split(/\s+/, 6);
  return words.some((word, i) => i > 0 && ADDRESS.test(word) && ADDRESS.test(words[i + 1] ?? ''));
}

/** Whether a line that no chain's heading precedes is a rule's row (`iptables -L CHAIN 3`). */
export function isLoneRow(text: string): boolean {
  return LONE_ROW.test(text);
}
