/** The scanner's values: printed again they give the line, and each field of one packet of each kind. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BodyMemo, PlaceMemo } from '../../src/log/memo.ts';
import { BodyScanner, parsePlace } from '../../src/log/trace.ts';
import type { Packet } from '../../src/model/packet.ts';
import { capturedMessages } from './captured.ts';
import { body, damaged } from './messages.ts';
import { printMessage } from './print.ts';

const scanner = new BodyScanner();

/** The packet of a body whose link part and IPv4 or IPv6 head are given in short. */
function read(tail: string, family: 4 | 6 = 4): Packet | null {
  const head4 = 'SRC=10.71.1.2 DST=10.71.2.2 LEN=60 TOS=0x18 PREC=0xA0 TTL=63 ID=3001 ';
  const head6 =
    'SRC=fd71:0000:0000:0000:0000:0000:0001:0002 DST=ff02:0000:0000:0000:0000:0000:0000:0001 LEN=60 TC=184 HOPLIMIT=63 FLOWLBL=6001 ';
  return scanner.scan(`IN=ra OUT=rb ${family === 4 ? head4 : head6}${tail} `);
}

test('print ∘ scan is the identity on every captured line', () => {
  const lost = /CODE=\d+ INCOMPLETE|OPT \( (?:AH|ESP) INCOMPLETE/;
  let count = 0;
  for (const text of capturedMessages().filter((message) => !lost.test(message))) {
    const place = parsePlace(text.slice(7, text.indexOf(' ', 7)));
    const packet = scanner.scan(text.slice(text.indexOf(' ', 7) + 1));
    if (place === null || packet === null) continue;
    expect(printMessage({ ...place, packet })).toBe(text);
    count++;
  }
  expect(count).toBeGreaterThan(10_000);
});

describe('places', () => {
  test.each<[string, string, string, number] | [string, null]>([
    ['raw:PREROUTING:policy:2', 'PREROUTING', 'policy', 2],
    ['filter:a:b:rule:1', 'a:b', 'rule', 1],
    ['filter:x:rule:3:rule:1', 'x:rule:3', 'rule', 1],
    ['filter:policy:rule:1', 'policy', 'rule', 1],
    ['filter:TRACE::return:12', 'TRACE:', 'return', 12],
    ['filter:p[1]:rule:4294967295', 'p[1]', 'rule', 4_294_967_295],
    ['filter:chäin:rule:1', 'chäin', 'rule', 1],
    ['filter::rule:1', null],
    ['filter:rule:1', null],
    ['filter:x:rules:1', null],
    ['filter:x:rule:0', null],
    ['filter:x:rule:01', null],
    ['filter:x:rule:4294967296', null],
    ['filter:x:rule:', null],
    ['broute:x:rule:1', null],
    ['eb:nat:PREROUTING', null],
    ['', null],
  ])('%s', (word, chain, type?: string, number?: number) => {
    const expected = chain === null ? null : { table: word.slice(0, word.indexOf(':')), chain, type, number };
    expect(parsePlace(word)).toEqual(expected);
  });
});

describe('packets', () => {
  test('link and IPv4 header', () => {
    const text =
      'IN=kfbr OUT=kfbr PHYSIN=ra PHYSOUT=rb MAC=02:71:00:00:02:02:02:71:00:00:01:02:08:00 SRC=10.71.1.2 DST=10.71.1.3 LEN=29 TOS=0x18 PREC=0xA0 TTL=64 ID=3951 CE DF MF FRAG:185 OPT (0704) PROTO=UDP UID=1000 GID=100 MARK=0x6c ';
    expect(scanner.scan(text)).toMatchObject({
      in: 'kfbr',
      out: 'kfbr',
      physIn: 'ra',
      physOut: 'rb',
      mac: '02:71:00:00:02:02:02:71:00:00:01:02:08:00',
      family: 'ipv4',
      src: { text: '10.71.1.2' },
      dst: { text: '10.71.1.3' },
      length: 29,
      tos: 0xb8,
      ttl: 64,
      id: 3951,
      flowLabel: null,
      ce: true,
      df: true,
      mf: true,
      fragmentOffset: 1480,
      ipOptions: '0704',
      protocol: 17,
      transport: { kind: 'none' },
      uid: 1000,
      gid: 100,
      mark: 0x6c,
    });
  });

  test('MAC= without bytes is not MAC= that is absent', () => {
    const tail = 'SRC=10.0.0.1 DST=10.0.0.2 LEN=20 TOS=0x00 PREC=0x00 TTL=64 ID=0 PROTO=4 ';
    expect(scanner.scan(`IN=tun0 OUT= MAC= ${tail}`)?.mac).toBe('');
    expect(scanner.scan(`IN= OUT=tun0 ${tail}`)?.mac).toBe(null);
    expect(scanner.scan(`IN=sit1 OUT= MAC=45:00 TUNNEL=10.0.0.1->10.0.0.2 ${tail}`)).toMatchObject({
      mac: '45:00',
      tunnel: '10.0.0.1->10.0.0.2',
    });
  });

  test.each<[string, string, object]>([
    [
      'TCP',
      'PROTO=TCP SPT=1 DPT=65535 SEQ=4294967295 ACK=9 WINDOW=64240 RES=0x38 AE ACK SYN URGP=7 OPT (0204)',
      {
        kind: 'tcp',
        sport: 1,
        dport: 65_535,
        seq: 4_294_967_295,
        ack: 9,
        window: 64_240,
        reserved: 0x38,
        flags: 256 + 16 + 2,
        urgentPointer: 7,
        options: '0204',
      },
    ],
    [
      'TCP, options cut',
      'PROTO=TCP SPT=1 DPT=2 SEQ=3 ACK=4 WINDOW=5 RES=0x00 URGP=0 OPT (TRUNCATED)',
      { kind: 'tcp', flags: 0, options: null },
    ],
    ['TCP, header cut', 'PROTO=TCP INCOMPLETE [12 bytes]', { kind: 'incomplete', bytes: 12 }],
    [
      'UDP: LEN= is the second',
      'PROTO=UDP SPT=40001 DPT=53 LEN=10',
      { kind: 'udp', sport: 40_001, dport: 53, length: 10 },
    ],
    [
      'echo: ID= is the second',
      'PROTO=ICMP TYPE=8 CODE=0 ID=513 SEQ=7',
      { kind: 'icmp', type: 8, code: 0, id: 513, seq: 7, quoted: null },
    ],
    ['ESP', 'PROTO=ESP SPI=0xdeadbeef', { kind: 'ipsec', spi: 0xdeadbeef }],
    [
      'redirect',
      'PROTO=ICMP TYPE=5 CODE=1 GATEWAY=10.71.1.254 [SRC=10.71.2.2 DST=10.71.1.2 LEN=30 TOS=0x00 PREC=0x00 TTL=64 ID=99 DF PROTO=UDP SPT=53 DPT=40000 LEN=10 ]',
      {
        gateway: { text: '10.71.1.254' },
        quoted: { id: 99, df: true, transport: { kind: 'udp', sport: 53 } },
      },
    ],
    [
      'fragmentation needed, MARK behind the quote',
      'PROTO=ICMP TYPE=3 CODE=4 [SRC=10.71.2.2 DST=10.71.1.2 LEN=30 TOS=0x00 PREC=0x00 TTL=64 ID=99 PROTO=TCP INCOMPLETE [8 bytes] ] MTU=1400 MARK=0x7',
      { mtu: 1400, quoted: { transport: { kind: 'incomplete', bytes: 8 } } },
    ],
    ['quoted and unreadable', 'PROTO=ICMP TYPE=3 CODE=1 [TRUNCATED]', { type: 3, quoted: null }],
    [
      'a quoted error quotes nothing',
      'PROTO=ICMP TYPE=11 CODE=0 [SRC=10.71.2.2 DST=10.71.1.2 LEN=30 TOS=0x00 PREC=0x00 TTL=64 ID=99 PROTO=ICMP TYPE=3 CODE=3 ]',
      { quoted: { transport: { type: 3, quoted: null } } },
    ],
    ['parameter problem', 'PROTO=ICMP TYPE=12 CODE=0 PARAMETER=20', { parameter: 20 }],
  ])('IPv4 %s', (_, tail, transport) => {
    expect(read(tail)?.transport).toMatchObject(transport);
  });

  test.each<[string, string, object]>([
    [
      'packet too big',
      'PROTO=ICMPv6 TYPE=2 CODE=0 [SRC=fd71:0000:0000:0000:0000:0000:0002:0002 DST=fd71:0000:0000:0000:0000:0000:0001:0002 LEN=50 TC=0 HOPLIMIT=64 FLOWLBL=77 PROTO=UDP SPT=53 DPT=40000 LEN=10 ] MTU=1280',
      { protocol: 58, transport: { mtu: 1280, quoted: { flowLabel: 77, transport: { length: 10 } } } },
    ],
    [
      'parameter problem: POINTER= is hex',
      'PROTO=ICMPv6 TYPE=4 CODE=1 POINTER=00000028 [TRUNCATED]',
      { transport: { parameter: 40 } },
    ],
    [
      'first fragment',
      'OPT ( FRAG:0 INCOMPLETE ID:abcd1234 ) PROTO=UDP SPT=1 DPT=2 LEN=3',
      {
        fragmentOffset: 0,
        mf: true,
        transport: { kind: 'udp' },
        extensions: [{ kind: 'fragment', offset: 0, more: true, id: 0xabcd1234 }],
      },
    ],
    [
      'later fragment: the offset is in bytes',
      'OPT ( FRAG:1480 ID:abcd1234 ) PROTO=UDP',
      { fragmentOffset: 1480, mf: false, protocol: 17, transport: { kind: 'none' } },
    ],
    [
      'extension headers',
      'OPT ( ) OPT ( AH SPI=0x1234abcd ) PROTO=59',
      { protocol: 59, extensions: [{ kind: 'other' }, { kind: 'ah', spi: 0x1234abcd }] },
    ],
    [
      'ESP ends the line',
      'OPT ( ESP SPI=0xdeadbeef )',
      { protocol: null, extensions: [{ kind: 'esp', spi: 0xdeadbeef }], mark: 0 },
    ],
    ['unreadable extension', 'TRUNCATED', { truncated: true, protocol: null }],
  ])('IPv6 %s', (_, tail, packet) => {
    expect(read(tail, 6)).toMatchObject({
      family: 'ipv6',
      tos: 184,
      ttl: 63,
      id: null,
      flowLabel: 6001,
      ...packet,
    });
  });

  test.each([
    'PROTO=TCP',
    'PROTO=TCP SPT=1 DPT=2 WINDOW=5 RES=0x00 SYN URGP=0',
    'PROTO=TCP SPT=1 DPT=2 SEQ=3 ACK=4 WINDOW=5 RES=0x00 SYN ACK URGP=0',
    'PROTO=UDP SPT=1 DPT=2',
    'PROTO=UDP SPT=1 DPT=65536 LEN=3',
    'PROTO=UDP SPT=1  DPT=2 LEN=3',
    'PROTO=UDP SPT=1 DPT=2 LEN=3 MARK=0x1 UID=1 GID=1',
    'PROTO=UDP SPT=1 DPT=2 LEN=3 UID=1',
    'PROTO=ICMP TYPE=8 CODE=0',
    'PROTO=ICMP TYPE=3 CODE=1',
    'PROTO=ICMPv6 TYPE=128 CODE=0 ID=1 SEQ=2',
    'FRAG:0 PROTO=UDP',
    'OPT (074) PROTO=4',
    '',
  ])('refused: %s', (tail) => {
    expect(read(tail)).toBe(null);
  });
});

describe('memos answer as the parser does, with the same object while they remember', () => {
  test('bodies', () => {
    const memo = new BodyMemo();
    const some = fc.oneof(body, damaged(body));
    fc.assert(
      fc.property(
        fc.array(some, { maxLength: 30 }),
        fc.array(fc.nat({ max: 29 }), { maxLength: 60 }),
        (bodies, order) => {
          for (const i of order) {
            const text = bodies[i % Math.max(1, bodies.length)];
            if (text === undefined) continue;
            const found = memo.find(text);
            expect(found?.packet ?? null).toEqual(scanner.scan(text));
            if (found === null) continue;
            expect(found.text).toBe(text.trimEnd());
            expect(memo.find(text)?.packet).toBe(found.packet);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test('places', () => {
    const memo = new PlaceMemo();
    for (const word of ['raw:OUTPUT:rule:1', 'raw:OUTPUT:rule:0', 'raw:OUTPUT:rule:1', '']) {
      const place = parsePlace(word);
      const known = place === null ? null : { ...place, prefix: `TRACE: ${word} `, next: null };
      expect(memo.find(word)).toEqual(known);
      expect(memo.find(word)).toBe(memo.find(word));
    }
  });

  test('places by what came next the last time', () => {
    const words = [
      'raw:A:rule:1',
      'raw:A:rule:10',
      'raw:A:return:1',
      'nat:A:rule:1',
      'raw:TRACE:rule:1',
      'no',
    ];
    const lines = words.flatMap((word) => [`TRACE: ${word} IN=`, `TRACE: ${word}`, `TRACE: ${word}TRACE: `]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...lines), fc.nat({ max: 9 }))), (order) => {
        const memo = new PlaceMemo();
        for (const [line, before] of order) {
          const text = `${'TRACE: x'.slice(0, before)}${line}`;
          const word = /^TRACE: (\S*) /.exec(line)?.[1];
          const place = text.startsWith('TRACE: ', before) && word !== undefined ? parsePlace(word) : null;
          const found = memo.at(text, before);
          expect(found === null ? null : { ...found, prefix: '', next: null }).toEqual(
            place === null ? null : { ...place, prefix: '', next: null },
          );
        }
      }),
    );
  });
});
