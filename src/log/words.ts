/**
 * The words of a TRACE message: for each its key, what may follow the key, how a person would describe it, and
 * which part of a packet it gives. The lexer of grammar/trace-line.ne is made from this table. Words end before
 * a blank; the few after which the kernel prints none may also stand before `]`.
 */
import moo from 'moo';
import { parseAddress } from '../model/address.ts';
import { PROTOCOL_NUMBERS, TCP_FLAGS, type TcpFlag } from '../model/packet.ts';
import type { Parts } from './nodes.ts';
import { parsePlace } from './trace.ts';

interface Word {
  readonly key: string;
  /** Regular expression of what follows the key, without groups that capture. */
  readonly value: string;
  readonly described: string;
  readonly parts: (value: string) => Parts;
}

/** Decimal numbers from `least`, which is 0 or 1, to `most`, which has several digits; no leading zeros. */
function upTo(most: number, least: 0 | 1 = 0): string {
  const digits = String(most);
  const choices = [`[1-9]\\d{0,${digits.length - 2}}`, digits];
  if (least === 0) choices.push('0');
  for (let i = 0; i < digits.length; i++) {
    const lowest = i === 0 ? 1 : 0;
    const digit = Number(digits[i]);
    if (digit > lowest) {
      choices.push(`${digits.slice(0, i)}[${lowest}-${digit - 1}]\\d{${digits.length - i - 1}}`);
    }
  }
  return `(?:${choices.join('|')})`;
}

const U8 = upTo(255);
const U16 = upTo(65_535);
const U32 = upTo(4_294_967_295);
const IPV4 = `${U8}(?:\\.${U8}){3}`;
const IPV6 = '[0-9a-fA-F]{4}(?::[0-9a-fA-F]{4}){7}';
const DEVICE = '[^\\s/:]{0,15}';

function number(key: string, value: string, described: string, name: keyof Parts): Word {
  return { key, value, described: `${key}${described}`, parts: (text) => ({ [name]: Number(text) }) };
}
function hex(key: string, value: string, described: string, name: keyof Parts): Word {
  return {
    key,
    value,
    described: `${key}${described}`,
    parts: (text) => ({ [name]: Number.parseInt(text, 16) }),
  };
}
function text(key: string, value: string, described: string, name: keyof Parts): Word {
  return { key, value, described: `${key}${described}`, parts: (found) => ({ [name]: found }) };
}
function address(key: string, value: string, name: 'src' | 'dst' | 'gateway'): Word {
  const parts = (found: string): Parts => {
    const parsed = parseAddress(found);
    return parsed === null ? {} : { [name]: parsed };
  };
  return { key, value, described: `${key} and an address`, parts };
}
function flag(key: string, parts: Parts): Word {
  return { key, value: '', described: key, parts: () => parts };
}

/** Where two words share a key the narrower one stands first. */
export const WORDS = {
  place: {
    key: '',
    value: `(?:raw|mangle|nat|filter|security):\\S+:(?:rule|return|policy):${upTo(4_294_967_295, 1)}`,
    described: 'table:chain:type:number',
    parts: (found) => parsePlace(found) ?? {},
  },
  input: text('IN=', DEVICE, ' and a device or nothing', 'in'),
  output: text('OUT=', DEVICE, ' and a device or nothing', 'out'),
  physIn: text('PHYSIN=', DEVICE, ' and a device', 'physIn'),
  physOut: text('PHYSOUT=', DEVICE, ' and a device', 'physOut'),
  mac: text('MAC=', '(?:[0-9a-f]{2}(?::[0-9a-f]{2})*)?', ' and bytes in hex', 'mac'),
  tunnel: text('TUNNEL=', `${IPV4}->${IPV4}`, ' and two addresses', 'tunnel'),
  src4: address('SRC=', IPV4, 'src'),
  src6: address('SRC=', IPV6, 'src'),
  dst4: address('DST=', IPV4, 'dst'),
  dst6: address('DST=', IPV6, 'dst'),
  length16: number('LEN=', U16, ' and a length', 'length'),
  length32: number('LEN=', U32, ' and a length', 'length'),
  tos: hex('TOS=0x', '[0-9a-fA-F]{2}', ' and two hex digits', 'tos'),
  precedence: hex('PREC=0x', '[0-9a-fA-F]{2}', ' and two hex digits', 'precedence'),
  ttl: number('TTL=', U8, ' and a number up to 255', 'ttl'),
  identification: number('ID=', U16, ' and a number up to 65535', 'id'),
  ce: flag('CE', { ce: true }),
  df: flag('DF', { df: true }),
  mf: flag('MF', { mf: true }),
  fragmentZero: number('FRAG:', '0', '0', 'fragment'),
  fragmentUnits: number('FRAG:', upTo(8191, 1), ' and an offset', 'fragment'),
  fragmentBytes: number('FRAG:', upTo(65_535, 1), ' and an offset', 'fragment'),
  fragmentTruncated: flag('FRAG:TRUNCATED', {}),
  trafficClass: number('TC=', U8, ' and a number up to 255', 'tos'),
  hopLimit: number('HOPLIMIT=', U8, ' and a number up to 255', 'ttl'),
  flowLabel: number('FLOWLBL=', upTo(1_048_575), ' and a number up to 1048575', 'flowLabel'),
  incompleteBytes: {
    key: 'INCOMPLETE [',
    value: `${U32} bytes\\]`,
    described: 'INCOMPLETE [n bytes]',
    parts: (found) => ({ bytes: Number.parseInt(found, 10) }),
  },
  moreFragments: flag('INCOMPLETE', { mf: true }),
  fragmentId: hex('ID:', '[0-9a-fA-F]{8}', ' and eight hex digits', 'id'),
  protocol: number('PROTO=', U8, ' and a protocol', 'protocol'),
  sport: number('SPT=', U16, ' and a port', 'sport'),
  dport: number('DPT=', U16, ' and a port', 'dport'),
  seq16: number('SEQ=', U16, ' and a number', 'seq'),
  seq32: number('SEQ=', U32, ' and a number', 'seq'),
  ack: number('ACK=', U32, ' and a number', 'ack'),
  window: number('WINDOW=', U16, ' and a number up to 65535', 'window'),
  reserved: hex('RES=0x', '[0-9a-fA-F]{2}', ' and two hex digits', 'reserved'),
  urgentPointer: number('URGP=', U16, ' and a number up to 65535', 'urgentPointer'),
  spi: hex('SPI=0x', '[0-9a-fA-F]{1,8}', ' and hex digits', 'spi'),
  codeFour: number('CODE=', '4', '4', 'code'),
  code: number('CODE=', U8, ' and a number up to 255', 'code'),
  parameter: number('PARAMETER=', U8, ' and a number up to 255', 'parameter'),
  pointer: hex('POINTER=', '[0-9a-fA-F]{8}', ' and eight hex digits', 'parameter'),
  gateway: address('GATEWAY=', IPV4, 'gateway'),
  mtu: number('MTU=', U32, ' and a number', 'mtu'),
  uid: number('UID=', U32, ' and a number', 'uid'),
  gid: number('GID=', U32, ' and a number', 'gid'),
  mark: hex('MARK=0x', '[0-9a-fA-F]{1,8}', ' and hex digits', 'mark'),
  /** The types that print more in either family. */
  icmpType: number('TYPE=', '(?:0|1|2|3|4|5|8|11|12|128|129)', ' and a number up to 255', 'icmpType'),
  type: number('TYPE=', U8, ' and a number up to 255', 'icmpType'),
  hexList: {
    key: 'OPT (',
    value: '(?:[0-9A-F]{2})+\\)',
    described: 'OPT (…) with hex digits',
    parts: (found) => ({ options: found.slice(0, -1) }),
  },
  tcpFlag: {
    key: '',
    value: '(?:AE|CWR|ECE|URG|ACK|PSH|RST|SYN|FIN)',
    described: 'TCP flags',
    parts: (found) => ({ flags: isTcpFlag(found) ? TCP_FLAGS[found] : 0 }),
  },
  protocolName: {
    key: 'PROTO=',
    value: '(?:TCP|UDPLITE|UDP|ICMPv6|ICMP|AH|ESP)',
    described: 'PROTO= and a protocol',
    parts: (found) => ({ protocol: PROTOCOL_NUMBERS[found] ?? 0 }),
  },
} satisfies Record<string, Word>;
export type WordName = keyof typeof WORDS;

function isTcpFlag(name: string): name is TcpFlag {
  return name in TCP_FLAGS;
}

export function isWordName(name: string | undefined): name is WordName {
  return name !== undefined && name in WORDS;
}

const escaped = (literal: string): string => literal.replace(/[()[\]]/g, '\\$&');

let made: moo.Lexer | null = null;

/** Blanks, brackets, the words of the table, and what is none of them. */
function openLexer(): moo.Lexer {
  made ??= moo.compile({
    blank: ' ',
    open: '[',
    close: ']',
    // the words after which the kernel may print no blank
    last: /TRUNCATED(?=[ \]])|OPT \(TRUNCATED\)(?=[ \]])/,
    trace: /TRACE:(?= )/,
    ...Object.fromEntries(
      Object.entries(WORDS).map(([name, { key, value }]) => [
        name,
        { match: new RegExp(`${escaped(key)}${value}(?=${name === 'fragmentTruncated' ? '[ \\]]' : ' '})`) },
      ]),
    ),
    openOption: /OPT \((?= )/,
    closeOption: ')',
    ah: /AH(?= )/,
    esp: /ESP(?= )/,
    invalid: moo.error,
  });
  return made;
}

/** The lexer of the grammar, made when the first line is refused: it takes 10 ms, and most logs have no such line. */
export const lexer = {
  reset: (text: string, state?: moo.LexerState) => openLexer().reset(text, state),
  next: () => openLexer().next(),
  save: () => openLexer().save(),
  formatError: (token: moo.Token, message?: string) => openLexer().formatError(token, message),
  has: (_type: string) => true,
  [Symbol.iterator]: () => openLexer()[Symbol.iterator](),
};
