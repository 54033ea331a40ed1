/**
 * `-m recent --rcheck --seconds 60 --name X --mask 255.255.255.255 --rsource` ↔
 * `recent: CHECK seconds: 60 name: X side: source mask: …`: extensions/libxt_recent.c.
 */
import { type Address, addressOf, type Family, parseAddress, prefixMask } from '../../model/address.ts';
import type { RecentMatch } from '../../model/match.ts';
import { printAddress } from '../line/addresses.ts';
import { parseNumber } from '../line/numbers.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

const ACTIONS = ['set', 'rcheck', 'update', 'remove'] as const;
const LISTED = { SET: 'set', CHECK: 'rcheck', UPDATE: 'update', REMOVE: 'remove' } as const;

/** Before there was a mask (1.4.15), all bits counted. */
function wholeAddress(family: Family): Address {
  return addressOf(family, prefixMask(family, family === 'ipv4' ? 32 : 128));
}

function isAction(word: string): word is keyof typeof LISTED {
  return Object.hasOwn(LISTED, word);
}

export const recent: MatchSyntax<RecentMatch> = {
  names: ['recent'],
  options: {
    ...Object.fromEntries(ACTIONS.map((name) => [name, 0])),
    seconds: 1,
    reap: 0,
    hitcount: 1,
    rttl: 0,
    name: 1,
    mask: 1,
    rsource: 0,
    rdest: 0,
  },
  heads: ['recent:'],
  fromSave(options) {
    const action = ACTIONS.find((name) => options.find(name) !== null);
    if (action === undefined) return null;
    return {
      kind: 'recent',
      not: options.find(action)?.not ?? false,
      action,
      seconds: options.value('seconds', (word) => parseNumber(word)),
      reap: options.has('reap'),
      hitcount: options.value('hitcount', (word) => parseNumber(word)),
      rttl: options.has('rttl'),
      name: options.text('name') ?? 'DEFAULT',
      mask: options.value('mask', parseAddress) ?? wholeAddress(options.family),
      side: options.has('rdest') ? 'destination' : 'source',
    };
  },
  fromList(tail) {
    const head = tail.take(
      /(! )?recent: (SET|CHECK|UPDATE|REMOVE)(?: seconds: ([0-9]+))?( reap)?(?: hit_count: ([0-9]+))?( TTL-Match)? name: ([\s\S]+?) side: (source|dest)(?: mask: (\S+))?/y,
    );
    if (head === null) return null;
    const [, not, action = '', seconds, reap, hitcount, ttl, name = '', side, mask] = head;
    return {
      kind: 'recent',
      not: not !== undefined,
      action: isAction(action) ? LISTED[action] : 'set',
      seconds: seconds === undefined ? null : Number(seconds),
      reap: reap !== undefined,
      hitcount: hitcount === undefined ? null : Number(hitcount),
      rttl: ttl !== undefined,
      name,
      mask:
        mask === undefined
          ? wholeAddress(tail.family)
          : tail.value(parseAddress(mask), wholeAddress(tail.family)),
      side: side === 'dest' ? 'destination' : 'source',
    };
  },
  print: (match) =>
    words(
      '-m recent',
      bang(match.not),
      `--${match.action}`,
      match.seconds !== null && `--seconds ${match.seconds}`,
      match.reap && '--reap',
      match.hitcount !== null && `--hitcount ${match.hitcount}`,
      match.rttl && '--rttl',
      `--name ${match.name}`,
      match.mask && `--mask ${printAddress(match.mask)}`,
      match.side === 'source' ? '--rsource' : '--rdest',
    ),
};
