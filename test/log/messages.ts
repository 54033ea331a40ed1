/**
 * Arbitrary TRACE messages in every shape that nf_log_syslog.c can print, and damage done to them. Messages end
 * with one blank, as the scanner and the grammar take them.
 */
import fc from 'fast-check';

const upTo = (max: number): fc.Arbitrary<number> =>
  fc.oneof(fc.integer({ min: 0, max }), fc.constantFrom(0, 1, max));
const hex = (digits: number): fc.Arbitrary<string> =>
  fc.integer({ min: 0, max: 16 ** digits - 1 }).map((n) => n.toString(16).padStart(digits, '0'));
const maybe = (text: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.oneof(fc.constant(''), text);
/** Texts and numbers one after another. */
const join = (...parts: (string | fc.Arbitrary<string | number>)[]): fc.Arbitrary<string> =>
  fc
    .tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
    .map((all) => all.join(''));

const ipv4 = fc.tuple(upTo(255), upTo(255), upTo(255), upTo(255)).map((bytes) => bytes.join('.'));
const ipv6 = fc.array(hex(4), { minLength: 8, maxLength: 8 }).map((groups) => groups.join(':'));
const device = fc.constantFrom('', 'lo', 'eth0', 'eth0.100', 'cali84b7d149337', 'a@b', 'ID=7', 'IN=', 'wg-ü');
const mac = fc.array(hex(2), { maxLength: 20 }).map((bytes) => bytes.join(':'));

const chain = fc.oneof(
  fc.constantFrom(
    'PREROUTING',
    'cali-PREROUTING',
    'x:rule:3',
    'TRACE::',
    'p[1]',
    'chäin',
    'a:b',
    ':',
    'q"',
    '✓',
  ),
  fc.string({ minLength: 1, maxLength: 28 }).filter((name) => !/\s/.test(name)),
);
const place = join(
  fc.constantFrom('raw', 'mangle', 'nat', 'filter', 'security'),
  ':',
  chain,
  ':',
  fc.constantFrom('rule', 'return', 'policy'),
  ':',
  fc.integer({ min: 1, max: 4_294_967_295 }),
);
const link = join(
  'IN=',
  device,
  ' OUT=',
  device,
  ' ',
  maybe(join('PHYSIN=', device, ' ')),
  maybe(join('PHYSOUT=', device, ' ')),
  maybe(join('MAC=', mac, maybe(join(' TUNNEL=', ipv4, '->', ipv4)), ' ')),
);

const bytes = upTo(4_294_967_295);
const incomplete = join('INCOMPLETE [', bytes, ' bytes] ');
const hexList = fc
  .array(hex(2), { minLength: 1, maxLength: 40 })
  .map((list) => `OPT (${list.join('').toUpperCase()}) `);
const flags = fc
  .subarray(['AE', 'CWR', 'ECE', 'URG', 'ACK', 'PSH', 'RST', 'SYN', 'FIN'])
  .map((set) => set.map((flag) => `${flag} `).join(''));

const tcpHead = join(
  'PROTO=TCP SPT=',
  upTo(65_535),
  ' DPT=',
  upTo(65_535),
  ' SEQ=',
  upTo(4_294_967_295),
  ' ACK=',
  upTo(4_294_967_295),
  ' WINDOW=',
  upTo(65_535),
  ' RES=0x',
  hex(2),
  ' ',
  flags,
  'URGP=',
  upTo(65_535),
  ' ',
);
const udp = join(
  fc.constantFrom('PROTO=UDP ', 'PROTO=UDPLITE '),
  fc.oneof(join('SPT=', upTo(65_535), ' DPT=', upTo(65_535), ' LEN=', upTo(65_535), ' '), incomplete),
);
const numbered = join('PROTO=', upTo(255), ' ');

/** A text, and whether the kernel prints nothing more of the packet. */
interface Text {
  readonly text: string;
  readonly closed: boolean;
}
const open = (text: fc.Arbitrary<string>): fc.Arbitrary<Text> =>
  text.map((t) => ({ text: t, closed: false }));
const closed = (text: fc.Arbitrary<string>): fc.Arbitrary<Text> =>
  text.map((t) => ({ text: t, closed: true }));
const behind = (head: fc.Arbitrary<string>, tail: fc.Arbitrary<Text>): fc.Arbitrary<Text> =>
  fc.tuple(head, tail).map(([text, end]) => ({ text: text + end.text, closed: end.closed }));

const tcp = fc.oneof(
  open(join(tcpHead, maybe(hexList))),
  closed(join(tcpHead, 'OPT (TRUNCATED)')),
  open(join('PROTO=TCP ', incomplete)),
);
const ipsec = join(
  fc.constantFrom('PROTO=AH ', 'PROTO=ESP '),
  fc.oneof(join('SPI=0x', hex(8), ' '), incomplete),
);

const echo = join(' ID=', upTo(65_535), ' SEQ=', upTo(65_535), ' ');
/** `quote` is empty inside of a quote. */
const icmp4 = (quote: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  join(
    'PROTO=ICMP ',
    fc.oneof(
      incomplete,
      join('TYPE=', upTo(255), ' CODE=', upTo(255), ' ', incomplete),
      join(fc.constantFrom('TYPE=0 CODE=0', 'TYPE=8 CODE=0'), echo),
      join(fc.constantFrom('TYPE=4', 'TYPE=11'), ' CODE=', upTo(255), ' ', quote),
      join('TYPE=3 CODE=', fc.constantFrom(0, 1, 3, 13), ' ', quote),
      join('TYPE=3 CODE=4 ', quote, 'MTU=', upTo(65_535), ' '),
      join('TYPE=5 CODE=', upTo(3), ' GATEWAY=', ipv4, ' ', quote),
      join('TYPE=12 CODE=', upTo(255), ' PARAMETER=', upTo(255), ' '),
      join('TYPE=', fc.constantFrom(1, 2, 9, 13, 128, 255), ' CODE=', upTo(255), ' '),
    ),
  );
const icmp6 = (quote: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  join(
    'PROTO=ICMPv6 ',
    fc.oneof(
      incomplete,
      join(fc.constantFrom('TYPE=128 CODE=0', 'TYPE=129 CODE=0'), echo),
      join(fc.constantFrom('TYPE=1', 'TYPE=3'), ' CODE=', upTo(255), ' ', quote),
      join('TYPE=2 CODE=0 ', quote, 'MTU=', bytes, ' '),
      join('TYPE=4 CODE=', upTo(2), ' POINTER=', hex(8), ' ', quote),
      join('TYPE=', fc.constantFrom(0, 5, 8, 11, 12, 135), ' CODE=', upTo(255), ' '),
    ),
  );

const flag = (name: string): fc.Arbitrary<string> => fc.constantFrom('', `${name} `);
const head4 = join(
  join('SRC=', ipv4, ' DST=', ipv4, ' LEN=', bytes, ' TOS=0x', hex(2), ' PREC=0x', hex(2)),
  join(' TTL=', upTo(255), ' ID=', upTo(65_535), ' ', flag('CE'), flag('DF'), flag('MF')),
);
const fragment4 = join('FRAG:', fc.integer({ min: 1, max: 8191 }), ' ');
const protocol4 = fc.constantFrom(
  '',
  'PROTO=TCP ',
  'PROTO=UDP ',
  'PROTO=ICMP ',
  'PROTO=AH ',
  'PROTO=ESP ',
  'PROTO=47 ',
);
const packet4 = (quote: fc.Arbitrary<string>): fc.Arbitrary<Text> =>
  behind(
    head4,
    fc.oneof(
      {
        arbitrary: behind(
          maybe(hexList),
          fc.oneof(tcp, open(udp), open(icmp4(quote)), open(ipsec), open(numbered)),
        ),
        weight: 5,
      },
      open(join(fragment4, maybe(hexList), protocol4)),
      closed(join(maybe(fragment4), 'TRUNCATED')),
    ),
  );

const head6 = join(
  join('SRC=', ipv6, ' DST=', ipv6, ' LEN=', bytes, ' TC=', upTo(255)),
  join(' HOPLIMIT=', upTo(255), ' FLOWLBL=', upTo(0xfffff), ' '),
);
const fragment6 = (offset: fc.Arbitrary<string | number>): fc.Arbitrary<string> =>
  join('OPT ( FRAG:', offset, ' ', flag('INCOMPLETE'), 'ID:', hex(8), ' ) ');
const extension = fc.oneof(
  fc.constant('OPT ( ) '),
  fragment6(fc.constant(0)),
  join('OPT ( AH SPI=0x', hex(8), ' ) '),
);
const extensions = fc.array(extension, { maxLength: 4 }).map((list) => list.join(''));
const later6 = join(
  extensions,
  fragment6(fc.integer({ min: 1, max: 65_528 })),
  fc.array(fragment6(upTo(65_528)), { maxLength: 2 }).map((list) => list.join('')),
);
const protocol6 = fc.constantFrom('PROTO=TCP ', 'PROTO=UDP ', 'PROTO=UDPLITE ', 'PROTO=ICMPv6 ', 'PROTO=4 ');
const packet6 = (quote: fc.Arbitrary<string>): fc.Arbitrary<Text> =>
  behind(
    head6,
    fc.oneof(
      {
        arbitrary: behind(extensions, fc.oneof(tcp, open(udp), open(icmp6(quote)), open(numbered))),
        weight: 5,
      },
      open(join(later6, protocol6)),
      closed(
        join(
          later6,
          fc.constantFrom('OPT ( )', 'OPT ( AH )', 'OPT ( ESP )', 'OPT ( FRAG:TRUNCATED', 'TRUNCATED'),
        ),
      ),
      closed(join(extensions, 'OPT ( ESP SPI=0x', hex(8), ' )')),
      closed(join(extensions, 'OPT ( ', fc.constantFrom('AH', 'ESP'), ' ', incomplete, ')')),
      closed(join(extensions, fc.constantFrom('TRUNCATED', 'OPT ( FRAG:TRUNCATED'))),
    ),
  );

const nothing = fc.constant('');
const quoteOf = (packet: fc.Arbitrary<Text>): fc.Arbitrary<string> =>
  fc.oneof({ arbitrary: packet.map(({ text }) => `[${text}] `), weight: 9 }, fc.constant('[TRUNCATED] '));
const packet = fc.oneof(packet4(quoteOf(packet4(nothing))), packet6(quoteOf(packet6(nothing))));
const tail = join(
  maybe(join('UID=', bytes, ' GID=', bytes, ' ')),
  maybe(fc.integer({ min: 1, max: 0xffffffff }).map((mark) => `MARK=0x${mark.toString(16)} `)),
);

/** From `IN=` on, with one blank at the end. */
export const body: fc.Arbitrary<string> = fc
  .tuple(link, packet, tail)
  .map(([l, { text, closed: ends }, t]) => l + text + (ends ? ' ' : t));

/** A whole message, with one blank at the end. */
export const message: fc.Arbitrary<string> = join('TRACE: ', place, ' ', body);

/** What may happen to a text: cut, a part taken out, doubled or replaced, characters changed. */
export function damaged(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const position = fc.double({ min: 0, max: 1, noNaN: true });
  const noise = fc.constantFrom(
    '',
    ' ',
    '  ',
    '0',
    'x',
    ']',
    '[',
    'OPT ( ) ',
    'ID=1 ',
    'LEN=2 ',
    'TRUNCATED',
    'DF ',
    '=',
  );
  return fc.tuple(text, position, position, noise).map(([whole, a, b, inserted]) => {
    const from = Math.floor(Math.min(a, b) * whole.length);
    const to = Math.min(whole.length, from + Math.floor(Math.abs(a - b) * 12));
    return `${(whole.slice(0, from) + inserted + whole.slice(to)).trimEnd()} `;
  });
}

/** A message that lost its end, at any character. */
export function cutOff(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(text, fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([whole, share]) => `${whole.slice(0, Math.floor(share * whole.length)).trimEnd()} `);
}

/** A message one of whose numbers or devices is at the border of what there can be, or beyond it. */
export function misnumbered(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const borders = [255, 256, 8191, 8192, 65_535, 65_536, 1_048_575, 1_048_576, 4_294_967_295, 4_294_967_296];
  const number = fc.constantFrom(...borders.map(String), '0', '00', '01', '-1', '');
  const name = fc.constantFrom('x'.repeat(15), 'x'.repeat(16), 'a/b', 'a:b', 'a\tb');
  return fc.tuple(text, fc.nat(), number, name).map(([whole, n, digits, device]) => {
    const spots = [...whole.matchAll(/(?<=[=:[])\d+(?= )|(?<=(?:IN|OUT)=)\S*/g)];
    const spot = spots[n % spots.length];
    if (spot === undefined) return whole;
    const fresh = /(?:IN|OUT)=$/.test(whole.slice(0, spot.index)) ? device : digits;
    return whole.slice(0, spot.index) + fresh + whole.slice(spot.index + spot[0].length);
  });
}
