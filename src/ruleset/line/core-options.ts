/**
 * The options of iptables itself (iptables/iptables.c, original_opts): letter, long names, number of words. The
 * rest of a save line's options belong to the extensions that the line loads.
 */

export type Letter =
  | 'A'
  | 'D'
  | 'C'
  | 'I'
  | 'R'
  | 's'
  | 'd'
  | 'p'
  | 'i'
  | 'o'
  | 'j'
  | 'g'
  | 'm'
  | 'f'
  | 'c'
  | 't'
  | '4'
  | '6'
  | 'ignored';

const LONG: Readonly<Record<string, Letter>> = {
  append: 'A',
  delete: 'D',
  check: 'C',
  insert: 'I',
  replace: 'R',
  source: 's',
  src: 's',
  destination: 'd',
  dst: 'd',
  protocol: 'p',
  'in-interface': 'i',
  'out-interface': 'o',
  jump: 'j',
  goto: 'g',
  match: 'm',
  fragments: 'f',
  fragment: 'f',
  'set-counters': 'c',
  table: 't',
  ipv4: '4',
  ipv6: '6',
  numeric: 'ignored',
  verbose: 'ignored',
  wait: 'ignored',
  exact: 'ignored',
};

const SHORT: Readonly<Record<string, Letter>> = {
  ...Object.fromEntries(Object.values(LONG).map((letter) => [letter, letter])),
  n: 'ignored',
  v: 'ignored',
  w: 'ignored',
  W: 'ignored',
  x: 'ignored',
};

/** `-s` → s. */
export function shortOption(letter: string): Letter | null {
  return Object.hasOwn(SHORT, letter) ? (SHORT[letter] ?? null) : null;
}

/** `source` → s, whole names only. */
export function longOption(name: string): Letter | null {
  return Object.hasOwn(LONG, name) ? (LONG[name] ?? null) : null;
}

/** The letters whose long name begins so: getopt takes any beginning that fits one option. */
export function longOptionsLike(beginning: string): readonly Letter[] {
  const letters = Object.entries(LONG)
    .filter(([name]) => name.startsWith(beginning))
    .map(([, letter]) => letter);
  return [...new Set(letters)];
}
