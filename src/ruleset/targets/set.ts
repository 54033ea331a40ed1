/** `-j SET --add-set NAME src --exist --timeout 60` ↔ `add-set NAME src exist timeout 60`: extensions/libxt_SET.c. */
import type { SetTarget } from '../../model/target.ts';
import { parseNumber } from '../line/numbers.ts';
import { parseDirections } from '../matches/set.ts';
import { words } from '../matches/syntax.ts';
import type { TargetSyntax } from './syntax.ts';

const ACTIONS = ['add', 'del', 'map'] as const;

const LISTED =
  /(add|del|map)-set (\S+) ((?:src|dst)(?:,(?:src|dst))*)( exist)?(?: timeout ([0-9]+))?( map-mark)?( map-prio)?( map-queue)?(?=\s|$)/y;

export const set: TargetSyntax<SetTarget> = {
  names: ['SET'],
  options: {
    'add-set': 2,
    'del-set': 2,
    'map-set': 2,
    exist: 0,
    timeout: 1,
    'map-mark': 0,
    'map-prio': 0,
    'map-queue': 0,
  },
  fromSave(options) {
    const given = ACTIONS.filter((action) => options.find(`${action}-set`) !== null);
    const [action] = given;
    if (action === undefined || given.length > 1) return null;
    const named = options.value(`${action}-set`, (name, dirs) => {
      const directions = parseDirections(dirs);
      return directions && { set: name, directions };
    });
    if (named === null) return null;
    return {
      kind: 'SET',
      action,
      ...named,
      exist: options.has('exist'),
      timeout: options.value('timeout', (word) => parseNumber(word)),
      mapMark: options.has('map-mark'),
      mapPrio: options.has('map-prio'),
      mapQueue: options.has('map-queue'),
    };
  },
  fromList(tail) {
    const found = tail.take(LISTED);
    if (found === null) return null;
    const [, action, name = '', dirs = '', exist, timeout, mapMark, mapPrio, mapQueue] = found;
    return {
      kind: 'SET',
      action: ACTIONS.find((known) => known === action) ?? 'add',
      set: name,
      directions: tail.value(parseDirections(dirs), []),
      exist: exist !== undefined,
      timeout: timeout === undefined ? null : Number(timeout),
      mapMark: mapMark !== undefined,
      mapPrio: mapPrio !== undefined,
      mapQueue: mapQueue !== undefined,
    };
  },
  print: (target) =>
    words(
      `-j SET --${target.action}-set ${target.set} ${target.directions.join(',')}`,
      target.exist && '--exist',
      target.timeout !== null && `--timeout ${target.timeout}`,
      target.mapMark && '--map-mark',
      target.mapPrio && '--map-prio',
      target.mapQueue && '--map-queue',
    ),
};
