/** Set membership of a packet, by every type of set that --match-set can use. */
import { describe, expect, test } from 'vitest';
import { predict, router, rules } from './host.ts';

const SETS = `
create ips hash:ip family inet
add ips 10.1.0.9
create masked hash:ip family inet netmask 24
add masked 10.1.0.0
create nets hash:net family inet
add nets 10.0.0.0/8
add nets 10.1.0.0/24 nomatch
add nets 10.1.0.9
create all hash:net family inet
add all 0.0.0.0/1
create ports hash:ip,port family inet
add ports 10.2.0.9,udp:53
add ports 10.2.0.9,icmp:echo-request
add ports 10.2.0.9,ospf:0
create netports hash:net,port family inet
add netports 10.2.0.0/16,tcp:80-90
create pairs hash:ip,port,ip family inet
add pairs 10.2.0.9,udp:53,10.1.0.9
create pairnets hash:ip,port,net family inet
add pairnets 10.2.0.9,udp:53,10.1.0.0/16
create netpairs hash:net,net family inet
add netpairs 10.1.0.0/24,10.2.0.0/24
add netpairs 10.1.0.0/28,10.2.0.0/28 nomatch
create nets6 hash:net family inet6
add nets6 2001:db8::/32
create ifaces hash:net,iface family inet
add ifaces 10.0.0.0/8,in0
add ifaces 10.1.0.0/24,out0
add ifaces 10.2.0.0/24,in wildcard
add ifaces 10.3.0.0/24,physdev:port1
create macs hash:mac
add macs 02:00:00:00:00:99
create ipmacs hash:ip,mac family inet
add ipmacs 10.1.0.9,02:00:00:00:00:99
create marks hash:ip,mark family inet markmask 0x000000ff
add marks 10.1.0.9,0x00000004
create map bitmap:ip range 10.1.0.0-10.1.0.255
add map 10.1.0.9
create mapmac bitmap:ip,mac range 10.1.0.0-10.1.0.255
add mapmac 10.1.0.9,02:00:00:00:00:99
create mapport bitmap:port range 0-1023
add mapport 53
create lists list:set size 8
add lists masked
add lists map`;

const UDP = 'in=in0 src=10.1.0.9 dst=10.2.0.9 proto=udp sport=1000 dport=53 ttl=64';
const ECHO = 'in=in0 src=10.1.0.9 dst=10.2.0.9 proto=icmp icmpType=8 icmpCode=0 ttl=64';
const V6 = 'in=in0 src=2001:db8:1::9 dst=2001:db8:2::9 proto=udp sport=1 dport=2 ttl=64';
const context = router({ 'ipset.save': SETS });

/** `?`: both ways are followed. */
function answer(condition: string, packet: string): 'yes' | 'no' | '?' {
  const family = packet.includes('2001:') ? 'ipv6' : 'ipv4';
  const text = rules(`raw PREROUTING -m set ${condition}`, family);
  const [{ paths = [] } = {}] = predict(text, [packet], context);
  if (paths.length !== 1) return '?';
  return paths[0]?.steps.some(({ type }) => type === 'rule') ? 'yes' : 'no';
}

describe('membership', () => {
  test.each<[string, string, 'yes' | 'no' | '?']>([
    ['ips src', UDP, 'yes'],
    ['ips dst', UDP, 'no'],
    ['masked src', UDP.replace('10.1.0.9', '10.1.0.77'), 'yes'],
    ['masked src', UDP.replace('10.1.0.9', '10.1.1.9'), 'no'],
    // The most specific network decides.
    ['nets src', UDP, 'yes'],
    ['nets src', UDP.replace('10.1.0.9', '10.1.0.8'), 'no'],
    ['nets src', UDP.replace('10.1.0.9', '10.9.0.8'), 'yes'],
    ['nets src --return-nomatch', UDP.replace('10.1.0.9', '10.1.0.8'), 'yes'],
    ['nets src --return-nomatch', UDP, 'no'],
    ['all src', UDP, 'yes'],
    ['ports dst,dst', UDP, 'yes'],
    ['ports dst,src', UDP, 'no'],
    ['ports dst,dst', ECHO, 'yes'],
    ['ports dst,dst', ECHO.replace('icmpType=8', 'icmpType=0'), 'no'],
    ['ports dst,dst', 'in=in0 src=10.1.0.9 dst=10.2.0.9 proto=89', 'yes'],
    ['ports dst,dst', UDP.replace('dport=53 ', ''), '?'],
    ['ports dst,dst', `${UDP} fragment=1480`, 'no'],
    ['ports dst', UDP, 'no'],
    ['netports dst,dst', UDP.replace('udp', 'tcp').replace('dport=53', 'dport=85'), 'yes'],
    ['netports dst,dst', UDP.replace('dport=53', 'dport=85'), 'no'],
    ['pairs dst,dst,src', UDP, 'yes'],
    ['pairs src,dst,dst', UDP, 'no'],
    ['pairnets dst,dst,src', UDP, 'yes'],
    ['netpairs src,dst', UDP, 'no'],
    ['netpairs src,dst', UDP.replace('10.1.0.9', '10.1.0.99'), 'yes'],
    ['nets6 src', V6, 'yes'],
    ['nets6 src', UDP, 'no'],
    ['nets src', V6, 'no'],
    // Of networks with interfaces the most specific network decides, also by other interfaces.
    ['ifaces src,src', UDP.replace('10.1.0.9', '10.9.0.9'), 'yes'],
    ['ifaces src,src', UDP, 'no'],
    ['ifaces dst,src', UDP, 'yes'],
    ['ifaces src,src', UDP.replace('10.1.0.9', '10.3.0.9'), 'no'],
    [
      'ifaces src,src',
      `${UDP.replace('10.1.0.9', '10.3.0.9')} physIn=port1 mac=02:00:00:00:00:01:02:00:00:00:00:99:08:00`,
      'yes',
    ],
    ['macs src', `${UDP} mac=02:00:00:00:00:99`, 'yes'],
    ['macs src', `${UDP} mac=02:00:00:00:00:98`, 'no'],
    ['macs src', UDP, '?'],
    ['macs dst', `${UDP} mac=02:00:00:00:00:99:02:00:00:00:00:98:08:00`, 'yes'],
    ['ipmacs src,src', `${UDP} mac=02:00:00:00:00:99`, 'yes'],
    ['marks src,src', `${UDP} mark=0x104`, 'yes'],
    ['marks src,src', UDP, 'no'],
    ['map src', UDP, 'yes'],
    ['map dst', UDP, 'no'],
    ['mapmac src,src', `${UDP} mac=02:00:00:00:00:99`, 'yes'],
    ['mapport dst', UDP, 'yes'],
    ['mapport src', UDP, 'no'],
    ['mapport dst', ECHO, 'no'],
    ['lists src', UDP.replace('10.1.0.9', '10.1.0.77'), 'yes'],
    ['lists src', UDP.replace('10.1.0.9', '10.9.0.9'), 'no'],
    ['nowhere src', UDP, '?'],
    ['ips src', UDP.replace('src=10.1.0.9 ', ''), '?'],
  ])('%s | %s: %s', (condition, packet, expected) => {
    expect(answer(`--match-set ${condition}`, packet)).toBe(expected);
    const inverted = expected === '?' ? '?' : expected === 'yes' ? 'no' : 'yes';
    if (!condition.includes('nomatch')) expect(answer(`! --match-set ${condition}`, packet)).toBe(inverted);
  });
});

describe('SET', () => {
  const numbers = (lines: string, packets: readonly string[]): number[][][] =>
    predict(rules(lines), packets, context).map(({ paths }) =>
      paths.map(({ steps }) => steps.filter(({ type }) => type === 'rule').map(({ number }) => number)),
    );
  const from = (host: number): string => UDP.replace('10.1.0.9', `10.1.0.${host}`);

  test('adds and deletes for the packets that follow', () => {
    const lines = `
      raw PREROUTING -p udp --sport 1000 -m set --match-set ips src
      raw PREROUTING -s 10.1.0.7 -j SET --add-set ips src
      raw PREROUTING -s 10.1.0.9 -j SET --del-set ips src`;
    expect(numbers(lines, [from(7), from(7), from(9), from(9)])).toEqual([[[2]], [[1, 2]], [[1, 3]], [[3]]]);
  });

  test('of a set that was not saved only what SET did with a like packet is known', () => {
    const lines = `
      raw PREROUTING -m set --match-set nowhere src
      raw PREROUTING -s 10.1.0.7 -j SET --add-set nowhere src`;
    expect(numbers(lines, [from(7), from(7), from(8)]).map((found) => found.length)).toEqual([2, 1, 2]);
  });

  test('where chance decided whether it was changed, either may hold', () => {
    const lines = `
      raw PREROUTING -m set --match-set ips src
      raw PREROUTING -s 10.1.0.7 -m statistic --mode random --probability 0.25 -j SET --add-set ips src`;
    const [, next] = predict(rules(lines), [from(7), from(7)], context);
    const isIn = (next?.paths ?? []).filter(({ steps }) => steps[0]?.number === 1);
    expect(isIn.reduce((sum, { probability }) => sum + (probability ?? Number.NaN), 0)).toBeCloseTo(0.25);
    expect(next?.paths.length).toBeGreaterThan(isIn.length);
  });

  test('the mark of an element', () => {
    const saved = router({
      'ipset.save': 'create s hash:ip family inet skbinfo\nadd s 10.1.0.9 skbmark 0x5/0xff',
    });
    const text = rules(
      'mangle PREROUTING -j SET --map-set s src --map-mark\nmangle PREROUTING -m mark --mark 5',
    );
    const [{ paths = [] } = {}] = predict(text, [UDP], saved);
    expect(paths.map(({ final }) => final.mark)).toEqual([5]);
  });
});

test('an unsaved set is asked once a packet, and of the host', () => {
  const text = rules(
    'raw PREROUTING -m set --match-set nowhere src\nraw PREROUTING -m set ! --match-set nowhere src',
  );
  const [{ paths = [] } = {}] = predict(text, [UDP], router({ 'ipset.save': null }));
  expect(paths.map(({ steps }) => steps.map(({ number }) => number))).toEqual([
    [1, 3],
    [2, 3],
  ]);
  for (const path of paths) expect(path.assumptions).toMatchObject([{ kind: 'set', settledBy: 'sets' }]);
});
