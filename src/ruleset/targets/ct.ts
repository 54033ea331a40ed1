/** `-j CT --zone 1 --helper ftp` ↔ `CT helper ftp zone 1`; NOTRACK prints its own name or nothing: extensions/libxt_CT.c. */
import type { CtTarget } from '../../model/target.ts';
import { parseNumber } from '../line/numbers.ts';
import type { Options } from '../line/options.ts';
import { words } from '../matches/syntax.ts';
import type { TargetSyntax } from './syntax.ts';

const NOTRACK: CtTarget = {
  kind: 'CT',
  name: 'NOTRACK',
  notrack: true,
  helper: null,
  zone: null,
  zoneDirection: 'both',
  options: '',
};

const FURTHER = ['timeout', 'ctevents', 'expevents'];
const ZONES = { zone: 'both', 'zone-orig': 'orig', 'zone-reply': 'reply' } as const;
const SUFFIX = { both: '', orig: '-orig', reply: '-reply' } as const;

function parseZone(text: string): number | 'mark' | null {
  return text === 'mark' ? text : parseNumber(text, 0xffff);
}

function savedZone(options: Options): Pick<CtTarget, 'zone' | 'zoneDirection'> {
  for (const name of ['zone', 'zone-orig', 'zone-reply'] as const) {
    const zone = options.value(name, parseZone);
    /* Zone 0 is the default and not printed. */
    if (zone !== null && zone !== 0) return { zone, zoneDirection: ZONES[name] };
  }
  return { zone: null, zoneDirection: 'both' };
}

const LISTED =
  /CT( notrack)?(?: helper (\S+))?((?: (?:timeout|ctevents|expevents) \S+)*)(?: zone(-orig|-reply)? (\S+))?(?=\s|$)/y;

export const ct: TargetSyntax<CtTarget> = {
  names: ['CT', 'NOTRACK'],
  options: {
    notrack: 0,
    helper: 1,
    zone: 1,
    'zone-orig': 1,
    'zone-reply': 1,
    ...Object.fromEntries(FURTHER.map((name) => [name, 1])),
  },
  fromSave(options, name) {
    if (name === 'NOTRACK') return NOTRACK;
    const further = FURTHER.map((option) => {
      const text = options.text(option);
      return text && `--${option} ${text}`;
    });
    return {
      kind: 'CT',
      name: 'CT',
      notrack: options.has('notrack'),
      helper: options.text('helper'),
      ...savedZone(options),
      options: words(...further),
    };
  },
  fromList(tail, name) {
    /* The target column says CT for `-j NOTRACK` too since 1.4.19, the words after it say which. */
    if (tail.word('NOTRACK') || name === 'NOTRACK') return NOTRACK;
    const found = tail.take(LISTED);
    if (found === null) return null;
    const [, notrack, helper = null, further = '', direction, zone] = found;
    return {
      kind: 'CT',
      name: 'CT',
      notrack: notrack !== undefined,
      helper,
      zone: zone === undefined ? null : tail.value(parseZone(zone), null),
      zoneDirection: direction === '-orig' ? 'orig' : direction === '-reply' ? 'reply' : 'both',
      options: further.trim().replaceAll(/(^| )(timeout|ctevents|expevents) /g, '$1--$2 '),
    };
  },
  print: ({ name, notrack, helper, zone, zoneDirection, options }) =>
    name === 'NOTRACK'
      ? '-j NOTRACK'
      : words(
          '-j CT',
          notrack && '--notrack',
          helper && `--helper ${helper}`,
          options,
          zone !== null && `--zone${SUFFIX[zoneDirection]} ${zone}`,
        ),
};
