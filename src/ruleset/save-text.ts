/** The words of a save line that stand outside its rule: the command, its chain, and the counters. */
import { entryOf } from '../model/entry.ts';

const LONG_COMMANDS: Readonly<Record<string, string>> = {
  append: 'A',
  check: 'C',
  delete: 'D',
  'delete-chain': 'X',
  flush: 'F',
  insert: 'I',
  list: 'L',
  'list-rules': 'S',
  'new-chain': 'N',
  policy: 'P',
  'rename-chain': 'E',
  replace: 'R',
  zero: 'Z',
};
const CHAIN_COMMANDS = 'PNFZXELS';

/**
 * A command about chains, as its letter and the words after it; null for a command about a rule. A long
 * name may be shortened as getopt_long allows.
 */
export function chainCommandOf(
  text: string,
): { readonly letter: string; readonly words: readonly string[] } | null {
  // Most lines are rules: `-A`, or counters in front.
  if (!text.startsWith('--') && !CHAIN_COMMANDS.includes(text.charAt(1))) return null;
  const [option = '', ...words] = text.split(/\s+/, 6);
  if (option.startsWith('--')) {
    const [long = '', value] = option.slice(2).split('=', 2);
    const letter = entryOf(LONG_COMMANDS, long) ?? abbreviated(long);
    if (letter === null || !CHAIN_COMMANDS.includes(letter)) return null;
    return { letter, words: value === undefined ? words : [value, ...words] };
  }
  const letter = option.startsWith('-') ? option.charAt(1) : '';
  if (letter === '' || !CHAIN_COMMANDS.includes(letter)) return null;
  return { letter, words: option.length > 2 ? [option.slice(2), ...words] : words };
}

function abbreviated(long: string): string | null {
  const letters = Object.entries(LONG_COMMANDS).filter(([name]) => long !== '' && name.startsWith(long));
  return letters.length === 1 ? (letters[0]?.[1] ?? null) : null;
}

/** The chain of a line whose rule can't be read, or null. */
export function chainNameIn(text: string): string | null {
  return /(?:^|\s)(?:-[AIDR]|--(?:append|insert|delete|replace))\s+(\S+)/.exec(text)?.[1] ?? null;
}

/**
 * A rule's line as written, as an append and without its counters; null if the command is not in front, so
 * that the rule is better printed anew.
 */
export function savedText(text: string, chain: string): string | null {
  const bare = text.startsWith('[') ? text.replace(/^\[\d+:\d+\]\s*/, '') : text;
  if (!bare.startsWith(`-A ${chain}`)) {
    const [, rest] = /^-[IR]\s+\S+(?:\s+\d+)?(\s.*|)$/s.exec(bare) ?? [];
    return rest === undefined ? null : withoutCounters(`-A ${chain}${rest}`);
  }
  return withoutCounters(bare);
}

/** `-c PACKETS BYTES` stands before the target in `-S -v`; in a comment it is text. */
function withoutCounters(text: string): string {
  const match = text.includes(' -c ')
    ? /^((?:[^"]|"(?:[^"\\]|\\.)*")*?) -c \d+ \d+(?= |$)/s.exec(text)
    : null;
  return match === null ? text.trimEnd() : (match[1] + text.slice(match[0].length)).trimEnd();
}
