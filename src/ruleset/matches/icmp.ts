/** `-m icmp --icmp-type 3/4` ↔ `icmptype 3 code 4`, `icmp !fragmentation-needed`: libipt_icmp.c, libip6t_icmp6.c. */
import type { IcmpMatch, Range } from '../../model/match.ts';
import { parseNumber } from '../line/numbers.ts';
import { icmpType } from '../names/icmp.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

type Typed = { readonly type: number; readonly code: Range };

const ANY_CODE: Range = { from: 0, to: 255 };

function parseType(text: string, family: IcmpMatch['family']): Typed | null {
  const named = icmpType(text, family);
  if (named !== null) return named;
  const [typeText = '', codeText, more] = text.split('/');
  const type = parseNumber(typeText, 255);
  if (type === null || more !== undefined) return null;
  if (codeText === undefined) return { type, code: ANY_CODE };
  const code = parseNumber(codeText, 255);
  return code === null ? null : { type, code: { from: code, to: code } };
}

/** `type 3`, `type 3 code 4`, `type 3 codes 0-5`; inverted `!type 3 code 4`; up to 1.4.x a blank before. */
const NUMERIC = / ?(!?)type ([0-9]+)(?: codes? ([0-9]+)(?:-([0-9]+))?)?(?=\s|$)/y;
const NAMED = / (!?)([A-Za-z][A-Za-z0-9-]+)(?=\s|$)/y;

export const icmp: MatchSyntax<IcmpMatch> = {
  names: ['icmp', 'icmp6', 'icmpv6', 'ipv6-icmp'],
  options: { 'icmp-type': 1, 'icmpv6-type': 'icmp-type' },
  heads: ['icmp', 'icmptype', 'ipv6-icmp', 'ipv6-icmptype', 'icmp6', 'icmpv6'],
  fromSave(options, name) {
    const family = name === 'icmp' ? 'ipv4' : 'ipv6';
    const typed = options.inverted('icmp-type', (word) => parseType(word, family));
    if (typed === null) return null;
    return { kind: 'icmp', family, not: typed.not, ...typed.value };
  },
  fromList(tail) {
    const head = tail.take(/(icmp|ipv6-icmp|icmpv6|icmp6)(?=\s|type)/y);
    if (head === null) return null;
    const family = head[1] === 'icmp' ? 'ipv4' : 'ipv6';
    const numeric = exactly(NUMERIC, tail.text, tail.at);
    const found = numeric ?? exactly(NAMED, tail.text, tail.at);
    if (found === null) return null;
    const [text, not, first = '', from, to = from] = found;
    tail.at += text.length;
    const typed =
      numeric === null
        ? tail.value(icmpType(first, family), { type: 0, code: ANY_CODE })
        : {
            type: Number(first),
            code: from === undefined ? ANY_CODE : { from: Number(from), to: Number(to) },
          };
    return { kind: 'icmp', family, not: not === '!', ...typed };
  },
  print({ family, not, type, code }) {
    const codes = code.from === 0 && code.to === 255 ? '' : `/${code.from}`;
    return family === 'ipv4'
      ? words('-m icmp', bang(not), '--icmp-type', type === 255 ? 'any' : `${type}${codes}`)
      : words('-m icmp6', bang(not), '--icmpv6-type', `${type}${codes}`);
  },
};

function exactly(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
