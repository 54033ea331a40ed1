/** What the listings say, word by word. */
import { describe, expect, test } from 'vitest';
import { type Address, networkText } from '../../src/model/address.ts';
import type { IpSetEntry, SetElement } from '../../src/model/context.ts';
import { readText, sampleContext } from './read.ts';

const text = (address: Address | null | undefined): string | null => address?.text ?? null;

describe('interfaces', () => {
  const interfaces = sampleContext('ip-addr.txt').interfaces ?? [];
  const named = (name: string): (typeof interfaces)[number] | undefined =>
    interfaces.find((item) => item.name === name);

  test('the peer of a veth is no part of its name', () => {
    expect(interfaces.map(({ name }) => name)).toEqual(['lo', 'va', 'vb', 'br0', 'port1']);
  });

  test('link', () => {
    expect(named('port1')).toMatchObject({
      mac: '02:fa:00:00:00:04',
      master: 'br0',
      mtu: 1500,
      type: 'ether',
    });
    expect(named('lo')?.flags).toEqual(['LOOPBACK', 'UP', 'LOWER_UP']);
  });

  test('addresses in order, their flags without the label', () => {
    const v4 = named('va')?.addresses.filter(({ address }) => address.family === 'ipv4') ?? [];
    expect(v4.map(({ address, flags }) => [address.text, ...flags])).toEqual([
      ['10.1.0.1'],
      ['10.1.0.2', 'secondary'],
    ]);
    expect(text(v4[0]?.broadcast)).toBe('10.1.0.255');
  });

  test("a point-to-point address has the peer's prefix length", () => {
    const [own] = named('vb')?.addresses ?? [];
    expect([text(own?.address), text(own?.peer), own?.prefixLength]).toEqual(['10.2.0.1', '10.2.0.2', 32]);
  });

  test('scope', () => {
    expect(named('br0')?.addresses.map(({ scope }) => scope)).toEqual(['link', 'link']);
    expect(named('lo')?.addresses.map(({ scope }) => scope)).toEqual(['host', 'host']);
  });
});

describe('routes', () => {
  const routes = sampleContext('ip-route.txt').routes ?? [];
  const to = (network: string): (typeof routes)[number] | undefined =>
    routes.find(
      ({ destination, family, table }) =>
        family === 'ipv4' && table === 'main' && networkText(destination) === network,
    );
  const hops = (network: string): unknown =>
    to(network)?.nexthops.map(({ dev, via, weight, flags }) => [dev, text(via), weight, ...flags]);

  test.each([
    ['0.0.0.0/0', [['va', '10.1.0.254', 1]]],
    ['10.1.0.0/24', [['va', null, 1]]],
    [
      '10.3.0.0/16',
      [
        ['va', '10.1.0.10', 2],
        ['vb', null, 1],
      ],
    ],
    ['10.4.0.0/16', [['va', 'fe80::1', 1]]],
    ['10.5.0.0/16', []],
    ['10.10.0.0/16', [['va', '192.0.2.1', 1, 'onlink']]],
  ])('the hops to %s', (network, expected) => {
    expect(hops(network)).toEqual(expected);
  });

  test.each([
    ['10.5.0.0/16', 'blackhole'],
    ['10.6.0.0/16', 'unreachable'],
    ['10.7.0.0/16', 'prohibit'],
    ['10.9.0.0/16', 'unicast'],
  ])('%s is %s', (network, type) => {
    expect(to(network)?.type).toBe(type);
  });

  test('tables, tos, metric, source', () => {
    const other = routes.filter(({ table }) => table === '100');
    expect(other.map(({ type, source }) => [type, text(source)])).toEqual([
      ['unicast', '10.1.0.2'],
      ['throw', null],
    ]);
    expect(to('10.9.0.0/16')?.tos).toBe(0x10);
    expect(to('10.6.0.0/16')?.metric).toBe(200);
    expect(routes.find(({ type }) => type === 'local')).toMatchObject({ table: 'local', scope: 'host' });
  });

  test('IPv6 routes from a source', () => {
    const from = routes.find((route) => route.from !== null)?.from ?? null;
    expect(from && networkText(from)).toBe('2001:db8:6::/48');
  });
});

describe('routing rules', () => {
  const rules = sampleContext('ip-rule.txt').routingRules ?? [];
  const at = (priority: number): (typeof rules)[number] | undefined =>
    rules.find((rule) => rule.priority === priority && rule.family === 'ipv4');

  test.each([
    [100, { fwmark: { value: 1, mask: 255 }, action: { kind: 'lookup', table: '100' } }],
    [200, { not: true, action: { kind: 'lookup', table: '100' } }],
    [300, { iif: 'va', oif: null }],
    [400, { oif: 'vb', protocol: 6, sport: { from: 1000, to: 1000 }, dport: { from: 80, to: 90 } }],
    [500, { uids: { from: 1000, to: 1999 }, action: { kind: 'prohibit' } }],
    [600, { tos: 0x10, action: { kind: 'unreachable' } }],
    [700, { fwmark: { value: 4, mask: 0xffffffff }, action: { kind: 'goto', priority: 32766 } }],
    [800, { suppressPrefixLength: 0, action: { kind: 'lookup', table: 'main' } }],
    [900, { action: { kind: 'nop' } }],
    [950, { action: { kind: 'blackhole' } }],
  ])('%i', (priority, expected) => {
    expect(at(priority)).toMatchObject(expected);
  });

  test('the second listing of a file is that of IPv6', () => {
    expect(rules.map(({ family }) => family)).toEqual([...Array(13).fill('ipv4'), 'ipv6', 'ipv6', 'ipv6']);
  });
});

describe('sets', () => {
  const sets = sampleContext('ipset.save').sets ?? new Map();
  const entries = (name: string): readonly IpSetEntry[] => sets.get(name)?.entries ?? [];

  function elementText(element: SetElement): string {
    switch (element.kind) {
      case 'network':
        return networkText(element.network);
      case 'addresses':
        return `${element.from.text}-${element.to.text}`;
      case 'port':
        return `${element.protocol ?? ''}:${element.ports.from}${element.ports.to === element.ports.from ? '' : `-${element.ports.to}`}`;
      case 'mac':
        return element.mac;
      case 'mark':
        return String(element.mark);
      case 'interface':
        return `${element.physdev ? 'physdev ' : ''}${element.name}${element.wildcard ? '+' : ''}`;
      case 'set':
        return element.name;
    }
  }

  test.each([
    [
      'ports',
      [
        '10.0.0.1/32 17:53',
        '10.0.0.1/32 17:54',
        '10.0.0.1/32 47:0',
        '10.0.0.1/32 1:2048',
        '10.0.0.1/32 6:80',
      ],
    ],
    ['ports6', ['2001:db8::1/128 58:32768', '2001:db8::1/128 6:80']],
    ['np', ['10.0.0.0/8 132:5000']],
    ['ipi', ['10.0.0.1/32 6:80 10.0.0.2/32']],
    ['ipn', ['10.0.0.1/32 6:80 10.3.0.0/16']],
    ['ifs', ['10.0.0.0/8 eth0', '10.2.0.0/16 cali+', '10.1.0.0/16 physdev port1']],
    ['bip', ['10.0.0.7/32']],
    ['bmac', ['10.0.0.7/32 02:fa:00:00:00:01', '10.0.0.8/32']],
    ['bport', [':80']],
    ['lists', ['ips', 'nets']],
  ])('%s', (name, expected) => {
    expect(entries(name).map(({ elements }) => elements.map(elementText).join(' '))).toEqual(expected);
  });

  test('what a set is created with', () => {
    expect(sets.get('nets6')).toMatchObject({ type: 'hash:net', family: 'ipv6' });
    expect(sets.get('bport')).toMatchObject({ type: 'bitmap:port', family: null });
    expect(sets.get('bip')?.options.get('range')).toBe('10.0.0.0-10.0.0.255');
    expect(sets.get('ips')?.options.get('timeout')).toBe('599');
    expect(sets.get('ips')?.options.has('counters')).toBe(true);
  });

  test('what stands behind an entry', () => {
    expect(entries('ips')).toMatchObject([
      { timeout: 0, packets: 5n, bytes: 420n, comment: 'two words' },
      { timeout: 599, packets: 0n, bytes: 0n, comment: null },
    ]);
    expect(entries('nets').map(({ nomatch }) => nomatch)).toEqual([false, true]);
    expect(entries('ipn')[0]?.skbmark).toEqual({ value: 1, mask: 255 });
  });

  // Types that the samples' kernel did not have.
  test.each([
    ['hash:mac', '02:FA:00:00:00:01', ['02:fa:00:00:00:01']],
    ['hash:ip,mac', '10.0.0.1,02:FA:00:00:00:01', ['10.0.0.1/32', '02:fa:00:00:00:01']],
    ['hash:ip,mark', '10.0.0.1,0x00000063', ['10.0.0.1/32', '99']],
    ['hash:net,net', '10.0.0.0/8,10.1.0.0/16', ['10.0.0.0/8', '10.1.0.0/16']],
    ['hash:net,port,net', '10.0.0.0/8,tcp:443,10.1.0.0/16', ['10.0.0.0/8', '6:443', '10.1.0.0/16']],
    ['hash:ip', '10.0.0.1-10.0.0.9', ['10.0.0.1-10.0.0.9']],
    ['hash:ip,port', '10.0.0.1,icmp:13/0', ['10.0.0.1/32', '1:3328']],
    ['hash:ip,port', '10.0.0.1,80-90', ['10.0.0.1/32', '6:80-90']],
  ])('%s %s', (type, entry, expected) => {
    const { context, diagnostics } = readText('ipset.save', `create s ${type}\nadd s ${entry}`);
    expect(diagnostics).toEqual([]);
    expect(context.sets?.get('s')?.entries[0]?.elements.map(elementText)).toEqual(expected);
  });
});

describe('connections', () => {
  test('a translated one, its answer and mark', () => {
    const connections = sampleContext('conntrack.txt').connections ?? [];
    const udp = connections.find(({ protocol }) => protocol === 17);
    expect([text(udp?.original.dst), udp?.original.dport, text(udp?.reply.src), udp?.reply.sport]).toEqual([
      '10.96.0.1',
      53,
      '10.3.0.3',
      5353,
    ]);
    expect(connections.map(({ state, replied, assured, mark }) => [state, replied, assured, mark])).toEqual([
      ['SYN_SENT', false, false, 0],
      [null, false, false, 0],
      ['ESTABLISHED', true, true, 5],
      [null, true, false, 0],
    ]);
    expect(connections[1]?.original).toMatchObject({ icmpType: 8, icmpCode: 0, icmpId: 77, sport: null });
  });

  test('IPv6, counters, zone and helper', () => {
    const { context, diagnostics } = readText(
      'nf_conntrack',
      'ipv6     10 tcp      6 431999 ESTABLISHED src=2001:db8::1 dst=2001:db8::2 sport=40000 dport=21 packets=3 bytes=200 src=2001:db8::2 dst=2001:db8::1 sport=21 dport=40000 packets=2 bytes=150 [ASSURED] mark=0 zone=7 helper=ftp use=2',
    );
    expect(diagnostics).toEqual([]);
    expect(context.connections).toMatchObject([
      {
        family: 'ipv6',
        protocol: 6,
        zone: 7,
        helper: 'ftp',
        counters: { packets: [3n, 2n], bytes: [200n, 150n] },
      },
    ]);
  });
});

describe('settings', () => {
  test.each([
    ['net.ipv4.ip_forward = 1', 'net.ipv4.ip_forward', '1'],
    ['net.ipv4.conf.eth0/100.rp_filter = 2', 'net.ipv4.conf.eth0/100.rp_filter', '2'],
    ['/proc/sys/net/ipv4/ip_forward:1', 'net.ipv4.ip_forward', '1'],
    ['/proc/sys/net/ipv4/conf/eth0.100/rp_filter:2', 'net.ipv4.conf.eth0/100.rp_filter', '2'],
    ['net.ipv4.ip_local_port_range = 32768\t60999', 'net.ipv4.ip_local_port_range', '32768\t60999'],
    ['net/ipv4/ip_forward = 0', 'net.ipv4.ip_forward', '0'],
  ])('%s', (line, name, value) => {
    expect(readText('sysctl.txt', line).context.settings).toEqual(new Map([[name, value]]));
  });
});
