/** Random `-m set` conditions. */
import type { MatchMaker, Setting } from './conditions.ts';

function directions({ dice }: Setting, count: number): string {
  return Array.from({ length: count }, () => dice.pick(['src', 'dst'])).join(',');
}

function matchSet(setting: Setting): string {
  const { dice, sets } = setting;
  const set = dice.pick(sets);
  const nomatch = set.name === 'setnet' && dice.chance(0.2) ? ' --return-nomatch' : '';
  return `-m set ${dice.not()}--match-set ${set.name} ${directions(setting, set.dimensions)}${nomatch}`;
}

export const SET_MATCHES: readonly Omit<MatchMaker, 'known'>[] = [{ name: 'set', weight: 9, make: matchSet }];
