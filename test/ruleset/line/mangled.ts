/** Rule lines as they come, for the laws of the fast readers: real ones, and the same with their words mixed up. */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';

const DATA = new URL('../../data/', import.meta.url).pathname;

/** Pairs of the corpus: a rule as iptables-save and as a listing print it. */
export const PAIRS: readonly { readonly save: string; readonly list: string; readonly list_exact: string }[] =
  readFileSync(`${DATA}corpus/rule-pairs.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Lines of the captures' and the corpus' files with this ending that look so. */
export function linesOf(ending: string, look: RegExp): readonly string[] {
  const names = readdirSync(DATA, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith(ending),
  );
  const lines = names.sort().flatMap((name) => readFileSync(DATA + name, 'utf8').split(/\r?\n/));
  return [...new Set(lines.filter((line) => look.test(line)))];
}

const ODD = [
  ...['!', '--', '-f', '!f', '-', '"', '""', '"a b"', '"a"b', 'a"b', '[1:2]', '[1:', '[goto]', '\t', ' ', ''],
  ...[
    '-j',
    '-g',
    '-m',
    '-p',
    '-s',
    '-i',
    '-A',
    '-c',
    '-4',
    '-6',
    '--dport',
    '--dport=80',
    '--comment',
    '--x',
  ],
  ...['0.0.0.0/0', '10.0.0.0/33', '10.0.0.300', 'fd00::/64', '10.0.0.1,10.0.0.2', '99999', '1/0x', 'tcp'],
  ...['/*', '*/', '/* a */', '/* tcp dpt:9 */', 'tcp dpt:http', 'ctstate NEW', 'ctstate NOWHERE', 'to:x'],
  ...['comment', 'nosuch', 'ACCEPT', 'DNAT', 'MARK', 'anywhere', '12K', 'udplite--', '\u00a0', '😀'],
];

/** A line of these with some of its words dropped, doubled, replaced, or taken from another line. */
export function mangled(lines: readonly string[]): fc.Arbitrary<string> {
  const line = fc.constantFrom(...lines);
  const edit = fc.record({
    what: fc.constantFrom('drop', 'double', 'replace', 'insert', 'cut', 'graft'),
    at: fc.nat(40),
    word: fc.constantFrom(...ODD),
    other: line,
  });
  return fc.tuple(line, fc.array(edit, { maxLength: 3 })).map(([text, edits]) => {
    const words = text.split(' ');
    for (const { what, at, word, other } of edits) {
      const place = at % (words.length + 1);
      const donor = other.split(' ');
      if (what === 'drop') words.splice(place, 1);
      else if (what === 'double') words.splice(place, 0, words[place] ?? word);
      else if (what === 'replace') words.splice(place, 1, word);
      else if (what === 'insert') words.splice(place, 0, word);
      else if (what === 'cut') words.length = place;
      else words.splice(place, words.length, ...donor.slice(at % (donor.length + 1)));
    }
    return words.join(' ');
  });
}
