/** Where packets go: hooks in their order, and the silent ends between them (trace-format 2.12, 5.2). */
import { describe, expect, test } from 'vitest';
import { endOf, paths, router, rules, stepsOf } from './host.ts';

const ALL = rules(`
  raw PREROUTING -j TRACE
  raw OUTPUT -j TRACE
  mangle FORWARD empty
  nat PREROUTING empty
  filter INPUT -m conntrack --ctstate INVALID
  filter FORWARD empty`);

describe('tables of each hook', () => {
  test.each([
    [
      'forwarded',
      'in=in0 src=10.1.0.9 dst=10.2.0.9 proto=udp sport=1 dport=2 ttl=64',
      'raw:PREROUTING:policy:2 mangle:PREROUTING:policy:1 nat:PREROUTING:policy:1 mangle:FORWARD:policy:1 filter:FORWARD:policy:1 mangle:POSTROUTING:policy:1 nat:POSTROUTING:policy:1',
      'forwarded out0',
    ],
    [
      'delivered',
      'in=in0 src=10.1.0.9 dst=10.1.0.1 proto=udp sport=1 dport=2 ttl=64',
      'raw:PREROUTING:policy:2 mangle:PREROUTING:policy:1 nat:PREROUTING:policy:1 mangle:INPUT:policy:1 filter:INPUT:policy:2 nat:INPUT:policy:1',
      'delivered',
    ],
    [
      'sent',
      'src=10.2.0.1 dst=10.2.0.9 proto=udp sport=1 dport=2 ttl=64 uid=0 gid=0',
      'raw:OUTPUT:policy:2 mangle:OUTPUT:policy:1 nat:OUTPUT:policy:1 filter:OUTPUT:policy:1 mangle:POSTROUTING:policy:1 nat:POSTROUTING:policy:1',
      'sent out0',
    ],
    [
      'sent to itself, by lo: nat has bound the connection already',
      'src=10.2.0.1 dst=10.1.0.1 proto=udp sport=1 dport=2 ttl=64 uid=0 gid=0',
      'raw:OUTPUT:policy:2 mangle:OUTPUT:policy:1 nat:OUTPUT:policy:1 filter:OUTPUT:policy:1 mangle:POSTROUTING:policy:1 nat:POSTROUTING:policy:1 raw:PREROUTING:rule:1 raw:PREROUTING:policy:2 mangle:PREROUTING:policy:1 mangle:INPUT:policy:1 filter:INPUT:policy:2',
      'delivered',
    ],
  ])('%s', (_, packet, steps, end) => {
    const [path] = paths(ALL, [packet]);
    expect(path && stepsOf(path)).toBe(steps);
    expect(path && endOf(path)).toBe(end);
    expect(path?.assumptions).toEqual([]);
  });
});

describe('ends', () => {
  const from = 'in=in0 src=10.1.0.9 proto=udp sport=1 dport=2';
  test.each([
    [`${from} dst=10.66.0.1 ttl=64`, 'vanished blackhole-route'],
    [`${from} dst=10.67.0.1 ttl=64`, 'vanished unreachable-route'],
    [`${from} dst=10.68.0.1 ttl=64`, 'vanished prohibit-route'],
    [`${from} dst=8.8.8.8 ttl=64`, 'forwarded out0'],
    [`${from} dst=8.8.8.8 ttl=1`, 'vanished ttl-exceeded'],
    [`${from} dst=10.1.0.1 ttl=1`, 'delivered'],
    [`${from} dst=10.1.0.255 ttl=64`, 'delivered'],
    [`${from} dst=255.255.255.255 ttl=64`, 'delivered'],
    [`${from} dst=127.0.0.1 ttl=64`, 'vanished martian-destination'],
    [`${from} dst=0.1.2.3 ttl=64`, 'vanished martian-destination'],
    [`${from} dst=224.0.0.1 ttl=1`, 'delivered'],
    ['in=in0 src=127.0.0.1 dst=10.2.0.9 proto=udp sport=1 dport=2 ttl=64', 'vanished martian-source'],
    ['in=in0 src=10.2.0.1 dst=10.2.0.9 proto=udp sport=1 dport=2 ttl=64', 'vanished martian-source'],
    ['in=in0 src=224.0.0.1 dst=10.2.0.9 proto=udp sport=1 dport=2 ttl=64', 'vanished martian-source'],
    [`${from} dst=10.2.0.9 ttl=64 length=1501 df=true`, 'vanished too-big'],
    [`${from} dst=10.2.0.9 ttl=64 length=1501 df=false`, 'forwarded out0'],
    ['src=10.1.0.1 dst=10.66.0.1 proto=udp sport=1 dport=2 uid=0 gid=0', 'vanished blackhole-route'],
  ])('%s: %s', (packet, end) => {
    const [path] = paths(ALL, [packet]);
    expect(path && endOf(path)).toBe(end);
  });

  const v6 = rules('raw PREROUTING -j TRACE\nfilter FORWARD empty', 'ipv6');
  test.each([
    ['in=in0 src=2001:db8:1::9 dst=2001:db8:2::9 proto=udp sport=1 dport=2 ttl=64', 'forwarded out0'],
    ['in=in0 src=2001:db8:1::9 dst=2001:db8:2::1 proto=udp sport=1 dport=2 ttl=64', 'delivered'],
    ['in=in0 src=2001:db8:1::9 dst=2001:db8:2::9 proto=udp sport=1 dport=2 ttl=1', 'vanished ttl-exceeded'],
    ['in=in0 src=2001:db8:1::9 dst=2001:db8:99::9 proto=udp sport=1 dport=2 ttl=64', 'vanished no-route'],
    [
      'in=in0 src=fe80::9 dst=2001:db8:2::9 proto=udp sport=1 dport=2 ttl=64',
      'vanished source-not-forwardable',
    ],
    [
      'in=in0 src=2001:db8:1::9 dst=2001:db8:2::9 proto=udp sport=1 dport=2 ttl=64 length=1501',
      'vanished too-big',
    ],
  ])('%s: %s', (packet, end) => {
    const [path] = paths(v6, [packet]);
    expect(path && endOf(path)).toBe(end);
  });
});

describe('settings', () => {
  const packet = 'in=out0 src=10.1.0.9 dst=10.1.0.8 proto=udp sport=1 dport=2 ttl=64';
  test.each([
    ['net.ipv4.ip_forward = 1', 'forwarded in0'],
    ['net.ipv4.ip_forward = 0', 'vanished forwarding-off'],
    ['net.ipv4.conf.out0.rp_filter = 1', 'vanished rp-filter'],
    ['net.ipv4.conf.all.rp_filter = 2', 'forwarded in0'],
    ['net.ipv4.conf.in0.rp_filter = 1', 'forwarded in0'],
  ])('%s: %s', (settings, end) => {
    const [path] = paths(ALL, [packet], router({ 'sysctl.txt': settings }));
    expect(path && endOf(path)).toBe(end);
  });

  test.each([
    ['1', 'vanished no-route-back'],
    ['2', 'vanished no-route-back'],
    ['0', 'forwarded in0'],
  ])('rp_filter = %s, and no route back to the source', (value, end) => {
    const context = router({
      'sysctl.txt': `net.ipv4.conf.out0.rp_filter = ${value}`,
      'ip-route.txt':
        '10.1.0.0/24 dev in0 scope link\n10.2.0.0/24 dev out0 scope link\nunreachable 172.16.0.0/12',
    });
    for (const src of ['192.0.2.9', '172.31.9.9']) {
      const [path] = paths(ALL, [packet.replace('10.1.0.9', src)], context);
      expect(path && endOf(path)).toBe(end);
    }
  });

  test('route_localnet', () => {
    const context = router({ 'sysctl.txt': 'net.ipv4.conf.in0.route_localnet = 1' });
    const [path] = paths(ALL, ['in=in0 src=10.1.0.9 dst=127.0.0.1 proto=udp sport=1 dport=2'], context);
    expect(path && endOf(path)).toBe('delivered');
  });
});

describe('policy routing', () => {
  const context = router({
    'ip-rule.txt':
      '0:\tfrom all lookup local\n100:\tfrom all fwmark 0x1 lookup 100\n200:\tfrom 10.1.0.77 unreachable\n32766:\tfrom all lookup main',
    'ip-route.txt': `
default via 10.2.0.254 dev out0
10.1.0.0/24 dev in0 proto kernel scope link src 10.1.0.1
10.2.0.0/24 dev out0 proto kernel scope link src 10.2.0.1
default via 10.1.0.254 dev in0 table 100
local 10.1.0.1 dev in0 table local proto kernel scope host src 10.1.0.1
local 10.2.0.1 dev out0 table local proto kernel scope host src 10.2.0.1`,
  });
  const marking = rules(`
    raw PREROUTING -j TRACE
    mangle PREROUTING -p udp --dport 2 -j MARK --set-mark 1
    mangle OUTPUT -p udp --dport 2 -j MARK --set-mark 1`);

  test.each([
    ['in=out0 src=10.2.0.9 dst=8.8.8.8 proto=udp sport=1 dport=2 ttl=64', 'forwarded in0'],
    ['in=in0 src=10.1.0.9 dst=8.8.8.8 proto=udp sport=1 dport=3 ttl=64', 'forwarded out0'],
    ['in=in0 src=10.1.0.77 dst=8.8.8.8 proto=udp sport=1 dport=3 ttl=64', 'vanished unreachable-route'],
    // Made here: routed again because mangle changed the mark.
    ['src=10.2.0.1 dst=8.8.8.8 proto=udp sport=1 dport=2 ttl=64 uid=0 gid=0', 'sent in0'],
    ['src=10.2.0.1 dst=8.8.8.8 proto=udp sport=1 dport=3 ttl=64 uid=0 gid=0', 'sent out0'],
  ])('%s: %s', (packet, end) => {
    const [path] = paths(marking, [packet], context);
    expect(path && endOf(path)).toBe(end);
  });
});

describe('tracing', () => {
  test('lines begin behind the TRACE rule, and go on through lo', () => {
    const late = rules('raw OUTPUT -p udp\nraw OUTPUT -p udp -j TRACE\nfilter OUTPUT -p udp -j ACCEPT');
    const [path] = paths(late, ['src=10.2.0.1 dst=10.1.0.1 proto=udp sport=1 dport=2 uid=0 gid=0']);
    expect(path && stepsOf(path)).toBe(
      'raw:OUTPUT:policy:3 filter:OUTPUT:rule:1 raw:PREROUTING:policy:1 filter:INPUT:policy:1',
    );
    expect(path?.traced).toBe(true);
  });

  test('no TRACE rule matches: as if traced from the first rule', () => {
    const none = rules('raw PREROUTING -p tcp -j TRACE\nfilter FORWARD -j DROP');
    const [path] = paths(none, ['in=in0 src=10.1.0.9 dst=10.2.0.9 proto=udp sport=1 dport=2 ttl=64']);
    expect(path && stepsOf(path)).toBe('raw:PREROUTING:policy:2 filter:FORWARD:policy:1');
    expect(path?.traced).toBe(false);
    expect(path && endOf(path)).toBe('dropped filter:FORWARD:policy:1');
  });
});

describe('chains', () => {
  const udp = 'in=in0 src=10.1.0.9 dst=10.2.0.9 proto=udp sport=1 dport=2 ttl=64';
  test.each([
    [
      'jump and fall back',
      'filter FORWARD -j a\nfilter a -p udp',
      'filter:FORWARD:rule:1 filter:a:rule:1 filter:a:return:2 filter:FORWARD:policy:2',
    ],
    [
      'RETURN',
      'filter FORWARD -j a\nfilter a -p udp -j RETURN\nfilter a -j DROP',
      'filter:FORWARD:rule:1 filter:a:rule:1 filter:FORWARD:policy:2',
    ],
    [
      'goto: its end goes to where the jump was',
      'filter FORWARD -g a\nfilter FORWARD -j DROP\nfilter a -p udp',
      'filter:FORWARD:rule:1 filter:a:rule:1 filter:a:return:2 filter:FORWARD:policy:3',
    ],
    [
      'goto in a called chain',
      'filter FORWARD -j a\nfilter a -g b\nfilter a -j DROP\nfilter b empty',
      'filter:FORWARD:rule:1 filter:a:rule:1 filter:b:return:1 filter:FORWARD:policy:2',
    ],
    [
      'RETURN in a base chain is its policy',
      'filter FORWARD -j RETURN\nfilter FORWARD -j DROP',
      'filter:FORWARD:policy:1 filter:FORWARD:policy:3',
    ],
    [
      'ACCEPT in a called chain ends the table',
      'filter FORWARD -j a\nfilter FORWARD -j DROP\nfilter a -j ACCEPT',
      'filter:FORWARD:rule:1 filter:a:return:1',
    ],
    [
      'a policy that drops',
      'filter FORWARD policy DROP\nfilter FORWARD -p tcp -j ACCEPT',
      'filter:FORWARD:policy:2',
    ],
  ])('%s', (_, lines, steps) => {
    const [path] = paths(rules(lines), [udp]);
    expect(path && stepsOf(path)).toBe(steps);
  });

  test('rules in a circle end', () => {
    const circle = rules('filter FORWARD -j a\nfilter a -j b\nfilter b -j a');
    const [path] = paths(circle, [udp]);
    expect(path && endOf(path)).toBe('dropped rules-loop');
  });
});
