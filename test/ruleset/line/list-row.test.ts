/** Rows of listings in every layout and version, against the save line of their rule. */
import { describe, expect, test } from 'vitest';
import { printRule } from '../../../src/ruleset/print.ts';
import { type ListLayout, parseListRule, type RuleLine } from '../../../src/ruleset/rule-line.ts';

const VERBOSE: ListLayout = { verbose: true, numbered: false };
const PLAIN: ListLayout = { verbose: false, numbered: false };

function row(text: string, layout: ListLayout | null = VERBOSE, family: 'ipv4' | 'ipv6' = 'ipv4'): RuleLine {
  return parseListRule(text, { family, layout });
}

function printed(
  text: string,
  layout: ListLayout | null = VERBOSE,
  family: 'ipv4' | 'ipv6' = 'ipv4',
): string {
  const rule = row(text, layout, family);
  expect(rule.problems, text).toEqual([]);
  return printRule(rule, 'X', family);
}

/** A row of -L -v -n 1.8.9 with this tail. */
function listed(tail: string, target = 'ACCEPT', protocol = '0'): string {
  return `    0     0 ${target.padEnd(9)}  ${protocol.padEnd(4)} --  *      *       0.0.0.0/0            0.0.0.0/0            ${tail}`;
}

describe('layouts', () => {
  const rule = '-A X ! -s 10.0.0.0/8 -d 1.2.3.4/32 -i eth0 -p tcp -m tcp --dport 80 -j ACCEPT';
  test.each<[string, string, ListLayout]>([
    [
      '1.8.9 -L -v -n',
      ' 1234 5255M ACCEPT     6    --  eth0   *      !10.0.0.0/8           1.2.3.4              tcp dpt:80',
      VERBOSE,
    ],
    [
      '1.8.7, and 1.8.11 on',
      ' 1234 5255M ACCEPT     tcp  --  eth0   *      !10.0.0.0/8           1.2.3.4              tcp dpt:80',
      VERBOSE,
    ],
    [
      'names',
      ' 1234 5255M ACCEPT     tcp  --  eth0   any    !10.0.0.0/8           1.2.3.4              tcp dpt:http',
      VERBOSE,
    ],
    [
      'exact, numbered',
      '1        1234  52551234 ACCEPT     6    --  eth0   *      !10.0.0.0/8           1.2.3.4              tcp dpt:80',
      { verbose: true, numbered: true },
    ],
    ['blanks lost on a web page', '0 0 ACCEPT tcp -- eth0 * !10.0.0.0/8 1.2.3.4 tcp dpt:80', VERBOSE],
    ['squeezed by column -t', '0  0  ACCEPT  tcp  --  eth0  *  !10.0.0.0/8  1.2.3.4  tcp  dpt:80', VERBOSE],
    [
      'indented with a tab, carriage return',
      '\t 1234 5255M ACCEPT     6    --  eth0   *      !10.0.0.0/8           1.2.3.4              tcp dpt:80\r',
      VERBOSE,
    ],
    [
      'before 1.4.11: a blank behind',
      ' 1234 5255M ACCEPT     tcp  --  eth0   *      !10.0.0.0/8           1.2.3.4             tcp dpt:80 ',
      VERBOSE,
    ],
  ])('%s', (_what, text, layout) => {
    expect(printed(text, layout)).toBe(rule);
    expect(printed(text, null)).toBe(rule);
  });

  test.each<[string, string, ListLayout | null, string]>([
    [
      'no target',
      '    0     0            !6    --  !lo    *       0.0.0.0/0           !1.2.3.4            ',
      VERBOSE,
      '-A X ! -d 1.2.3.4/32 ! -i lo ! -p tcp',
    ],
    ['no target, blanks lost', '0 0 all -- * * 0.0.0.0/0 10.0.0.1', VERBOSE, '-A X -d 10.0.0.1/32'],
    [
      'long target',
      '    0     0 ufw-before-input  all  --  *      *       0.0.0.0/0            0.0.0.0/0',
      VERBOSE,
      '-A X -j ufw-before-input',
    ],
    [
      'numeric target',
      '    0     0 443        6    --  *      *       0.0.0.0/0            0.0.0.0/0',
      VERBOSE,
      '-A X -p tcp -j 443',
    ],
    ['goto', listed('[goto]  ctstate NEW', 'Y'), VERBOSE, '-A X -m conntrack --ctstate NEW -g Y'],
    ['goto to [goto]', listed('[goto] ', '[goto]'), VERBOSE, '-A X -g [goto]'],
    ['jump to [goto]', listed('', '[goto]'), VERBOSE, '-A X -j [goto]'],
    [
      'fragments',
      '    0     0 DROP       all  -f  *      *       0.0.0.0/0            0.0.0.0/0',
      VERBOSE,
      '-A X -f -j DROP',
    ],
    [
      'not fragments',
      '    0     0 DROP       all  !f  *      *       0.0.0.0/0            0.0.0.0/0',
      VERBOSE,
      '-A X ! -f -j DROP',
    ],
    [
      'protocol against opt, 1.8.7',
      '    0     0 DROP       udplite--  *      *       0.0.0.0/0            0.0.0.0/0',
      VERBOSE,
      '-A X -p udplite -j DROP',
    ],
    [
      'every interface',
      '    0     0 DROP       all  --  +      !+      0.0.0.0/0            0.0.0.0/0',
      VERBOSE,
      '-A X -i + ! -o + -j DROP',
    ],
    [
      '15 letters',
      '    0     0 DROP       all  --  !br-0a1b2c3d4e5f br-0a1b2c3d4e5f  0.0.0.0/0            0.0.0.0/0',
      VERBOSE,
      '-A X ! -i br-0a1b2c3d4e5f -o br-0a1b2c3d4e5f -j DROP',
    ],
    [
      'an odd mask',
      '    0     0 DROP       all  --  *      *       10.0.3.0/255.0.255.0  0.0.0.0/0',
      VERBOSE,
      '-A X -s 10.0.3.0/255.0.255.0 -j DROP',
    ],
    [
      'names of networks',
      '    0     0 DROP       all  --  any    any     loopback/8          !link-local/16',
      VERBOSE,
      '-A X -s 127.0.0.0/8 ! -d 169.254.0.0/16 -j DROP',
    ],
  ])('%s', (_what, text, layout, rule) => {
    expect(printed(text, layout)).toBe(rule);
  });

  test('ip6tables up to 1.8.7 leaves opt blank', () => {
    const rule = '-A X -d fd00::1/128 -i eth0 -p tcp -m tcp --dport 80 -j ACCEPT';
    const wide =
      '    0     0 ACCEPT     tcp      eth0   *       ::/0                 fd00::1              tcp dpt:80';
    const none =
      '    0     0            tcp      eth0   *       ::/0                 fd00::1              tcp dpt:80';
    expect(printed(wide, VERBOSE, 'ipv6')).toBe(rule);
    expect(printed(none, VERBOSE, 'ipv6')).toBe(rule.replace(' -j ACCEPT', ''));
    expect(printed('0 0 ACCEPT tcp eth0 * ::/0 fd00::1 tcp dpt:80', VERBOSE, 'ipv6')).toBe(rule);
    expect(printed('0 0 tcp eth0 * ::/0 fd00::1 tcp dpt:80', VERBOSE, 'ipv6')).toBe(
      rule.replace(' -j ACCEPT', ''),
    );
    const plain = 'ACCEPT     tcp      ::/0                 fd00::1              tcp dpt:80';
    expect(printed(plain, PLAIN, 'ipv6')).toBe(rule.replace(' -i eth0', ''));
    const named =
      '    0     0 ACCEPT     tcp      eth0   any     anywhere             db.example           tcp dpt:http';
    expect(row(named, VERBOSE, 'ipv6').matches).toContainEqual({
      kind: 'unknown',
      name: 'destination',
      text: '-d db.example',
      why: 'value',
    });
  });

  test('number and counters', () => {
    const rule = row('12    5255M   24T DROP       all  --  *      *       0.0.0.0/0            0.0.0.0/0', {
      verbose: true,
      numbered: true,
    });
    expect(rule.number).toBe(12);
    expect(rule.counters).toEqual({
      packets: { from: 5_254_499_500n, to: 5_255_499_499n },
      bytes: { from: 23_499_499_499_500n, to: 24_499_499_499_499n },
    });
    expect(row('    0   100K DROP  all  --  *  *  0.0.0.0/0  0.0.0.0/0').counters?.bytes).toEqual({
      from: 99_500n,
      to: 100_499n,
    });
  });

  test.each([
    ['cut short', '    0     0 ACCEPT     tcp  --  eth0', 1],
    ['no row', 'hello', 1],
    ['no bytes', '    0     x ACCEPT     tcp  --  eth0   *       0.0.0.0/0            0.0.0.0/0', 11],
  ])('damaged: %s', (_what, text, column) => {
    expect(row(text)).toMatchObject({ damaged: true, problems: [{ code: 'rule.damaged', column }] });
  });
});

describe('losses', () => {
  test('without -v interfaces are unknown, not absent', () => {
    const rule = row('ACCEPT     all  --  0.0.0.0/0            0.0.0.0/0', PLAIN);
    expect(rule.matches).toEqual([
      { kind: 'unknown', name: 'in-interface', text: '', why: 'lost' },
      { kind: 'unknown', name: 'out-interface', text: '', why: 'lost' },
    ]);
    expect(rule.counters).toBeNull();
  });

  test('a host name is unknown, with a problem that says where', () => {
    const rule = row(
      '    0     0 DROP       all  --  any    any     anywhere            !web-1.example.com ',
    );
    expect(rule.matches).toEqual([
      { kind: 'unknown', name: 'destination', text: '! -d web-1.example.com', why: 'value' },
    ]);
    expect(rule.problems).toEqual([
      { code: 'rule.value', column: 68, length: 18, args: { what: '!web-1.example.com' } },
    ]);
    expect(printRule(rule, 'X')).toBe('-A X ! -d web-1.example.com -j DROP');
  });

  test('IPv6 without -n prints :: with any mask as anywhere', () => {
    expect(
      printed(
        '    0     0 DROP       all  --  any    any     anywhere             anywhere',
        VERBOSE,
        'ipv6',
      ),
    ).toBe('-A X -j DROP');
    const inverted = row(
      '    0     0 DROP       all  --  any    any     !anywhere             anywhere',
      VERBOSE,
      'ipv6',
    );
    expect(inverted.matches).toMatchObject([{ kind: 'unknown', name: 'source', why: 'value' }]);
  });

  test('hashlimit has no name', () => {
    expect(row(listed('limit: up to 10/sec burst 5 mode srcip')).matches).toMatchObject([
      { kind: 'hashlimit', name: null, key: 'srcip' },
    ]);
  });
});

/* Reference: a comment ends at the first end after which all words are understood. */
describe('comments', () => {
  test.each([
    ['/* a b */', ['a b'], []],
    ['/*  */', [''], []],
    ['/*   two  blanks   */ tcp dpt:80', ['  two  blanks  '], ['tcp']],
    ['/* a */ /* b */ ctstate NEW', ['a', 'b'], ['conntrack']],
    ['/* tcp dpt:80 ctstate NEW */ udp dpt:53', ['tcp dpt:80 ctstate NEW'], ['udp']],
    ['/* odd */ end */ tcp dpt:80', ['odd */ end'], ['tcp']],
    ['/* odd */ end */', ['odd */ end'], []],
    ['tcp dpt:80 /* behind */', ['behind'], ['tcp']],
    ['/* x */y */ tcp dpt:80', ['x */y'], ['tcp']],
    ['/* two\nlines */ tcp dpt:80', ['two\nlines'], ['tcp']],
    ['/* "quoted" \\ \'x\' */', ['"quoted" \\ \'x\''], []],
    ['/* UTF-8: süß 🦊 */ mark match 0x1', ['UTF-8: süß 🦊'], ['mark']],
  ])('%s', (tail, comments, others) => {
    const rule = row(listed(tail));
    expect(rule.problems).toEqual([]);
    expect(rule.matches.flatMap((match) => (match.kind === 'comment' ? [match.text] : []))).toEqual(comments);
    expect(rule.matches.flatMap(({ kind }) => (kind === 'comment' ? [] : [kind]))).toEqual(others);
    expect(rule.target).toEqual({ kind: 'verdict', verdict: 'ACCEPT' });
  });

  test('two readings that mean different things are reported', () => {
    const rule = row(listed('/* a */ ctstate NEW /* b */'));
    expect(rule.matches.map(({ kind }) => kind)).toEqual(['comment', 'conntrack', 'comment']);
    expect(rule.problems).toMatchObject([{ code: 'rule.ambiguous' }]);
  });

  test('the words that are left over are fewest', () => {
    const rule = row(listed('/* a */ frob /* b */ tcp dpt:80'));
    expect(rule.matches).toEqual([
      { kind: 'comment', text: 'a */ frob /* b' },
      expect.objectContaining({ kind: 'tcp' }),
    ]);
  });
});

describe('spellings', () => {
  test.each<[tail: string, save: string, target?: string]>([
    ['tcp dpt:!53', '-m tcp ! --dport 53'],
    ['tcp spts:!10:20 dpts:1024:65535', '-m tcp ! --sport 10:20 --dport 1024:65535'],
    ['tcp flags:!0x17/0x02', '-m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN'],
    ['tcp flags:FIN,SYN,RST,ACK/SYN', '-m tcp --tcp-flags FIN,SYN,RST,ACK SYN'],
    ['tcp flags:0x3F/0x00', '-m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE'],
    ['tcp flags:0x0216/0x022', '-m tcp --tcp-flags SYN,RST,ACK SYN'],
    ['tcp option=!8', '-m tcp ! --tcp-option 8'],
    ['tcp', '-m tcp'],
    ['udp dpt:domain', '-m udp --dport 53'],
    [
      'udp dpt:4789match bpf 48 0 0 9,6 0 0 1\u0000 u32 "0x0=0x1"',
      '-m udp --dport 4789 -m bpf --bytecode "2,48 0 0 9,6 0 0 1" -m u32 --u32 "0x0=0x1"',
    ],
    ['icmptype 8', '-m icmp --icmp-type 8'],
    ['icmptype 3 code 4', '-m icmp --icmp-type 3/4'],
    ['icmp !type 3 code 4', '-m icmp ! --icmp-type 3/4'],
    ['icmp type 8 ', '-m icmp --icmp-type 8'],
    ['icmp echo-request', '-m icmp --icmp-type 8'],
    ['icmp !fragmentation-needed', '-m icmp ! --icmp-type 3/4'],
    ['icmptype 255', '-m icmp --icmp-type any'],
    ['icmp any', '-m icmp --icmp-type any'],
    ['ipv6-icmptype 135', '-m icmp6 --icmpv6-type 135'],
    ['multiport dports 80,443,8000:8100', '-m multiport --dports 80,443,8000:8100'],
    ['multiport sports  !22,http-alt', '-m multiport ! --sports 22,8080'],
    ['state RELATED,ESTABLISHED ', '-m state --state RELATED,ESTABLISHED'],
    ['! state NEW', '-m state ! --state NEW'],
    [
      '! ctstate NEW ctproto 6 ctorigdst 10.0.0.0/8 ctdir ORIGINAL',
      '-m conntrack ! --ctstate NEW --ctproto 6 --ctorigdst 10.0.0.0/8 --ctdir ORIGINAL',
    ],
    ['mark match 0x4000/0x4000', '-m mark --mark 0x4000/0x4000'],
    ['MARK match !0x1', '-m mark ! --mark 0x1'],
    ['connmark match  0x1', '-m connmark --mark 0x1'],
    ['connmark match ! 0x1/0xff', '-m connmark ! --mark 0x1/0xff'],
    [
      'ADDRTYPE match src-type !LOCAL dst-type UNICAST,LOCAL limit-out',
      '-m addrtype ! --src-type LOCAL --dst-type UNICAST,LOCAL --limit-iface-out',
    ],
    [
      '! match-set N src,dst return-nomatch ! update-counters packets-gt 3',
      '-m set ! --match-set N src,dst --return-nomatch ! --update-counters --packets-gt 3',
    ],
    [
      'statistic mode random ! probability 0.50000000000',
      '-m statistic --mode random ! --probability 0.50000000000',
    ],
    ['statistic mode nth every 3', '-m statistic --mode nth --every 3 --packet 0'],
    [
      '! recent: CHECK seconds: 60 reap hit_count: 4 TTL-Match name: a side: dest mask: 255.255.255.0',
      '-m recent ! --rcheck --seconds 60 --reap --hitcount 4 --rttl --name a --mask 255.255.255.0 --rdest',
    ],
    [
      'recent: SET name: sshprobe side: source',
      '-m recent --set --name sshprobe --mask 255.255.255.255 --rsource',
    ],
    [
      '! owner socket exists owner UID match 1-9 ! owner GID match root incl. suppl. groups',
      '-m owner ! --socket-exists --uid-owner 1-9 ! --gid-owner 0 --suppl-groups',
    ],
    [
      'PHYSDEV match --physdev-is-in ! --physdev-in x+ --physdev-is-bridged',
      '-m physdev --physdev-is-in ! --physdev-in x+ --physdev-is-bridged',
    ],
    ['limit: avg 3/hour burst 10', '-m limit --limit 3/hour --limit-burst 10'],
    [
      'limit: above 512kb/s burst 1mb mode srcip-dstport srcmask 24',
      '-m hashlimit --hashlimit-above 512kb/s --hashlimit-burst 1mb --hashlimit-mode srcip,dstport --hashlimit-name unknown-srcip-dstport --hashlimit-srcmask 24',
    ],
    ['#conn src/32 > 16', '-m connlimit --connlimit-above 16 --connlimit-mask 32 --connlimit-saddr'],
    ['#conn/32 <= 5', '-m connlimit --connlimit-upto 5 --connlimit-mask 32 --connlimit-saddr'],
    [
      'policy match dir in pol ipsec strict [0] reqid 1 proto 50 [1] ! spi 0x2',
      '-m policy --dir in --pol ipsec --strict --reqid 1 --proto esp --next ! --spi 0x2',
    ],
    ['MAC ! aa:bb:cc:dd:ee:ff', '-m mac ! --mac-source aa:bb:cc:dd:ee:ff'],
    ['MAC00:16:3E:00:00:01', '-m mac --mac-source 00:16:3e:00:00:01'],
    ['PKTTYPE != multicast', '-m pkttype ! --pkt-type multicast'],
    [
      'source IP range ! 1.1.1.1-1.1.1.9 destination IP range 2.2.2.2-2.2.2.3',
      '-m iprange ! --src-range 1.1.1.1-1.1.1.9 --dst-range 2.2.2.2-2.2.2.3',
    ],
    ['helper match ! "ftp"', '-m helper ! --helper ftp'],
    ['DSCP match !0x22', '-m dscp ! --dscp 0x22'],
    ['tos match!0x10/0xff', '-m tos ! --tos 0x10/0xff'],
    ['tos match Minimize-Delay', '-m tos --tos 0x10/0x3f'],
    ['TTL match TTL != 5', '-m ttl ! --ttl-eq 5'],
    ['length !1:2', '-m length ! --length 1:2'],
    [
      'STRING match  "a\\"b" ALGO name bm FROM 40 TO 65535 ICASE',
      '-m string --string "a\\"b" --algo bm --from 40 --icase',
    ],
    ['STRING match ! "|0d0a|" ALGO name kmp', '-m string ! --hex-string "|0d0a|" --algo kmp'],
    [
      'TIME from 22:00:00 to 06:00:00 on Mon,Tue on 1st,2nd,3rd,31th until date 2026-12-31 23:59:59',
      '-m time --timestart 22:00:00 --timestop 06:00:00 --monthdays 1,2,3,31 --weekdays Mon,Tue --datestop 2026-12-31T23:59:59 --kerneltz',
    ],
    [
      '! connbytes 0:9 connbytes mode bytes connbytes direction both',
      '-m connbytes ! --connbytes 0:9 --connbytes-mode bytes --connbytes-dir both',
    ],
    ['tcpmss match !500:1000', '-m tcpmss ! --mss 500:1000'],
    [
      'frag ids:1:4 length:8 reserved first more',
      '-m frag --fragid 1:4 --fraglen 8 --fragres --fragfirst --fragmore',
    ],
    ['ah spi:!5length:12 reserved', '-m ah ! --ahspi 5 --ahlen 12 --ahres'],
    ['nfacct-name  x', '-m nfacct --nfacct-name  x'],
    ['MARK and 0xfffbffff', '-j MARK --set-xmark 0x0/0x40000', 'MARK'],
    ['MARK or 0x4000', '-j MARK --set-xmark 0x4000/0x4000', 'MARK'],
    ['MARK xor 0x4000', '-j MARK --set-xmark 0x4000/0x0', 'MARK'],
    ['MARK set 0x1', '-j MARK --set-xmark 0x1/0xffffffff', 'MARK'],
    ['MARK xset 0x1/0xff', '-j MARK --set-xmark 0x1/0xff', 'MARK'],
    ['CONNMARK save', '-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff', 'CONNMARK'],
    ['CONNMARK save mask 0xff', '-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff', 'CONNMARK'],
    [
      'CONNMARK save nfmask 0xf ctmask ~0xff',
      '-j CONNMARK --save-mark --nfmask 0xf --ctmask 0xff',
      'CONNMARK',
    ],
    [
      'CONNMARK restore ctmask 0xf nfmask ~0xff',
      '-j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xf',
      'CONNMARK',
    ],
    ['to:10.0.0.1:80', '-j DNAT --to-destination 10.0.0.1:80', 'DNAT'],
    ['to::53 random', '-j DNAT --to-destination :53 --random', 'DNAT'],
    [
      'to:10.0.0.1-10.0.0.9:80-90/1000 persistent',
      '-j DNAT --to-destination 10.0.0.1-10.0.0.9:80-90/1000 --persistent',
      'DNAT',
    ],
    ['masq ports: 1024-2048 random-fully', '-j MASQUERADE --to-ports 1024-2048 --random-fully', 'MASQUERADE'],
    ['redir ports 15001', '-j REDIRECT --to-ports 15001', 'REDIRECT'],
    ['10.9.0.0/16', '-j NETMAP --to 10.9.0.0/16', 'NETMAP'],
    [
      'TPROXY redirect 0.0.0.0:15006 mark 0x539/0xffffffff',
      '-j TPROXY --on-port 15006 --on-ip 0.0.0.0 --tproxy-mark 0x539/0xffffffff',
      'TPROXY',
    ],
    ['reject-with icmp-port-unreachable', '-j REJECT --reject-with icmp-port-unreachable', 'REJECT'],
    ['LOG flags 0 level 4 prefix "a "b" "', '-j LOG --log-prefix "a \\"b\\" "', 'LOG'],
    ["LOG flags 1 level 6 prefix `x' ", '-j LOG --log-prefix x --log-level 6 --log-tcp-sequence', 'LOG'],
    [
      'LOG level warn tcp-options uid prefix "tcp dpt:80"',
      '-j LOG --log-prefix "tcp dpt:80" --log-tcp-options --log-uid',
      'LOG',
    ],
    ['nflog-prefix  "a \\"b" nflog-group 1', '-j NFLOG --nflog-prefix "a \\"b" --nflog-group 1', 'NFLOG'],
    ['NOTRACK', '-j NOTRACK', 'CT'],
    ['', '-j NOTRACK', 'NOTRACK'],
    [
      'CT helper ftp ctevents new,destroy zone-orig 1',
      '-j CT --helper ftp --ctevents new,destroy --zone-orig 1',
      'CT',
    ],
    ['add-set N src,dst exist timeout 60', '-j SET --add-set N src,dst --exist --timeout 60', 'SET'],
    ['TCPMSS clamp to PMTU', '-j TCPMSS --clamp-mss-to-pmtu', 'TCPMSS'],
    [
      'NFQUEUE balance 0:3 bypass cpu-fanout',
      '-j NFQUEUE --queue-balance 0:3 --queue-bypass --queue-cpu-fanout',
      'NFQUEUE',
    ],
    ['TOS set Minimize-Delay', '-j TOS --set-tos 0x10/0x3f', 'TOS'],
    ['TOS and 0xef', '-j TOS --set-tos 0x00/0x10', 'TOS'],
    ['TTL decrement by 1', '-j TTL --ttl-dec 1', 'TTL'],
    ['CLASSIFY set 1:a', '-j CLASSIFY --set-class 0001:000a', 'CLASSIFY'],
    ['TEE gw:1.1.1.1 oif=eth0', '-j TEE --gateway 1.1.1.1 --oif eth0', 'TEE'],
    ['TCPOPTSTRIP options wscale,mss', '-j TCPOPTSTRIP --strip-options 2,3', 'TCPOPTSTRIP'],
    [
      'HMARK mod 10 + 0x2 src-prefix 24 sport-mask 0xff rnd 0xcafebabe ',
      '-j HMARK --hmark-src-prefix 24 --hmark-sport-mask 0x00ff --hmark-rnd 0xcafebabe --hmark-mod 10 --hmark-offset 2',
      'HMARK',
    ],
    [
      'SYNPROXY sack-perm timestamp wscale 7 mss 1460 ',
      '-j SYNPROXY --sack-perm --timestamp --wscale 7 --mss 1460',
      'SYNPROXY',
    ],
  ])('%s', (tail, save, target) => {
    const want = target === undefined ? `-A X ${save} -j ACCEPT` : `-A X ${save}`;
    expect(printed(listed(tail, target ?? 'ACCEPT'))).toBe(want);
  });

  test('MASQUERADE, TRACE and the like may print nothing', () => {
    for (const target of ['MASQUERADE', 'REDIRECT', 'TRACE', 'NFLOG']) {
      expect(printed(listed('', target))).toBe(`-A X -j ${target}`);
    }
  });
});

/* What they ask is unknown, but both forms say it in the same words. */
describe('extensions of which only the words are known', () => {
  test.each([
    ['cpu ! 2', 'cpu', '! --cpu 2'],
    ['! realm 0x1/0x2a', 'realm', '! --realm 0x1/0x2a'],
    ['cgroup ! 1', 'cgroup', '! --cgroup 1'],
    ['cgroup /sys', 'cgroup', '--path "/sys"'],
    ['connlabel ! 41 set', 'connlabel', '! --label "41" --set'],
    ['ECN match ECE !CWR ECT=2', 'ecn', '--ecn-tcp-ece ! --ecn-tcp-cwr --ecn-ip-ect 2'],
    ['comp spi:!18', 'ipcomp', '! --ipcompspi 18'],
    [
      'dccp spt:!1 dpts:1:9 ! 0,10,11 option=5',
      'dccp',
      '! --sport 1 --dport 1:9 ! --dccp-types REQUEST,INVALID --dccp-option 5',
    ],
    ['src-group 0x1/0xff ! dst-group 0x2', 'devgroup', '--src-group 0x1/0xff ! --dst-group 0x2'],
    [
      'cluster !node_mask=0x00000002 total_nodes=2 hash_seed=0xfeedcafe',
      'cluster',
      '! --cluster-local-nodemask 0x00000002 --cluster-total-nodes 2 --cluster-hash-seed 0xfeedcafe',
    ],
    [
      '! vaddr 10.0.0.1 vport 80 vdir REPLY vmethod MASQ',
      'ipvs',
      '! --vaddr 10.0.0.1 --vport 80 --vdir REPLY --vmethod MASQ',
    ],
    [
      'srh next-hdr:17 segs-left-gt:!1 psid  a::/64 nsid ! b::/128',
      'srh',
      '--srh-next-hdr 17 ! --srh-segs-left-gt 1 --srh-psid a::/64 ! --srh-nsid b::/128',
    ],
    ['eui64', 'eui64', ''],
  ])('%s', (tail, name, options) => {
    const rule = row(listed(`${tail} tcp dpt:80`, 'ACCEPT', '6'));
    const text = `-m ${name} ${options}`.trim();
    expect(rule.matches[1]).toEqual({ kind: 'unknown', name, text, why: 'extension' });
    expect(rule.problems).toMatchObject([{ code: 'rule.extension', args: { name } }]);
    expect(printRule(rule, 'X')).toBe(`-A X -p tcp ${text} -m tcp --dport 80 -j ACCEPT`);
  });

  test('quota does not say whether it is inverted', () => {
    const rule = row(listed('quota: 18446744073709551615 bytes'));
    expect(rule.matches).toMatchObject([
      { kind: 'unknown', name: 'quota', text: 'quota: 18446744073709551615 bytes' },
    ]);
  });

  test('SNPT', () => {
    expect(row(listed('SNPT src-pfx dead::/64 dst-pfx 1c3::/64', 'SNPT')).target).toEqual({
      kind: 'unknown',
      name: 'SNPT',
      text: '--src-pfx dead::/64 --dst-pfx 1c3::/64',
      why: 'extension',
    });
  });
});

describe('unknown words', () => {
  test.each([
    [
      'one extension',
      'frob a:1 tcp dpt:80',
      [{ kind: 'unknown', name: 'frob', text: 'frob a:1', why: 'extension' }],
    ],
    ['inverted', '! frob 1', [{ kind: 'unknown', name: 'frob', text: '! frob 1', why: 'extension' }]],
    [
      'a plug-in that the tool lacked',
      "UNKNOWN match `frob'",
      [{ kind: 'unknown', name: 'frob', text: "UNKNOWN match `frob'", why: 'extension' }],
    ],
    [
      'a service that we do not know',
      'tcp dpt:frobd',
      [{ kind: 'unknown', name: 'tcp', text: 'tcp dpt:frobd', why: 'value' }],
    ],
    [
      'a user that only the host knows',
      'owner UID match bob',
      [{ kind: 'unknown', name: 'owner', text: 'owner UID match bob', why: 'value' }],
    ],
  ])('%s', (_what, tail, unknown) => {
    const rule = row(listed(tail));
    expect(rule.matches.filter(({ kind }) => kind === 'unknown')).toEqual(unknown);
    expect(rule.target).toEqual({ kind: 'verdict', verdict: 'ACCEPT' });
    expect(rule.problems).toHaveLength(1);
  });

  test('words behind belong to a target that we do not know', () => {
    expect(row(listed('tcp dpt:80 FLOWOFFLOAD hw', 'FLOWOFFLOAD')).target).toEqual({
      kind: 'unknown',
      name: 'FLOWOFFLOAD',
      text: 'FLOWOFFLOAD hw',
      why: 'extension',
    });
    expect(row(listed('[16 bytes of unknown target data]', 'FROB')).target).toMatchObject({
      kind: 'unknown',
    });
  });

  test('a target whose words are not as we know them is unknown', () => {
    expect(row(listed('', 'DNAT'))).toMatchObject({
      target: { kind: 'unknown', name: 'DNAT', text: '', why: 'value' },
      problems: [{ code: 'rule.value' }],
    });
    expect(row(listed('tcp dpt:80 MARK frob 1', 'MARK')).target).toEqual({
      kind: 'unknown',
      name: 'MARK',
      text: 'MARK frob 1',
      why: 'value',
    });
  });
});
