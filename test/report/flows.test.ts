/** Who spoke to whom: an answer belongs to the flow of its question, whatever NAT made of the addresses. */
import { expect, test } from 'vitest';
import type { Packet, Transport } from '../../src/model/packet.ts';
import type { Walk } from '../../src/model/walk.ts';
import { Flows, flowBlocks } from '../../src/report/flows.ts';
import { icmp, packet, step, tcp, udp, walk } from '../make/walk.ts';

const SYN = 2;
const SYN_ACK = 18;
const ACK = 16;

type End = readonly [src: string, dst: string, transport: Transport];

/** A walk whose first line shows `first`, its last one `last`. */
function passing(n: number, first: End, last: End = first): Walk {
  const of = ([src, dst, transport]: End): Packet => packet({ src, dst, transport });
  return walk(
    [
      step('mangle:PREROUTING:policy:1', 'PREROUTING', { event: { packet: of(first) } }),
      step('mangle:FORWARD:policy:1', 'FORWARD', { event: { packet: of(last) } }),
    ],
    { n },
  );
}

function told(...walks: readonly Walk[]): readonly string[] {
  const flows = new Flows();
  for (const each of walks) flows.add(each);
  return flows
    .all()
    .map(({ n, packets, answers, protocol, from, to, by }) =>
      [`#${n}`, packets, answers, protocol, from, to, by].join(' '),
    );
}

const MASQUERADED: readonly Walk[] = [
  passing(1, ['10.1.0.66', '10.2.0.2', tcp(53481, 8000, SYN)]),
  passing(
    2,
    ['10.2.0.2', '10.2.0.1', tcp(8000, 53481, SYN_ACK)],
    ['10.2.0.2', '10.1.0.66', tcp(8000, 53481, SYN_ACK)],
  ),
  passing(3, ['10.1.0.66', '10.2.0.2', tcp(53481, 8000, ACK)]),
];

test.each<[string, readonly Walk[], readonly string[]]>([
  ['a masqueraded source', MASQUERADED, ['#1 3 1 TCP 10.1.0.66 10.2.0.2:8000 10.2.0.2:8000']],
  [
    'an answer that ends before its translation, after one that did not',
    [...MASQUERADED, passing(4, ['10.2.0.2', '10.2.0.1', tcp(8000, 53481, ACK)])],
    ['#1 4 2 TCP 10.1.0.66 10.2.0.2:8000 10.2.0.2:8000'],
  ],
  [
    'a translated source and a service port that does not look like one',
    [
      passing(1, ['10.1.0.2', '10.2.0.2', udp(38124, 5353)]),
      passing(2, ['10.2.0.2', '10.2.0.1', udp(5353, 20009)], ['10.2.0.2', '10.1.0.2', udp(5353, 38124)]),
    ],
    ['#1 2 1 UDP 10.1.0.2 10.2.0.2:5353 10.2.0.2:5353'],
  ],
  [
    'a hairpin: both sides translated',
    [
      passing(
        1,
        ['10.1.0.2', '10.1.0.1', tcp(51060, 81, SYN)],
        ['10.1.0.2', '10.1.0.2', tcp(51060, 9999, SYN)],
      ),
      passing(
        2,
        ['10.1.0.2', '10.1.0.1', tcp(9999, 51060, SYN_ACK)],
        ['10.1.0.2', '10.1.0.2', tcp(9999, 51060, SYN_ACK)],
      ),
    ],
    ['#1 2 1 TCP 10.1.0.2 10.1.0.1:81 10.1.0.2:9999'],
  ],
  [
    'two clients behind one translated address',
    [
      passing(1, ['10.1.0.2', '10.2.0.2', udp(40000, 5353)]),
      passing(2, ['10.1.0.3', '10.2.0.2', udp(40000, 5353)]),
      passing(3, ['10.2.0.2', '10.2.0.1', udp(5353, 20000)], ['10.2.0.2', '10.1.0.3', udp(5353, 40000)]),
    ],
    ['#2 2 1 UDP 10.1.0.3 10.2.0.2:5353 10.2.0.2:5353', '#1 1 0 UDP 10.1.0.2 10.2.0.2:5353 10.2.0.2:5353'],
  ],
  [
    'an answer whose question ends later',
    [
      passing(
        2,
        ['10.2.0.2', '10.2.0.1', tcp(80, 53481, SYN_ACK)],
        ['10.2.0.2', '10.1.0.66', tcp(80, 53481, SYN_ACK)],
      ),
      passing(
        1,
        ['10.1.0.66', '10.1.0.1', tcp(53481, 8080, SYN)],
        ['10.1.0.66', '10.2.0.2', tcp(53481, 80, SYN)],
      ),
    ],
    ['#1 2 1 TCP 10.1.0.66 10.1.0.1:8080 10.2.0.2:80'],
  ],
  [
    'questions from a low port to a high one, which look like answers',
    [
      passing(1, ['10.1.0.2', '10.2.0.2', tcp(900, 40000, SYN)]),
      passing(2, ['10.2.0.2', '10.1.0.2', tcp(40000, 900, SYN_ACK)]),
      passing(3, ['10.1.0.2', '10.2.0.2', tcp(900, 40000, ACK)]),
    ],
    ['#1 3 1 TCP 10.1.0.2 10.2.0.2:40000 10.2.0.2:40000'],
  ],
  [
    'a ping, its answer, and an error, which nobody answers',
    [
      passing(1, ['10.1.0.2', '10.2.0.2', icmp(8)]),
      passing(2, ['10.2.0.2', '10.2.0.1', icmp(0)], ['10.2.0.2', '10.1.0.2', icmp(0)]),
      passing(3, ['10.1.0.2', '10.2.0.2', { ...icmp(3, 3), quoted: packet() }]),
    ],
    ['#1 2 1 ICMP 10.1.0.2 10.2.0.2 10.2.0.2', '#3 1 0 ICMP error 10.1.0.2 10.2.0.2 10.2.0.2'],
  ],
])('%s', (_, walks, expected) => {
  expect(told(...walks)).toEqual(expected);
});

test('of errors no answers are counted', () => {
  const flows = new Flows();
  flows.add(passing(1, ['10.1.0.2', '10.2.0.2', { ...icmp(3, 3), quoted: packet() }]));
  flows.add(passing(2, ['10.1.0.2', '10.2.0.2', icmp(8)]));
  const rows = flowBlocks(flows).flatMap((block) => (block.kind === 'table' ? block.rows : []));
  expect(rows.map((row) => row.slice(1, 3).map((cell) => cell.map(({ text }) => text).join('')))).toEqual([
    ['–', 'ICMP error'],
    ['0', 'ICMP'],
  ]);
});
