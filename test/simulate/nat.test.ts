/** What nat rules make of the first packet of a connection, and what becomes of those that follow it. */
import { describe, expect, test } from 'vitest';
import type { Context } from '../../src/model/context.ts';
import { addressesOf, endOf, paths, predict, router, rules } from './host.ts';

/** Each packet as it left, and how. */
function sent(lines: string, packets: readonly string[], context: Context = router()): string[] {
  return paths(rules(lines), packets, context).map((path) => `${addressesOf(path)} ${endOf(path)}`);
}

const udp = (from: string, to: string, way = 'in=in0'): string => {
  const [src, sport] = from.split(':');
  const [dst, dport] = to.split(':');
  return `${way} src=${src} sport=${sport} dst=${dst} dport=${dport} proto=udp length=28 ttl=64`;
};
const BACK = 'in=out0';
const MADE = 'uid=0 gid=0';

describe('the first packet', () => {
  test.each([
    [
      'DNAT',
      'nat PREROUTING -d 10.1.0.1 -p udp --dport 53 -j DNAT --to-destination 10.2.0.9:5353',
      '10.1.0.9:1000 > 10.2.0.9:5353 forwarded out0',
    ],
    [
      'DNAT of the address alone',
      'nat PREROUTING -d 10.1.0.1 -j DNAT --to-destination 10.2.0.9',
      '10.1.0.9:1000 > 10.2.0.9:53 forwarded out0',
    ],
    [
      'DNAT of the port alone',
      'nat PREROUTING -p udp -j DNAT --to-destination :99',
      '10.1.0.9:1000 > 10.1.0.1:99 delivered',
    ],
    ['REDIRECT', 'nat PREROUTING -p udp -j REDIRECT --to-ports 99', '10.1.0.9:1000 > 10.1.0.1:99 delivered'],
    ['SNAT on the way in', 'nat INPUT -j SNAT --to-source 10.9.9.9', '10.9.9.9:1000 > 10.1.0.1:53 delivered'],
    [
      'the first rule that binds ends the table',
      'nat PREROUTING -d 10.1.0.1 -j DNAT --to-destination 10.2.0.9\nnat PREROUTING -j DNAT --to-destination 10.2.0.8',
      '10.1.0.9:1000 > 10.2.0.9:53 forwarded out0',
    ],
    [
      'NETMAP keeps the host part',
      'nat PREROUTING -d 10.1.0.0/24 -j NETMAP --to 10.2.0.0/24',
      '10.1.0.9:1000 > 10.2.0.1:53 delivered',
    ],
  ])('%s', (_, lines, expected) => {
    expect(sent(lines, [udp('10.1.0.9:1000', '10.1.0.1:53')])).toEqual([expected]);
  });

  test.each([
    [
      'SNAT',
      'nat POSTROUTING -o out0 -j SNAT --to-source 10.2.0.5',
      '10.2.0.5:1000 > 10.2.0.9:53 forwarded out0',
    ],
    [
      'SNAT with a port',
      'nat POSTROUTING -o out0 -p udp -j SNAT --to-source 10.2.0.5:7',
      '10.2.0.5:7 > 10.2.0.9:53 forwarded out0',
    ],
    [
      "MASQUERADE takes the way out's own address",
      'nat POSTROUTING -o out0 -j MASQUERADE',
      '10.2.0.1:1000 > 10.2.0.9:53 forwarded out0',
    ],
    [
      'the port stays where it lies in the range',
      'nat POSTROUTING -p udp -j SNAT --to-source 10.2.0.5:900-1100',
      '10.2.0.5:1000 > 10.2.0.9:53 forwarded out0',
    ],
  ])('%s', (_, lines, expected) => {
    expect(sent(lines, [udp('10.1.0.9:1000', '10.2.0.9:53')])).toEqual([expected]);
  });

  test('made here: sent back by lo when the destination becomes our own', () => {
    const lines = 'nat OUTPUT -p udp --dport 53 -j DNAT --to-destination 10.1.0.1:5353';
    expect(sent(lines, [udp('10.2.0.1:1000', '8.8.8.8:53', MADE)])).toEqual([
      '10.2.0.1:1000 > 10.1.0.1:5353 delivered',
    ]);
  });

  test('REDIRECT of what is made here goes to loopback', () => {
    const lines = 'nat OUTPUT -p udp -j REDIRECT --to-ports 99';
    expect(sent(lines, [udp('10.2.0.1:1000', '8.8.8.8:53', MADE)])).toEqual([
      '10.2.0.1:1000 > 127.0.0.1:99 delivered',
    ]);
  });

  test('DNAT to 0.0.0.0 of what is made here stays here', () => {
    const lines = 'nat OUTPUT -j DNAT --to-destination 0.0.0.0';
    expect(sent(lines, [udp('10.2.0.1:1000', '8.8.8.8:53', MADE)])).toEqual([
      '10.2.0.1:1000 > 0.0.0.0:53 delivered',
    ]);
  });
});

describe('those that follow', () => {
  test('are translated as the first, answers the other way round, without the nat table', () => {
    const lines =
      'nat PREROUTING -d 10.1.0.1 -p udp -j DNAT --to-destination 10.2.0.9:5353\nnat POSTROUTING -o out0 -j MASQUERADE';
    const packets = [
      udp('10.1.0.9:1000', '10.1.0.1:53'),
      udp('10.2.0.9:5353', '10.2.0.1:1000', BACK),
      udp('10.1.0.9:1000', '10.1.0.1:53'),
    ];
    const walked = paths(rules(lines), packets);
    expect(walked.map(addressesOf)).toEqual([
      '10.2.0.1:1000 > 10.2.0.9:5353',
      '10.1.0.1:53 > 10.1.0.9:1000',
      '10.2.0.1:1000 > 10.2.0.9:5353',
    ]);
    const met = walked.map(({ steps }) => steps.some(({ table }) => table === 'nat'));
    expect(met).toEqual([true, false, false]);
  });

  test('an unanswered connection is bound all the same', () => {
    const lines = 'nat PREROUTING -d 10.1.0.1 -j DNAT --to-destination 10.2.0.9';
    const walked = paths(rules(lines), [
      udp('10.1.0.9:1000', '10.1.0.1:53'),
      udp('10.1.0.9:1000', '10.1.0.1:53'),
    ]);
    expect(walked.map(addressesOf)).toEqual(['10.1.0.9:1000 > 10.2.0.9:53', '10.1.0.9:1000 > 10.2.0.9:53']);
    expect(walked[1]?.steps.some(({ table }) => table === 'nat')).toBe(false);
  });

  test('an ICMP error about a translated packet is translated with its quote', () => {
    const lines = 'nat POSTROUTING -o out0 -j MASQUERADE';
    const quoted = { src: '10.2.0.1', dst: '10.2.0.9', proto: 'udp', sport: 1000, dport: 53 };
    const error = JSON.stringify({
      in: 'out0',
      src: '10.2.0.9',
      dst: '10.2.0.1',
      proto: 'icmp',
      icmpType: 3,
      icmpCode: 3,
      ttl: 64,
      quoted,
    });
    expect(sent(lines, [udp('10.1.0.9:1000', '10.2.0.9:53'), error])[1]).toBe(
      '10.2.0.9 > 10.1.0.9 forwarded in0',
    );
  });

  test('a saved translation is used', () => {
    const line =
      'udp 17 29 src=10.1.0.9 dst=10.1.0.1 sport=1000 dport=53 src=10.2.0.9 dst=10.1.0.9 sport=5353 dport=1000 mark=0 use=1';
    const context = router({ 'conntrack.txt': line });
    const lines = 'nat PREROUTING -j DNAT --to-destination 10.2.0.77';
    expect(
      sent(
        lines,
        [udp('10.1.0.9:1000', '10.1.0.1:53'), udp('10.2.0.9:5353', '10.1.0.9:1000', BACK)],
        context,
      ),
    ).toEqual(['10.1.0.9:1000 > 10.2.0.9:5353 forwarded out0', '10.1.0.1:53 > 10.1.0.9:1000 forwarded in0']);
  });
});

describe('ports that are taken', () => {
  const lines = 'nat POSTROUTING -o out0 -j MASQUERADE';

  test('the kernel chooses another at random: it is not known, and its answers are found all the same', () => {
    const [, second] = paths(rules(lines), [
      udp('10.1.0.9:1000', '10.2.0.9:53'),
      udp('10.1.0.8:1000', '10.2.0.9:53'),
    ]);
    expect(second && addressesOf(second)).toBe('10.2.0.1 > 10.2.0.9:53');
  });

  test('to another destination the port is free', () => {
    const [, second] = paths(rules(lines), [
      udp('10.1.0.9:1000', '10.2.0.9:53'),
      udp('10.1.0.8:1000', '10.2.0.8:53'),
    ]);
    expect(second && addressesOf(second)).toBe('10.2.0.1:1000 > 10.2.0.8:53');
  });

  test('one source keeps its port to several destinations', () => {
    const ranged = 'nat POSTROUTING -p udp -j SNAT --to-source 10.2.0.5:7';
    const walked = paths(rules(ranged), [
      udp('10.1.0.9:1000', '10.2.0.9:53'),
      udp('10.1.0.9:1000', '10.2.0.8:53'),
    ]);
    expect(walked.map(addressesOf)).toEqual(['10.2.0.5:7 > 10.2.0.9:53', '10.2.0.5:7 > 10.2.0.8:53']);
  });
});

test('a masqueraded connection that leaves by another interface is forgotten, and the packet lost', () => {
  const context = router({
    'ip-rule.txt':
      '0:\tfrom all lookup local\n100:\tfrom all fwmark 0x1 lookup 100\n32766:\tfrom all lookup main',
    'ip-route.txt': 'default dev out0\ndefault dev in0 table 100',
  });
  const lines = 'nat POSTROUTING -j MASQUERADE\nmangle PREROUTING -m ttl --ttl-eq 9 -j MARK --set-mark 1';
  const packet = udp('10.1.0.9:1000', '8.8.8.8:53');
  const moved = packet.replace('ttl=64', 'ttl=9');
  const walked = paths(rules(lines), [packet, moved, moved], context);
  expect(walked.map(endOf)).toEqual(['forwarded out0', 'vanished nat-moved', 'forwarded in0']);
});

describe('what is not known', () => {
  test('the address that MASQUERADE takes, where none were saved', () => {
    const [path] = paths(
      rules('nat POSTROUTING -o out0 -j MASQUERADE'),
      [udp('10.1.0.9:1000', '10.2.0.9:53')],
      router({ 'ip-addr.txt': null }),
    );
    expect(path && addressesOf(path)).toBe('? > 10.2.0.9:53'.replace('?', '?:1000'));
    expect(path?.wanting).toContain('addresses');
  });

  test('an out interface without an address drops what is masqueraded', () => {
    const context = router({
      'ip-addr.txt': '1: lo: <LOOPBACK,UP> mtu 65536\n2: out0: <UP> mtu 1500\n3: in0: <UP> mtu 1500',
    });
    const [path] = paths(
      rules('nat POSTROUTING -o out0 -j MASQUERADE'),
      [udp('10.1.0.9:1000', '10.2.0.9:53')],
      context,
    );
    expect(path && endOf(path)).toBe('dropped no-address');
  });

  test('chance decides between two: both ways, with their probabilities', () => {
    const lines =
      'nat PREROUTING -d 10.1.0.1 -m statistic --mode random --probability 0.25 -j DNAT --to-destination 10.2.0.8\nnat PREROUTING -d 10.1.0.1 -j DNAT --to-destination 10.2.0.9';
    const [prediction, answer] = predict(rules(lines), [
      udp('10.1.0.9:1000', '10.1.0.1:53'),
      udp('10.2.0.8:53', '10.1.0.9:1000', BACK),
    ]);
    expect(
      prediction?.paths.map((path) => [addressesOf(path), Number(path.probability?.toFixed(3))]),
    ).toEqual([
      ['10.1.0.9:1000 > 10.2.0.9:53', 0.75],
      ['10.1.0.9:1000 > 10.2.0.8:53', 0.25],
    ]);
    // The answer is that of the first if its choice fell so, else a packet of its own.
    expect(answer?.paths.map(addressesOf).sort()).toEqual([
      '10.1.0.1:53 > 10.1.0.9:1000',
      '10.2.0.8:53 > 10.1.0.9:1000',
    ]);
  });
});

describe('ranges of addresses', () => {
  // As a kernel 6.18 chose: its hash has no secret.
  test.each([
    ['10.2.0.16-10.2.0.31', '10.1.0.7', '10.2.0.77', '10.2.0.22'],
    ['10.2.0.16-10.2.0.31', '10.1.0.7', '10.2.0.9', '10.2.0.17'],
    ['10.2.0.16-10.2.0.31', '10.1.0.7', '192.0.2.1', '10.2.0.31'],
    ['10.2.0.16-10.2.0.31', '10.1.0.8', '10.2.0.77', '10.2.0.29'],
    ['10.2.0.16-10.2.0.31', '10.1.0.8', '10.2.0.9', '10.2.0.23'],
    ['10.2.0.16-10.2.0.31', '10.1.0.8', '192.0.2.1', '10.2.0.25'],
    ['10.2.0.16-10.2.0.31 --persistent', '10.1.0.7', '10.2.0.77', '10.2.0.22'],
    ['10.2.0.16-10.2.0.31 --persistent', '10.1.0.7', '10.2.0.9', '10.2.0.22'],
    ['10.2.0.16-10.2.0.31 --persistent', '10.1.0.7', '192.0.2.1', '10.2.0.22'],
    ['10.2.0.16-10.2.0.31 --persistent', '10.1.0.8', '10.2.0.77', '10.2.0.20'],
    ['10.2.0.16-10.2.0.31 --persistent', '10.1.0.8', '10.2.0.9', '10.2.0.20'],
    ['10.2.0.16-10.2.0.31 --persistent', '10.1.0.8', '192.0.2.1', '10.2.0.20'],
    ['10.2.0.16-10.2.0.31 --persistent', '10.1.0.9', '10.2.0.77', '10.2.0.21'],
    ['10.2.0.16-10.2.0.31 --persistent', '10.1.0.9', '10.2.0.9', '10.2.0.21'],
    ['10.2.0.16-10.2.0.31 --persistent', '10.1.0.9', '192.0.2.1', '10.2.0.21'],
    ['10.2.0.16-10.2.3.200', '10.1.0.7', '10.2.0.77', '10.2.1.159'],
    ['10.2.0.16-10.2.3.200', '10.1.0.7', '10.2.0.9', '10.2.0.118'],
    ['10.2.0.16-10.2.3.200', '10.1.0.7', '192.0.2.1', '10.2.3.198'],
    ['10.2.0.16-10.2.3.200', '10.1.0.8', '10.2.0.77', '10.2.3.37'],
    ['10.2.0.16-10.2.3.200', '10.1.0.8', '10.2.0.9', '10.2.1.197'],
    ['10.2.0.16-10.2.3.200', '10.1.0.8', '192.0.2.1', '10.2.2.87'],
    ['2001:db8:9::10-2001:db8:9::1f', '2001:db8:1::7', '2001:db8:2::9', '2001:db8:9::1f'],
    ['2001:db8:9::10-2001:db8:9::1f', '2001:db8:1::7', '2001:db8:3::1', '2001:db8:9::1e'],
    ['2001:db8:9::10-2001:db8:9::1f', '2001:db8:1::8', '2001:db8:2::9', '2001:db8:9::17'],
    ['2001:db8:9::10-2001:db8:9::1f', '2001:db8:1::8', '2001:db8:3::1', '2001:db8:9::12'],
    ['2001:db8:9::10-2001:db8:9::1f --persistent', '2001:db8:1::7', '2001:db8:2::9', '2001:db8:9::13'],
    ['2001:db8:9::10-2001:db8:9::1f --persistent', '2001:db8:1::7', '2001:db8:3::1', '2001:db8:9::13'],
    ['2001:db8:9::10-2001:db8:9::1f --persistent', '2001:db8:1::8', '2001:db8:2::9', '2001:db8:9::1c'],
    ['2001:db8:9::10-2001:db8:9::1f --persistent', '2001:db8:1::8', '2001:db8:3::1', '2001:db8:9::1c'],
    ['2001:db8:9::10-2001:db8:9::1f --persistent', '2001:db8:1::9', '2001:db8:2::9', '2001:db8:9::1c'],
    ['2001:db8:9::10-2001:db8:9::1f --persistent', '2001:db8:1::9', '2001:db8:3::1', '2001:db8:9::1c'],
    ['2001:db8:9::10-2001:db8:a::2', '2001:db8:1::7', '2001:db8:2::9', '2001:db8:9:f610:f60f:d9a8:f60f:d9a8'],
    ['2001:db8:9::10-2001:db8:a::2', '2001:db8:1::7', '2001:db8:3::1', '2001:db8:9:ef1c:ef1b:1761:ef1b:1761'],
    ['2001:db8:9::10-2001:db8:a::2', '2001:db8:1::8', '2001:db8:2::9', '2001:db8:9:76f2:76f1:e4a4:76f1:e4a4'],
    ['2001:db8:9::10-2001:db8:a::2', '2001:db8:1::8', '2001:db8:3::1', '2001:db8:9:270d:270d:5860:270d:5860'],
  ])('%s, %s to %s: %s', (range, src, dst, chosen) => {
    const family = src.includes(':') ? 'ipv6' : 'ipv4';
    const text = rules(`nat POSTROUTING -j SNAT --to-source ${range}`, family);
    const packet = (port: number): string =>
      `in=in0 src=${src} sport=${port} dst=${dst} dport=53 proto=udp length=60 ttl=64`;
    const context = router({ 'ip-route.txt': 'default dev out0\ndefault dev out0 metric 1024 pref medium' });
    // The port plays no part.
    for (const port of [1000, 7])
      expect(paths(text, [packet(port)], context)[0]?.final.src?.text).toBe(chosen);
  });
});
