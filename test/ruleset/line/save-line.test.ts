/** Save lines as people and old versions write them, against the line that iptables-save 1.8.9 makes of them. */
import { describe, expect, test } from 'vitest';
import { printRule } from '../../../src/ruleset/print.ts';
import { parseSaveRule, type SaveContext } from '../../../src/ruleset/rule-line.ts';

const V4: SaveContext = { family: 'ipv4', table: 'filter' };
const V6: SaveContext = { family: 'ipv6', table: 'filter' };

function printed(line: string, context = V4): string[] {
  return parseSaveRule(line, context).map((rule) => printRule(rule, rule.chain ?? '?', context.family));
}

/* Each pair was loaded into iptables-legacy 1.8.9 and printed back. */
describe('written by hand', () => {
  test.each([
    ['-A INPUT -p tcp --dport ssh -j ACCEPT', '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT'],
    ['-A INPUT -p TCP --dport=80 -j ACCEPT', '-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT'],
    ['-j ACCEPT -p udp --sport :1023 -A INPUT', '-A INPUT -p udp -m udp --sport 0:1023 -j ACCEPT'],
    ['-A INPUT -p tcp --syn -i eth+', '-A INPUT -i eth+ -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN'],
    ['-A INPUT ! -f -d 10.0.0.0/8 -s 1.2.3.4', '-A INPUT -s 1.2.3.4/32 -d 10.0.0.0/8 ! -f'],
    ['-A INPUT -s 0.0.0.0/0 -d 10/8 -p all -j DROP', '-A INPUT -d 10.0.0.0/8 -j DROP'],
    ['-A INPUT -s 10.1.2.3/255.255.0.0', '-A INPUT -s 10.1.0.0/16'],
    ['-A INPUT -s localhost -j ACCEPT', '-A INPUT -s 127.0.0.1/32 -j ACCEPT'],
    ['[1:2] -A INPUT -i [0:0] -j ACCEPT', '-A INPUT -i [0:0] -j ACCEPT'],
    ['-A INPUT -m state --state established,rel', '-A INPUT -m state --state RELATED,ESTABLISHED'],
    [
      '--append INPUT --source 1.1.1.1 --match comment --comment "a b" --jump DROP',
      '-A INPUT -s 1.1.1.1/32 -m comment --comment "a b" -j DROP',
    ],
    ['-A INPUT -m limit --limit 180/minute', '-A INPUT -m limit --limit 3/sec'],
    ['-A INPUT -m limit', '-A INPUT -m limit --limit 3/hour'],
    ['-A INPUT -m mark --mark 010', '-A INPUT -m mark --mark 0x8'],
    [
      '-A INPUT -j LOG --log-level info --log-prefix="foo "',
      '-A INPUT -j LOG --log-prefix "foo " --log-level 6',
    ],
    ['-A INPUT -j REJECT', '-A INPUT -j REJECT --reject-with icmp-port-unreachable'],
    ['-A INPUT -j REJECT --reject-with tcp-rst -p tcp', '-A INPUT -p tcp -j REJECT --reject-with tcp-reset'],
    ['-A INPUT -p icmp --icmp-type ping', '-A INPUT -p icmp -m icmp --icmp-type 8'],
    ['-A INPUT -p icmp --icmp-type 255', '-A INPUT -p icmp -m icmp --icmp-type any'],
    [
      '-A PREROUTING -p udp -j DNAT --to 1.2.3.4:80-90',
      '-A PREROUTING -p udp -j DNAT --to-destination 1.2.3.4:80-90',
    ],
    ['-A PREROUTING -p tcp -j REDIRECT --to-port 8080', '-A PREROUTING -p tcp -j REDIRECT --to-ports 8080'],
    ['-A PREROUTING -j MARK --set-mark 1', '-A PREROUTING -j MARK --set-xmark 0x1/0xffffffff'],
    ['-A PREROUTING -j MARK --set-mark 0x3/0x1', '-A PREROUTING -j MARK --set-xmark 0x3/0x3'],
    ['-A PREROUTING -j MARK --and-mark 0xff', '-A PREROUTING -j MARK --set-xmark 0x0/0xffffff00'],
    ['-A PREROUTING -j MARK --or-mark 4', '-A PREROUTING -j MARK --set-xmark 0x4/0x4'],
    [
      '-A PREROUTING -j CONNMARK --restore-mark --mask 0xff',
      '-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff',
    ],
    ['-A INPUT -p tcp -m multiport --dport 80,443', '-A INPUT -p tcp -m multiport --dports 80,443'],
    [
      '-A INPUT -m recent --update --seconds 60 --hitcount 4',
      '-A INPUT -m recent --update --seconds 60 --hitcount 4 --name DEFAULT --mask 255.255.255.255 --rsource',
    ],
    [
      '-A INPUT -m hashlimit ! --hashlimit-above 10 --hashlimit-mode srcip --hashlimit-name h',
      '-A INPUT -m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name h',
    ],
    [
      '-A INPUT -m connlimit ! --connlimit-above 5',
      '-A INPUT -m connlimit --connlimit-upto 5 --connlimit-mask 32 --connlimit-saddr',
    ],
    ['-A INPUT -m u32 --u32 "6 & 0xFF = 1"', '-A INPUT -m u32 --u32 "0x6&0xff=0x1"'],
    [
      '-A INPUT -m statistic --mode random --probability 0.33',
      '-A INPUT -m statistic --mode random --probability 0.33000000007',
    ],
    [
      '-A INPUT -m string --hex-string "|0D 0a|x" --algo kmp',
      '-A INPUT -m string --hex-string "|0d0a78|" --algo kmp',
    ],
    ['-A INPUT -m string --hex-string "a|62|c" --algo bm', '-A INPUT -m string --string "abc" --algo bm'],
    [
      '-A INPUT -m time --weekdays Mo,2 --timestart 8:00',
      '-A INPUT -m time --timestart 08:00:00 --timestop 23:59:59 --weekdays Mon,Tue --datestop 2038-01-19T03:14:07',
    ],
    [
      '-A INPUT -m time ! --weekdays Sat,Sun',
      '-A INPUT -m time --weekdays Mon,Tue,Wed,Thu,Fri --datestop 2038-01-19T03:14:07',
    ],
    ['-A INPUT -m dscp --dscp-class EF', '-A INPUT -m dscp --dscp 0x2e'],
    ['-A INPUT -m tos --tos Minimize-Delay', '-A INPUT -m tos --tos 0x10/0x3f'],
    ['-A INPUT -p esp -m esp --espspi 0:4294967295', '-A INPUT -p esp -m esp'],
    ['-A INPUT -p 47 -g X', '-A INPUT -p gre -g X'],
    ['-A INPUT -p 254', '-A INPUT -p 254'],
    ['-A INPUT -j NFQUEUE', '-A INPUT -j NFQUEUE --queue-num 0'],
    ['-A INPUT -m comment --comment "" -j ACCEPT', '-A INPUT -m comment --comment "" -j ACCEPT'],
  ])('%s', (line, saved) => {
    expect(parseSaveRule(line, V4).flatMap(({ problems }) => problems)).toEqual([]);
    expect(printed(line)).toEqual([saved]);
  });

  test('IPv6', () => {
    expect(printed('-A INPUT -s fe80:0::/10 -p icmpv6 --icmpv6-type echo-request', V6)).toEqual([
      '-A INPUT -s fe80::/10 -p ipv6-icmp -m icmp6 --icmpv6-type 128',
    ]);
    expect(printed('-A PREROUTING -p tcp -j DNAT --to-destination [fd00::1]', V6)).toEqual([
      '-A PREROUTING -p tcp -j DNAT --to-destination fd00::1',
    ]);
    expect(printed('-A INPUT -s ::ffff:1.2.3.4 -d ::5.6.7.8', V6)).toEqual([
      '-A INPUT -s ::ffff:1.2.3.4/128 -d ::5.6.7.8/128',
    ]);
  });
});

/* 1.8.9 takes them no more, older versions do. */
test('words glued to their options', () => {
  expect(printed('-A INPUT -ptcp -s1.1.1.1 -jACCEPT')).toEqual(['-A INPUT -s 1.1.1.1/32 -p tcp -j ACCEPT']);
});

test('several addresses make several rules, sources first', () => {
  expect(printed('-A INPUT -s 1.1.1.1,2.2.2.0/24 -d 3.3.3.3,4.4.4.4 -j DROP')).toEqual([
    '-A INPUT -s 1.1.1.1/32 -d 3.3.3.3/32 -j DROP',
    '-A INPUT -s 1.1.1.1/32 -d 4.4.4.4/32 -j DROP',
    '-A INPUT -s 2.2.2.0/24 -d 3.3.3.3/32 -j DROP',
    '-A INPUT -s 2.2.2.0/24 -d 4.4.4.4/32 -j DROP',
  ]);
});

test('-4 and -6 choose the family that a line is for', () => {
  expect(printed('-4 -A INPUT -j DROP')).toEqual(['-A INPUT -j DROP']);
  expect(printed('-6 -A INPUT -j DROP')).toEqual([]);
  expect(printed('-A INPUT --ipv4 -j DROP', V6)).toEqual([]);
});

test.each([
  ['-d ! 1.2.3.0/255.255.255.0', '! -d 1.2.3.0/24'],
  ['-i ! lo', '! -i lo'],
  ['-p ! tcp', '! -p tcp'],
  ['-p tcp -m tcp --dport ! 22', '-p tcp -m tcp ! --dport 22'],
  ['-m tcp --tcp-flags ! SYN,RST,ACK SYN', '-m tcp ! --tcp-flags SYN,RST,ACK SYN'],
  ['-m state --state ! NEW', '-m state ! --state NEW'],
  ['-m set ! --match-set S src ! --update-counters', '-m set ! --match-set S src ! --update-counters'],
])('a negation before 1.4.3: %s', (old, now) => {
  expect(printed(`-A X ${old} -j DROP`)).toEqual([`-A X ${now} -j DROP`]);
});

test('commands, numbers and counters', () => {
  const [inserted] = parseSaveRule('-I INPUT 3 -j DROP', V4);
  expect(inserted).toMatchObject({ command: 'insert', chain: 'INPUT', number: 3, problems: [] });
  const [deleted] = parseSaveRule('-D INPUT -s 1.1.1.1 -j DROP', V4);
  expect(deleted).toMatchObject({ command: 'delete', number: null });
  const exact = (value: bigint): unknown => ({ from: value, to: value });
  const counters = { packets: exact(12n), bytes: exact(720n) };
  expect(parseSaveRule('[12:720] -A INPUT -j DROP', V4)[0]).toMatchObject({ counters, problems: [] });
  expect(parseSaveRule('-A INPUT -c 12 720 -j DROP', V4)[0]).toMatchObject({ counters, problems: [] });
  expect(parseSaveRule('-A INPUT -j DROP', V4)[0]?.counters).toBeNull();
});

test('a text option takes the next word, whatever it looks like', () => {
  const [rule] = parseSaveRule('-A X -m comment --comment -j -j LOG --log-prefix --log-uid', V4);
  expect(rule?.matches).toEqual([{ kind: 'comment', text: '-j' }]);
  expect(rule?.target).toMatchObject({ kind: 'LOG', prefix: '--log-uid', flags: 0 });
});

test('options of one name go to the extension loaded last', () => {
  expect(printed('-A X -m connmark --mark 2 -m mark --mark 1 -j MARK --set-mark 3')).toEqual([
    '-A X -m connmark --mark 0x2 -m mark --mark 0x1 -j MARK --set-xmark 0x3/0xffffffff',
  ]);
});

/** What cannot be read is kept word for word, says where it stands, and leaves the rest typed. */
describe('unknown', () => {
  test.each([
    [
      'an address cut out',
      '-A INPUT -s <private_ip>/32 -p tcp -j ACCEPT',
      { kind: 'unknown', name: 'source', text: '-s <private_ip>/32', why: 'value' },
      { code: 'rule.value', column: 10, length: 18 },
    ],
    [
      'a host name',
      '-A INPUT ! -d db.example -j ACCEPT',
      { kind: 'unknown', name: 'destination', text: '! -d db.example', why: 'value' },
      { code: 'rule.value', column: 10, length: 15 },
    ],
    [
      'a port without a name that we know',
      '-A INPUT -p tcp -m tcp --dport frob -j ACCEPT',
      { kind: 'unknown', name: 'tcp', text: '-m tcp --dport frob', why: 'value' },
      { code: 'rule.value', column: 24, length: 12 },
    ],
    [
      'an extension',
      '-A INPUT -m frob --x 1 2 ! --y -i eth0 -j ACCEPT',
      { kind: 'unknown', name: 'frob', text: '-m frob --x 1 2 ! --y', why: 'extension' },
      { code: 'rule.extension', column: 10, length: 7 },
    ],
    [
      'an option that nothing loaded knows',
      '-A INPUT --frob 1 -j ACCEPT',
      { kind: 'unknown', name: 'frob', text: '--frob 1', why: 'extension' },
      { code: 'rule.words', column: 10, length: 8 },
    ],
    [
      'a word too many',
      '-A INPUT -i eth0 eth1 -j ACCEPT',
      { kind: 'unknown', name: 'eth1', text: 'eth1', why: 'extension' },
      { code: 'rule.words', column: 18, length: 4 },
    ],
    [
      'an option given twice',
      '-A INPUT -m mark --mark 1 --mark 2 -j ACCEPT',
      { kind: 'unknown', name: 'mark', text: '-m mark --mark 1 --mark 2', why: 'value' },
      { code: 'rule.value', column: 27, length: 8 },
    ],
  ])('%s', (_what, line, match, problem) => {
    const [rule] = parseSaveRule(line, V4);
    expect(rule?.matches).toContainEqual(match);
    expect(rule?.target).toEqual({ kind: 'verdict', verdict: 'ACCEPT' });
    expect(rule?.damaged).toBe(false);
    expect(rule?.problems).toMatchObject([problem]);
  });

  test('targets', () => {
    const target = (line: string): unknown => parseSaveRule(line, V4)[0]?.target;
    expect(target('-A X -j FROB')).toEqual({ kind: 'jump', chain: 'FROB', goto: false });
    expect(target('-A X -g FROB')).toEqual({ kind: 'jump', chain: 'FROB', goto: true });
    expect(target('-A X -j FROB --x 1 -s 1.1.1.1')).toEqual({
      kind: 'unknown',
      name: 'FROB',
      text: '--x 1',
      why: 'extension',
    });
    expect(target('-A X -j DNAT --to-destination nowhere')).toEqual({
      kind: 'unknown',
      name: 'DNAT',
      text: '--to-destination nowhere',
      why: 'value',
    });
  });

  test.each([
    ['-A X -m comment --comment "cut', 27],
    ['hello world', 1],
    ['-j ACCEPT', 1],
    ['-A', 1],
    ['', 1],
  ])('damaged: %s', (line, column) => {
    const [rule, ...others] = parseSaveRule(line, V4);
    expect(others).toEqual([]);
    expect(rule).toMatchObject({ damaged: true, chain: null, problems: [{ code: 'rule.damaged', column }] });
  });
});
