/**
 * `-m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name x` ↔
 * `limit: up to 10/sec burst 5 mode srcip`: extensions/libxt_hashlimit.c. A listing has no name. Further
 * options are kept in save form.
 */
import type { HashlimitMatch } from '../../model/match.ts';
import { parseNumber } from '../line/numbers.ts';
import type { Options } from '../line/options.ts';
import { canonicalRate, HASHLIMIT_SCALE } from '../line/rates.ts';
import { type MatchSyntax, words } from './syntax.ts';

const KEYS = ['srcip', 'srcport', 'dstip', 'dstport'];
const TABLE = ['size', 'max', 'gcinterval', 'expire'];
const DEFAULT_BURST = '5';

/** Bytes (`512kb/s`) are kept as written. */
function parseRate(text: string): string | null {
  return /^[0-9]+[km]?b\/s$/.test(text) ? text : canonicalRate(text, HASHLIMIT_SCALE);
}

function parseKey(text: string, separator: RegExp): string | null {
  const parts = new Set(text.split(separator));
  const known = KEYS.filter((key) => parts.has(key));
  return known.length === parts.size ? known.join(',') : null;
}

function parseMask(text: string, family: Options['family']): number | null {
  return parseNumber(text, family === 'ipv4' ? 32 : 128);
}

/** A mask of all bits is the default, which iptables does not print. */
function shorter(mask: number | null, family: Options['family']): number | null {
  return mask === (family === 'ipv4' ? 32 : 128) ? null : mask;
}

const LISTED =
  /limit: (up to|above|avg) (\S+)(?: burst ([0-9]+[km]?b?))?(?: mode ([a-z]+(?:-[a-z]+)*))?((?: htable-(?:size|max|gcinterval|expire) [0-9]+)*)(?: srcmask ([0-9]+))?(?: dstmask ([0-9]+))?( rate-match)?( rate-interval [0-9]+)?/y;

/** A listing divides the rate by the interval, the save form does not. */
function overInterval(rate: string, interval: string | undefined): string {
  const found = /^([0-9]+)(\/[a-z]+)$/.exec(rate);
  if (found === null || interval === undefined) return rate;
  return `${Number(found[1]) * Number(interval.replace(' rate-interval ', ''))}${found[2]}`;
}

/** Stands in for the name that a listing does not show: iptables-restore insists on one. */
function madeUpName(key: string): string {
  return key === '' ? 'unknown' : `unknown-${key.replaceAll(',', '-')}`;
}

export const hashlimit: MatchSyntax<HashlimitMatch> = {
  names: ['hashlimit'],
  options: {
    'hashlimit-upto': 1,
    'hashlimit-above': 1,
    hashlimit: 'hashlimit-upto',
    'hashlimit-burst': 1,
    'hashlimit-mode': 1,
    'hashlimit-name': 1,
    ...Object.fromEntries(TABLE.map((name) => [`hashlimit-htable-${name}`, 1])),
    'hashlimit-srcmask': 1,
    'hashlimit-dstmask': 1,
    'hashlimit-rate-match': 0,
    'hashlimit-rate-interval': 1,
  },
  heads: ['limit:'],
  fromSave(options) {
    const upto = options.inverted('hashlimit-upto', parseRate);
    const rate = upto ?? options.inverted('hashlimit-above', parseRate);
    if (rate === null) return null;
    const bytes = rate.value.endsWith('b/s');
    const mask = (word: string): number | null => parseMask(word, options.family);
    const numbered = (name: string): string | null => {
      const value = options.value(name, (word) => parseNumber(word));
      return value === null ? null : `--${name} ${value}`;
    };
    return {
      kind: 'hashlimit',
      mode: (upto !== null) !== rate.not ? 'upto' : 'above',
      rate: rate.value,
      burst: options.text('hashlimit-burst') ?? (bytes ? null : DEFAULT_BURST),
      key: options.value('hashlimit-mode', (word) => parseKey(word, /[,|]/)) ?? '',
      srcmask: shorter(options.value('hashlimit-srcmask', mask), options.family),
      dstmask: shorter(options.value('hashlimit-dstmask', mask), options.family),
      name: options.text('hashlimit-name'),
      options: words(
        ...TABLE.map((name) => numbered(`hashlimit-htable-${name}`)),
        options.has('hashlimit-rate-match') && '--hashlimit-rate-match',
        numbered('hashlimit-rate-interval'),
      ),
    };
  },
  fromList(tail) {
    const found = tail.take(LISTED);
    if (found === null) return null;
    const [, mode, printed = '', burst = null, key = '', table = '', srcmask, dstmask, match, interval] =
      found;
    const rate = overInterval(printed, interval);
    return {
      kind: 'hashlimit',
      mode: mode === 'above' ? 'above' : 'upto',
      rate: tail.value(parseRate(rate), rate),
      burst,
      key: key === '' ? '' : tail.value(parseKey(key, /-/), ''),
      srcmask: srcmask === undefined ? null : Number(srcmask),
      dstmask: dstmask === undefined ? null : Number(dstmask),
      name: null,
      options: words(
        table.trim().replaceAll('htable-', '--hashlimit-htable-'),
        match && '--hashlimit-rate-match',
        interval && `--hashlimit-${interval.trim()}`,
      ),
    };
  },
  print(match) {
    const { mode, rate, burst, key, srcmask, dstmask, name, options } = match;
    const at = options.indexOf('--hashlimit-rate-');
    const [table, rateOptions] = at < 0 ? [options, ''] : [options.slice(0, at).trim(), options.slice(at)];
    return words(
      '-m hashlimit',
      `--hashlimit-${mode} ${rate}`,
      burst && `--hashlimit-burst ${burst}`,
      key && `--hashlimit-mode ${key}`,
      `--hashlimit-name ${name ?? madeUpName(key)}`,
      table,
      srcmask !== null && `--hashlimit-srcmask ${srcmask}`,
      dstmask !== null && `--hashlimit-dstmask ${dstmask}`,
      rateOptions,
    );
  },
};
