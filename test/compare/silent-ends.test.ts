/**
 * Walks that end although no rule says so (trace-format 2.12): what the context explains agrees, and says
 * why. Packets of capture 19 by their IP ID, on the router of formats/topology.txt.
 */
import { expect, describe as group, test } from 'vitest';
import type { Walk } from '../../src/model/walk.ts';
import { checkFormat } from './formats.ts';

const ADDRESSES = `1: lo: <LOOPBACK,UP> mtu 65536 qdisc noqueue state UNKNOWN
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
2: ra: <BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state UP
    link/ether 02:71:00:00:01:01 brd ff:ff:ff:ff:ff:ff
    inet 10.71.1.1/24 scope global ra
3: rb: <BROADCAST,MULTICAST,UP> mtu 1200 qdisc noqueue state UP
    link/ether 02:71:00:00:02:01 brd ff:ff:ff:ff:ff:ff
    inet 10.71.2.1/24 scope global rb`;
const ROUTES = `10.71.1.0/24 dev ra proto kernel scope link src 10.71.1.1
10.71.2.0/24 dev rb proto kernel scope link src 10.71.2.1
blackhole 10.71.210.0/24
prohibit 10.71.211.0/24
local 10.71.1.1 dev ra table local proto kernel scope host src 10.71.1.1
broadcast 10.71.1.255 dev ra table local proto kernel scope link src 10.71.1.1
local 10.71.2.1 dev rb table local proto kernel scope host src 10.71.2.1
broadcast 10.71.2.255 dev rb table local proto kernel scope link src 10.71.2.1
local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1`;
const RULES = '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default';
const CONTEXT = { 'ip-addr.txt': ADDRESSES, 'ip-route.txt': ROUTES, 'ip-rule.txt': RULES };

function withId(walks: readonly Walk[], id: number): Walk {
  const walk = walks.find(({ packet }) => packet.id === id);
  if (walk === undefined) throw new Error(`no packet ${id}`);
  return walk;
}

function outcome({ check, disposition }: Walk): unknown {
  return { status: check.status, disposition, ending: check.ending ?? null };
}

group('with addresses and routes', () => {
  const { walks } = checkFormat('19', CONTEXT);
  test.each([
    [3701, 'vanished', 'no-route'],
    [3702, 'vanished', 'blackhole-route'],
    [3703, 'vanished', 'prohibit-route'],
    [3706, 'vanished', 'too-big'],
    [3707, 'forwarded', null],
    [3708, 'forwarded', null],
    [3709, 'dropped', 'hot-drop'],
    [3710, 'dropped', 'hot-drop'],
    [3712, 'delivered', null],
  ] as const)('packet %i: %s, %s', (id, disposition, ending) => {
    const walk = withId(walks, id);
    expect(outcome(walk)).toEqual({ status: 'agrees', disposition, ending });
    expect(walk.check.assumptions).toEqual([]);
  });
  test('errors that packets called forth agree too', () => {
    const errors = walks.filter(({ packet }) => packet.in === '');
    expect(errors.map((walk) => outcome(walk))).toEqual(
      errors.map(() => ({ status: 'agrees', disposition: 'sent', ending: null })),
    );
    expect(errors.length).toBe(4);
  });
});

test('a setting that was saved explains it', () => {
  const { walks, findings } = checkFormat('19', {
    ...CONTEXT,
    'sysctl.txt': 'net.ipv4.conf.ra.rp_filter = 1\nnet.ipv4.ip_forward = 1',
  });
  expect(outcome(withId(walks, 3711))).toEqual({
    status: 'agrees',
    disposition: 'vanished',
    ending: 'rp-filter',
  });
  expect(findings).toEqual([]);
});

test('a setting that nobody saved is corrected, once for the host, and is no assumption of the packet', () => {
  const { walks, findings } = checkFormat('19', CONTEXT);
  const walk = withId(walks, 3711);
  expect(outcome(walk)).toEqual({ status: 'agrees', disposition: 'vanished', ending: 'rp-filter' });
  expect(walk.check.assumptions).toEqual([]);
  expect(findings.map(({ code, args }) => [code, args])).toEqual([
    ['check.setting', { fact: 'rp_filter is on on ra' }],
  ]);
});

test('without any context nothing tells why: an assumption says what it must have been', () => {
  const { walks, findings } = checkFormat('19');
  const walk = withId(walks, 3702);
  expect(outcome(walk)).toEqual({ status: 'agrees', disposition: 'vanished', ending: null });
  expect(walk.check.assumptions).toEqual([
    {
      at: 1,
      kind: 'host',
      fact: expect.stringContaining('this host let the packet go no further'),
      settledBy: 'routes',
    },
  ]);
  expect(findings).toEqual([]);
});
