/** Which state conntrack gives each packet of a run (trace-format 5.1). */
import { describe, expect, test } from 'vitest';
import type { Context } from '../../src/model/context.ts';
import { paths, predict, router, rules } from './host.ts';

const STATES = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'];
const PROBES = STATES.map(
  (state) =>
    `mangle PREROUTING -m conntrack --ctstate ${state}\nmangle OUTPUT -m conntrack --ctstate ${state}`,
);
const PROBE = PROBES.join('\n');

/** The state of each packet: the probe that matched it. */
function statesOf(lines: string, packets: readonly string[], context: Context = router()): string[] {
  return paths(rules(`${PROBE}\n${lines}`), packets, context).map(({ steps }) => {
    const probe = steps.find(({ table, type }) => table === 'mangle' && type === 'rule');
    return STATES[(probe?.number ?? 0) - 1] ?? 'none';
  });
}

const OUT = 'in=in0 src=10.1.0.9 dst=10.2.0.9 ttl=64';
const BACK = 'in=out0 src=10.2.0.9 dst=10.1.0.9 ttl=64';
const tcp = (way: string, flags: string, seq: number, ack: number, length = 40): string =>
  `${way} proto=tcp ${way === OUT ? 'sport=1000 dport=80' : 'sport=80 dport=1000'} flags=${flags} seq=${seq} ack=${ack} length=${length} window=5000`;
const udp = (way: string): string =>
  `${way} proto=udp ${way === OUT ? 'sport=1000 dport=53' : 'sport=53 dport=1000'} length=28`;
const echo = (way: string, type: number, id = 7): string =>
  `${way} proto=icmp icmpType=${type} icmpCode=0 icmpId=${id} icmpSeq=1 length=84`;

describe('TCP', () => {
  test.each([
    [
      'a connection from SYN to FIN',
      [
        [tcp(OUT, 'syn', 100, 0), 'NEW'],
        [tcp(BACK, 'syn,ack', 500, 101), 'ESTABLISHED'],
        [tcp(OUT, 'ack', 101, 501), 'ESTABLISHED'],
        [tcp(OUT, 'psh,ack', 101, 501, 140), 'ESTABLISHED'],
        [tcp(BACK, 'ack', 501, 201), 'ESTABLISHED'],
        [tcp(OUT, 'fin,ack', 201, 501), 'ESTABLISHED'],
        [tcp(BACK, 'fin,ack', 501, 202), 'ESTABLISHED'],
        [tcp(OUT, 'ack', 202, 502), 'ESTABLISHED'],
        // TIME_WAIT: the same ports opened anew.
        [tcp(OUT, 'syn', 9000, 0), 'NEW'],
      ],
    ],
    [
      'NEW until an answer was seen',
      [
        [tcp(OUT, 'syn', 100, 0), 'NEW'],
        [tcp(OUT, 'syn', 100, 0), 'NEW'],
        [tcp(BACK, 'syn,ack', 500, 101), 'ESTABLISHED'],
        [tcp(OUT, 'syn', 100, 0), 'ESTABLISHED'],
      ],
    ],
    [
      'picked up in the middle',
      [
        [tcp(OUT, 'ack', 100, 500), 'NEW'],
        [tcp(BACK, 'ack', 500, 100), 'ESTABLISHED'],
      ],
    ],
    ['an answer to nothing', [[tcp(BACK, 'syn,ack', 500, 101), 'INVALID']]],
    ['a reset of nothing', [[tcp(OUT, 'rst', 100, 0), 'INVALID']]],
    [
      'flags that no packet has',
      [
        [tcp(OUT, 'syn,fin', 100, 0), 'INVALID'],
        [tcp(OUT, 'none', 100, 0), 'INVALID'],
      ],
    ],
    [
      'refused: the reset closes',
      [
        [tcp(OUT, 'syn', 100, 0), 'NEW'],
        [tcp(BACK, 'rst,ack', 0, 101), 'ESTABLISHED'],
        [tcp(OUT, 'syn', 100, 0), 'NEW'],
      ],
    ],
    [
      'far out of the window',
      [
        [tcp(OUT, 'syn', 100, 0), 'NEW'],
        [tcp(BACK, 'syn,ack', 500, 101), 'ESTABLISHED'],
        [tcp(OUT, 'ack', 101, 501), 'ESTABLISHED'],
        [tcp(OUT, 'psh,ack', 3_000_000, 501, 140), 'INVALID'],
      ],
    ],
  ] as const)('%s', (_, packets) => {
    expect(
      statesOf(
        '',
        packets.map(([packet]) => packet),
      ),
    ).toEqual(packets.map(([, state]) => state));
  });

  test('nf_conntrack_tcp_loose = 0: none is picked up in the middle', () => {
    const context = router({ 'sysctl.txt': 'net.netfilter.nf_conntrack_tcp_loose = 0' });
    expect(statesOf('', [tcp(OUT, 'ack', 100, 500)], context)).toEqual(['INVALID']);
  });

  test('nf_conntrack_tcp_be_liberal = 1: no window is too far', () => {
    const context = router({ 'sysctl.txt': 'net.netfilter.nf_conntrack_tcp_be_liberal = 1' });
    const packets = [
      tcp(OUT, 'syn', 100, 0),
      tcp(BACK, 'syn,ack', 500, 101),
      tcp(OUT, 'ack', 101, 501),
      tcp(OUT, 'psh,ack', 3_000_000, 501, 140),
    ];
    expect(statesOf('', packets, context).at(-1)).toBe('ESTABLISHED');
  });
});

describe('others', () => {
  test.each([
    [
      'UDP',
      [
        [udp(OUT), 'NEW'],
        [udp(OUT), 'NEW'],
        [udp(BACK), 'ESTABLISHED'],
        [udp(OUT), 'ESTABLISHED'],
      ],
    ],
    [
      'echo',
      [
        [echo(OUT, 8), 'NEW'],
        [echo(BACK, 0), 'ESTABLISHED'],
        [echo(BACK, 0, 8), 'INVALID'],
      ],
    ],
    ['a router solicitation and the like', [[echo(OUT, 10), 'INVALID']]],
    [
      'an unknown protocol',
      [
        [`${OUT} proto=89 length=40`, 'NEW'],
        [`${BACK} proto=89 length=40`, 'ESTABLISHED'],
      ],
    ],
  ] as const)('%s', (_, packets) => {
    expect(
      statesOf(
        '',
        packets.map(([packet]) => packet),
      ),
    ).toEqual(packets.map(([, state]) => state));
  });
});

describe('ICMP errors', () => {
  const error = (quoted: object, way = 'in=out0 src=10.2.0.254 dst=10.1.0.9'): string =>
    JSON.stringify({
      ...Object.fromEntries(way.split(' ').map((word) => word.split('='))),
      proto: 'icmp',
      icmpType: 3,
      icmpCode: 1,
      ttl: 64,
      quoted,
    });
  const quoted = { src: '10.1.0.9', dst: '10.2.0.9', proto: 'udp', sport: 1000, dport: 53 };

  function stateOf(packets: readonly string[]): string[] {
    const text = rules(PROBE);
    const predictions = predict(text, packets);
    return predictions.map(
      ({ paths: [path] }) =>
        STATES[
          (path?.steps.find(({ table, type }) => table === 'mangle' && type === 'rule')?.number ?? 0) - 1
        ] ?? 'none',
    );
  }

  test.each([
    ['of a connection', quoted, 'RELATED'],
    ['of none', { ...quoted, dport: 54 }, 'INVALID'],
  ])('%s', (_, quote, state) => {
    expect(stateOf([udp(OUT), error(quote)])).toEqual(['NEW', state]);
  });

  test('to another than the one who sent', () => {
    expect(stateOf([udp(OUT), error(quoted, 'in=out0 src=10.2.0.254 dst=10.1.0.10')])).toEqual([
      'NEW',
      'INVALID',
    ]);
  });
});

describe('what makes an entry', () => {
  test('a packet that was dropped opens nothing', () => {
    expect(statesOf('filter FORWARD -p udp -j DROP', [udp(OUT), udp(BACK)])).toEqual(['NEW', 'NEW']);
  });

  test('nor one that found no way', () => {
    const lost = 'in=in0 src=10.1.0.9 dst=10.66.0.1 ttl=64 proto=udp sport=1 dport=2 length=28';
    const back = 'in=out0 src=10.66.0.1 dst=10.1.0.9 ttl=64 proto=udp sport=2 dport=1 length=28';
    expect(statesOf('', [lost, back])).toEqual(['NEW', 'NEW']);
  });

  test('NOTRACK', () => {
    expect(statesOf('raw PREROUTING -s 10.1.0.9 -j CT --notrack', [udp(OUT), udp(BACK)])).toEqual([
      'UNTRACKED',
      'NEW',
    ]);
  });

  test('zones are apart', () => {
    expect(statesOf('raw PREROUTING -i in0 -j CT --zone 1', [udp(OUT), udp(BACK)])).toEqual(['NEW', 'NEW']);
    expect(statesOf('raw PREROUTING -j CT --zone 1', [udp(OUT), udp(BACK)])).toEqual(['NEW', 'ESTABLISHED']);
  });

  test('no rule needs conntrack: none is asked', () => {
    const plain = rules('raw PREROUTING -p udp\nnat PREROUTING empty\nfilter FORWARD empty');
    const [path] = paths(plain, [udp(OUT)]);
    expect(path?.steps.map(({ table }) => table)).toEqual(['raw', 'raw', 'filter']);
  });
});

describe('what was saved', () => {
  const saved = (line: string): Context => router({ 'conntrack.txt': line });
  const entry = (more: string): string =>
    `udp 17 29 src=10.1.0.9 dst=10.2.0.9 sport=1000 dport=53 ${more} src=10.2.0.9 dst=10.1.0.9 sport=53 dport=1000 mark=7 use=1`;

  test('answered, or not', () => {
    expect(statesOf('', [udp(OUT)], saved(entry('')))).toEqual(['ESTABLISHED']);
    expect(statesOf('', [udp(OUT)], saved(entry('[UNREPLIED]')))).toEqual(['NEW']);
    expect(statesOf('', [udp(BACK), udp(OUT)], saved(entry('[UNREPLIED]')))).toEqual([
      'ESTABLISHED',
      'ESTABLISHED',
    ]);
  });

  test('connmark', () => {
    const text = rules(
      'mangle PREROUTING -m connmark --mark 7\nmangle PREROUTING -j CONNMARK --set-mark 8\nmangle PREROUTING -m connmark --mark 8',
    );
    const [path, next] = paths(text, [udp(OUT), udp(BACK)], saved(entry('')));
    expect(path?.steps.filter(({ type }) => type !== 'policy').map(({ number }) => number)).toEqual([
      1, 2, 3,
    ]);
    expect(next?.steps.filter(({ type }) => type !== 'policy').map(({ number }) => number)).toEqual([2, 3]);
  });

  test('nothing was: the connection may stand or not', () => {
    const [first, second] = predict(
      rules(PROBE),
      [udp(OUT), tcp(OUT, 'syn', 1, 0)],
      router({ 'conntrack.txt': null }),
    );
    expect(first?.paths.length).toBeGreaterThan(1);
    for (const path of first?.paths ?? []) {
      expect(path.assumptions).toMatchObject([{ kind: 'conntrack', settledBy: 'connections' }]);
      expect(path.wanting).toEqual(['connections']);
    }
    // A SYN opens its connection, whatever stood before.
    expect(second?.paths).toHaveLength(1);
  });

  test('without a snapshot the first packet still tells the next', () => {
    const [, next] = predict(
      rules(PROBE),
      [tcp(OUT, 'syn', 1, 0), tcp(BACK, 'syn,ack', 1, 2)],
      router({ 'conntrack.txt': null }),
    );
    expect(next?.paths).toHaveLength(1);
  });
});
