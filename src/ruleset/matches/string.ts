/**
 * `-m string --string "x" --algo bm --to 200` ↔ `STRING match  "x" ALGO name bm TO 200`: extensions/libxt_string.c.
 * A pattern with bytes that do not print comes back as `--hex-string "|0d0a|"`, whichever way it was given.
 */
import type { StringMatch } from '../../model/match.ts';
import { parseNumber } from '../line/numbers.ts';
import type { Options } from '../line/options.ts';
import { quotePattern, unescaped } from '../line/quote.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

type Pattern = Pick<StringMatch, 'pattern' | 'hex'>;

/** Hexadecimal if a byte does not print, or the last is a backslash: libxt_string.c, is_hex_string. */
function patternOf(text: string): Pattern {
  if (/^[ -~]*[ -[\]-~]$/.test(text)) return { pattern: text, hex: false };
  const bytes = [...new TextEncoder().encode(text)];
  return { pattern: `|${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}|`, hex: true };
}

/** `foo|0d 0a|bar`: text, and bytes between bars. */
function hexPattern(text: string): Pattern | null {
  const parts = text.split('|');
  let bytes = '';
  for (const [i, part] of parts.entries()) {
    if (i % 2 === 0) {
      for (const byte of new TextEncoder().encode(unescaped(part)))
        bytes += byte.toString(16).padStart(2, '0');
      continue;
    }
    const digits = part.replaceAll(' ', '').toLowerCase();
    if (!/^(?:[0-9a-f]{2})*$/.test(digits)) return null;
    bytes += digits;
  }
  const codes = bytes.match(/../g) ?? [];
  const printable = codes.every((code) => code >= '20' && code <= '7e') && codes.at(-1) !== '5c';
  return codes.length > 0 && printable
    ? { pattern: codes.map((code) => String.fromCharCode(Number.parseInt(code, 16))).join(''), hex: false }
    : { pattern: `|${bytes}|`, hex: true };
}

function offset(options: Options, name: string, absent: number): number | null {
  const value = options.value(name, (word) => parseNumber(word, 0xffff));
  return value === absent ? null : value;
}

/** The end of the packet, which is the default. */
const WHOLE = 0xffff;

export const string: MatchSyntax<StringMatch> = {
  names: ['string'],
  options: { from: 1, to: 1, algo: 1, string: 1, 'hex-string': 1, icase: 0 },
  heads: ['STRING'],
  fromSave(options) {
    const pattern = options.inverted('string', patternOf) ?? options.inverted('hex-string', hexPattern);
    const algorithm = options.text('algo');
    if (pattern === null || algorithm === null) return null;
    return {
      kind: 'string',
      not: pattern.not,
      ...pattern.value,
      algorithm,
      from: offset(options, 'from', 0),
      to: offset(options, 'to', WHOLE),
      icase: options.has('icase'),
    };
  },
  fromList(tail) {
    const found = tail.take(
      /STRING match +(! ?)?"((?:[^"\\]|\\[\s\S])*)" ALGO name (\S+)(?: FROM ([0-9]+))?(?: TO ([0-9]+))?( ICASE)?/y,
    );
    if (found === null) return null;
    const [, not, text = '', algorithm = '', from, to, icase] = found;
    const hex = /^\|(?:[0-9a-f]{2})*\|$/.test(text);
    return {
      kind: 'string',
      not: not !== undefined,
      ...(hex ? { pattern: text, hex } : patternOf(unescaped(text))),
      algorithm,
      from: from === undefined ? null : Number(from),
      to: to === undefined || Number(to) === WHOLE ? null : Number(to),
      icase: icase !== undefined,
    };
  },
  print: (match) =>
    words(
      '-m string',
      bang(match.not),
      match.hex ? `--hex-string "${match.pattern}"` : `--string ${quotePattern(match.pattern)}`,
      `--algo ${match.algorithm}`,
      match.from !== null && `--from ${match.from}`,
      match.to !== null && `--to ${match.to}`,
      match.icase && '--icase',
    ),
};
