/** What each condition says of a packet: yes, no, or `?` where nothing tells (both ways are then followed). */
import { describe, expect, test } from 'vitest';
import type { Context } from '../../src/model/context.ts';
import { predict, router, rules } from './host.ts';

type Answer = 'yes' | 'no' | '?' | 'drops';

/** Whether a rule of these conditions matches in raw (or another table and chain) the last of the packets. */
function answer(
  conditions: string,
  packets: readonly string[],
  context: Context = router(),
  where = 'raw PREROUTING',
): Answer {
  const family = packets.at(-1)?.match(/src=\S*:/) ? 'ipv6' : 'ipv4';
  const [table, chain] = where.split(' ');
  // Tracking puts fragments together before raw: only where the connection is asked for.
  const tracking = table === 'raw' ? '' : '\nmangle INPUT -m conntrack --ctstate INVALID';
  const { paths = [] } =
    predict(rules(`${where} ${conditions}${tracking}`, family), packets, context).at(-1) ?? {};
  const answers = new Set(
    paths.map(({ steps, ending }) => {
      if (ending === 'hot-drop') return 'drops';
      return steps.some((step) => step.table === table && step.chain === chain && step.number === 1)
        ? 'yes'
        : 'no';
    }),
  );
  const [only] = answers;
  return answers.size === 1 && only !== undefined ? only : '?';
}

const UDP = 'in=in0 src=10.1.0.9 dst=10.2.0.9 proto=udp sport=1000 dport=53 length=60 ttl=64 tos=0x28';
const SYN = 'in=in0 src=10.1.0.9 dst=10.2.0.9 proto=tcp sport=1000 dport=80 flags=syn length=60 ttl=64';
const PING = 'in=in0 src=10.1.0.9 dst=10.2.0.9 proto=icmp icmpType=8 icmpCode=0 icmpId=7 length=84 ttl=64';
const PING6 =
  'in=in0 src=2001:db8:1::9 dst=2001:db8:2::9 proto=icmpv6 icmpType=128 icmpCode=0 icmpId=7 length=84 ttl=64';
const MADE = 'src=10.2.0.1 dst=10.2.0.9 proto=udp sport=1000 dport=53 length=60';
const MADE_ICMP = 'src=10.2.0.1 dst=10.2.0.9 proto=icmp icmpType=3 icmpCode=3 length=60';
const OUTPUT = 'raw OUTPUT';

describe('the header', () => {
  test.each<[string, string, Answer]>([
    ['-s 10.1.0.0/24', UDP, 'yes'],
    ['! -s 10.1.0.0/24', UDP, 'no'],
    ['-s 10.0.0.9/255.0.0.255', UDP, 'yes'],
    ['-d 10.2.0.8', UDP, 'no'],
    ['-i in0', UDP, 'yes'],
    ['-i in', UDP, 'no'],
    ['-i in+', UDP, 'yes'],
    ['! -i in+', UDP, 'no'],
    ['-p udp', UDP, 'yes'],
    ['-p all', UDP, 'yes'],
    ['! -p udp', UDP, 'no'],
    ['-p 17', UDP, 'yes'],
    ['-f', UDP, 'no'],
    ['! -f', UDP, 'yes'],
    ['-f', `${UDP} fragment=1480`, 'yes'],
    ['-s 10.1.0.9', UDP.replace('src=10.1.0.9 ', ''), '?'],
  ])('%s | %s: %s', (conditions, packet, expected) => {
    expect(answer(conditions, [packet])).toBe(expected);
  });
});

describe('layer 4', () => {
  test.each<[string, string, Answer]>([
    ['-p udp --dport 53', UDP, 'yes'],
    ['-p udp --dport 50:60', UDP, 'yes'],
    ['-p udp ! --dport 53', UDP, 'no'],
    ['-p udp --sport 53', UDP, 'no'],
    ['-p tcp --dport 53', UDP, 'no'],
    ['-p udp --dport 53', UDP.replace('dport=53 ', ''), '?'],
    ['-p udp --dport 0:65535', UDP.replace('dport=53 ', ''), 'yes'],
    // Later fragments have no ports: no condition on them matches, inverted or not.
    ['-p udp --dport 53', `${UDP} fragment=1480`, 'no'],
    ['-p udp ! --dport 53', `${UDP} fragment=1480`, 'no'],
    ['-p tcp --syn', SYN, 'yes'],
    ['-p tcp ! --syn', SYN, 'no'],
    ['-p tcp --tcp-flags SYN,ACK SYN', SYN, 'yes'],
    ['-p tcp --tcp-flags SYN,ACK SYN', SYN.replace('flags=syn', 'flags=syn,ack'), 'no'],
    ['-p tcp --syn', SYN.replace('flags=syn ', ''), '?'],
    ['-p tcp --tcp-option 2', `${SYN} tcpOptions=020405b4`, 'yes'],
    ['-p tcp --tcp-option 3', `${SYN} tcpOptions=020405b4`, 'no'],
    ['-p tcp --tcp-option 2', SYN, '?'],
    ['-p tcp -m tcpmss --mss 1400:1500', `${SYN} tcpOptions=020405b4`, 'yes'],
    ['-p tcp -m tcpmss --mss 1:1000', `${SYN} tcpOptions=020405b4`, 'no'],
    ['-p tcp -m tcpmss --mss 1:1000', `${SYN} tcpOptions=`, 'no'],
    ['-p udp -m multiport --dports 50,53,60:70', UDP, 'yes'],
    ['-p udp -m multiport ! --dports 50,53', UDP, 'no'],
    ['-p udp -m multiport --ports 1000', UDP, 'yes'],
    ['-p udp -m multiport --sports 53', UDP, 'no'],
    ['-p icmp --icmp-type 8', PING, 'yes'],
    ['-p icmp --icmp-type 8/1', PING, 'no'],
    ['-p icmp --icmp-type any', PING, 'yes'],
    ['-p icmp ! --icmp-type 0', PING, 'yes'],
    ['-p ipv6-icmp -m icmp6 --icmpv6-type 128', PING6, 'yes'],
    ['-p ipv6-icmp -m icmp6 --icmpv6-type 255', PING6, 'no'],
  ])('%s | %s: %s', (conditions, packet, expected) => {
    expect(answer(conditions, [packet])).toBe(expected);
  });

  test('a fragment that would overwrite the TCP flags dies in the match', () => {
    const [{ paths = [] } = {}] = predict(rules('raw PREROUTING -p tcp --syn'), [`${SYN} fragment=8`]);
    expect(paths.map(({ disposition, ending }) => `${disposition} ${ending}`)).toEqual(['dropped hot-drop']);
  });
});

describe('other fields', () => {
  test.each<[string, string, Answer]>([
    ['-m length --length 60', UDP, 'yes'],
    ['-m length --length 0:59', UDP, 'no'],
    ['-m length --length 60', UDP.replace('length=60 ', ''), '?'],
    ['-m ttl --ttl-eq 64', UDP, 'yes'],
    ['-m ttl --ttl-lt 64', UDP, 'no'],
    ['-m ttl --ttl-gt 63', UDP, 'yes'],
    ['-m ttl ! --ttl-eq 64', UDP, 'no'],
    ['-m hl --hl-eq 64', PING6, 'yes'],
    ['-m dscp --dscp 0x0a', UDP, 'yes'],
    ['-m dscp ! --dscp 0x0a', UDP, 'no'],
    ['-m tos --tos 0x28/0xff', UDP, 'yes'],
    ['-m tos --tos 0x08/0x08', UDP, 'yes'],
    ['-m mac --mac-source 02:00:00:00:00:99', `${UDP} mac=02:00:00:00:00:99`, 'yes'],
    ['-m mac ! --mac-source 02:00:00:00:00:99', `${UDP} mac=02:00:00:00:00:99`, 'no'],
    ['-m mac --mac-source 02:00:00:00:00:99', UDP, '?'],
    ['-m pkttype --pkt-type unicast', UDP, 'yes'],
    ['-m pkttype --pkt-type broadcast', `${UDP} packetType=broadcast`, 'yes'],
    ['-m iprange --src-range 10.1.0.1-10.1.0.9', UDP, 'yes'],
    ['-m iprange ! --dst-range 10.2.0.1-10.2.0.9', UDP, 'no'],
    ['-m mark --mark 0x4/0xf', `${UDP} mark=0x14`, 'yes'],
    ['-m mark ! --mark 0x4/0xf', `${UDP} mark=0x14`, 'no'],
    ['-m mark --mark 0', UDP, 'yes'],
    ['-m string --algo bm --string evil', UDP, '?'],
    ['-m policy --dir in --pol none', UDP, 'yes'],
    ['-m policy --dir in --pol ipsec', UDP, 'no'],
    ['-m comment --comment x', UDP, 'yes'],
  ])('%s | %s: %s', (conditions, packet, expected) => {
    expect(answer(conditions, [packet])).toBe(expected);
  });

  test.each<[string, string, Answer]>([
    ['-m owner --uid-owner 1000', `${MADE} uid=1000 gid=5`, 'yes'],
    ['-m owner ! --uid-owner 1000', `${MADE} uid=1000 gid=5`, 'no'],
    ['-m owner --uid-owner 1000-1010', `${MADE} uid=1005 gid=5`, 'yes'],
    ['-m owner --gid-owner 5', `${MADE} uid=1000 gid=5`, 'yes'],
    ['-m owner --socket-exists', `${MADE} uid=1000 gid=5`, 'yes'],
    ['-m owner --uid-owner 1000', `${MADE} socket=no`, 'no'],
    ['-m owner ! --uid-owner 1000', `${MADE} socket=no`, 'yes'],
    ['-m owner --socket-exists', `${MADE} socket=no`, 'no'],
    ['-m owner --socket-exists', `${MADE_ICMP} socket=no`, 'yes'],
    ['-m owner ! --socket-exists', `${MADE_ICMP} socket=no`, 'no'],
    ['-m owner --uid-owner 0', `${MADE_ICMP} socket=no`, 'no'],
    ['-m owner ! --uid-owner 0', `${MADE_ICMP} socket=no`, 'yes'],
    ['-m owner --uid-owner 1000', MADE, '?'],
    ['-o out0', MADE, 'yes'],
    ['-o lo', MADE, 'no'],
    ['-m mac --mac-source 02:00:00:00:00:99', MADE, 'no'],
  ])('made here: %s | %s: %s', (conditions, packet, expected) => {
    expect(answer(conditions, [packet], router(), OUTPUT)).toBe(expected);
  });
});

describe('bytes', () => {
  test.each<[string, string, Answer]>([
    // Protocol, length, then the destination port behind a header of any length.
    ['-m u32 --u32 6&0xff=17', UDP, 'yes'],
    ['-m u32 --u32 6&0xff=6', UDP, 'no'],
    ['-m u32 --u32 0&0xffff=60', UDP, 'yes'],
    ['-m u32 --u32 0>>22&0x3c@0&0xffff=53', UDP, 'yes'],
    ['-m u32 ! --u32 0>>22&0x3c@0&0xffff=53', UDP, 'no'],
    ['-m u32 --u32 12=0x0a010009', UDP, 'yes'],
    ['-m u32 --u32 6&0xff=17&&0&0xffff=0:59', UDP, 'no'],
    ['-m u32 --u32 28=1', UDP, '?'],
    // Beyond the end nothing matches.
    ['-m u32 --u32 57=0', UDP, 'no'],
    ['-m bpf --bytecode "4,48 0 0 9,21 0 1 17,6 0 0 1,6 0 0 0"', UDP, 'yes'],
    ['-m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"', UDP, 'no'],
  ])('%s | %s: %s', (conditions, packet, expected) => {
    expect(answer(conditions, [packet])).toBe(expected);
  });
});

describe('the host', () => {
  const local = (dst: string): string => UDP.replace('dst=10.2.0.9', `dst=${dst}`);
  const local6 = (dst: string): string => PING6.replace('dst=2001:db8:2::9', `dst=${dst}`);
  test.each<[string, string, Answer]>([
    ['-m addrtype --dst-type LOCAL', local('10.2.0.1'), 'yes'],
    ['-m addrtype --dst-type LOCAL', local('10.2.0.9'), 'no'],
    ['-m addrtype --dst-type LOCAL', local('127.9.9.9'), 'yes'],
    ['-m addrtype ! --dst-type LOCAL', local('10.2.0.9'), 'yes'],
    ['-m addrtype --dst-type BROADCAST', local('10.2.0.255'), 'yes'],
    ['-m addrtype --dst-type BROADCAST', local('255.255.255.255'), 'yes'],
    ['-m addrtype --dst-type MULTICAST', local('224.1.2.3'), 'yes'],
    ['-m addrtype --dst-type UNICAST', local('10.2.0.9'), 'yes'],
    // IPv4 asks the local table alone: a blackhole is UNICAST.
    ['-m addrtype --dst-type BLACKHOLE', local('10.66.0.1'), 'no'],
    ['-m addrtype --dst-type UNICAST', local('10.66.0.1'), 'yes'],
    ['-m addrtype --dst-type LOCAL --limit-iface-in', local('10.1.0.1'), 'yes'],
    ['-m addrtype --dst-type LOCAL --limit-iface-in', local('10.2.0.1'), 'no'],
    ['-m addrtype --src-type LOCAL --dst-type LOCAL', local('10.2.0.1'), 'no'],
    ['-m addrtype --dst-type LOCAL', local6('2001:db8:2::1'), 'yes'],
    ['-m addrtype --dst-type LOCAL', local6('2001:db8:2::9'), 'no'],
    ['-m addrtype --dst-type MULTICAST', local6('ff02::1'), 'yes'],
    ['-m addrtype --dst-type UNICAST', local6('2001:db8:2::1'), 'yes'],
    ['-m addrtype --dst-type UNREACHABLE', local6('2001:db8:99::1'), 'yes'],
    ['-m rpfilter', UDP, 'yes'],
    ['-m rpfilter --invert', UDP, 'no'],
    ['-m rpfilter', UDP.replace('in=in0', 'in=out0'), 'no'],
    ['-m rpfilter --loose', UDP.replace('in=in0', 'in=out0'), 'yes'],
    ['-m socket', UDP, '?'],
    ['-m physdev --physdev-in port1', UDP, 'no'],
    ['-m physdev --physdev-in port1', `${UDP} physIn=port1`, 'yes'],
    ['-m physdev ! --physdev-in port1', UDP, 'yes'],
  ])('%s | %s: %s', (conditions, packet, expected) => {
    expect(answer(conditions, [packet])).toBe(expected);
  });

  test('what was not saved is not known', () => {
    const nothing = router({ 'ip-addr.txt': null, 'ip-route.txt': null, 'ip-rule.txt': null });
    expect(answer('-m addrtype --dst-type LOCAL', [UDP], nothing)).toBe('?');
    expect(answer('-m addrtype --dst-type MULTICAST', [local('224.0.0.5')], nothing)).toBe('yes');
    expect(answer('-m rpfilter', [UDP], nothing)).toBe('?');
  });
});

describe('the connection', () => {
  const MANGLE = 'mangle PREROUTING';
  const back = 'in=out0 src=10.2.0.9 dst=10.1.0.9 proto=udp sport=53 dport=1000 length=100 ttl=64';
  test.each<[string, readonly string[], Answer]>([
    ['-m conntrack --ctorigsrc 10.1.0.9', [UDP, back], 'yes'],
    ['-m conntrack --ctorigsrc 10.2.0.9', [UDP, back], 'no'],
    ['-m conntrack --ctreplsrc 10.2.0.9', [UDP, back], 'yes'],
    ['-m conntrack --ctorigdstport 53', [UDP, back], 'yes'],
    ['-m conntrack --ctdir REPLY', [UDP, back], 'yes'],
    ['-m conntrack --ctdir ORIGINAL', [UDP, back], 'no'],
    ['-m conntrack --ctproto 17', [UDP], 'yes'],
    ['-m conntrack ! --ctproto 17', [UDP], 'no'],
    ['-m conntrack --ctstatus SEEN_REPLY', [UDP, back], 'yes'],
    ['-m conntrack --ctstatus SEEN_REPLY', [UDP], 'no'],
    ['-m conntrack --ctstatus CONFIRMED', [UDP], 'no'],
    ['-m conntrack --ctstatus CONFIRMED', [UDP, UDP], 'yes'],
    ['-m conntrack --ctstate SNAT', [UDP], 'no'],
    ['-m connbytes --connbytes 2 --connbytes-dir both --connbytes-mode packets', [UDP, back], 'yes'],
    ['-m connbytes --connbytes 2 --connbytes-dir original --connbytes-mode packets', [UDP, back], 'no'],
    ['-m connbytes --connbytes 100:100 --connbytes-dir reply --connbytes-mode bytes', [UDP, back], 'yes'],
    ['-m connbytes --connbytes 80 --connbytes-dir both --connbytes-mode avgpkt', [UDP, back], 'yes'],
    ['-m connmark --mark 0', [UDP], 'yes'],
    ['-m connmark --mark 1', [UDP], 'no'],
    ['-m helper --helper ftp', [UDP], 'no'],
    // Without an entry no condition on the connection matches, inverted or not.
    [
      '-m conntrack ! --ctproto 17',
      ['in=in0 src=10.1.0.9 dst=10.2.0.9 proto=icmp icmpType=0 icmpCode=0 icmpId=1'],
      'no',
    ],
    [
      '-m connmark ! --mark 1',
      ['in=in0 src=10.1.0.9 dst=10.2.0.9 proto=icmp icmpType=0 icmpCode=0 icmpId=1'],
      'no',
    ],
  ])('%s | %s: %s', (conditions, packets, expected) => {
    expect(answer(conditions, packets, router(), MANGLE)).toBe(expected);
  });
});

describe('chance', () => {
  test.each<[string, Answer]>([
    ['-m statistic --mode random --probability 0.5', '?'],
    ['-m statistic --mode random --probability 1', 'yes'],
    ['-m statistic --mode random --probability 0', 'no'],
    ['-m statistic --mode nth --every 2', '?'],
    ['-m statistic --mode nth --every 1', 'yes'],
    ['-m limit --limit 1/min', '?'],
    ['-m recent --name r --rcheck', '?'],
    ['-m recent --name r --set', 'yes'],
    ['-m recent --name r ! --set', 'no'],
  ])('%s: %s', (conditions, expected) => {
    expect(answer(conditions, [UDP])).toBe(expected);
  });

  test('a recent list remembers', () => {
    const text = rules(`
      raw PREROUTING -p udp --dport 1 -m recent --name r --set
      raw PREROUTING -p udp --dport 2 -m recent --name r --rcheck
      raw PREROUTING -p udp --dport 3 -m recent --name r --remove
      raw PREROUTING -p udp --dport 4 -m recent --name r ! --rcheck`);
    const at = (port: number): string => UDP.replace('dport=53', `dport=${port}`);
    const answers = predict(text, [1, 2, 3, 2, 4].map(at)).map(({ paths }) =>
      paths.map(({ steps }) => steps.filter(({ type }) => type === 'rule').map(({ number }) => number)),
    );
    expect(answers).toEqual([[[1]], [[2]], [[3]], [[]], [[4]]]);
  });

  test('what was found out of a recent list holds for the next packet', () => {
    const text = rules('raw PREROUTING -m recent --name r --rcheck');
    const [, next] = predict(text, [UDP, UDP]);
    expect(next?.paths).toHaveLength(2);
    expect(next?.more).toBe(false);
  });
});
