/**
 * `-m set ! --match-set NAME src,dst --packets-gt 3` ↔ `! match-set NAME src,dst packets-gt 3`:
 * extensions/libxt_set.c. The further options are kept in save form, in the order in which it prints them.
 */
import type { SetDirection, SetMatch } from '../../model/match.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

/** `src,dst,dst`: one per dimension of the set. */
export function parseDirections(text: string): readonly SetDirection[] | null {
  const directions: SetDirection[] = [];
  for (const part of text.split(',')) {
    if (part !== 'src' && part !== 'dst') return null;
    directions.push(part);
  }
  return directions;
}

const FLAGS = ['return-nomatch', 'update-counters', 'update-subcounters'];
const COUNTERS = ['packets', 'bytes'].flatMap((what) => [`${what}-eq`, `${what}-lt`, `${what}-gt`]);
const LISTED_OPTION =
  /(! )?(return-nomatch|update-counters|update-subcounters|(?:packets|bytes)-(?:eq|lt|gt) [0-9]+)(?=\s|$)/y;

export const set: MatchSyntax<SetMatch> = {
  names: ['set'],
  options: {
    'match-set': 2,
    set: 'match-set',
    ...Object.fromEntries(FLAGS.map((name) => [name, 0])),
    ...Object.fromEntries(COUNTERS.map((name) => [name, 1])),
  },
  heads: ['match-set'],
  fromSave(options) {
    const matched = options.inverted('match-set', (name, dirs) => {
      const directions = parseDirections(dirs);
      return directions === null ? null : { name, directions };
    });
    if (matched === null) return null;
    const further = [...FLAGS, ...COUNTERS].map((name) => {
      const option = options.find(name);
      return option && words(bang(option.not), `--${name}`, ...option.words);
    });
    return {
      kind: 'set',
      not: matched.not,
      set: matched.value.name,
      directions: matched.value.directions,
      options: words(...further),
    };
  },
  fromList(tail) {
    const found = tail.take(/(! )?match-set (\S+) ((?:src|dst)(?:,(?:src|dst))*)/y);
    if (found === null) return null;
    const [, not, name = '', dirs = ''] = found;
    const further: string[] = [];
    for (let option = tail.take(LISTED_OPTION); option !== null; option = tail.take(LISTED_OPTION)) {
      further.push(words(option[1] && '!', `--${option[2]}`));
    }
    const directions = tail.value(parseDirections(dirs), []);
    return { kind: 'set', not: not !== undefined, set: name, directions, options: further.join(' ') };
  },
  print: (match) =>
    words('-m set', bang(match.not), '--match-set', match.set, match.directions.join(','), match.options),
};
